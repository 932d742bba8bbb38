"""The first import of a heavy library may come from several threads at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from backends.system.lazy_import import import_transformers
from tests.places import ROOT

#: Imports in threads that begin together, in a process of its own: in this one the library may long be there.
TOGETHER = """
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from backends.system.lazy_import import import_transformers

assert "transformers" not in sys.modules
begin = threading.Barrier(2)

def tokenizer(_):
    begin.wait(60)
    return import_transformers().AutoTokenizer.__name__

with ThreadPoolExecutor(2) as pool:
    print(*pool.map(tokenizer, range(2)))
"""


@pytest.mark.slow
def test_two_threads_that_import_at_once_both_get_the_tokenizer() -> None:
    pytest.importorskip("transformers")
    done = subprocess.run(
        [sys.executable, "-c", TOGETHER], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["AutoTokenizer", "AutoTokenizer"]


def test_missing_library_is_missing_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    for _ in range(2):  # the second would wait for ever, if the first kept the lock
        with pytest.raises(ImportError):
            import_transformers()
