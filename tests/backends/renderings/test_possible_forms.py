"""The forms that lengths leave open: one length leaves some, those of several conversations fewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.prompt import Message, Prompt, make_prompt
from backends.renderings import (
    FormChoice,
    PossibleForms,
    Rendering,
    explain_count,
    legitimate_renderings,
    load_tokenizer,
    possible_forms,
)
from tests.full_stop_tokenizer import FULL_STOP, with_full_stop_token

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

pytestmark = pytest.mark.embedded

POLICY = make_prompt("Is this fine?", "Say 0 or 1.")
PLAIN = make_prompt("Is this fine?", "Answer in one word")
ALONE = Prompt(messages=(Message(role="user", content="Is this fine?"),))
LITERAL = make_prompt("What is <|end|>?", "Say 0 or 1.")
FORMS = ((), (FormChoice.NO_DATE_LINE,), (FormChoice.NO_BLANK_LINE,), tuple(FormChoice)[:2])


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> PreTrainedTokenizerBase:
    """One to which a full stop and a blank line are one token."""
    made = with_full_stop_token(tmp_path_factory.mktemp("full-stop") / "checkpoint")
    loaded = load_tokenizer(str(made), is_path=True)
    assert len(loaded.encode(FULL_STOP, add_special_tokens=False)) == 1
    return loaded


def rendered(
    tokenizer: PreTrainedTokenizerBase, prompt: Prompt, otherwise: tuple[FormChoice, ...], *, as_text: bool = False
) -> Rendering:
    """Returns a conversation as an endpoint renders it that does this otherwise than the chat template."""
    return next(
        one
        for one in legitimate_renderings(tokenizer, prompt)
        if one.form
        and one.form.takes_choices_of(otherwise)
        and one.form.literal_tokens_as_text is (as_text and prompt is LITERAL)
    )


def seen(
    tokenizer: PreTrainedTokenizerBase, otherwise: tuple[FormChoice, ...], *prompts: Prompt, as_text: bool = False
) -> PossibleForms:
    """Returns what the lengths of these conversations tell of such an endpoint."""
    lengths = [rendered(tokenizer, prompt, otherwise, as_text=as_text).length for prompt in prompts]
    return possible_forms(tokenizer, list(zip(prompts, lengths, strict=True)))


@pytest.mark.parametrize("otherwise", FORMS)
def test_policy_that_ends_in_a_full_stop_leaves_the_blank_line_open(
    tokenizer: PreTrainedTokenizerBase, otherwise: tuple[FormChoice, ...]
) -> None:
    possible = seen(tokenizer, otherwise, POLICY, ALONE)
    length = rendered(tokenizer, POLICY, otherwise).length
    matches = explain_count(tokenizer, POLICY, length, possible=possible).matches

    assert possible.choices_in(tokenizer, POLICY) is None
    assert {FormChoice.NO_BLANK_LINE in one.form.otherwise for one in matches if one.form} == {False, True}
    assert {FormChoice.NO_DATE_LINE in one.form.otherwise for one in matches if one.form} == {
        FormChoice.NO_DATE_LINE in otherwise
    }


@pytest.mark.parametrize("otherwise", FORMS)
def test_instructions_that_end_in_a_letter_tell_the_form_of_every_conversation(
    tokenizer: PreTrainedTokenizerBase, otherwise: tuple[FormChoice, ...]
) -> None:
    possible = seen(tokenizer, otherwise, POLICY, ALONE, PLAIN)

    assert possible.choices_in(tokenizer, POLICY) == otherwise
    for prompt in (POLICY, ALONE, PLAIN):
        right = rendered(tokenizer, prompt, otherwise)
        assert possible.renderings_of(tokenizer, prompt) == (right,)
        assert explain_count(tokenizer, prompt, right.length, possible=possible).matches == (right,)


@pytest.mark.parametrize("as_text", [False, True])
def test_literal_tokens_are_told_apart_where_there_are_some_and_matter_nowhere_else(
    tokenizer: PreTrainedTokenizerBase,
    as_text: bool,  # noqa: FBT001 - a column of the table
) -> None:
    possible = seen(tokenizer, (), LITERAL, PLAIN, as_text=as_text)

    assert possible.renderings_of(tokenizer, LITERAL) == (rendered(tokenizer, LITERAL, (), as_text=as_text),)
    assert possible.choices_in(tokenizer, POLICY) == ()


def test_lengths_that_no_one_form_has_leave_each_conversation_to_its_own_length(
    tokenizer: PreTrainedTokenizerBase,
) -> None:
    with_line = rendered(tokenizer, PLAIN, ())
    without = rendered(tokenizer, ALONE, (FormChoice.NO_DATE_LINE,))
    possible = possible_forms(tokenizer, [(PLAIN, with_line.length), (ALONE, without.length)])

    assert possible.forms == ()
    assert possible.choices_in(tokenizer, POLICY) is None
    assert possible.renderings_as_long(tokenizer, ALONE, without.length) == (without,)


def test_length_of_another_form_than_the_possible_ones_is_legitimate_still(tokenizer: PreTrainedTokenizerBase) -> None:
    possible, other = seen(tokenizer, (), PLAIN), rendered(tokenizer, ALONE, (FormChoice.NO_DATE_LINE,))

    assert explain_count(tokenizer, ALONE, other.length, possible=possible).matches == (other,)


def test_length_of_a_mistake_says_nothing_of_the_form(tokenizer: PreTrainedTokenizerBase) -> None:
    plain, alone = (rendered(tokenizer, prompt, ()).length for prompt in (PLAIN, ALONE))
    possible = possible_forms(tokenizer, [(POLICY, 7), (PLAIN, plain), (ALONE, alone)])

    assert possible.choices_in(tokenizer, POLICY) == ()
    told = explain_count(tokenizer, POLICY, 7, possible=possible)
    assert (told.matches, told.nearest) == ((), rendered(tokenizer, POLICY, ()))


def test_nothing_is_known_before_a_length_was_seen(tokenizer: PreTrainedTokenizerBase) -> None:
    possible = possible_forms(tokenizer, [])

    assert possible == PossibleForms()
    assert possible.choices_in(tokenizer, POLICY) is None
    assert possible.renderings_of(tokenizer, POLICY) == legitimate_renderings(tokenizer, POLICY)
