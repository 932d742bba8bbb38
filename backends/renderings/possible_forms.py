"""The forms in which an endpoint may render its prompts, as far as the lengths that it reports tell.

One length leaves forms open: in gpt-oss's vocabulary a full stop and the blank line behind it are one token, so that a
policy that ends in a full stop is as long with the blank line as without it. But a server renders all conversations
alike, and so each length rules forms out for all of them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from backends.renderings.form import Form, FormChoice
from backends.renderings.prompt_date import date_of, date_shifts
from backends.renderings.rendering import Rendering, legitimate_renderings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backends.prompt import Prompt

_ALL_CHOICES = tuple(FormChoice)

#: The legitimate renderings of conversations, each with the length that an endpoint reports, in tokens.
_Counted: TypeAlias = "Sequence[tuple[tuple[Rendering, ...], int]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleForms:
    """What is known of the form of an endpoint's prompts.

    Attributes:
        forms: those that account for all legitimate lengths seen. Each takes every choice there is, whether it makes a
            difference in some conversation or not. None where no such length was seen, or where no one form accounts
            for all of them.
        shift: tokens by which the date line of the endpoint's prompts is longer than ours, since it is another day's.
    """

    forms: tuple[Form, ...] = ()
    shift: int = 0

    def renderings_of(self, tokenizer: Any, prompt: Prompt) -> tuple[Rendering, ...]:  # noqa: ANN401 - not typed
        """Returns the legitimate renderings of one conversation in these forms, each once; all where none is known."""
        renderings = _on_the_day(legitimate_renderings(tokenizer, prompt), self.shift)
        found = [rendering for form in self.forms if (rendering := _in_form(renderings, form)) is not None]
        return tuple({one.token_ids: one for one in found}.values()) or renderings

    def renderings_as_long(self, tokenizer: Any, prompt: Prompt, count: int) -> tuple[Rendering, ...]:  # noqa: ANN401 - as above
        """Returns the legitimate renderings of one conversation that may have been reported as `count` tokens long.

        They are those in the possible forms; where none of these is as long, those in any form.
        """
        own = count - self.shift
        possible = tuple(one for one in self.renderings_of(tokenizer, prompt) if one.length == own)
        if possible:
            return possible
        every = _on_the_day(legitimate_renderings(tokenizer, prompt), self.shift)
        return tuple(one for one in every if one.length == own)

    def choices_in(self, tokenizer: Any, prompt: Prompt) -> tuple[FormChoice, ...] | None:  # noqa: ANN401 - as above
        """Returns what the endpoint does otherwise than the chat template in one conversation; None unless known."""
        if not self.forms:
            return None
        found = {one.form.otherwise for one in self.renderings_of(tokenizer, prompt) if one.form is not None}
        return found.pop() if len(found) == 1 else None


def possible_forms(tokenizer: Any, counts: Sequence[tuple[Prompt, int]]) -> PossibleForms:  # noqa: ANN401 - not typed
    """Returns the forms that account for all legitimate lengths which an endpoint reports.

    A length that no legitimate rendering has is that of a mistake, and says nothing of the form.

    Args:
        tokenizer: of transformers, with a chat template.
        counts: conversations, and what the endpoint reports as the lengths of their prompts, in tokens.
    """
    legitimate = _with_renderings(tokenizer, counts)
    shift = _shift(tokenizer, legitimate)
    every = [(_on_the_day(renderings, shift), count - shift) for renderings, count in legitimate]
    known = [(renderings, length) for renderings, length in every if length in {one.length for one in renderings}]
    if not known:
        return PossibleForms(shift=shift)
    forms = tuple(
        form
        for form in _every_form(any(_has_own(renderings) for renderings, _ in known))
        if all((found := _in_form(renderings, form)) and found.length == length for renderings, length in known)
    )
    return PossibleForms(forms=forms, shift=shift)


def date_shift(tokenizer: Any, counts: Sequence[tuple[Prompt, int]]) -> int:  # noqa: ANN401 - not typed
    """Returns by how many tokens the date line of an endpoint's prompts is longer than ours, as another day's may be.

    It is 0 where all lengths are legitimate with our own date, and where no other date makes all of them legitimate.
    Where every date has as many tokens, as in gpt-oss's vocabulary, it says nothing about the day.

    Args:
        tokenizer: of transformers, with a chat template.
        counts: conversations, and what the endpoint reports as the lengths of their prompts, in tokens.
    """
    return _shift(tokenizer, _with_renderings(tokenizer, counts))


def _with_renderings(tokenizer: Any, counts: Sequence[tuple[Prompt, int]]) -> _Counted:  # noqa: ANN401 - as above
    return [(legitimate_renderings(tokenizer, prompt), count) for prompt, count in counts]


def _shift(tokenizer: Any, known: _Counted) -> int:  # noqa: ANN401 - as above
    if not known or all(count in {one.length for one in renderings} for renderings, count in known):
        return 0
    dated = [({one.length for one in renderings if _is_dated(one)}, count) for renderings, count in known]
    date = next((date for one in known[0][0] if (date := date_of(one.text)) is not None), None)
    shifts = [] if date is None else date_shifts(tokenizer, date)
    return next((by for by in shifts if all(count - by in lengths for lengths, count in dated)), 0)


def _every_form(has_own: bool) -> Iterator[Form]:  # noqa: FBT001 - a fact, no switch
    """Yields every form that a server may have; the reference's own template has forms of its own, or has not."""
    for taken in itertools.product((False, True), repeat=len(_ALL_CHOICES)):
        otherwise = tuple(itertools.compress(_ALL_CHOICES, taken))
        for as_text in (False, True):
            for own in (False, True) if has_own else (False,):
                yield Form(choices=_ALL_CHOICES, otherwise=otherwise, literal_tokens_as_text=as_text, as_reference=own)


def _in_form(renderings: Sequence[Rendering], form: Form) -> Rendering | None:
    """Returns the rendering of a conversation in a form; what makes no difference in it is not looked at."""
    as_text = form.literal_tokens_as_text and any(one.form and one.form.literal_tokens_as_text for one in renderings)
    own = form.as_reference and _has_own(renderings)
    for one in renderings:
        told = one.form or Form()
        if (told.literal_tokens_as_text, told.as_reference) == (as_text, own) and told.takes_choices_of(form.otherwise):
            return one
    return None


def _has_own(renderings: Sequence[Rendering]) -> bool:
    return any(one.form is not None and one.form.as_reference for one in renderings)


def _on_the_day(renderings: tuple[Rendering, ...], shift: int) -> tuple[Rendering, ...]:
    """Returns the renderings that an endpoint may make whose date line is by `shift` tokens longer than ours."""
    if not shift:
        return renderings
    return tuple(
        replace(one, form=one.form and replace(one.form, another_day=True)) for one in renderings if _is_dated(one)
    )


def _is_dated(rendering: Rendering) -> bool:
    return date_of(rendering.text) is not None
