"""A text is cut where its tokens and its parting have a look of their own, and nothing of it is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.page.pieces import LEVELS, Piece, Span, parting_marks, pieces_of, spans_of
from reports.page.source import SubjectSource
from reports.page.views.headline import facts_of, sides_of


def told(pieces: list[Piece]) -> str:
    return "".join(one if isinstance(one, str) else one["x"] for one in pieces)


def row(*tokens: tuple[str, str | None, float | None, str | None]) -> dict[str, Any]:
    names = ("texts", "parts", "margins", "likeliest")
    return {f"api_token_{name}": [token[at] for token in tokens] for at, name in enumerate(names)}


def test_unlikely_token_is_found_in_its_text() -> None:
    tokens = row(
        ("<|channel|>", None, None, None),
        (" To", "reasoning", 0.0, None),
        (" be", "reasoning", 0.3, " see"),
        ("<|end|>", "reasoning", 0.0, None),
        ("1", "answer", 2.0, "0"),
    )

    assert spans_of(tokens, "reasoning", "To be") == [Span(start=2, end=5, margin=0.3, likeliest=" see")]
    assert spans_of(tokens, "answer", "1") == [Span(start=0, end=1, margin=2.0, likeliest="0")]


def test_tokens_that_do_not_spell_the_text_colour_nothing() -> None:
    tokens = row(("1", "answer", 2.0, "0"))

    assert spans_of(tokens, "answer", "another text") is None
    assert spans_of(tokens, "answer", "") is None
    assert spans_of({"api_token_texts": None}, "answer", "1") is None


def test_colour_grows_with_the_margin() -> None:
    margins = (0.01, 0.25, 0.26, 0.5, 0.9, 2.0, 2.1, 50.0)
    steps = [pieces_of("x", [Span(start=0, end=1, margin=margin, likeliest="y")])[0] for margin in margins]

    assert [one["m"] for one in steps if isinstance(one, dict)] == [1, 1, 2, 2, 3, 4, 5, 5]
    assert len(LEVELS) == 4


@pytest.mark.parametrize(
    ("api", "local", "words"),
    [
        ("No policy is set", "No crime is set", ("policy", "crime")),
        ("It is not", "It is now here", ("not", "now")),
        ("It is", "It is so", ("is", "is so")),
        ("", "all of it", ("(the text ends)", "all")),
        ("same ", "same", ("same ", "same")),
    ],
)
def test_both_texts_tell_the_word_at_which_they_part(api: str, local: str, words: tuple[str, str]) -> None:
    marks = parting_marks(api, local)

    assert marks is not None
    assert (marks[1].other, marks[0].other) == words
    looks = [pieces_of(text, (), mark) for text, mark in zip((api, local), marks, strict=True)]
    assert [told(pieces) for pieces in looks] == [api, local]
    assert all(any(isinstance(one, dict) and "p" in one for one in pieces) for pieces in looks)


def test_equal_texts_do_not_part() -> None:
    assert parting_marks("a", "a") is None
    assert pieces_of("a") == ["a"]
    assert pieces_of("") == []


def test_endless_word_is_not_repeated_whole() -> None:
    marks = parting_marks("x" * 100_000, "x" * 50_000 + "y" * 50_000)

    assert marks is not None
    assert all(len(mark.other) <= 80 for mark in marks)


TEXT = st.text(alphabet="ab \n", max_size=30)


@given(api=TEXT, local=TEXT, cuts=st.lists(st.integers(0, 30), max_size=6))
def test_no_character_is_lost_wherever_tokens_lie(api: str, local: str, cuts: list[int]) -> None:
    places = sorted({min(cut, len(api)) for cut in cuts})
    spans = [
        Span(start=one, end=two, margin=1.0, likeliest="") for one, two in zip(places[::2], places[1::2], strict=False)
    ]
    marks = parting_marks(api, local)

    assert told(pieces_of(api, spans, None if marks is None else marks[0])) == api
    assert told(pieces_of(local, (), None if marks is None else marks[1])) == local


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("mine", "mine"),
        (
            {"name": "mine", "sha256": "ab" * 32, "reading": {"labels": {}, "pointer": None}},
            "mine (sha256 abababababab)",
        ),
    ],
    ids=["name", "object"],
)
def test_facts_are_told_in_words(policy: object, told: str) -> None:
    api = {"endpoint": "x", "extra_body": {"provider": {"order": ["groq", "novita"]}}}

    subject = SubjectSource(id="a", told={"policy": policy, "api": api}, rows=[{"policy": "mine"}])

    assert dict(facts_of(subject))["policy"] == told
    assert dict(sides_of(subject))["API"] == [("endpoint", "x"), ("extra body", "provider order groq, novita")]
