"""Facts: what a wire check has seen, as typed data for the rules that name a fault. No rule reads a message."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from backends.no_completion import NoCompletion
from backends.renderings import Form, Mistake
from backends.strict_json import JsonFault
from reports.checks.arguments_form import ArgumentsForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A legitimate request that got no chat completion.

    Attributes:
        exchange: its name.
        why: it holds none.
        status: of HTTP; None where none came.
        said: the beginning of what came in its place.
    """

    exchange: str
    why: NoCompletion
    status: int | None
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a check has seen. A field that is None was not told; an empty one was told to be empty.

    Attributes:
        status: HTTP status with which a legitimate request was refused.
        said: the beginning of what was said with that status.
        unusable: True where a reply with a good status holds no chat completion.
        unserved: the requests that got no chat completion, of a check that is about just that.
        missing: True where the usage, or a count of it, is missing.
        offset: reported tokens of the prompt beyond the nearest length that is right; negative where it is shorter.
        mistakes: known mistakes of rendering that make a prompt of just the reported length; empty where none does.
        forms: the legitimate forms in which the prompt may be, as its length and those of other prompts tell.
        used: reported completion tokens.
        limit: tokens that the request allowed.
        answered: tokens that the answer has without the reasoning.
        uncached: True where a prompt's reported tokens grow fewer when the same request is made again, False where they
            change otherwise.
        counted: tokens that reasoning and answer have together.
        finish_reason: that of the reply, where another one was due.
        reasoned: whether there was a reasoning where the answer is missing.
        leaked: the whole text in which Harmony's markup or channels were seen.
        tag: the tag that begins a reasoning inside the answer.
        inside: in which text the reasoning stands without tags: the answer, or what stands beside a tool call.
        other_fields: names of a message's fields that no client reads.
        part: of which part the text is not that of the plain request.
        lost: tokens that streamed texts lack at least of those that are reported, beyond any unstreamed text.
        changes: what did not stay the same over the run.
        same: whether reasonings at low and at high effort are the same, and not empty.
        longer: False where many reasonings at high effort, all different, are no longer than those at low effort.
        parted: how many repeated requests got another text or answer.
        of: how many requests were repeated.
        stop_left: True where the stop string stays in the text.
        called: names of the tools that were called.
        header_in_name: a called tool's name that keeps words of Harmony's header.
        arguments: the form of a tool call's arguments, where it is not the text of a JSON object.
        in_reasoning: what of a tool call stands in the reasoning.
        not_json: the text that should be a JSON object.
        in_content: what of a tool call stands in the answer's text too.
        problems: what is wrong with a stream's chunks, in words for people.
        json_faults: what a strict reader of JSON trips over in the body of a reply.
        streamed: True where a stream came that was not asked for.
        reasoning_tokens: those that usage tells beside a reasoning; 0 where it tells none.
        forgotten: True where an earlier response that was named never reaches the model.
        refused_form: what the request had that was refused, where the protocol allows it.
        ignored: the request's field that was accepted and has no effect.
        misplaced: True where log-probabilities are not those of the answer's tokens.
    """

    status: int | None = None
    said: str | None = None
    unusable: bool | None = None
    unserved: tuple[Unserved, ...] | None = None
    missing: bool | None = None
    offset: int | None = None
    mistakes: tuple[Mistake, ...] | None = None
    forms: tuple[Form, ...] | None = None
    used: int | None = None
    limit: int | None = None
    counted: int | None = None
    answered: int | None = None
    uncached: bool | None = None
    finish_reason: str | None = None
    reasoned: bool | None = None
    leaked: str | None = None
    tag: str | None = None
    inside: Literal["answer", "preamble"] | None = None
    other_fields: tuple[str, ...] | None = None
    part: Literal["reasoning", "content"] | None = None
    lost: int | None = None
    changes: Literal["model", "provider"] | None = None
    same: bool | None = None
    longer: bool | None = None
    parted: int | None = None
    of: int | None = None
    stop_left: bool | None = None
    called: tuple[str, ...] | None = None
    header_in_name: str | None = None
    arguments: ArgumentsForm | None = None
    in_reasoning: str | None = None
    not_json: str | None = None
    in_content: str | None = None
    problems: tuple[str, ...] | None = None
    json_faults: tuple[JsonFault, ...] | None = None
    streamed: bool | None = None
    reasoning_tokens: int | None = None
    forgotten: bool | None = None
    refused_form: Literal["developer", "parts", "second system"] | None = None
    ignored: str | None = None
    misplaced: bool | None = None

    def include(self, others: Facts) -> bool:
        """Returns whether all that others tell is told here too, and is the same."""
        told = ((getattr(self, name), getattr(others, name)) for name in _NAMES)
        return all(other is None or own == other for own, other in told)

    def as_data(self) -> dict[str, Any]:
        """Returns what is told as JSON plain data, without what is not."""
        told = {name: value for name in _NAMES if (value := getattr(self, name)) is not None}
        return {name: _plain(value) for name, value in told.items()}

    def as_json(self) -> str:
        """Returns the facts as JSON text, fit to travel on a test report."""
        return json.dumps(self.as_data())

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Facts:
        """Returns the facts that `as_data` made plain."""
        return cls(**{name: _READERS.get(name, lambda value: value)(value) for name, value in data.items()})


#: No fact at all, which every check includes: asked for, it leaves no check out.
ANY_FACTS = Facts()

_NAMES = tuple(field.name for field in fields(Facts))

#: How what JSON has no type for is read back.
_READERS: dict[str, Any] = {
    "mistakes": lambda names: tuple(map(Mistake, names)),
    "forms": lambda forms: tuple(map(Form.from_data, forms)),
    "json_faults": lambda names: tuple(map(JsonFault, names)),
    "unserved": lambda told: tuple(Unserved(**one | {"why": NoCompletion(one["why"])}) for one in told),
    "arguments": ArgumentsForm,
    **dict.fromkeys(("other_fields", "called", "problems"), tuple),
}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Unserved):
        return asdict(value) | {"why": str(value.why)}
    if isinstance(value, Form):
        return value.as_data()
    return str(value) if isinstance(value, Mistake | JsonFault | ArgumentsForm) else value
