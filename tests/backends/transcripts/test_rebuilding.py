"""An answer is rebuilt as the tokens that the model wrote; what is not known of it does not count."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.completion import Completion, FinishReason, Missing, Text
from backends.errors import Failure, FailureKind
from backends.score import NothingToScore, Part, ReportedLogprobs, TokenSource, Unscored
from backends.transcripts import digest_of_answer, transcripts_of
from tests.backends.transcripts.material import (
    ANALYSIS,
    CALLS,
    FINAL,
    LENGTH,
    NEXT,
    STOP,
    entries,
    known,
    texts,
    told,
    transcripts,
    written,
)


@pytest.mark.parametrize(
    ("content", "reasoning", "finish", "text"),
    [
        ("1", "hm", STOP, f"{ANALYSIS}hm{NEXT}{FINAL}1<|return|>"),
        ("1", "hm", LENGTH, f"{ANALYSIS}hm{NEXT}{FINAL}1"),
        ("1", "hm", FinishReason.UNKNOWN, f"{ANALYSIS}hm{NEXT}{FINAL}1"),
        ("", "hm", LENGTH, f"{ANALYSIS}hm"),
        (Missing.NULL, "hm", STOP, f"{ANALYSIS}hm"),
        (" a\nb ", "hm\n\nso", STOP, f"{ANALYSIS}hm\n\nso{NEXT}{FINAL} a\nb <|return|>"),
    ],
)
def test_texts_become_messages_and_the_finish_reason_their_end(
    content: Text, reasoning: Text, finish: FinishReason, text: str
) -> None:
    assert texts(told(content, reasoning, finish)) == [text]


def test_tokens_of_headers_do_not_count_and_the_end_tokens_do() -> None:
    (one,) = transcripts(told("1", "hm"))
    counted = [(known().text(token), part) for token, part in zip(one.token_ids, one.parts, strict=True) if part]
    assert counted[-2:] == [("1", Part.ANSWER), ("<|return|>", Part.ANSWER)]
    reasoning = [text for text, part in counted if part is Part.REASONING]
    assert "".join(reasoning) == "hm<|end|>"
    assert len(counted) == len(reasoning) + 2
    assert one.source is TokenSource.REBUILT
    assert not any(one.exact)


def test_every_form_of_a_call_is_tried() -> None:
    call = {"type": "function", "function": {"name": "look", "arguments": '{"a":1}'}}
    found = texts(told(Missing.NULL, "hm", CALLS, calls=[call]))
    assert (
        f'{ANALYSIS}hm{NEXT}<|channel|>commentary to=functions.look <|constrain|>json<|message|>{{"a":1}}<|call|>'
        in found
    )
    assert f'{ANALYSIS}hm{NEXT} to=functions.look<|channel|>commentary json<|message|>{{"a": 1}}<|call|>' in found
    assert len(found) == len(set(found)) == 12
    for one in transcripts(told(Missing.NULL, "hm", CALLS, calls=[call])):
        spelled = [
            known().text(token) for token, part in zip(one.token_ids, one.parts, strict=True) if part is Part.CALL
        ]
        assert json.loads("".join(spelled).removesuffix("<|call|>")) == {"a": 1}


def test_what_is_said_before_a_call_is_a_preamble() -> None:
    call = {"function": {"name": "look", "arguments": {"a": 1}}}
    answer = told("Let me look.", "hm", CALLS, calls=[call])
    assert all(
        f"{ANALYSIS}hm{NEXT}<|channel|>commentary<|message|>Let me look.{NEXT}" in text for text in texts(answer)
    )
    assert all(Part.PREAMBLE in one.parts for one in transcripts(answer))


def test_answer_without_reasoning_is_scored_only_where_nothing_can_be_hidden() -> None:
    plain = f"{FINAL}1<|return|>"
    empty = f"{ANALYSIS}{NEXT}{FINAL}1<|return|>"
    most = len(known().ids(empty))
    for reasoning in (Missing.ABSENT, Missing.NULL, ""):
        assert texts(told("1", reasoning, counted=most)) == [plain, empty]
        for counted in (None, most + 1):
            found = transcripts_of(told("1", reasoning, counted=counted), known())
            assert isinstance(found, Unscored)
            assert found.kind is NothingToScore.REASONING_WITHHELD


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Failure(kind=FailureKind.SERVER, message="out of order"), NothingToScore.NO_ANSWER),
        (told("", Missing.NULL), NothingToScore.EMPTY),
        (told(Missing.NULL, Missing.ABSENT), NothingToScore.EMPTY),
        (told("1<|return|>", "hm"), NothingToScore.UNWRITABLE),
        (told("1", "h<|start|>m"), NothingToScore.UNWRITABLE),
        (told("1", "hm", CALLS, calls=[{"function": {"name": "a b", "arguments": "{}"}}]), NothingToScore.UNWRITABLE),
        (told("\ud800", "hm"), NothingToScore.NOT_TEXT),
        # Read as another character, beside the evidence of what came.
        (told("\ufffd", "hm", name="\ud800"), NothingToScore.NOT_TEXT),
    ],
)
def test_what_cannot_be_scored_says_why(answer: Completion | Failure, kind: NothingToScore) -> None:
    found = transcripts_of(answer, known())
    assert isinstance(found, Unscored)
    assert found.kind is kind
    assert found.why
    assert found.answer == digest_of_answer(answer)


def test_text_with_its_special_tokens_is_taken_as_it_is() -> None:
    text = f"{ANALYSIS}hm{NEXT}{FINAL}1<|return|>"
    for answer in (written(text), told(text, Missing.ABSENT), told(text.removesuffix("<|return|>"), Missing.ABSENT)):
        (one,) = transcripts(answer)
        assert one.source is TokenSource.RAW_TEXT
        assert list(one.token_ids) == known().ids(text)
        assert one.parts == transcripts(told("1", "hm"))[0].parts


def test_reported_ids_are_taken_where_they_spell_the_answer() -> None:
    ids = [*known().ids(f"{ANALYSIS}h"), *known().ids("m"), *known().ids(f"{NEXT}{FINAL}1<|return|>")]
    (one,) = transcripts(told("1", "hm", token_ids=ids))
    assert list(one.token_ids) == ids
    assert one.source is TokenSource.TOKEN_IDS
    assert all(one.exact)
    for other in ([*ids, 10**6], known().ids(f"{ANALYSIS}hm{NEXT}{FINAL}0<|return|>"), known().ids("1")):
        (one,) = transcripts(told("1", "hm", token_ids=other))
        assert one.source is TokenSource.REBUILT


def test_logprobs_of_all_that_was_written_are_its_tokens() -> None:
    ids = known().ids(f"{ANALYSIS}hm{NEXT}{FINAL}1<|return|>")
    (one,) = transcripts(told("1", "hm", logprobs={"content": entries(ids)}))
    assert (one.source, one.logprobs) == (TokenSource.LOGPROBS, ReportedLogprobs.WHOLE)
    assert list(one.token_ids) == ids
    assert one.reported == tuple(-float(place) for place in range(len(ids)))


def test_logprobs_of_the_answer_alone_stand_for_its_tokens() -> None:
    ids = [known().ids("1")[0], known().ids("0")[0]]
    (one,) = transcripts(told("10", "hm", logprobs={"content": entries(ids)}))
    assert (one.source, one.logprobs) == (TokenSource.REBUILT, ReportedLogprobs.ANSWER)
    assert list(one.token_ids[-3:-1]) == ids
    assert one.reported[-3:] == (-0.0, -1.0, None)
    assert one.exact == (*[False] * (len(ids_before := one.token_ids) - 3), True, True, False)
    assert len(ids_before) == len(one.parts)


@pytest.mark.parametrize(
    "logprobs",
    [
        [{"token": "0", "bytes": [48], "logprob": -1.0}],
        [{"token": "no such token", "bytes": None, "logprob": -1.0}],
        [{"token": "1", "bytes": [999], "logprob": -1.0}],
        [{"logprob": -1.0}],
    ],
)
def test_logprobs_that_do_not_belong_to_the_text_are_told_as_such(logprobs: list[dict[str, object]]) -> None:
    (one,) = transcripts(told("1", "hm", logprobs={"content": logprobs}))
    assert (one.source, one.logprobs) == (TokenSource.REBUILT, ReportedLogprobs.FOREIGN)
    assert set(one.reported) == {None}


@pytest.mark.parametrize("logprobs", [None, {}, {"content": []}, {"content": None}, [], "no"])
def test_no_logprobs_are_told_as_none(logprobs: object) -> None:
    assert transcripts(told("1", "hm", logprobs=logprobs))[0].logprobs is ReportedLogprobs.ABSENT


def test_lost_characters_and_what_follows_them_do_not_count() -> None:
    (one,) = transcripts(told("1", "a \ufffd is"))
    spelled = known().joined([token for token, part in zip(one.token_ids, one.parts, strict=True) if part])
    assert "\ufffd".encode() not in spelled
    assert spelled.startswith(b"a")


def test_digest_tells_answers_apart_that_are_scored_otherwise() -> None:
    answers = [
        told("1", "hm"),
        told("0", "hm"),
        told("1", "so"),
        told("1", "hm", LENGTH),
        told("1", "hm", logprobs={"content": entries(known().ids("1"))}),
        told("1", "hm", token_ids=[1]),
        told("1", "", counted=5),
        told("1", "", counted=6),
        written("x"),
        written("y"),
    ]
    assert len({digest_of_answer(answer) for answer in answers}) == len(answers)
    assert digest_of_answer(told("1", "hm", counted=5)) == digest_of_answer(told("1", "hm", counted=6))
    assert digest_of_answer(Failure(kind=FailureKind.SERVER, message="no")) is None


plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(plain, plain, st.sampled_from([STOP, LENGTH, CALLS]))
def test_rebuilt_tokens_spell_the_texts_to_the_letter(content: str, reasoning: str, finish: FinishReason) -> None:
    answer = told(content, reasoning, finish, counted=0)
    found = transcripts_of(answer, known())
    if isinstance(found, Unscored):
        assert not reasoning
        return
    text = known().joined(found[0].token_ids).decode()
    assert not reasoning or f"{ANALYSIS}{reasoning}" in text
    assert not content or f"{FINAL}{content}" in text
