"""What pytest shows of a failure holds no credential and steers no terminal, in every mode and at every verbosity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports.session.cleared_reports import line_for_a_terminal
from tests.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["pytester"]

_INI = """
[pytest]
markers =
    wire(id): looks at the endpoint alone
addopts = --import-mode=importlib
"""

SECRET = "0f-the-server/alone"  # noqa: S105 - the point

#: Fails in all ways in which a test can show what a server said.
FAILING = r"""
import logging
import sys
import warnings

import pytest

from reports.checks.check_violation import CheckViolation

SAID = "0f-the-server\\/alone\x1b[2J\u202e <script>"


@pytest.fixture
def broken():
    told = SAID
    raise RuntimeError(told)


def test_error(broken):
    pass


def test_failure():
    told = {"said": SAID, "long": "x" * 200 + SAID}
    print(SAID)
    sys.stderr.write(SAID)
    logging.getLogger("httpx").warning("%s", SAID)
    warnings.warn(SAID)
    assert SAID == "", SAID


def test_compared():
    assert {"said": SAID} == {"said": "nothing"}


def test_chained():
    try:
        raise ValueError(SAID)
    except ValueError as error:
        raise LookupError(SAID) from error


def test_skipped():
    pytest.skip(SAID)


@pytest.mark.xfail(reason=SAID)
def test_expected():
    raise ValueError(SAID)


def test_property(record_property):
    record_property("said", SAID)


def test_fails():
    pytest.fail(SAID, pytrace=False)
"""

#: Cannot be collected.
UNCOLLECTED = r"""
raise ValueError("0f-the-server\\/alone\x1b[2J")
"""


@pytest.mark.parametrize("mode", [(), ("-n", "1"), ("-p", "no:xdist")], ids=["plain", "xdist", "no-xdist"])
def test_nothing_that_pytest_shows_holds_a_credential_or_steers(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: tuple[str, ...]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini(_INI)
    folder = pytester.mkdir("conformance")
    (folder / "test_it.py").write_text(FAILING, encoding="utf-8")
    (folder / "test_broken.py").write_text(UNCOLLECTED, encoding="utf-8")
    shown = ("-vv", "-rA", "--showlocals", "--log-level=DEBUG", "-o", "junit_logging=all", "-o", "junit_family=xunit1")

    done = pytester.runpytest_subprocess(
        *("-p", "reports.plugin", "-p", "no:benchmark"),
        *shown,
        *mode,
        "--continue-on-collection-errors",
        f"--junitxml={tmp_path / 'junit.xml'}",
    )

    printed = f"{done.stdout.str()}\n{done.stderr.str()}"
    written = (tmp_path / "junit.xml").read_text(encoding="utf-8")
    done.assert_outcomes(passed=1, failed=4, skipped=1, xfailed=1, errors=2, warnings=1)
    for text in (printed, written):
        assert "[redacted]" in text
        assert "0f-the-server" not in text
    assert not {"\x1b", "\u202e"} & set(printed)
    assert "\\x1b[2J" in printed
    assert "\x1b" not in written


def test_line_is_one_line() -> None:
    assert line_for_a_terminal("a\nb\rc\x1b[2J\ud800") == "a\\nb\\rc\\x1b[2J\\ud800"
