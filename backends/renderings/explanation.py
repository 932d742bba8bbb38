"""What a reported prompt length says about the prompt."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.renderings.mistakes import mistaken_renderings
from backends.renderings.rendering import Rendering, legitimate_renderings

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    @property
    def offset(self) -> int:
        """Reported tokens beyond the nearest legitimate rendering; 0 where one matches."""
        return self.count - self.nearest.length

    def told(self) -> str:
        """Returns the explanation for a person: the count, the nearest rendering, and what accounts for the rest."""
        told = (
            f"The server reports a prompt of {self.count} tokens. No legitimate rendering of the conversation has that "
            f"length: the nearest ({self.nearest.name}) has {self.nearest.length}, so {self.offset:+} tokens are "
            "unaccounted for."
        )
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


def explain_count(tokenizer: Any, prompt: Prompt, count: int) -> CountExplanation:  # noqa: ANN401 - not typed
    """Returns which legitimate rendering of a conversation has `count` tokens, or what comes nearest and why.

    Args:
        tokenizer: of transformers, with a chat template.
        prompt: the conversation.
        count: what a server reports as the length of its prompt, in tokens.
    """
    renderings = legitimate_renderings(tokenizer, prompt)
    nearest = min(renderings, key=lambda rendering: abs(rendering.length - count))
    if nearest.length == count:
        return CountExplanation(count=count, matches=nearest, nearest=nearest)
    mistakes = tuple(wrong for wrong in mistaken_renderings(tokenizer, prompt) if wrong.length == count)
    tokens = (_tokens(tokenizer, nearest), _tokens(tokenizer, mistakes[0]) if mistakes else ())
    return CountExplanation(count=count, matches=None, nearest=nearest, mistakes=mistakes, tokens=tokens)


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
