"""pytest's reports without credentials, and with nothing in them that would steer a terminal.

Texts of servers and data sets stand in them in many places: in a message, in the short summary's line, in the values
of local variables, in what was logged and printed, and in what travels to the report of the run. Each is cleared before
anybody prints it, writes it as JUnit XML, or sends it to another process.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from backends.plain_text import printable_lines
from backends.secrets import redact, without_secrets

if TYPE_CHECKING:
    import warnings
    from collections.abc import Callable

#: The classes of this package hold what pytest prints, and nothing but texts and each other.
_PYTEST = "_pytest."


def clear_report(report: pytest.TestReport | pytest.CollectReport, *, of_endpoint: bool) -> None:
    """Clears a report in its place.

    Args:
        report: of a phase of a test, or of a collected file.
        of_endpoint: False for other tests, whose differences pytest may have coloured for the terminal.
    """
    clear = _for_a_terminal if of_endpoint else redact
    report.longrepr = cleared(report.longrepr, clear)
    report.sections = [(name, clear(text)) for name, text in report.sections]
    if isinstance(report, pytest.TestReport):
        if hasattr(report, "wasxfail"):
            report.wasxfail = clear(str(report.wasxfail))
        # Rows and checks, as JSON text: what is shaped like a credential in a model's own words belongs to them.
        report.user_properties = [
            (name, without_secrets(value) if isinstance(value, str) else value)
            for name, value in report.user_properties
        ]


def clear_warning(message: warnings.WarningMessage) -> None:
    """Clears a warning in its place, as far as its words are its arguments."""
    told = message.message
    if isinstance(told, Warning):
        with contextlib.suppress(AttributeError, TypeError):
            told.args = tuple(_for_a_terminal(one) if isinstance(one, str) else one for one in told.args)


def line_for_a_terminal(text: str) -> str:
    """Returns a text as one line without credentials, in which nothing steers a terminal."""
    return _for_a_terminal(text).replace("\n", "\\n")


def cleared(shown: Any, clear: Callable[[str], str] | None = None) -> Any:  # noqa: ANN401 - whatever pytest prints
    """Returns what pytest shows of a failure, cleared; its own objects are cleared in their place."""
    clear = clear or _for_a_terminal
    if isinstance(shown, str):
        return clear(shown)
    if isinstance(shown, (list, tuple)):
        return type(shown)([cleared(one, clear) for one in shown])
    if type(shown).__module__.startswith(_PYTEST) and hasattr(shown, "__dict__"):
        for name, value in vars(shown).items():
            object.__setattr__(shown, name, cleared(value, clear))
    return shown


def _for_a_terminal(text: str) -> str:
    return printable_lines(redact(text))
