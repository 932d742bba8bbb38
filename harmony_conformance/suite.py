"""Runs pytest on the suite, wherever it lies, with the suite's own settings and none of the user's."""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from backends.installation import DISTRIBUTION, IS_PACKAGE, ROOT
from reports.session.command_line import Typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: What pytest reads from the environment, before everything that is typed.
_USERS_SETTINGS: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")

#: The suite's folder, a file of it, or a test, as pytest prints them.
_TESTS: Final = re.compile(r"conformance(/test_\w+\.py(::.*)?)?/?", re.DOTALL)

#: Where pytest keeps what failed last, apart from what it keeps of the user's own tests.
_PYTEST_CACHE: Final = Path(".conformance-cache", "pytest")


def run_suite(given: Sequence[str]) -> int:
    """Runs the suite; returns the exit status, pytest's for a command line that cannot be.

    Args:
        given: what the user typed behind the program's name: pytest's options and the suite's, or tests of the suite.
    """
    import pytest  # noqa: PLC0415 - not before the settings of the user are out of the way

    with _without_users_settings():
        try:
            return int(pytest.main(arguments(given), plugins=[Typed(DISTRIBUTION, tuple(given))]))
        except BrokenPipeError:  # `| head` has seen enough; what Python still holds has nowhere to go
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1


def arguments(given: Sequence[str]) -> list[str]:
    """Returns pytest's arguments: its settings come from the suite's file, its plugins are those that the suite names.

    pytest looks for the settings file and for `conftest.py` from the suite's folder upwards; both looks end there.
    """
    named = [_in_the_suite(word) for word in given]
    tests = [] if any(map(_names_tests, given)) else [str(ROOT / "conformance")]
    own = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "--confcutdir", str(ROOT)]
    own += ["--disable-plugin-autoload", "-p", "xdist"]
    # The package's parent folder is on Python's path already: the rooms have no second name.
    own += ["-o", "pythonpath="]
    if IS_PACKAGE:
        own += ["-o", f"cache_dir={Path.cwd() / _PYTEST_CACHE}"]
    return [*own, *tests, *named]


def _names_tests(word: str) -> bool:
    return _TESTS.fullmatch(word) is not None and "/" in word.rstrip("/")


def _in_the_suite(word: str) -> str:
    """Returns a test of the suite by its path; the id that pytest prints begins in the suite's folder."""
    return str(ROOT / word) if _names_tests(word) else word


@contextmanager
def _without_users_settings() -> Iterator[None]:
    """Takes pytest's variables out of the environment; processes that the suite starts do not inherit them either."""
    kept = {name: os.environ.pop(name) for name in _USERS_SETTINGS if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
