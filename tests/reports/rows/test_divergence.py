"""A divergence is the first difference of the first text that differs, and the histogram counts every row once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.errors import FailureKind
from reports.rows.divergence import Divergence, Place, divergence_histogram, divergence_of, histogram_lines
from tests.reports.material import NO, YES, failed, row, said

if TYPE_CHECKING:
    from backends.completion import Answer
    from reports.rows.row import Row

TEXTS = st.text(alphabet="ab \n", max_size=12)


def _reasoned(api: str | None, local: str | None) -> Row:
    return row(said(YES, api), said(YES, local))


def _parted(api: str | None, local: str | None) -> Divergence:
    divergence = divergence_of(_reasoned(api, local))
    assert divergence is not None
    return divergence


def test_reasonings_part_at_their_first_different_character_and_word() -> None:
    assert _parted("The text is rude.", "The text was rude.") == Divergence(where=Place.REASONING, character=9, word=2)


def test_a_difference_inside_a_word_is_of_that_word() -> None:
    divergence = _parted("one two three", "one two throw")

    assert (divergence.character, divergence.word) == (11, 2)


def test_white_space_alone_parts_characters_but_no_words() -> None:
    divergence = _parted("one  two", "one two")

    assert (divergence.character, divergence.word) == (4, None)


@pytest.mark.parametrize(("api", "local"), [("one two", "one two three"), ("one two three", "one two")])
def test_a_text_that_goes_on_parts_beyond_the_shorter(api: str, local: str) -> None:
    expected = Divergence(where=Place.REASONING, character=7, word=2, beyond=True)

    assert _parted(api, local) == expected


def test_answers_part_only_where_the_reasonings_are_equal() -> None:
    assert divergence_of(row(said(YES, "Same."), said(NO, "Same."))) == Divergence(
        where=Place.ANSWER, character=0, word=0
    )
    divergence = divergence_of(row(said(YES, "Same."), said(NO, "Other.")))
    assert divergence is not None
    assert divergence.where is Place.REASONING


@pytest.mark.parametrize("reasoning", ["Because.", "", None])
def test_equal_texts_part_nowhere(reasoning: str | None) -> None:
    assert _parted(reasoning, reasoning) == Divergence(where=Place.NOWHERE)


def test_a_missing_reasoning_is_empty_beside_one_that_is_there() -> None:
    expected = Divergence(where=Place.REASONING, character=0, word=0, beyond=True, one_sided=True)

    assert _parted(None, "Because.") == expected


@pytest.mark.parametrize(
    ("api", "local"),
    [
        (failed(FailureKind.UNREACHABLE), said(YES)),
        (said(YES), failed(FailureKind.UNREACHABLE)),
        (said(None, None), said(YES)),
    ],
)
def test_a_side_without_any_text_does_not_part(api: Answer, local: Answer) -> None:
    assert divergence_of(row(api, local)) is None


def test_tokens_are_counted_in_what_both_share() -> None:
    shared: list[str] = []

    def count(text: str) -> int:
        shared.append(text)
        return 4

    divergence = divergence_of(_reasoned("one two three", "one two four"), count)

    assert (shared, divergence and divergence.token) == (["one two "], 4)


@given(TEXTS, TEXTS)
def test_both_texts_are_equal_before_the_divergence_and_differ_at_it(api: str, local: str) -> None:
    divergence, place = _parted(api, local), None if api == local else _parted(api, local).character

    assert (divergence.where is Place.NOWHERE) is (place is None)
    if place is not None:
        assert api[:place] == local[:place]
        assert api[place : place + 1] != local[place : place + 1]
        assert divergence.beyond is (api.startswith(local) or local.startswith(api))


@given(TEXTS, TEXTS)
def test_words_are_equal_before_the_divergence_and_differ_at_it(api: str, local: str) -> None:
    word, sides = _parted(api, local).word, (api.split(), local.split())

    if word is None:
        assert sides[0] == sides[1]
    else:
        assert sides[0][:word] == sides[1][:word]
        assert sides[0][word : word + 1] != sides[1][word : word + 1]


@given(TEXTS, TEXTS)
def test_a_divergence_does_not_depend_on_which_side_is_which(api: str, local: str) -> None:
    assert _parted(api, local) == _parted(local, api)


@pytest.mark.parametrize(
    ("character", "bucket"),
    [(0, "0-15"), (15, "0-15"), (16, "16-63"), (63, "16-63"), (64, "64-255"), (255, "64-255"), (256, "256+")],
)
def test_buckets_hold_their_first_and_their_last_character(character: int, bucket: str) -> None:
    histogram = divergence_histogram([_reasoned("x" * character + "a", "x" * character + "b")])

    assert {name for name, count in histogram.reasoning.items() if count} == {bucket}


def _mixed() -> list[Row]:
    return [
        *[_reasoned("a", "b")] * 80,
        _reasoned("x" * 300 + "a", "x" * 300 + "b"),
        *[_reasoned(None, "b")] * 2,
        *[row(said(YES), said(NO))] * 3,
        *[_reasoned("a", "a")] * 10,
        *[row(failed(FailureKind.UNREACHABLE), said(YES))] * 4,
    ]


def test_the_histogram_counts_every_row_once() -> None:
    histogram = divergence_histogram(_mixed())

    assert histogram.where == {Place.REASONING: 83, Place.ANSWER: 3, Place.NOWHERE: 10}
    assert histogram.reasoning == {"0-15": 80, "16-63": 0, "64-255": 0, "256+": 1}
    assert (histogram.one_sided, histogram.textless) == (2, 4)


def test_lines_draw_the_histogram_to_its_largest_count() -> None:
    assert histogram_lines(_mixed()) == [
        "Where the texts part (in characters of the reasoning):",
        "  reasoning 0-15         80 " + "#" * 40,
        "  reasoning 16-63         0",
        "  reasoning 64-255        0",
        "  reasoning 256+          1 #",
        "  reasoning one-sided     2 #",
        "  answer                  3 ##",
        "  nowhere                10 #####",
    ]


@pytest.mark.parametrize("made", [[], [_reasoned("a", "a")], [row(failed(FailureKind.UNREACHABLE), said(YES))]])
def test_nothing_is_drawn_where_no_texts_part(made: list[Row]) -> None:
    assert histogram_lines(made) == []


def test_lines_are_short_ascii_even_for_many_rows() -> None:
    lines = histogram_lines([_reasoned("ä", "ö")] * 2000)

    assert all(line.isascii() and len(line) < 80 for line in lines)
