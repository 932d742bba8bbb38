"""What a cache holds is listed by what it belongs to, and dropped whole or in part."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from backends.completion import Completion
from backends.dispatch.cache import AnswerCache
from backends.dispatch.inventory import CacheUnreadableError, holdings
from backends.dispatch.journal import Journal
from backends.dispatch.text_store import DATABASE
from tests.backends.dispatch.stored_rows import run_sql
from tests.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

API = {"backend": "api", "endpoint": '["http://127.0.0.1:1/v1", null, "m", false]', "day": "2026-01-02"}
LOCAL = {"backend": "local", "spec": {"model": "openai/gpt-oss-20b"}, "day": "2026-01-02"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cache with three answers, a score and a run that has not ended."""
    cache = AnswerCache(tmp_path / "cache")
    for number in range(3):
        cache.put(API | {"n": number}, Completion(content="1"))
    cache.put(LOCAL | {"scored": {}}, Completion(content="1"))
    journal = Journal("r", cache.store)
    journal.begin()
    journal.put("g", "a", API, Completion(content="1"))
    cache.close()
    return tmp_path / "cache"


def _cache(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "backends", "cache", *arguments, "--cache-dir", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def _told(folder: Path) -> dict[str, int]:
    return {one.words: one.count for one in holdings(folder)}


def test_list_counts_what_belongs_together(folder: Path) -> None:
    done = _cache(folder, "list")

    assert (done.returncode, done.stderr) == (0, "")
    words = [line.split(maxsplit=5) for line in done.stdout.splitlines()[1:-1]]
    assert {(line[0], line[5]) for line in words} == {
        ("3", "api answers http://127.0.0.1:1/v1 m 2026-01-02"),
        ("1", "local scores openai/gpt-oss-20b 2026-01-02"),
        ("2", "a run that has not ended"),
    }
    assert done.stdout.splitlines()[-1].startswith(f"{folder}: 6 in ")


def test_folder_without_a_cache_holds_none_and_is_not_made(tmp_path: Path) -> None:
    done = _cache(tmp_path / "none", "list")
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'none'} holds no answer.\n")
    assert _cache(tmp_path / "none", "drop").stdout == f"dropped 0 from {tmp_path / 'none'}\n"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "dropped", "left"), [((), 6, 0), (("not ended",), 2, 4), (("scores",), 1, 5), (("api", "local"), 4, 2)]
)
def test_drop_forgets_all_or_what_has_a_word(folder: Path, words: tuple[str, ...], dropped: int, left: int) -> None:
    done = _cache(folder, "drop", *words)

    assert (done.returncode, done.stdout) == (0, f"dropped {dropped} from {folder}\n")
    assert sum(_told(folder).values()) == left


def test_damaged_cache_is_told_in_a_sentence_and_can_be_dropped(folder: Path) -> None:
    (folder / DATABASE).write_bytes(b"no database")
    with pytest.raises(CacheUnreadableError):
        holdings(folder)

    listed, dropped = _cache(folder, "list"), _cache(folder, "drop")

    assert listed.returncode == 1
    assert listed.stderr.startswith(f"The cache in {folder} cannot be read (")
    assert "Traceback" not in listed.stderr
    assert dropped.returncode == 0, dropped.stderr
    assert not list(folder.glob("*.damaged-*"))
    assert _told(folder) == {}


def test_nothing_that_somebody_planted_steers_the_terminal_that_lists_it(folder: Path) -> None:
    run_sql(folder, "UPDATE Cache SET tag = ?, store_time = 1e300, value = x'ff'", ("\x1b[2J\n",))

    done = _cache(folder, "list")

    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\\x1b[2J\\n" in done.stdout
