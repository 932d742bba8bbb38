"""The legitimate renderings of a conversation."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.clock import today
from backends.renderings.prompt_date import DATE_LINE, date_of
from backends.renderings.rules import template_by_rules
from backends.renderings.template import Template, make_template, verbatim_results

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from backends.prompt import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """One form of a conversation.

    Attributes:
        name: what makes it this form, in plain words.
        text: the prompt, special tokens spelled out.
        token_ids: the prompt as the model sees it.
    """

    name: str
    text: str
    token_ids: tuple[int, ...]

    @property
    def length(self) -> int:
        """Tokens."""
        return len(self.token_ids)


def without_date(structure: str) -> str:
    """Takes the date line out of the system message."""
    return re.sub(rf"{DATE_LINE}[^\n]*", "", structure, count=1)


def without_blank_line(structure: str) -> str:
    """Takes the blank line at the end of the developer message out."""
    return re.sub(r"(<\|start\|>developer<\|message\|>[^<]*?)\n+<\|end\|>", r"\1<|end|>", structure, count=1)


def with_constrain(structure: str) -> str:
    """Writes the content type of tool calls as the reference library does."""
    return re.sub(r"(<\|channel\|>commentary) json<\|message\|>", r"\1 <|constrain|>json<|message|>", structure)


#: The free choices: the words for the template's own form, those for the other one, and how to get there.
#: Source: the published chat template and openai-harmony 0.0.8, which differ in these.
CHOICES: tuple[tuple[str, str, Callable[[Template], Template]], ...] = (
    ("date line", "no date line", lambda skeleton: skeleton.edited(without_date)),
    ("blank line", "no blank line", lambda skeleton: skeleton.edited(without_blank_line)),
    ("json", "constrain json", lambda skeleton: skeleton.edited(with_constrain)),
    ("results as JSON strings", "results verbatim", verbatim_results),
)


def legitimate_renderings(tokenizer: Any, prompt: Prompt) -> tuple[Rendering, ...]:  # noqa: ANN401 - not typed
    """Returns the distinct legitimate renderings of a conversation.

    Those by Harmony's rules come first. As long as the chat template renders by the rules too, its own are the very
    same; else they follow, since the endpoint may have the same template as the reference.

    Args:
        tokenizer: of transformers, with a chat template.
        prompt: the conversation, its tools and its reasoning effort.
    """
    found: dict[tuple[int, ...], Rendering] = {}
    for name, skeleton in _all_forms(make_template(tokenizer, prompt), prompt, getattr(tokenizer, "day", None)):
        for as_text in (False, True) if skeleton.holds_literal_tokens else (False,):
            words = f"{name}, literal tokens as {'text' if as_text else 'tokens'}" if as_text else name
            ids = skeleton.token_ids(tokenizer, literal_tokens_as_text=as_text)
            found.setdefault(ids, Rendering(name=words, text=skeleton.text, token_ids=ids))
    return tuple(found.values())


def texts_by_rules(prompt: Prompt, day: str) -> tuple[str, ...] | None:
    """Returns the legitimate renderings as text, by the rules alone; None where the rules do not cover the tools."""
    skeleton = template_by_rules(prompt, day)
    return None if skeleton is None else tuple(form.text for _, form in _forms(skeleton))


def _all_forms(own: Template, prompt: Prompt, day: dt.date | None) -> Iterator[tuple[str, Template]]:
    """Yields the forms by the rules, with the template's date or that of `day` or today, and the template's own."""
    right = template_by_rules(prompt, date_of(own.structure) or (day or today()).isoformat())
    if right is not None:
        yield from _forms(right)
    if right is None or own != right:
        yield from (
            (name if right is None else f"as the reference's template: {name}", form) for name, form in _forms(own)
        )


def _forms(skeleton: Template) -> Iterator[tuple[str, Template]]:
    """Yields every combination of the choices that make a difference here."""
    real = [choice for choice in CHOICES if choice[2](skeleton) != skeleton]
    for taken in itertools.product((False, True), repeat=len(real)):
        form = skeleton
        for (_, _, change), other in zip(real, taken, strict=True):
            form = change(form) if other else form
        words = ", ".join(choice[1] if other else choice[0] for choice, other in zip(real, taken, strict=True))
        yield words, form
