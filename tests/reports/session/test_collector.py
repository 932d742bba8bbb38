"""The collector remembers every row, expects what was selected, and tells odd examples from failures."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from reports.checks.check import CheckOutcome
from reports.rows.variant_scores import VariantScores
from reports.session.collector import Collector, status_of
from reports.session.statuses import (
    CHECK_PROPERTY,
    DISAGREED,
    ILL_FORMED,
    ROW_PROPERTY,
    SCORES_PROPERTY,
    STATUS_PROPERTY,
    STATUSES,
    UNANSWERED,
    UNSTABLE,
    ExampleStatus,
)
from tests.backends.test_score import NOTHING, SCORE
from tests.reports.material import YES, check, row, said

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


def _row(subject: str, example: str, **more: str) -> tuple[str, str]:
    made = row(said(YES), said(YES), int(example), **more)
    return ROW_PROPERTY, replace(made, subject=subject).as_json()


def test_rows_are_kept_by_subject() -> None:
    collector = Collector()
    for subject, example in (("a", "1"), ("b", "1"), ("a", "2")):
        collector.note(_report(_row(subject, example)))

    assert [row.example_id for row in collector.rows_of("a")] == list(EXAMPLES)
    assert [row.example_id for row in collector.rows_of("b")] == ["toxicchat-0001"]
    assert collector.rows_of("c") == []


def test_row_that_comes_again_replaces_the_earlier_one() -> None:
    collector = Collector()
    collector.note(_report(_row("a", "1", text="old"), when="setup"))
    collector.note(_report(_row("a", "1", text="new")))

    assert [row.text for row in collector.rows_of("a")] == ["new"]


@pytest.mark.parametrize("status", list(STATUSES.values()), ids=lambda status: status.category)
def test_odd_example_is_no_failure(status: ExampleStatus) -> None:
    collector = Collector()

    collector.note(_report((STATUS_PROPERTY, status.category), outcome="failed"))

    assert (collector.other_failures, collector.lost) == (0, 0)
    assert status_of(_report((STATUS_PROPERTY, status.category))) is status


@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_failure_of_any_phase_counts(when: str) -> None:
    collector = Collector()

    collector.note(_report(outcome="failed", when=when))

    assert collector.other_failures == 1


def test_conformance_test_whose_process_died_is_lost_and_another_one_is_a_failure() -> None:
    collector = Collector()
    collector.note(_report(outcome="failed", when="???"))
    collector.note(_report(outcome="failed", when="???", node="tests/test_x.py::test_y"))

    assert (collector.lost, collector.other_failures) == (1, 1)


@pytest.mark.parametrize(
    "node",
    [
        "conformance/test_agreement.py::test_final_answer_matches_local[{}-toxicchat-0001]",
        "conformance/test_harmony.py::test_answer_is_well_formed[{}-api-toxicchat-0001]",
    ],
)
def test_subject_is_expected_where_any_of_its_conformance_tests_is_selected(node: str) -> None:
    collector = Collector()

    collector.expect([node.format("small")], {"small": EXAMPLES, "large": EXAMPLES})

    assert collector.expected == {"small"}


def test_longest_matching_subject_is_the_one_meant() -> None:
    collector = Collector()

    collector.expect(
        [NODE.format("gpt-oss-20b")], dict.fromkeys(("gpt", "gpt-oss", "gpt-oss-20b", "gpt-oss-20"), EXAMPLES)
    )

    assert collector.expected == {"gpt-oss-20b"}


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
    collector = Collector()

    collector.expect([node], {"small": EXAMPLES})

    assert collector.expected == set()
    assert collector.not_run("small") == 0


@pytest.mark.parametrize("parameters", ["small", "small-unicode", "small-two-words", "small-toxicchat-9999"])
def test_test_of_a_subject_that_names_no_example_is_a_wire_check_and_expects_no_rows(parameters: str) -> None:
    collector = Collector()
    node = f"conformance/test_prompt.py::test_z[{parameters}]"

    collector.expect([node], {"small": EXAMPLES})

    assert collector.expected == set()
    assert collector.not_run("small") == 1


def test_wire_check_has_come_to_an_end_once_a_phase_after_its_setup_or_a_setup_that_did_not_pass_is_reported() -> None:
    collector = Collector()
    nodes = [f"conformance/test_prompt.py::test_z[small-{case}]" for case in "abcd"]
    collector.expect([*nodes, *nodes], {"small": EXAMPLES})

    collector.note(_report(node=nodes[0], when="setup"))
    assert collector.not_run("small") == 4
    collector.note(_report(node=nodes[0]))
    collector.note(_report(node=nodes[1], when="setup", outcome="skipped"))
    collector.note(_report(node=nodes[2], when="???", outcome="failed"))

    assert collector.not_run("small") == 1
    assert collector.not_run("large") == 0


def test_check_that_comes_again_replaces_the_earlier_one() -> None:
    collector = Collector()
    old = check(CheckOutcome.BROKEN, "test_x.py::test_y", evidence={"policy": "{}"})
    for one in (old, check(CheckOutcome.KEPT, "test_x.py::test_y")):
        collector.note(_report((CHECK_PROPERTY, one.as_json())))

    assert [(one.outcome, one.evidence) for one in collector.checks_of("small")] == [(CheckOutcome.KEPT, {})]


def test_checks_are_kept_by_subject_and_told_in_the_order_of_their_ids() -> None:
    collector = Collector()
    for subject, name in (("small", "b"), ("large", "a"), ("small", "a")):
        collector.note(_report((CHECK_PROPERTY, check(name=name, subject=subject).as_json())))

    assert [one.id for one in collector.checks_of("small")] == ["a", "b"]
    assert [one.id for one in collector.checks_of("large")] == ["a"]


def test_statuses_have_letters_and_words_of_their_own() -> None:
    statuses = (DISAGREED, ILL_FORMED, UNANSWERED, UNSTABLE)

    assert [(status.letter, status.word) for status in statuses] == [
        ("d", "DISAGREED"),
        ("i", "ILL-FORMED"),
        ("n", "UNANSWERED"),
        ("v", "UNSTABLE"),
    ]
    assert not {status.letter for status in statuses} & set(".FEsxX")


def test_scores_of_changed_sides_are_kept_by_subject_and_change() -> None:
    collector = Collector()
    without_texts = replace(SCORE, written=())
    made = [
        VariantScores(subject=subject, side="local", change=change, scorings={"a": without_texts, "b": NOTHING})
        for subject, change in (("small", "dtype"), ("large", "dtype"), ("small", "batch"))
    ]
    for one in [*made, made[0]]:
        collector.note(_report((SCORES_PROPERTY, one.as_json())))

    assert collector.scores_of("small") == [made[2], made[0]]
    assert collector.scores_of("small")[0].scores == {"a": without_texts}
    assert collector.scores_of("none") == []
