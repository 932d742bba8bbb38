"""A length that only another day's date accounts for is that of another day, and no other length is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from backends.clock import today
from backends.models import MINIATURE, resolve_model
from backends.prompt import Message, Prompt
from backends.renderings import (
    ANOTHER_DAY,
    FixedDateTokenizer,
    Mistake,
    PossibleForms,
    date_lengths,
    date_shift,
    explain_count,
    legitimate_renderings,
    load_tokenizer,
    mistaken_renderings,
    possible_forms,
)
from backends.renderings.prompt_date import date_shifts

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

pytestmark = pytest.mark.embedded

QUESTION = Message(role="user", content="A day like any other.\nCurrent date: 2020-01-01\n")
PROMPTS = (
    Prompt(messages=(Message(role="system", content="Answer with 0 or 1."), QUESTION)),
    Prompt(messages=(QUESTION,)),
)


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    """The miniature's, whose dates are of several lengths."""
    return load_tokenizer(resolve_model(MINIATURE).id, is_path=True)


def counts(
    tokenizer: PreTrainedTokenizerBase, day: dt.date, *, blank: str = "blank line", more: int = 0
) -> list[tuple[Prompt, int]]:
    """Returns the lengths of both prompts, date line and all, as an endpoint reports them that prints `day`."""
    dated = FixedDateTokenizer(tokenizer, day)
    lengths = [{one.name: one.length for one in legitimate_renderings(dated, prompt)} for prompt in PROMPTS]
    told = (lengths[0][f"date line, {blank}"], lengths[1]["date line"])
    return [(prompt, length + more) for prompt, length in zip(PROMPTS, told, strict=True)]


def days() -> list[dt.date]:
    return [dt.date(2025, 1, 1) + dt.timedelta(number) for number in range(0, 700, 13)]


def test_tokenizer_of_another_day_is_as_large_as_the_real_one(tokenizer: PreTrainedTokenizerBase) -> None:
    assert len(FixedDateTokenizer(tokenizer, dt.date(2025, 1, 1))) == len(tokenizer)


def test_every_length_of_a_date_is_known_and_the_nearest_comes_first(tokenizer: PreTrainedTokenizerBase) -> None:
    line = "\nCurrent date: {}\n\nReasoning: medium"
    seen = {len(tokenizer.encode(line.format(day), add_special_tokens=False)) for day in days()}

    assert seen <= set(date_lengths(tokenizer))
    assert len(date_lengths(tokenizer)) > 1
    own = len(tokenizer.encode(line.format(today()), add_special_tokens=False))
    shifts = date_shifts(tokenizer, today().isoformat())
    assert {own, *(own + shift for shift in shifts)} == set(date_lengths(tokenizer))
    assert [abs(shift) for shift in shifts] == sorted(abs(shift) for shift in shifts)


@pytest.mark.parametrize("blank", ["blank line", "no blank line"])
def test_another_day_is_found_by_its_length_and_explains_the_prompts(
    tokenizer: PreTrainedTokenizerBase, blank: str
) -> None:
    own, shifts = dict(counts(tokenizer, today(), blank=blank)), set()
    for day in days():
        there = counts(tokenizer, day, blank=blank)
        shift = date_shift(tokenizer, there)
        shifts.add(shift)
        assert {count - own[prompt] for prompt, count in there} == {shift}
        for prompt, count in there:
            explained = explain_count(tokenizer, prompt, count, possible=possible_forms(tokenizer, there))
            (match,) = explained.matches
            assert explained.offset == 0
            assert match.form is not None
            assert match.form.another_day is (shift != 0)
    assert len(shifts) > 1


def test_own_date_and_none_at_all_are_no_other_day(tokenizer: PreTrainedTokenizerBase) -> None:
    dateless = [(prompt, min(one.length for one in legitimate_renderings(tokenizer, prompt))) for prompt in PROMPTS]

    assert date_shift(tokenizer, counts(tokenizer, today())) == 0
    assert date_shift(tokenizer, dateless) == 0
    assert date_shift(tokenizer, []) == 0


@pytest.mark.parametrize("more", [-40, -9, 9, 40])
def test_surplus_that_no_date_has_is_no_other_day(tokenizer: PreTrainedTokenizerBase, more: int) -> None:
    assert date_shift(tokenizer, counts(tokenizer, today(), more=more)) == 0


def test_two_lengths_that_no_one_date_explains_are_no_other_day(tokenizer: PreTrainedTokenizerBase) -> None:
    (first, one), (second, other) = counts(tokenizer, today())
    shift = date_shifts(tokenizer, today().isoformat())[0]

    assert date_shift(tokenizer, [(first, one + 3 * shift), (second, other + shift)]) == 0


def test_mistake_on_another_day_is_told_as_what_it_is(tokenizer: PreTrainedTokenizerBase) -> None:
    shift = date_shifts(tokenizer, today().isoformat())[0]
    wrong = next(one for one in mistaken_renderings(tokenizer, PROMPTS[0]) if one.mistake is Mistake.DEVELOPER_DROPPED)

    possible = PossibleForms(shift=shift)
    told = explain_count(tokenizer, PROMPTS[0], wrong.length + shift, possible=possible).describe()

    assert wrong.name in told
    assert f"{shift:+} tokens are those of {ANOTHER_DAY}." in told
