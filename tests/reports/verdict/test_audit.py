"""An audit accuses and passes by the tokens that the local model reads, and says what it does not look at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backends.completion import FinishReason
from backends.errors import FailureKind
from backends.labels import read_label
from backends.outcome import read_outcome
from backends.renderings import Form, FormChoice
from backends.score import NothingToScore, Unscored
from reports.checks import CheckId, CheckOutcome
from reports.checks.facts import Facts
from reports.findings import Evidence, find
from reports.output.files import verdict_as_data
from reports.output.summary import summary_lines, verdict_line
from reports.rows.columns import columns_of
from reports.rows.comparison import audited_row
from reports.rows.row import Row
from reports.statistics.token_evidence import FEWEST_SCORED, token_evidence_of
from reports.verdict.judge import judge
from reports.verdict.judgement import Ground, Judgement
from reports.verdict.verdict import SubjectVerdict, Verdict
from tests.reports.material import (
    CONTEXT,
    NO,
    REFUSAL,
    YES,
    about,
    check,
    checks,
    example,
    failed,
    result,
    said,
    tokens,
)
from tests.reports.scores import reading, scored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.completion import ModelAnswer
    from reports.checks import Check

ENOUGH = 60
NOT_LOOKED_AT = ("label_agreement", "response_similarity", "local_parsed")
NEAR_TIES = [[0.2], []] * (ENOUGH // 2)
FAR = [[3.0]] * ENOUGH


def _rows(*answers: tuple[ModelAnswer, int]) -> list[Row]:
    """Returns the rows of an audit: of each answer as many as its number says, as they come off test reports."""
    flat = [answer for answer, count in answers for _ in range(count)]
    made = [
        audited_row(example(position, f"text {position}"), read_outcome(answer, read_label), None, **CONTEXT)
        for position, answer in enumerate(flat)
    ]
    return [Row.from_json(row.as_json()) for row in made]


def _judged(
    rows: Sequence[Row],
    api: Sequence[Sequence[float]] | None = (),
    floor: Sequence[Sequence[float]] | None = NEAR_TIES,
    *,
    seen: Sequence[Check] = (),
    confident: bool = False,
    examples: int | None = None,
) -> SubjectVerdict:
    """Returns the verdict on answers with these margins beside a changed reference's; None is what is not read."""
    made = list(rows) if api is None else scored(rows, api)
    floors = [] if floor is None else [reading(made, floor[: len(made)])]
    return judge(
        about(len(rows) if examples is None else examples, audit=True),
        made,
        {},
        checks=seen,
        confident=confident,
        tokens=token_evidence_of(made, floors),
    )


def _verdict(judged: SubjectVerdict) -> Verdict:
    return Verdict(subjects=(judged,))


def test_tokens_of_the_same_model_and_whole_answers_conform_and_what_was_omitted_is_said() -> None:
    got = _judged(_rows((said(YES), ENOUGH)), NEAR_TIES)

    assert got.judgement is Judgement.CONFORMS
    assert got.grounds == (Ground.SAME_TOKENS, Ground.CRITERIA_PASSED)
    assert [one.name for one in got.criteria] == ["api_parsed"]
    assert got.reason.endswith(
        "api_parsed passes; label_agreement, response_similarity and local_parsed were not looked at."
    )
    assert "the same model behind the same prompt" in got.reason
    assert got.disagreements.as_data() == {"systematic": [], "random": []}


def test_tokens_beyond_the_floor_differ_by_the_finding_that_they_make() -> None:
    got = _judged(_rows((said(YES), ENOUGH)), FAR)

    assert got.judgement is Judgement.DIFFERS
    assert got.grounds[0] is Ground.FINDINGS
    assert [one.id for one in got.findings] == ["other-model"]
    assert got.findings[0].evidence["example"]["local"] is None
    assert "Undecided" not in got.reason
    assert "LOCAL  error" not in "\n".join(summary_lines(_verdict(got)))


def test_refusals_are_answers_in_an_audit_too() -> None:
    got = _judged(_rows((said(YES), 20), (said(NO), 20), (said(REFUSAL), 20)), NEAR_TIES)

    assert got.judgement is Judgement.CONFORMS
    assert "what the answers became: 20 label 0, 20 label 1, 20 refused; no reference" in "\n".join(
        summary_lines(_verdict(got))
    )


@pytest.mark.parametrize(
    ("api", "floor", "n", "told"),
    [
        (None, None, ENOUGH, "the local model has read none of the answers. To decide it, run without --audit."),
        ((), None, ENOUGH, "To decide it, take a reference of which a legitimate change can be computed here"),
        (NEAR_TIES, NEAR_TIES, FEWEST_SCORED - 1, "39 of 39 answers were read. To decide it, ask about more examples"),
        ([[0.9]], [[0.2]], ENOUGH, "To decide it, ask about more examples, or run without --audit."),
    ],
    ids=["nothing-read", "no-floor", "few", "uneven"],
)
def test_what_the_tokens_leave_open_is_no_verdict_and_says_what_would_decide_it(
    api: Sequence[Sequence[float]] | None, floor: Sequence[Sequence[float]] | None, n: int, told: str
) -> None:
    got = _judged(_rows((said(YES), n)), None if api is None else api[:n], floor)

    assert (got.judgement, got.grounds) == (Judgement.NO_VERDICT, (Ground.UNDECIDED,))
    assert told in got.reason


def test_answers_that_are_not_whole_leave_it_open_whether_the_model_itself_ends_so() -> None:
    cut = said(YES, finish_reason=FinishReason.LENGTH)
    got = _judged(_rows((said(YES), ENOUGH - 9), (cut, 9)), NEAR_TIES)

    assert got.judgement is Judgement.NO_VERDICT
    assert "api_parsed is 0.850 (51 of 60), below 0.990, and an audit does not know" in got.reason
    assert result(got, "api_parsed").ceiling is None


def test_confidence_is_asked_of_what_is_judged() -> None:
    assert _judged(_rows((said(YES), ENOUGH)), NEAR_TIES, confident=True).judgement is Judgement.NO_VERDICT


def test_missing_rows_leave_no_verdict() -> None:
    got = _judged(_rows((said(YES), ENOUGH)), NEAR_TIES, examples=ENOUGH + 1)

    assert (got.judgement, got.grounds) == (Judgement.NO_VERDICT, (Ground.EXAMPLES_MISSING,))


def test_silent_api_is_told_with_its_own_words() -> None:
    got = _judged(_rows((failed(FailureKind.UNREACHABLE, "nobody listens"), ENOUGH)), None, None)

    assert got.grounds == (Ground.API_SILENT,)
    assert got.reason == "The API side never answered: nobody listens"


def test_model_that_cannot_work_is_told_with_its_own_words() -> None:
    why = Unscored(kind=NothingToScore.UNAVAILABLE, why="The local model could not be asked: give --model.")
    silent = [
        replace(row, api_scoring=why) for row in _rows((failed(FailureKind.NOT_ASKED, "in vain", attempts=0), ENOUGH))
    ]
    got = _judged(silent, None, None)

    assert (got.grounds, got.reason) == ((Ground.REFERENCE_SILENT,), why.why)


def test_broken_check_accuses_whatever_the_tokens_say() -> None:
    broken = check(CheckOutcome.BROKEN, message="none", check_id=CheckId.USAGE_ADDS_UP, facts=Facts(missing=True))

    assert _judged(_rows((said(YES), ENOUGH)), NEAR_TIES, seen=[broken]).judgement is Judgement.DIFFERS
    assert _judged(_rows((said(YES), ENOUGH)), NEAR_TIES, seen=checks(unanswered=1)).judgement is Judgement.NO_VERDICT


def test_another_form_of_the_prompt_that_may_explain_the_tokens_accuses_nobody() -> None:
    choices = (FormChoice.NO_DATE_LINE,)
    forms = (Form(choices=choices, otherwise=choices),)
    seen = check(
        CheckOutcome.KEPT,
        "test_x.py::test_x[policy]",
        check_id=CheckId.PROMPT_LENGTH_LEGITIMATE,
        facts=Facts(forms=forms),
    )
    got = _judged(_rows((said(YES), ENOUGH)), FAR, seen=[seen])

    assert (got.judgement, got.findings) == (Judgement.NO_VERDICT, ())
    assert Ground.DIFFERENT_RENDERING in got.grounds


def test_other_precision_is_told_once_and_accuses_nobody() -> None:
    made = scored(_rows((said(YES), ENOUGH)), NEAR_TIES)
    floors = [reading(made, [], "attention"), reading(made, NEAR_TIES, "dtype")]
    got = judge(about(ENOUGH, audit=True), made, {}, tokens=token_evidence_of(made, floors))

    assert got.judgement is Judgement.CONFORMS
    assert got.grounds[-1] is Ground.OTHER_PRECISION
    assert got.reason.endswith(
        "But these margins are of different weights or precision, though within what legitimate changes do."
    )
    assert got.reason.count("not the likeliest") == 1


USED = tokens(100, 40)
LIMITED = '{"request": "{\\"max_tokens\\": 512}"}'


@pytest.mark.parametrize(
    "answer",
    [
        said("<|channel|>analysis<|message|>Hm.<|end|>", None, usage=USED),
        said("<think>Hm.</think>1", None, usage=USED),
        said(None, "Hm.", usage=USED),
        said(YES, "Hm.", usage=USED, raw='{"response": "{\\"choices\\": [{\\"message\\": {\\"tool_calls\\": [1]}}]}"}'),
        said(
            None,
            "Hm.",
            usage=tokens(100, 500),
            finish_reason=FinishReason.LENGTH,
            raw=LIMITED,
        ),
    ],
    ids=["markup", "tags", "no-answer", "call", "cut-by-uncounted-markup"],
)
def test_what_a_model_may_do_by_itself_accuses_nobody(answer: ModelAnswer) -> None:
    rows = scored(_rows((said(YES), ENOUGH - 20), (answer, 20)), NEAR_TIES)

    assert find(Evidence(subject=about(ENOUGH, audit=True), rows=rows, checks=[])) == ()


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (failed(FailureKind.SERVER, "unexpected tokens remaining in message header", status=500), "parser-500"),
        (said(YES, None, usage=USED), "reasoning-dropped"),
        (
            said(
                None,
                "Hm.",
                usage=tokens(100, 16),
                finish_reason=FinishReason.LENGTH,
                raw=LIMITED,
            ),
            "budget-eaten-by-reasoning",
        ),
    ],
)
def test_what_no_model_can_do_is_named(answer: ModelAnswer, fault: str) -> None:
    rows = scored(_rows((said(YES), ENOUGH - 20), (answer, 20)), NEAR_TIES)

    assert [one.id for one in find(Evidence(subject=about(ENOUGH, audit=True), rows=rows, checks=[]))] == [fault]


def test_what_is_not_looked_at_is_never_zero_and_never_passed() -> None:
    got = _judged(_rows((said(YES), ENOUGH)), NEAR_TIES)
    lines = list(summary_lines(_verdict(got)))
    (told,) = verdict_as_data(_verdict(got))["subjects"]

    for name in NOT_LOOKED_AT:
        (line,) = (line for line in lines if line.startswith(name))
        assert line.split(maxsplit=1)[1] == "not looked at in an audit"
    assert told["audit"] is True
    assert told["criteria_not_looked_at"] == list(NOT_LOOKED_AT)
    assert [one["name"] for one in told["criteria"]] == ["api_parsed"]
    assert told["pairs_with_two_labels"] is None
    assert told["flow"] == {
        "counts": [{"api": "label 1", "local": None, "n": ENOUGH}],
        "labels_given": {"api": ENOUGH, "local": None},
        "where_the_reference_labels": None,
    }
    assert {name for name, value in told["statistics"].items() if value is None} == {
        "cohens_kappa",
        "direction",
        "asymmetries",
        "strata",
        "partings",
    }


def test_summary_says_that_it_is_an_audit_and_what_it_would_not_have_passed() -> None:
    unread = Unscored(kind=NothingToScore.EMPTY, why="Empty.")
    rows = scored(_rows((said(YES), ENOUGH)), NEAR_TIES)
    made = [*rows[:-1], replace(rows[-1], api_scoring=unread)]
    found = token_evidence_of(made, [reading(made, NEAR_TIES)])
    got = judge(about(ENOUGH, audit=True), made, {}, tokens=found)
    lines = list(summary_lines(_verdict(got)))

    assert (
        "audit    the local model generates nothing: it reads the API's answers, and no two answers are compared"
        in lines
    )
    assert f"LOCAL    read {ENOUGH - 1} of {ENOUGH} answers of the API (1 empty)" in lines
    assert (
        "an audit compares no answers; with n = 59 this run would have passed no server whose margins sum to more than "
        "24.0 nats, 4 times those of the greatest legitimate change (95% confidence)."
    ) in lines
    assert not any(line.startswith(("outcomes agree by stratum", "labels given", "among the")) for line in lines)
    assert not any("do not agree" in line for line in lines)
    assert verdict_line(_verdict(got)).startswith("verdict: conforms. In an audit, which compares no answers: ")


def test_columns_of_the_local_side_are_null_and_those_of_the_scores_are_filled() -> None:
    (row,) = scored(_rows((said(YES), 1)), [[0.5]])
    columns = columns_of(row)

    of_both = {"binary_match", "fine_grain_match", "response_similarity", "reasoning_similarity", "both_parsed"}
    for name in {*of_both, "outcome_match", *(name for name in columns if name.startswith("local_"))}:
        assert columns[name] is None, name
    assert (columns["api_binary_label"], columns["api_well_formed"]) == (True, True)
    assert (columns["api_score_tokens"], columns["api_score_margin_sum"]) == (100, 0.5)


def test_run_that_is_no_audit_does_not_say_that_it_is() -> None:
    told = about(3)

    assert not told.audit
    assert "audit" not in told.as_data()
