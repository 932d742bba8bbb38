"""The ledger remembers every row, expects what was selected, and tells odd examples from failures."""

from __future__ import annotations

import json
from typing import Literal

import pytest

from reports.ledger import Ledger, mark_of
from reports.marks import DISAGREED, MARK_PROPERTY, MARKS, ROW_PROPERTY, UNANSWERED, UNLABELLED, Mark

NODE = "conformance/test_agreement.py::test_final_answer_matches_local[{}-toxicchat-0001]"


def _report(
    *properties: tuple[str, str], outcome: Literal["passed", "failed"] = "passed", when: str = "call", node: str = NODE
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
    ledger = Ledger()
    for subject, example in (("a", "1"), ("b", "1"), ("a", "2")):
        ledger.note(_report(_row(subject, example)))

    assert [row["example_id"] for row in ledger.rows_of("a")] == ["1", "2"]
    assert [row["example_id"] for row in ledger.rows_of("b")] == ["1"]
    assert ledger.rows_of("c") == []


def test_row_that_comes_again_replaces_the_earlier_one() -> None:
    ledger = Ledger()
    ledger.note(_report(_row("a", "1", text="old"), when="setup"))
    ledger.note(_report(_row("a", "1", text="new")))

    assert [row["text"] for row in ledger.rows_of("a")] == ["new"]


@pytest.mark.parametrize("mark", list(MARKS.values()), ids=lambda mark: mark.category)
def test_odd_example_is_no_failure(mark: Mark) -> None:
    ledger = Ledger()

    ledger.note(_report((MARK_PROPERTY, mark.category), outcome="failed"))

    assert (ledger.other_failures, ledger.lost) == (0, 0)
    assert mark_of(_report((MARK_PROPERTY, mark.category))) is mark


@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_failure_of_any_phase_counts(when: str) -> None:
    ledger = Ledger()

    ledger.note(_report(outcome="failed", when=when))

    assert ledger.other_failures == 1


def test_conformance_test_whose_process_died_is_lost_and_another_one_is_a_failure() -> None:
    ledger = Ledger()
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
    ledger = Ledger()

    ledger.expect([node.format("small")], ["small", "large"])

    assert ledger.expected == {"small"}


def test_longest_matching_subject_is_the_one_meant() -> None:
    ledger = Ledger()

    ledger.expect([NODE.format("gpt-oss-20b")], ["gpt", "gpt-oss", "gpt-oss-20b", "gpt-oss-20"])

    assert ledger.expected == {"gpt-oss-20b"}


@pytest.mark.parametrize(
    "node", ["tests/test_x.py::test_final_answer[small-1]", "conformance/test_prompt.py::test_z", "x::y[NOTSET]"]
)
def test_other_tests_expect_no_subject(node: str) -> None:
    ledger = Ledger()

    ledger.expect([node], ["small"])

    assert ledger.expected == set()


def test_marks_have_letters_and_words_of_their_own() -> None:
    marks = (DISAGREED, UNLABELLED, UNANSWERED)

    assert [(mark.letter, mark.word) for mark in marks] == [
        ("d", "DISAGREED"),
        ("u", "UNLABELLED"),
        ("n", "UNANSWERED"),
    ]
    assert not {mark.letter for mark in marks} & set(".FEsxX")
