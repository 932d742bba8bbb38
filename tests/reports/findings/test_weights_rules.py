"""Other weights are told by texts and tokens beyond the floor, and by nothing within it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backends.errors import FailureKind
from reports.findings import find
from reports.statistics.token_evidence import token_evidence_of
from reports.verdict.judge import judge
from reports.verdict.judgement import Ground, Judgement
from tests.reports.material import YES, about, failed, rows, said, tokens
from tests.reports.scores import reading, scored

if TYPE_CHECKING:
    from backends.completion import Answer
from tests.reports.findings.shown import (
    DRAWN,
    GOOD,
    NONSENSE,
    OTHER_WORDS,
    QUIET,
    SHOWN,
    THOUGHT,
    USED,
    answered,
    evidence,
    repeated,
)

#: Faults of an answer's form.
OF_FORM = {"null-content", "special-token-in-field", "glued-channels"}


def test_other_texts_of_the_models_own_tokens_are_nobodys_fault() -> None:
    made = evidence([(OTHER_WORDS, 90)], [])
    found = scored(made.rows, [[0.1]] * 90)
    tokens_show = token_evidence_of(found, [reading(found, [[0.1]] * 90)])

    assert find(replace(made, rows=found, tokens=tokens_show)) == ()
    assert [one.id for one in find(made)] == ["other-model"]


def test_texts_within_the_floor_are_nobodys_fault() -> None:
    rounded = (*QUIET, repeated("dtype", 10))

    assert find(evidence([(said(YES, THOUGHT[:-1], usage=USED), 6)], [], noise=rounded)) == ()


def test_texts_say_nothing_where_no_noise_was_measured_and_the_criteria_pass() -> None:
    assert find(evidence([(said(YES, THOUGHT[:-1], usage=USED), 6)], [], noise=())) == ()


def test_texts_beyond_the_same_precision_and_within_another_are_told_and_accuse_nobody() -> None:
    rounded = (*QUIET, repeated("dtype", 5))
    made = rows((said(YES, THOUGHT[:-1], usage=USED), GOOD, 11), (GOOD, GOOD, 89))

    got = judge(about(100), made, {}, noise=rounded)

    assert got.judgement is Judgement.CONFORMS
    assert got.grounds == (Ground.CRITERIA_PASSED, Ground.OTHER_PRECISION)
    assert got.findings == ()


@pytest.mark.parametrize(("differ", "told"), [(6, False), (7, True)])
def test_texts_that_the_same_precision_may_bring_about_are_not_told(differ: int, told: bool) -> None:  # noqa: FBT001 - a column of the table
    quiet = tuple(repeated(change, 0, n=20) for change in ("batch", "attention", "dtype", "repeat"))
    made = rows((said(YES, THOUGHT[:-1], usage=USED), GOOD, differ), (GOOD, GOOD, 100 - differ))

    got = judge(about(100), made, {}, noise=quiet)

    assert (got.judgement, got.findings) == (Judgement.CONFORMS, ())
    assert (Ground.OTHER_PRECISION in got.grounds) is told


@pytest.mark.parametrize(
    "odd", [answered(None), answered("1<|channel|>"), answered(f"analysis{THOUGHT}assistantfinal1")]
)
def test_few_odd_answers_beside_many_other_texts_are_the_models_own(odd: Answer) -> None:
    few, many = (find(evidence([(odd, number), (OTHER_WORDS, 40)], [])) for number in (9, 10))

    assert not {finding.id for finding in few} & OF_FORM
    assert {finding.id for finding in many} & OF_FORM


def test_few_answers_that_are_lost_where_others_are_nonsense_are_the_kernels() -> None:
    lost = said(None, "It is plain plain plain set", usage=USED)
    made = rows((NONSENSE, GOOD, 12), (lost, GOOD, 4), (GOOD, GOOD, 84))
    found = scored(made, [[9.0, 12.0]] * 12)
    tokens_show = token_evidence_of(found, [reading(found, [[0.1]] * 3)])

    nonsense, silent = (
        judge(about(100), found, {}, noise=QUIET, tokens=shown_by).findings for shown_by in (tokens_show, None)
    )

    assert [one.id for one in nonsense] == ["kernel-gibberish"]
    assert [one.id for one in silent] == ["null-content"]


def test_criteria_that_fail_by_answers_that_never_came_say_nothing_about_weights() -> None:
    made = rows(
        (failed(FailureKind.REFUSED, "no"), GOOD, 15), (said(YES, THOUGHT[:-1], usage=USED), GOOD, 1), (GOOD, GOOD, 84)
    )

    assert [one.id for one in judge(about(100), made, {}, noise=QUIET).findings] == ["request-refused"]


def test_texts_that_differ_by_a_legitimate_rendering_are_nobodys_fault() -> None:
    rendered = said(YES, "The message insults somebody, so by the policy it is toxic.", usage=tokens(92, 40))
    same = said(YES, THOUGHT, usage=tokens(92, 40))
    made = rows((rendered, GOOD, 40), (same, GOOD, 60))

    got = judge(about(100), made, {}, noise=QUIET)

    assert got.judgement is Judgement.CONFORMS
    assert "precision" not in got.reason


def test_weights_are_told_beside_a_fault_that_leaves_texts_alone() -> None:
    quiet = tuple(repeated(change, 0, n=20) for change in ("batch", "attention", "dtype", "repeat"))
    made = rows((said(YES, THOUGHT[:-1], usage=USED), GOOD, 10), (GOOD, GOOD, 90))
    stop, effort = SHOWN["stop-string-left"][1], SHOWN["effort-ignored"][1]

    beside, instead = (judge(about(100), made, {}, noise=quiet, checks=seen) for seen in (stop, effort))

    assert [one.id for one in beside.findings] == ["stop-string-left"]
    assert "different weights or precision" in beside.reason
    assert Ground.OTHER_PRECISION in beside.grounds
    assert Ground.OTHER_PRECISION not in instead.grounds


def test_weights_that_tokens_show_are_told_beside_a_server_that_fails() -> None:
    refusal = failed(FailureKind.REFUSED, "no", status=400)
    made = evidence([(refusal, 5), (OTHER_WORDS, 60)], [])
    found = scored(made.rows, [[]] * 5 + [[2.5, 4.0, 1.0]] * 60)
    seen = token_evidence_of(found, [reading(found, [[0.1]] * 3)])

    assert [one.id for one in find(replace(made, rows=found, tokens=seen))] == ["request-refused", "other-model"]
    assert [one.id for one in find(made)] == ["request-refused"]


@pytest.mark.parametrize(
    ("odd", "names"),
    [(20, ["kernel-gibberish"]), (90, ["kernel-gibberish"]), (95, ["other-model"]), (100, ["other-model"])],
)
def test_nonsense_in_nearly_all_answers_is_another_models_and_in_some_a_kernels(odd: int, names: list[str]) -> None:
    made = rows((DRAWN, GOOD, odd), (GOOD, GOOD, 100 - odd))
    found = scored(made, [[9.0, 12.0]] * odd)
    tokens_show = token_evidence_of(found, [reading(found, [[0.1]] * 3)])

    got = judge(about(100), found, {}, noise=QUIET, tokens=tokens_show)

    assert [one.id for one in got.findings] == names


@pytest.mark.parametrize(
    ("nonsense", "coarse", "name"),
    [(8, 8, "kernel-gibberish"), (2, 40, "weights-quantised-4bit"), (20, 75, "other-model")],
)
def test_broken_kernel_leaves_most_answers_right_and_makes_nonsense_of_a_good_part_of_the_others(
    nonsense: int, coarse: int, name: str
) -> None:
    wrong = nonsense + coarse
    made = rows((DRAWN, GOOD, wrong), (GOOD, GOOD, 100 - wrong))
    found = scored(made, [[9.0, 12.0]] * nonsense + [[0.6, 0.3, 0.8]] * coarse)
    tokens_show = token_evidence_of(found, [reading(found, [[0.1]] * 3)])

    got = judge(about(100), found, {}, noise=QUIET, tokens=tokens_show)

    assert [one.id for one in got.findings] == [name]
