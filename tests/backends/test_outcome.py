"""Every answer amounts to exactly one of seven outcomes, and no label is null, never false."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.completion import Answer, Completion, FinishReason, Missing
from backends.errors import Failure, FailureKind
from backends.labels import read_label
from backends.outcome import Outcome, OutcomeKind, read_outcome
from backends.prompt import make_prompt

STOP, LENGTH = FinishReason.STOP, FinishReason.LENGTH


def outcome(answer: Answer) -> Outcome:
    return read_outcome(answer, read_label)


@pytest.mark.parametrize(
    ("content", "reason", "kind", "label"),
    [
        ("1", STOP, OutcomeKind.LABEL, True),
        ("0", STOP, OutcomeKind.LABEL, False),
        ("1", LENGTH, OutcomeKind.LABEL, True),
        ("1", FinishReason.UNKNOWN, OutcomeKind.LABEL, True),
        ("I'm sorry, but I can't help with that.", STOP, OutcomeKind.REFUSED, None),
        ("toxic", STOP, OutcomeKind.UNREADABLE, None),
        ("The message", LENGTH, OutcomeKind.TRUNCATED, None),
        ("", LENGTH, OutcomeKind.TRUNCATED, None),
        (Missing.NULL, LENGTH, OutcomeKind.TRUNCATED, None),
        (Missing.ABSENT, LENGTH, OutcomeKind.TRUNCATED, None),
        ("", STOP, OutcomeKind.EMPTY, None),
        (" \n", STOP, OutcomeKind.EMPTY, None),
        (Missing.NULL, STOP, OutcomeKind.EMPTY, None),
        (Missing.ABSENT, STOP, OutcomeKind.EMPTY, None),
        ("<|channel|>final<|message|>1", STOP, OutcomeKind.MALFORMED, None),
        ("1<|return|>", STOP, OutcomeKind.MALFORMED, None),
        ("<|channel|>final<|message|>1", LENGTH, OutcomeKind.MALFORMED, None),
    ],
)
def test_content_and_finish_reason_decide(
    content: object, reason: FinishReason, kind: OutcomeKind, label: object
) -> None:
    got = outcome(Completion(content=content, finish_reason=reason))  # type: ignore[arg-type]  # a text or a Missing
    assert (got.kind, got.label) == (kind, label)
    assert bool(got.why) == (kind is not OutcomeKind.LABEL)


@pytest.mark.parametrize(
    ("content", "word"), [("", "is empty"), (Missing.NULL, "is null"), (Missing.ABSENT, "is absent")]
)
def test_empty_null_and_absent_are_told_apart_in_words(content: object, word: str) -> None:
    assert word in outcome(Completion(content=content)).why  # type: ignore[arg-type]  # as above


def test_failure_is_an_error_with_its_sentence() -> None:
    got = outcome(Failure(kind=FailureKind.SERVER, message="it broke"))
    assert (got.kind, got.label, got.why, got.completion) == (OutcomeKind.ERROR, None, "it broke", None)


def test_malformed_text_yields_no_label_even_where_one_could_be_read() -> None:
    got = outcome(Completion(content="1", finish_reason=STOP, malformed="not Harmony: so"))
    assert (got.kind, got.label, got.why) == (OutcomeKind.MALFORMED, None, "not Harmony: so")


@pytest.mark.parametrize("content", ["<|channel|>", "<|channel|>analysis", "1"])
def test_text_that_the_token_limit_cut_within_its_markup_is_truncated_and_not_blamed(content: str) -> None:
    got = outcome(Completion(content=content, finish_reason=LENGTH, malformed="not Harmony: the text ends"))
    assert (got.kind, got.label) == (OutcomeKind.TRUNCATED, None)


def test_answer_and_prompt_stay_with_the_outcome() -> None:
    answer, prompt = Completion(content="1"), make_prompt("hello")
    got = read_outcome(answer, read_label, prompt)
    assert got.answer is got.completion is answer
    assert got.prompt is prompt


@given(
    st.builds(
        Completion,
        content=st.sampled_from(["0", "1", "", "<|end|>", "no", *Missing]) | st.text(),
        finish_reason=st.sampled_from(list(FinishReason)),
        malformed=st.none() | st.just("so"),
    )
)
def test_label_is_there_exactly_where_the_outcome_is_a_label(answer: Completion) -> None:
    got = outcome(answer)
    assert (got.label is not None) == (got.kind is OutcomeKind.LABEL)


def test_answer_of_glued_channels_is_malformed_and_holds_no_label() -> None:
    got = outcome(Completion(content="analysisHarmless.assistantfinal0", finish_reason=STOP))
    assert (got.kind, got.label) == (OutcomeKind.MALFORMED, None)


@pytest.mark.parametrize("content", ["analysis of the finals", "assistantfinal0", "Analysis: 0"])
def test_answer_that_merely_names_a_channel_is_not_malformed(content: str) -> None:
    assert outcome(Completion(content=content, finish_reason=STOP)).kind is OutcomeKind.UNREADABLE
