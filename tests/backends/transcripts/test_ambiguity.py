"""A token counts only where the writer cannot have written the likeliest one and the same text have come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from backends.completion import Completion
from backends.score import Part
from backends.transcripts import is_ambiguous, reframed
from tests.backends.transcripts.material import ANALYSIS, FINAL, LENGTH, NEXT, STOP, entries, known, told, transcripts

if TYPE_CHECKING:
    from backends.completion import FinishReason
    from backends.transcripts import Transcript


def _token(text: str) -> int:
    found = known().id(text.encode())
    assert found is not None, text
    return found


def _place(one: Transcript, text: str, part: Part) -> int:
    pairs = zip(one.token_ids, one.parts, strict=True)
    return next(place for place, (token, where) in enumerate(pairs) if known().text(token) == text and where is part)


def _of(reasoning: str = "no.", content: str = "1", finish: FinishReason = STOP) -> Completion:
    return told(content, reasoning, finish)


#: The answer, the token that was written with its part, and the likeliest one.
Case: TypeAlias = tuple[Completion, str, Part, str]

AMBIGUOUS: tuple[Case, ...] = (
    (_of("no 10"), "10", Part.REASONING, "1"),  # the same text in other tokens
    (_of("no."), "<|end|>", Part.REASONING, "\n\n"),  # white space that was stripped at the end
    (_of(), "<|return|>", Part.ANSWER, "<|end|>"),  # another end token
    (_of(), "<|return|>", Part.ANSWER, "<|call|>"),
    (_of(), "1", Part.ANSWER, "\n\n"),  # white space that was stripped at the beginning
    (_of("the user"), "t", Part.REASONING, " the"),
    (_of(finish=LENGTH), "1", Part.ANSWER, "10"),  # cut, perhaps within the token
    (_of("a\n\nb"), "\n\n", Part.REASONING, "<|end|>"),  # messages that were joined
)

TELLING: tuple[Case, ...] = (
    (_of("no 10"), "10", Part.REASONING, "2"),
    (_of("no."), "<|end|>", Part.REASONING, " the"),
    (_of(), "<|return|>", Part.ANSWER, "0"),
    (_of(), "1", Part.ANSWER, "0"),
    (_of(), "1", Part.ANSWER, "10"),  # the message is closed, so all of it is told
    (_of("so the user"), " the", Part.REASONING, "\n\n"),  # white space in the midst is told
    (_of("a b"), " b", Part.REASONING, "<|end|>"),
)


@pytest.mark.parametrize(("answer", "written", "part", "likeliest"), AMBIGUOUS)
def test_token_does_not_count_where_the_likeliest_may_have_been_written(
    answer: Completion, written: str, part: Part, likeliest: str
) -> None:
    (one,) = transcripts(answer)
    assert is_ambiguous(one, known(), _place(one, written, part), _token(likeliest))


@pytest.mark.parametrize(("answer", "written", "part", "likeliest"), TELLING)
def test_token_counts_where_the_likeliest_makes_another_text(
    answer: Completion, written: str, part: Part, likeliest: str
) -> None:
    (one,) = transcripts(answer)
    assert not is_ambiguous(one, known(), _place(one, written, part), _token(likeliest))


def test_tokens_that_the_reply_tells_are_never_ambiguous() -> None:
    (one,) = transcripts(told("10", "hm", logprobs={"content": entries(known().ids("10"))}))
    assert not is_ambiguous(one, known(), _place(one, "10", Part.ANSWER), _token("1"))


def test_line_break_is_read_as_the_end_of_a_message_where_the_model_ends_one() -> None:
    (one,) = transcripts(told("1", "no.\n\nSo\nno"))
    places = [place for place, token in enumerate(one.token_ids) if "\n" in known().text(token)]
    end = _token("<|end|>")
    (first, second) = places
    assert known().text(one.token_ids[second]) == "\n"

    other = reframed(one, known(), {second: end})

    assert other is not None
    text = f"{ANALYSIS}no.\n\nSo{NEXT}{ANALYSIS}no{NEXT}{FINAL}1<|return|>"
    assert known().joined(other.token_ids).decode() == text
    assert list(other.token_ids) == known().ids(text)
    both = reframed(one, known(), {first: end, second: end})
    assert both is not None
    assert known().joined(both.token_ids).decode().count(ANALYSIS) == 3
    assert reframed(one, known(), {}) is None
    assert reframed(one, known(), {second: _token("0"), 0: end}) is None
