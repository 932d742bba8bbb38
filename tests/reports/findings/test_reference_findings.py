"""A local reference that has drifted is named as such, and nobody else is accused for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from backends.completion import FinishReason
from backends.evidence import LocalEvidence, read_local_evidence
from backends.labels import read_label
from backends.models import MINIATURE, resolve_model
from backends.outcome import read_outcome
from backends.prompt import Prompt, Sampling, make_prompt
from backends.renderings.rendering import texts_by_rules
from backends.renderings.token_counter import token_counter
from reports.checks import Check, CheckId, CheckOutcome, Facts
from reports.findings import REFERENCE_DEPENDENT, REFERENCE_FAULTS
from reports.output.finding_lines import finding_lines
from reports.rows.comparison import Comparison
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement
from tests.reports.material import CONTEXT, NO, YES, about, check, example, measured, said, steady, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.statistics.noise import NoiseMeasurement
    from reports.verdict.verdict import SubjectVerdict

THOUGHT, OTHER = "It insults, so it is toxic.", "It is kind, so it is harmless."
PROMPT = make_prompt("some text", "Answer 1 if the text is toxic, else 0.")
RIGHT = (texts_by_rules(PROMPT, "2025-01-02") or ("",))[0]
END = f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>1<|return|>"
WRONG = RIGHT.replace("Reasoning: medium", "Reasoning: high")


def judged(
    prompt: str = RIGHT,
    text: str = END,
    *,
    odd: int = 100,
    agree: bool = False,
    wrong: int = 100,
    length: int = 100,
    finish: FinishReason = FinishReason.STOP,
    reference: dict[str, Any] | None = None,
    asked: Prompt = PROMPT,
    **more: Any,  # noqa: ANN401 - of the judgement
) -> SubjectVerdict:
    """Returns the verdict on 100 rows: the first `odd` have this local evidence, the first `wrong` other answers."""
    rows = []
    for position in range(100):
        kept = LocalEvidence(prompt, text) if position < odd else LocalEvidence(RIGHT, END)
        local = said(YES, THOUGHT, finish_reason=finish, usage=tokens(length, 40), raw=kept.as_raw())
        good = agree or position >= wrong
        api = said(YES, THOUGHT, usage=tokens(100, 40)) if good else said(NO, OTHER, usage=tokens(100, 40))
        made = Comparison(
            example=example(position, f"text {position}"),
            api=read_outcome(api, read_label, asked),
            local=read_outcome(local, read_label, asked),
        )
        rows.append(made.as_row(**CONTEXT))
    subject = about(100) if reference is None else about(100, local=reference)
    return judge(subject, rows, {}, **more)


def ids(verdict: SubjectVerdict) -> list[tuple[str, str]]:
    return [(finding.id, finding.side) for finding in verdict.findings]


def sides(verdict: SubjectVerdict) -> set[str]:
    return {side for _, side in ids(verdict)}


def test_other_prompt_than_the_rules_give_is_the_references_drift_and_no_accusation() -> None:
    got = judged(WRONG)

    assert ids(got) == [("template-drift", "local")]
    assert got.judgement is Judgement.NO_VERDICT
    assert got.reason.startswith("Found in the local reference: template-drift (")
    told = got.findings[0].as_data()
    assert (told["count"], told["side"], told["evidence"]["side"]) == (100, "local", "local")
    assert told["evidence"]["lines"] == ["- Reasoning: medium\\n", "+ Reasoning: high\\n"]
    assert told["reproduce"] == "pytest conformance -k toxicchat-0000"
    lines = list(finding_lines(got.findings))
    assert "finding: template-drift (of the local reference). " in lines[1]
    assert "    - Reasoning: medium\\n" in lines


def test_same_rows_with_the_right_prompt_accuse_the_endpoint() -> None:
    got = judged()

    assert got.judgement is Judgement.DIFFERS
    assert {side for _, side in ids(got)} == {"api"}


def test_drifted_reference_withholds_a_pass_too() -> None:
    got = judged(WRONG, agree=True)

    assert (got.judgement, ids(got)) == (Judgement.NO_VERDICT, [("template-drift", "local")])


@pytest.mark.parametrize("form", texts_by_rules(PROMPT, "2019-12-31") or ())
def test_every_legitimate_rendering_is_a_right_prompt(form: str) -> None:
    assert judged(form, agree=True).judgement is Judgement.CONFORMS


@pytest.mark.parametrize(("odd", "judgement"), [(1, Judgement.CONFORMS), (2, Judgement.NO_VERDICT)])
def test_single_odd_prompt_is_no_drift(odd: int, judgement: Judgement) -> None:
    assert judged(WRONG, odd=odd, agree=True).judgement is judgement


def test_rows_of_a_replay_show_nothing_of_their_prompts() -> None:
    assert judged(WRONG, agree=True, reference={"recorded": "results.parquet"}).judgement is Judgement.CONFORMS


def counted(extra: int) -> SubjectVerdict:
    model = resolve_model(MINIATURE)
    count = token_counter(model.id)
    if count is None:
        pytest.skip("the counter needs the library tokenizers")
    return judged(agree=True, length=count(RIGHT) + extra, reference={"model": model.id, "revision": model.revision})


def test_prompt_of_another_length_than_the_file_gives_is_the_tokenizers_drift() -> None:
    assert counted(0).judgement is Judgement.CONFORMS
    got = counted(1)

    assert (got.judgement, ids(got)) == (Judgement.NO_VERDICT, [("tokenizer-drift", "local")])


@pytest.mark.parametrize(
    ("text", "finish"),
    [
        pytest.param(f"{END}<|start|>user<|message|>More.", FinishReason.LENGTH, id="goes on"),
        pytest.param(END.partition("<|start|>")[0], FinishReason.STOP, id="stops after thinking"),
    ],
)
def test_other_stop_tokens_are_the_drift_of_generation(text: str, finish: FinishReason) -> None:
    got = judged(text=text, finish=finish)

    assert (got.judgement, ids(got)) == (Judgement.NO_VERDICT, [("generation-drift", "local")])


@pytest.mark.parametrize("end", ["<|return|>", "<|call|>", "<|endoftext|>"])
def test_text_that_ends_in_a_stop_token_is_no_drift(end: str) -> None:
    assert judged(text=END.replace("<|return|>", end), agree=True).judgement is Judgement.CONFORMS


def test_text_that_the_limit_cut_is_no_drift() -> None:
    assert "local" not in sides(judged(text=END[:20], agree=True, finish=FinishReason.LENGTH))


def noise(change: str, labels: int) -> NoiseMeasurement:
    """Returns a measurement of the reference in which so many of 20 labels change."""
    return measured(change, labels, n=20, labels=labels)


@pytest.mark.parametrize(
    ("shaken", "fault"),
    [
        ((noise("attention", 5), noise("batch", 0)), "attention-drift"),
        ((noise("attention", 12), noise("batch", 12)), "generation-drift"),
        ((noise("attention", 0), noise("batch", 5)), "generation-drift"),
    ],
)
def test_reference_that_does_not_agree_with_itself_is_named_where_it_would_accuse(
    shaken: tuple[NoiseMeasurement, ...], fault: str
) -> None:
    got = judged(noise=shaken, wrong=12)

    assert (got.judgement, ids(got)) == (Judgement.NO_VERDICT, [(fault, "local")])
    assert "LOCAL against itself" in got.findings[0].evidence["lines"][0]
    assert judged(noise=shaken, agree=True).judgement is Judgement.CONFORMS


def test_reference_that_was_to_draw_its_texts_has_not_drifted_where_it_does() -> None:
    warm = replace(PROMPT, sampling=Sampling(temperature=0.7))

    got = judged(noise=(noise("batch", 12),), wrong=12, asked=warm)

    assert "local" not in sides(got)


def test_one_label_of_twenty_is_within_what_the_endpoint_may_change() -> None:
    assert ("attention-drift", "local") not in ids(judged(noise=(noise("attention", 1),), wrong=12))


def test_reference_that_is_steady_leaves_the_accusation() -> None:
    assert judged(noise=steady(100), wrong=12).judgement is Judgement.DIFFERS


def test_reference_that_labels_once_and_then_not_has_not_drifted() -> None:
    restless = replace(noise("attention", 8), flips=0)

    assert "local" not in sides(judged(noise=(restless,), wrong=12))


def leaning(check_id: CheckId) -> Check:
    return check(CheckOutcome.BROKEN, check_id=check_id, message="It was seen.", facts=Facts(offset=3))


@pytest.mark.parametrize("check_id", sorted(REFERENCE_DEPENDENT))
def test_check_that_leans_on_a_drifted_reference_accuses_nobody(check_id: CheckId) -> None:
    assert judged(agree=True, checks=[leaning(check_id)]).judgement is Judgement.DIFFERS

    got = judged(WRONG, agree=True, checks=[leaning(check_id)])

    assert (got.judgement, ids(got)) == (Judgement.NO_VERDICT, [("template-drift", "local")])


def test_raw_exchange_accuses_the_endpoint_beside_a_drifted_reference() -> None:
    lost = check(CheckOutcome.BROKEN, check_id=CheckId.STREAM_HAS_LAST_CHUNK, message="It was seen.")

    got = judged(WRONG, checks=[lost])

    assert got.judgement is Judgement.DIFFERS
    assert ids(got) == [("template-drift", "local"), ("stream-bad-deltas", "api")]


@pytest.mark.parametrize("raw", [None, "", "no JSON", "[]", "1", '{"prompt": "x"}', '{"prompt": 1, "text": "x"}'])
def test_evidence_of_another_kind_is_none(raw: str | None) -> None:
    assert read_local_evidence(raw) is None


def test_evidence_is_read_as_it_was_written() -> None:
    assert read_local_evidence(LocalEvidence("a\n", "ü").as_raw()) == LocalEvidence("a\n", "ü")


def test_faults_of_the_reference_are_those_of_the_page(pytestconfig: pytest.Config) -> None:
    docs = (pytestconfig.rootpath / "docs" / "findings.md").read_text(encoding="utf-8")
    row: Callable[[Any], str] = lambda fault: f"* `{fault.id}`: {fault.title}. {fault.cause}"  # noqa: E731
    assert [row(fault) for fault in REFERENCE_FAULTS.values()] == [
        line for line in docs.splitlines() if line.startswith("* `")
    ]
