"""The ledger remembers every row, expects what was selected, and tells odd examples from failures."""

from __future__ import annotations

import json
from typing import Literal

import pytest

from reports.checks.check import CheckOutcome
from reports.session.collector import Collector, mark_of
from reports.session.statuses import (
    CHECK_PROPERTY,
    DISAGREED,
    MARK_PROPERTY,
    MARKS,
    ROW_PROPERTY,
    UNANSWERED,
    UNLABELLED,
    UNSTABLE,
    Mark,
)
from tests.reports.material import check

EXAMPLES = ("toxicchat-0001", "toxicchat-0002")
NODE = "conformance/test_agreement.py::test_final_answer_matches_local[{}-toxicchat-0001]"


def _report(
    *properties: tuple[str, str],
    outcome: Literal["passed", "failed", "skipped"] = "passed",
    when: str = "call",
    node: str = NODE,
) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=node.format("small"),
        location=("", 0, ""),
        keywords={},
        outcome=outcome,
        longrepr=None,
        when=when,  # type: ignore[arg-type]  # xdist's own phase is none of pytest's
        user_properties=list(properties),
    )


def _row(subject: str, example: str, **more: object) -> tuple[str, str]:
    return ROW_PROPERTY, json.dumps({"subject": subject, "example_id": example, **more})


def test_rows_are_kept_by_subject() -> None:
    ledger = Collector()
    for subject, example in (("a", "1"), ("b", "1"), ("a", "2")):
        ledger.note(_report(_row(subject, example)))

    assert [row["example_id"] for row in ledger.rows_of("a")] == ["1", "2"]
    assert [row["example_id"] for row in ledger.rows_of("b")] == ["1"]
    assert ledger.rows_of("c") == []


def test_row_that_comes_again_replaces_the_earlier_one() -> None:
    ledger = Collector()
    ledger.note(_report(_row("a", "1", text="old"), when="setup"))
    ledger.note(_report(_row("a", "1", text="new")))

    assert [row["text"] for row in ledger.rows_of("a")] == ["new"]


@pytest.mark.parametrize("mark", list(MARKS.values()), ids=lambda mark: mark.category)
def test_odd_example_is_no_failure(mark: Mark) -> None:
    ledger = Collector()

    ledger.note(_report((MARK_PROPERTY, mark.category), outcome="failed"))

    assert (ledger.other_failures, ledger.lost) == (0, 0)
    assert mark_of(_report((MARK_PROPERTY, mark.category))) is mark


@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_failure_of_any_phase_counts(when: str) -> None:
    ledger = Collector()

    ledger.note(_report(outcome="failed", when=when))

    assert ledger.other_failures == 1


def test_conformance_test_whose_process_died_is_lost_and_another_one_is_a_failure() -> None:
    ledger = Collector()
    ledger.note(_report(outcome="failed", when="???"))
    ledger.note(_report(outcome="failed", when="???", node="tests/test_x.py::test_y"))

    assert (ledger.lost, ledger.other_failures) == (1, 1)


@pytest.mark.parametrize(
    "node",
    [
        "conformance/test_agreement.py::test_final_answer_matches_local[{}-toxicchat-0001]",
        "conformance/test_harmony.py::test_answer_is_well_formed_and_labelled[{}-api-toxicchat-0001]",
    ],
)
def test_subject_is_expected_where_any_of_its_conformance_tests_is_selected(node: str) -> None:
    ledger = Collector()

    ledger.expect([node.format("small")], {"small": EXAMPLES, "large": EXAMPLES})

    assert ledger.expected == {"small"}


def test_longest_matching_subject_is_the_one_meant() -> None:
    ledger = Collector()

    ledger.expect(
        [NODE.format("gpt-oss-20b")], dict.fromkeys(("gpt", "gpt-oss", "gpt-oss-20b", "gpt-oss-20"), EXAMPLES)
    )

    assert ledger.expected == {"gpt-oss-20b"}


@pytest.mark.parametrize(
    "node",
    [
        "tests/test_x.py::test_final_answer[small-toxicchat-0001]",
        "conformance/test_prompt.py::test_z",
        "conformance/test_prompt.py::test_z[smaller-toxicchat-0001]",
        "x::y[NOTSET]",
    ],
)
def test_other_tests_expect_no_subject(node: str) -> None:
    ledger = Collector()

    ledger.expect([node], {"small": EXAMPLES})

    assert ledger.expected == set()
    assert ledger.not_run("small") == 0


@pytest.mark.parametrize("parameters", ["small", "small-unicode", "small-two-words", "small-toxicchat-9999"])
def test_test_of_a_subject_that_names_no_example_is_a_wire_check_and_expects_no_rows(parameters: str) -> None:
    ledger = Collector()
    node = f"conformance/test_prompt.py::test_z[{parameters}]"

    ledger.expect([node], {"small": EXAMPLES})

    assert ledger.expected == set()
    assert ledger.not_run("small") == 1


def test_wire_check_has_come_to_an_end_once_a_phase_after_its_setup_or_a_setup_that_did_not_pass_is_reported() -> None:
    ledger = Collector()
    nodes = [f"conformance/test_prompt.py::test_z[small-{case}]" for case in "abcd"]
    ledger.expect([*nodes, *nodes], {"small": EXAMPLES})

    ledger.note(_report(node=nodes[0], when="setup"))
    assert ledger.not_run("small") == 4
    ledger.note(_report(node=nodes[0]))
    ledger.note(_report(node=nodes[1], when="setup", outcome="skipped"))
    ledger.note(_report(node=nodes[2], when="???", outcome="failed"))

    assert ledger.not_run("small") == 1
    assert ledger.not_run("large") == 0


def test_check_that_comes_again_replaces_the_earlier_one() -> None:
    ledger = Collector()
    old = check(CheckOutcome.BROKEN, "test_x.py::test_y", evidence={"policy": "{}"})
    for one in (old, check(CheckOutcome.KEPT, "test_x.py::test_y")):
        ledger.note(_report((CHECK_PROPERTY, one.as_json())))

    assert [(one.outcome, one.evidence) for one in ledger.checks_of("small")] == [(CheckOutcome.KEPT, {})]


def test_checks_are_kept_by_subject_and_told_in_the_order_of_their_ids() -> None:
    ledger = Collector()
    for subject, name in (("small", "b"), ("large", "a"), ("small", "a")):
        ledger.note(_report((CHECK_PROPERTY, check(name=name, subject=subject).as_json())))

    assert [one.id for one in ledger.checks_of("small")] == ["a", "b"]
    assert [one.id for one in ledger.checks_of("large")] == ["a"]


def test_marks_have_letters_and_words_of_their_own() -> None:
    marks = (DISAGREED, UNLABELLED, UNANSWERED, UNSTABLE)

    assert [(mark.letter, mark.word) for mark in marks] == [
        ("d", "DISAGREED"),
        ("u", "UNLABELLED"),
        ("n", "UNANSWERED"),
        ("v", "UNSTABLE"),
    ]
    assert not {mark.letter for mark in marks} & set(".FEsxX")
