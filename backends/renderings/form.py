"""The forms that a legitimate prompt may have, and their names.

A form is data: which of the free choices are taken otherwise than the published chat template takes them, and what else
tells it from another form of the same conversation. Its name is printed from that, and nothing reads the name but the
option `--local-rendering`, whose words are those of the choices.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from backends.near_names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection

#: What a form is called, beside its own words, where the endpoint prints another date than ours.
ANOTHER_DAY = "the date of another day"

_LITERAL_AS_TEXT = "literal tokens as text"

#: How the name of a form begins that only the reference's own template has.
_AS_REFERENCE = "as the reference's template: "


class FormChoice(StrEnum):
    """A free choice of the format. The value says what is done otherwise than the published chat template does it.

    Source: the published chat template, openai-harmony 0.0.8 and oss-harmony 0.0.11, which differ in these: the last
    writes the recipient of a tool's call or result behind the channel, the other two before it.
    """

    NO_DATE_LINE = "no date line"
    NO_BLANK_LINE = "no blank line"
    CONSTRAIN_JSON = "constrain json"
    RESULTS_VERBATIM = "results verbatim"
    RECIPIENT_BEHIND_CHANNEL = "recipient behind channel"

    @property
    def own(self) -> str:
        """The words for what the chat template does itself."""
        return _OWN_WORDS[self]


_OWN_WORDS = {
    FormChoice.NO_DATE_LINE: "date line",
    FormChoice.NO_BLANK_LINE: "blank line",
    FormChoice.CONSTRAIN_JSON: "json",
    FormChoice.RESULTS_VERBATIM: "results as JSON strings",
    FormChoice.RECIPIENT_BEHIND_CHANNEL: "recipient before channel",
}
if set(_OWN_WORDS) != set(FormChoice):
    raise ImportError("every choice of a form needs words for what the chat template does itself")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What makes a legitimate rendering the one it is.

    Attributes:
        choices: the choices that make a difference in this conversation, in the order of `FormChoice`.
        otherwise: those of them that are taken otherwise than the chat template takes them.
        literal_tokens_as_text: True where special tokens that stand in a text are spelled out, and do not become the
            tokens themselves.
        as_reference: True for a form of the reference's own template that Harmony's rules do not have.
        another_day: True where the date line is of another day than ours.
    """

    choices: tuple[FormChoice, ...] = ()
    otherwise: tuple[FormChoice, ...] = ()
    literal_tokens_as_text: bool = False
    as_reference: bool = False
    another_day: bool = False

    @property
    def words(self) -> str:
        """The choices in words, such as `no date line, blank line`: what `read_form` reads."""
        return ", ".join(choice.value if choice in self.otherwise else choice.own for choice in self.choices)

    @property
    def name(self) -> str:
        """All that makes it this form, in words for people."""
        literal = _LITERAL_AS_TEXT if self.literal_tokens_as_text else ""
        told = filter(None, (self.words, literal, ANOTHER_DAY if self.another_day else ""))
        return f"{_AS_REFERENCE if self.as_reference else ''}{', '.join(told)}"

    @property
    def is_made_of_choices(self) -> bool:
        """True where the choices alone make it this form, so that a reference can be told to render it too."""
        return bool(self.choices) and not self.literal_tokens_as_text and not self.as_reference

    def takes_choices_of(self, otherwise: Collection[FormChoice]) -> bool:
        """Returns whether the choices that make a difference here are taken as by whoever takes these otherwise."""
        return set(self.otherwise) == set(otherwise) & set(self.choices)

    def as_data(self) -> dict[str, Any]:
        """Returns the form as JSON plain data."""
        return {
            "choices": list(map(str, self.choices)),
            "otherwise": list(map(str, self.otherwise)),
            "literal_tokens_as_text": self.literal_tokens_as_text,
            "as_reference": self.as_reference,
            "another_day": self.another_day,
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Form:
        """Returns the form that `as_data` made plain."""
        choices = {name: tuple(map(FormChoice, data[name])) for name in ("choices", "otherwise")}
        return cls(**data | choices)


def read_form(name: str) -> tuple[FormChoice, ...]:
    """Returns what a form does otherwise than the chat template, from its words such as `no date line, blank line`.

    Raises:
        ValueError: a word is no choice, or two contradict each other; the message says what there is.
    """
    words = [word.strip() for word in name.split(",")]
    for choice in FormChoice:
        if choice.own in words and choice.value in words:
            raise ValueError(f"{choice.own!r} and {choice.value!r} contradict each other: give one of them.")
    known = [word for choice in FormChoice for word in (choice.own, choice.value)]
    for word in words:
        if word not in known:
            hint = did_you_mean(word, known)
            raise ValueError(f"{word!r} is no form of the prompt: give words of {', '.join(known)}.{hint}")
    return tuple(choice for choice in FormChoice if choice.value in words)
