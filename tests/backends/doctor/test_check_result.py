"""A line that is not good names a remedy, and a topic that fails costs its own line alone."""

from __future__ import annotations

import pytest

from backends.doctor.check_result import CheckResult, Status, in_a_line, run_check


@pytest.mark.parametrize("status", [Status.NOTE, Status.ERROR])
def test_line_that_is_not_good_cannot_be_without_a_remedy(status: Status) -> None:
    with pytest.raises(ValueError, match="names no remedy"):
        CheckResult(topic="GPU", status=status, text="none")


def test_failing_topic_becomes_a_line_without_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "very-secret-token")

    def fail() -> CheckResult:
        raise OSError("no such https://someone:password@example.org/very-secret-token\nand a long story")

    line = run_check("Hub", fail)

    assert (line.topic, line.status) == ("Hub", Status.NOTE)
    assert line.text == "could not be looked at (OSError: no such https://example.org/[redacted])"
    assert line.remedy


def test_error_without_a_message_is_told_by_its_kind_and_a_long_one_is_cut() -> None:
    assert in_a_line(KeyError()) == "KeyError: no message"
    assert len(in_a_line(ValueError("x" * 1000))) == 100
