"""The lines about wire checks tell how many ended how, what broke, how to see it again, and what was skipped."""

from __future__ import annotations

import pytest

from reports.checks.check import Check, CheckOutcome
from reports.checks.check_id import CheckId
from reports.output.check_lines import SHOWN_LINES, check_lines
from reports.output.summary import summary_lines
from reports.verdict.judge import judge
from reports.verdict.verdict import Verdict
from tests.reports.material import YES, about, check, checks, rows, said


def _lines(*made: Check) -> list[str]:
    return list(check_lines(made, about(1)))


def _skipped(reason: str, name: str = "test_x.py::test_z") -> Check:
    return check(CheckOutcome.SKIPPED, name, message=reason, exchanges=("never-asked",))


def test_no_check_means_no_line() -> None:
    assert _lines() == []


def test_first_line_counts_outcomes_and_requests() -> None:
    made = [
        *(check(name=f"test_x.py::test_{place}", exchanges=("policy", f"own-{place}")) for place in range(28)),
        *checks(known_difference=2),
        _skipped("no /v1/completions"),
    ]

    line, *others = _lines(*made)

    assert line == "wire     31 checks: 28 kept, 2 known differences, 1 skipped (no /v1/completions); 29 requests"
    assert not [other for other in others if other.startswith("skipped")]


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({"kept": 1}, "wire     1 check: 1 kept"),
        ({"broken": 2, "kept": 1}, "wire     3 checks: 1 kept, 2 broken"),
        ({"error": 1, "unanswered": 2}, "wire     3 checks: 2 unanswered, 1 error"),
        ({"error": 2, "known_difference": 1}, "wire     3 checks: 1 known difference, 2 errors"),
    ],
    ids=str,
)
def test_counts_are_in_one_order_and_in_words(counts: dict[str, int], line: str) -> None:
    assert _lines(*checks(**counts))[0] == line


def test_one_request_that_serves_several_checks_is_counted_once() -> None:
    made = [check(name=name, exchanges=("policy",)) for name in "abc"]

    assert _lines(*made) == ["wire     3 checks: 3 kept; 1 request"]


def test_broken_check_is_told_with_its_claim_its_message_and_how_to_run_it_again() -> None:
    broken = check(
        CheckOutcome.BROKEN, "test_prompt.py::test_x[unicode]", message="expected:\n  <|start|>\ngot:\n  nothing"
    )

    assert _lines(broken)[1:] == [
        "broken: The counts of tokens add up.",
        "    expected:",
        "      <|start|>",
        "    got:",
        "      nothing",
        '  rerun it with: pytest conformance -k "test_x and unicode"',
    ]


@pytest.mark.parametrize("length", [SHOWN_LINES, SHOWN_LINES + 1, SHOWN_LINES + 40])
@pytest.mark.parametrize("evidence", [{}, {"policy": "{}"}], ids=["without", "with"])
def test_long_message_is_cut_and_the_evidence_pointed_at(length: int, evidence: dict[str, str]) -> None:
    message = "\n".join(f"line {number}" for number in range(length))

    lines = _lines(check(CheckOutcome.BROKEN, message=message, evidence=evidence))

    assert sum(line.startswith("    line ") for line in lines) == SHOWN_LINES
    pointers = [line for line in lines if "more lines" in line]
    assert pointers == [] if length == SHOWN_LINES else f"({length - SHOWN_LINES} more lines" in pointers[0]
    assert any("exchanges.json" in line for line in pointers) is (bool(evidence) and length > SHOWN_LINES)


def test_known_difference_is_one_line_with_reason_and_link() -> None:
    known = check(CheckOutcome.KNOWN_DIFFERENCE, message="It counts twice.", link="https://example.org/1")
    unlinked = check(CheckOutcome.KNOWN_DIFFERENCE, message="It counts twice.")

    assert _lines(known)[1:] == [
        "known difference: The counts of tokens add up. It counts twice. https://example.org/1"
    ]
    assert _lines(unlinked)[1:] == ["known difference: The counts of tokens add up. It counts twice."]


def test_skips_are_grouped_by_reason() -> None:
    reasons = ["no /v1/completions", "no logprobs", "no /v1/completions"]

    assert _lines(*map(_skipped, reasons)) == [
        "wire     3 checks: 3 skipped",
        "skipped: 2 checks, no /v1/completions",
        "skipped: 1 check, no logprobs",
    ]


def test_long_reason_of_all_skips_has_a_line_of_its_own() -> None:
    reason = "the endpoint answers 404 at the address of completions, which it need not have"

    assert _lines(_skipped(reason)) == ["wire     1 check: 1 skipped", f"skipped: 1 check, {reason}"]


def test_unanswered_checks_are_grouped_by_what_was_said() -> None:
    made = [
        check(CheckOutcome.UNANSWERED, f"test_{place}", message="http://x could not be reached.\nRerun it.")
        for place in range(20)
    ]

    assert _lines(*made)[1:] == ["unanswered: 20 checks, http://x could not be reached."]


def test_fault_of_the_suite_is_one_line_that_names_the_test() -> None:
    fault = check(CheckOutcome.ERROR, message="ValueError: no such call\nand more")

    assert _lines(fault)[1:] == [
        "error: The counts of tokens add up. ValueError: no such call (test_fields.py::test_usage_adds_up)"
    ]


@pytest.mark.parametrize("outcome", CheckOutcome)
@pytest.mark.parametrize(
    "text",
    ["\ud800", "a\x00b", "\x1b[2J", "\u202eevil", "x" * 100_000, "\r\n\u2028\u2029\x85", "```\n# verdict"],
    ids=["surrogate", "nul", "escape", "override", "long", "line-breaks", "fence"],
)
def test_any_message_stays_on_short_printable_lines(outcome: CheckOutcome, text: str) -> None:
    verdict = Verdict(subjects=(judge(about(1), [], {}, checks=[check(outcome, message=text)]),))

    lines = list(summary_lines(verdict))

    assert all(line.isprintable() and len(line) < 300 for line in lines)
    assert "\n".join(lines).encode("utf-8")


def test_summary_tells_the_checks_after_the_counts_and_before_the_odd_examples() -> None:
    made = rows((said(YES), said(YES), 29), (said(YES), said("0"), 1))
    verdict = Verdict(subjects=(judge(about(30), made, {}, checks=checks(kept=3, broken=1)),))

    text = "\n".join(summary_lines(verdict))
    places = [text.index(part) for part in ("LOCAL    30 label", "wire     4 checks", "broken: ", "1 of 30 examples")]
    assert places == sorted(places)


def test_summary_tells_the_checks_where_no_row_arrived() -> None:
    verdict = Verdict(subjects=(judge(about(3), [], {}, checks=checks(kept=3)),))

    assert "wire     3 checks: 3 kept" in summary_lines(verdict)


def test_subject_of_wire_checks_alone_is_told_with_its_endpoint_and_without_a_sample() -> None:
    verdict = Verdict(subjects=(judge(about(3), [], {}, checks=checks(kept=2), wire_alone=True),))

    lines = list(summary_lines(verdict))
    assert lines[0] == "subject  small (model some/model)"
    assert "http://127.0.0.1:1/v1" in lines[1]
    assert "wire     2 checks: 2 kept" in lines
    assert not any(line.startswith(("sample", "LOCAL", "criterion")) for line in lines)


def test_checks_that_were_not_selected_are_told_by_name_beside_examples_too() -> None:
    left_out = (CheckId.NO_MARKUP, CheckId.SEED_HONOURED)
    for alone in (True, False):
        verdict = Verdict(
            subjects=(judge(about(3), [], {}, checks=checks(kept=2), wire_alone=alone, unselected=left_out),)
        )

        assert "2 claims were not selected, wholly or in part (no-markup, seed-honoured)" in summary_lines(verdict)
