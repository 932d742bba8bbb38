"""The legitimate renderings of a conversation."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from backends.clock import today
from backends.renderings.form import Form, FormChoice
from backends.renderings.prompt_date import DATE_LINE, date_of
from backends.renderings.rules import template_by_rules
from backends.renderings.template import Template, make_template, verbatim_results

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterator

    from backends.prompt import Prompt
    from backends.renderings.mistake import Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """One form of a conversation, legitimate or mistaken.

    Attributes:
        text: the prompt, special tokens spelled out.
        token_ids: the prompt as the model sees it.
        form: which form it is; None where a mistake leaves it none.
        mistake: what is wrong with it; None where nothing is.
    """

    text: str
    token_ids: tuple[int, ...]
    form: Form | None = None
    mistake: Mistake | None = None

    @property
    def name(self) -> str:
        """What makes it this rendering, in words for people."""
        form = "" if self.form is None else self.form.name
        if self.mistake is None:
            return form
        return self.mistake.sentence if self.form is None else f"{self.mistake.sentence} ({form})"

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


def with_recipient_behind(structure: str) -> str:
    """Writes the recipient of a tool's call or result behind the channel."""
    return re.sub(r"(<\|start\|>[^ <]+)( to=[^ <]+)(<\|channel\|>commentary)", r"\1\3\2", structure)


_CHANGES: dict[FormChoice, Callable[[Template], Template]] = {
    FormChoice.NO_DATE_LINE: lambda template: template.edited(without_date),
    FormChoice.NO_BLANK_LINE: lambda template: template.edited(without_blank_line),
    FormChoice.CONSTRAIN_JSON: lambda template: template.edited(with_constrain),
    FormChoice.RESULTS_VERBATIM: verbatim_results,
    FormChoice.RECIPIENT_BEHIND_CHANNEL: lambda template: template.edited(with_recipient_behind),
}
if set(_CHANGES) != set(FormChoice):
    raise ImportError("every choice of a form needs a change that makes it")


def legitimate_renderings(tokenizer: Any, prompt: Prompt) -> tuple[Rendering, ...]:  # noqa: ANN401 - not typed
    """Returns the distinct legitimate renderings of a conversation.

    Those by Harmony's rules come first. As long as the chat template renders by the rules too, its own are the very
    same; else they follow, since the endpoint may have the same template as the reference.

    Args:
        tokenizer: of transformers, with a chat template.
        prompt: the conversation, its tools and its reasoning effort.
    """
    found: dict[tuple[int, ...], Rendering] = {}
    for form, template in _all_forms(make_template(tokenizer, prompt), prompt, getattr(tokenizer, "day", None)):
        for as_text in (False, True) if template.holds_literal_tokens else (False,):
            ids = template.token_ids(tokenizer, literal_tokens_as_text=as_text)
            told = replace(form, literal_tokens_as_text=as_text)
            found.setdefault(ids, Rendering(form=told, text=template.text, token_ids=ids))
    return tuple(found.values())


def ids_in_form(tokenizer: Any, prompt: Prompt, form: Collection[str]) -> list[int]:  # noqa: ANN401 - not typed
    """Returns the token ids of a prompt in a form that `read_form` has read.

    Args:
        tokenizer: of transformers, with a chat template.
        prompt: the conversation, its tools and its reasoning effort.
        form: what is done otherwise than the template does it.
    """
    return list(_changed(make_template(tokenizer, prompt), form).token_ids(tokenizer, literal_tokens_as_text=False))


def texts_by_rules(prompt: Prompt, day: str) -> tuple[str, ...] | None:
    """Returns the legitimate renderings as text, by the rules alone; None where the rules do not cover the tools."""
    template = template_by_rules(prompt, day)
    return None if template is None else tuple(one.text for _, one in _forms(template))


def _all_forms(own: Template, prompt: Prompt, day: dt.date | None) -> Iterator[tuple[Form, Template]]:
    """Yields the forms by the rules, with the template's date or that of `day` or today, and the template's own."""
    right = template_by_rules(prompt, date_of(own.structure) or (day or today()).isoformat())
    if right is not None:
        yield from _forms(right)
    if right is None or own != right:
        yield from ((replace(form, as_reference=right is not None), template) for form, template in _forms(own))


def _forms(template: Template) -> Iterator[tuple[Form, Template]]:
    """Yields every combination of the choices that make a difference here."""
    real = tuple(choice for choice in FormChoice if _CHANGES[choice](template) != template)
    for taken in itertools.product((False, True), repeat=len(real)):
        otherwise = tuple(itertools.compress(real, taken))
        yield Form(choices=real, otherwise=otherwise), _changed(template, otherwise)


def _changed(template: Template, otherwise: Collection[str]) -> Template:
    """Returns the template with these choices taken otherwise."""
    for choice, change in _CHANGES.items():
        template = change(template) if choice in otherwise else template
    return template
