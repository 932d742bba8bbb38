"""What a reported prompt length says about the prompt."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from backends.renderings.form import ANOTHER_DAY
from backends.renderings.mistakes import mistaken_renderings
from backends.renderings.prompt_date import date_of, date_shifts
from backends.renderings.rendering import Rendering, legitimate_renderings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backends.prompt import Prompt

#: Tokens shown on either side of a change, and at either end of a whole rendering.
_CONTEXT, _ENDS = 3, 24

#: Lines of a diff that are shown.
_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class CountExplanation:
    """A reported length beside the renderings.

    Attributes:
        count: the reported length in tokens.
        shift: tokens by which the date line of the endpoint's prompts is longer than ours, since it is another day's.
        matches: the legitimate rendering of that length, or None.
        nearest: the legitimate rendering whose length is nearest.
        mistakes: the known wrong renderings of that length; only looked for where nothing matches.
        tokens: the tokens of `nearest`, and of the first mistake, as text.
    """

    count: int
    matches: Rendering | None
    nearest: Rendering
    mistakes: tuple[Rendering, ...] = ()
    tokens: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    shift: int = 0

    @property
    def offset(self) -> int:
        """Reported tokens beyond the nearest legitimate rendering; 0 where one matches."""
        return self.count - self.nearest.length - self.shift

    def describe(self) -> str:
        """Returns the explanation for a person: the count, the nearest rendering, and what accounts for the rest."""
        told = (
            f"The server reports a prompt of {self.count} tokens. No legitimate rendering of the conversation has that "
            f"length: the nearest ({self.nearest.name}) has {self.nearest.length}, so {self.offset:+} tokens are "
            "unaccounted for."
        )
        if self.shift:
            told += f" {self.shift:+} tokens are those of {ANOTHER_DAY}."
        if not self.mistakes:
            return "\n".join([told, "The nearest rendering, token by token:", *self._ends()])
        causes = ", or in which ".join(mistake.name for mistake in self.mistakes)
        because = f"It is as long as a prompt in which {causes}. From the right one to the first of these:"
        return "\n".join([told, because, *self._changes()])

    def _ends(self) -> Iterator[str]:
        own = self.tokens[0]
        yield f"  begins {_line(own[:_ENDS])}"
        yield f"  ends   {_line(own[-_ENDS:])}"

    def _changes(self) -> Iterator[str]:
        right, wrong = self.tokens
        groups = difflib.SequenceMatcher(None, right, wrong, autojunk=False).get_grouped_opcodes(_CONTEXT)
        lines = [line for group in groups for line in _group(group, right, wrong)]
        yield from lines[:_LINES]
        if len(lines) > _LINES:
            yield f"  ... and {len(lines) - _LINES} more lines"


def explain_count(
    tokenizer: Any,  # noqa: ANN401 - not typed
    prompt: Prompt,
    count: int,
    *,
    shift: int = 0,
) -> CountExplanation:
    """Returns which legitimate rendering of a conversation has `count` tokens, or what comes nearest and why.

    Args:
        tokenizer: of transformers, with a chat template.
        prompt: the conversation.
        count: what a server reports as the length of its prompt, in tokens.
        shift: tokens by which its date line is longer than ours; see `date_shift`.
    """
    renderings = legitimate_renderings(tokenizer, prompt)
    if shift:
        renderings = tuple(map(_on_another_day, filter(_is_dated, renderings)))
    own = count - shift
    nearest = min(renderings, key=lambda rendering: abs(rendering.length - own))
    if nearest.length == own:
        return CountExplanation(count=count, matches=nearest, nearest=nearest, shift=shift)
    mistakes = tuple(wrong for wrong in mistaken_renderings(tokenizer, prompt) if wrong.length == own)
    tokens = (_tokens(tokenizer, nearest), _tokens(tokenizer, mistakes[0]) if mistakes else ())
    return CountExplanation(count=count, matches=None, nearest=nearest, mistakes=mistakes, tokens=tokens, shift=shift)


def date_shift(tokenizer: Any, counts: Sequence[tuple[Prompt, int]]) -> int:  # noqa: ANN401 - not typed
    """Returns by how many tokens the date line of an endpoint's prompts is longer than ours, as another day's may be.

    It is 0 where all lengths are legitimate with our own date, and where no other date makes all of them legitimate.

    Args:
        tokenizer: of transformers, with a chat template.
        counts: conversations, and what the endpoint reports as the lengths of their prompts, in tokens.
    """
    known = [(legitimate_renderings(tokenizer, prompt), count) for prompt, count in counts]
    if not known or all(count in {one.length for one in renderings} for renderings, count in known):
        return 0
    dated = [({one.length for one in renderings if _is_dated(one)}, count) for renderings, count in known]
    date = next((date for one in known[0][0] if (date := date_of(one.text)) is not None), None)
    shifts = [] if date is None else date_shifts(tokenizer, date)
    return next((by for by in shifts if all(count - by in lengths for lengths, count in dated)), 0)


def _is_dated(rendering: Rendering) -> bool:
    return date_of(rendering.text) is not None


def _on_another_day(rendering: Rendering) -> Rendering:
    return replace(rendering, form=rendering.form and replace(rendering.form, another_day=True))


def _tokens(tokenizer: Any, rendering: Rendering) -> tuple[str, ...]:  # noqa: ANN401 - not typed
    return tuple(tokenizer.decode([token]) for token in rendering.token_ids)


def _group(
    group: list[tuple[str, int, int, int, int]], right: tuple[str, ...], wrong: tuple[str, ...]
) -> Iterator[str]:
    for tag, a, b, c, d in group:
        if tag == "equal":
            yield f"    {_line(right[a:b])}"
            continue
        if b > a:
            yield f"  - {_line(right[a:b])}"
        if d > c:
            yield f"  + {_line(wrong[c:d])}"


def _line(tokens: tuple[str, ...]) -> str:
    shown = [repr(token) for token in tokens]
    return " ".join(shown if len(shown) <= 2 * _ENDS else [*shown[:_ENDS], "...", *shown[-_ENDS:]])
