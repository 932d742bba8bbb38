"""Whether a server at temperature 0 draws its answers can be told from answers alone that are there."""

from __future__ import annotations

import pytest

from reports.checks import CheckId, CheckViolation
from tests.conformance.checking import find_check
from tests.conformance.scripted_wire import ScriptedRun, message, scripted_wire

CHECK = find_check(CheckId.TEMPERATURE_ZERO_REPEATS)


def run_with(*contents: str | None) -> None:
    """Runs the check on a server that gives these answers in turn."""
    said = {name: message(contents[place % len(contents)]) for place, name in enumerate(CHECK.exchanges)}
    CHECK.run(scripted_wire(CHECK, ScriptedRun(messages=said)))


def test_server_whose_answers_never_come_is_not_accused_of_drawing_them() -> None:
    with pytest.raises(pytest.skip.Exception, match="missing"):
        run_with(None)


def test_neither_is_one_that_leaves_some_out() -> None:
    with pytest.raises(pytest.skip.Exception, match="missing"):
        run_with(*map(str, range(2, 24)), None)


def test_server_that_answers_otherwise_each_time_draws() -> None:
    with pytest.raises(CheckViolation):
        run_with(*map(str, range(2, 26)))


def test_server_that_repeats_one_answer_does_not() -> None:
    run_with("1", None)
