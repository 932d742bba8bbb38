"""What a reported prompt length says about the prompt."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.renderings.form import ANOTHER_DAY
from backends.renderings.mistakes import mistaken_renderings
from backends.renderings.possible_forms import PossibleForms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backends.prompt import Prompt
    from backends.renderings.rendering import Rendering

#: Tokens shown on either side of a change, and at either end of a whole rendering.
_CONTEXT, _ENDS = 3, 24

#: Lines of a diff that are shown.
_LINES = 12

#: Before any length was seen, every form is possible.
NOTHING_KNOWN = PossibleForms()


@dataclass(frozen=True, slots=True, kw_only=True)
class CountExplanation:
    """A reported length beside the renderings.

    Attributes:
        count: the reported length in tokens.
        shift: tokens by which the date line of the endpoint's prompts is longer than ours, since it is another day's.
        matches: the legitimate renderings of that length in the forms that are possible; several are equally long.
        nearest: the legitimate rendering whose length is nearest.
        mistakes: the known wrong renderings of that length; only looked for where nothing matches.
        tokens: the tokens of `nearest`, and of the first mistake, as text.
    """

    count: int
    nearest: Rendering
    matches: tuple[Rendering, ...] = ()
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
        causes = ", or in which ".join(self._causes())
        because = f"It is as long as a prompt in which {causes}. From the right one to the first of these:"
        return "\n".join([told, because, *self._changes()])

    def _causes(self) -> Iterator[str]:
        """Yields the mistakes, each once: several renderings that show one differ in what is no mistake."""
        told = set()
        for wrong in self.mistakes:
            if wrong.mistake not in told:
                told.add(wrong.mistake)
                yield wrong.name

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
    possible: PossibleForms = NOTHING_KNOWN,
) -> CountExplanation:
    """Returns which legitimate renderings of a conversation have `count` tokens, or what comes nearest and why.

    Args:
        tokenizer: of transformers, with a chat template.
        prompt: the conversation.
        count: what a server reports as the length of its prompt, in tokens.
        possible: the forms that the server may render in, as other lengths tell.
    """
    matches, shift = possible.renderings_as_long(tokenizer, prompt, count), possible.shift
    if matches:
        return CountExplanation(count=count, matches=matches, nearest=matches[0], shift=shift)
    own = count - shift
    nearest = min(possible.renderings_of(tokenizer, prompt), key=lambda rendering: abs(rendering.length - own))
    mistakes = tuple(wrong for wrong in mistaken_renderings(tokenizer, prompt) if wrong.length == own)
    tokens = (_tokens(tokenizer, nearest), _tokens(tokenizer, mistakes[0]) if mistakes else ())
    return CountExplanation(count=count, nearest=nearest, mistakes=mistakes, tokens=tokens, shift=shift)


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
