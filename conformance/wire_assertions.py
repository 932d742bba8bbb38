"""Named assertions about what stands on the wire.

Each message is for a person who has not read the code: what was asked, what should have come, what came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from backends import harmony
from backends.api.chat_response import MESSAGE_FIELDS
from backends.completion import FinishReason, Missing
from backends.outcome import FORMAT_TOKENS, inline_reasoning, leaked_format
from conformance.two_ways import TwoWays, lose_text
from conformance.wire_replies import broken, content_of, reasoning_of, tokens_of
from reports.checks import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from backends.api.parsed_reply import ParsedReply
    from conformance.drawing import Texts
    from fixtures.wire import Wire

_SHOWN = 200

_REASONING: Literal["reasoning"] = "reasoning"
_CONTENT: Literal["content"] = "content"


def shown(text: str) -> str:
    """Returns a text as a message shows it: quoted, and cut where it is long."""
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}..."


def assert_reasoning_apart(wire: Wire, reply: ParsedReply) -> None:
    """Asserts that what the server bills beyond the answer comes as reasoning, under a known name and not inline."""
    __tracebackhide__ = True
    content = content_of(reply)
    if tag := inline_reasoning(content):
        raise broken(
            f"The reasoning stands inside content, between tags such as {tag}: {shown(content)}",
            reply,
            facts=Facts(tag=tag),
        )
    if reasoning_of(reply):
        return
    billed = reply.completion.usage.completion_tokens or 0
    unseen = billed - tokens_of(wire, content)
    if unseen <= FORMAT_TOKENS:
        return
    others = [name for name, value in reply.message.items() if name not in MESSAGE_FIELDS and value]
    where = f"the message has these other fields: {', '.join(others)}" if others else "the message has no other field"
    raise broken(
        f"{billed} completion tokens are reported and content has {tokens_of(wire, content)}, but there is no text "
        f"under reasoning or reasoning_content; {where}.",
        reply,
        facts=Facts(other_fields=tuple(others)),
    )


def assert_no_markup(reply: ParsedReply, *, content: str | None = None) -> None:
    """Asserts that neither the answer nor the reasoning shows Harmony's markup or its channels glued together.

    Args:
        reply: whose texts are looked at.
        content: what to look at in the place of its answer; None for the answer itself.
    """
    __tracebackhide__ = True
    assert_no_markup_in(reasoning_of(reply), content_of(reply) if content is None else content, reply)


def assert_no_markup_in(reasoning: str, content: str, reply: ParsedReply) -> None:
    """Asserts the same of texts of a reply that were read in another way, as those of a stream."""
    __tracebackhide__ = True
    for told, leaked in _leaks(reply.name, reasoning, content):
        raise broken(told, reply, facts=Facts(leaked=leaked))


def assert_no_more_markup(reply: ParsedReply, *, than: ParsedReply) -> None:
    """Asserts the same, unless another reply to the same request shows markup too: then the model may write it."""
    __tracebackhide__ = True
    if not shows_markup(than):
        assert_no_markup(reply)


def shows_markup(reply: ParsedReply) -> bool:
    """Returns whether answer or reasoning show Harmony's markup or its channels glued together."""
    return any(_leaks(reply.name, reasoning_of(reply), content_of(reply)))


def _leaks(exchange: str, reasoning: str, content: str) -> Iterator[tuple[str, str]]:
    """Yields what leaked into the answer and into the reasoning: told in a sentence, and the whole text."""
    if content and (leaked := leaked_format(content)):
        yield f"In the content of exchange {exchange}, {leaked}: {shown(content)}", content
    if markup := harmony.find_markup(reasoning):
        yield (
            f"The reasoning of exchange {exchange} holds Harmony markup ({markup[0].text}): {shown(reasoning)}",
            reasoning,
        )


def assert_content_present(reply: ParsedReply) -> None:
    """Asserts that an answer that ended by itself has a text, and not null or nothing in its place."""
    __tracebackhide__ = True
    if not is_content_missing(reply):
        return
    completion = reply.completion
    what = {Missing.ABSENT: "there is no content at all", Missing.NULL: "content is null"}
    said = "content is empty" if isinstance(completion.content, str) else what[completion.content]
    billed = completion.usage.completion_tokens
    raise broken(
        f"Exchange {reply.name} ended with finish_reason 'stop' and {billed} completion tokens, but {said}"
        f"{_reasoned(reply)}.",
        reply,
        facts=Facts(reasoned=bool(reasoning_of(reply))),
    )


def is_content_missing(reply: ParsedReply) -> bool:
    """Returns whether an answer ended by itself and has no text."""
    return reply.completion.finish_reason is FinishReason.STOP and not content_of(reply).strip()


def _reasoned(reply: ParsedReply) -> str:
    reasoning = reasoning_of(reply)
    return f", while the reasoning says {shown(reasoning)}" if reasoning else " and there is no reasoning either"


def assert_texts_alike(
    plain: Mapping[str, Sequence[Texts]], other: Mapping[str, Texts], of: Mapping[str, ParsedReply], what: str
) -> str | None:
    """Asserts that requests get the texts another way that they get the plain way; see `TwoWays`.

    Returns why other texts show nothing, where texts vary anyway or too few of them part; None where all are the same.

    Args:
        plain: by request, the texts each time that it was made the plain way.
        other: by request, the text of the other way.
        of: by request, the reply that holds it.
        what: the other way, in words.
    """
    __tracebackhide__ = True
    several = {name: TwoWays(plain=tuple(plain[name]), other=text) for name, text in other.items()}
    parted = [name for name, one in several.items() if not one.is_same]
    if not parted:
        return None
    if not lose_text(list(several.values())):
        varying = sum(not one.is_steady for one in several.values())
        return (
            f"{len(parted)} of {len(several)} texts of {what} are other ones, which shows nothing: "
            f"{varying} of these requests do not get one text each time they are made"
        )
    name = parted[0]
    text, expected = several[name].other, several[name].plain[0]
    part, at = (_REASONING, 0) if text[0] != expected[0] else (_CONTENT, 1)
    raise broken(
        f"The {part} of {what} is not that of the plain request {name}, in {len(parted)} of {len(several)} requests:\n"
        f"  plain: {shown(expected[at])}\n  here:  {shown(text[at])}\n  {parting(text[at], expected[at])}",
        *(of[one] for one in parted),
        facts=Facts(part=part),
    )


def parting(one: str, other: str) -> str:
    """Returns where two different texts part, in words."""
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if at == min(len(one), len(other)):
        return f"one is the beginning of the other, which goes on after character {at}"
    return f"they part at character {at}: {shown(one[at : at + 30])} and {shown(other[at : at + 30])}"


def assert_constant(values: Sequence[tuple[ParsedReply, str | None]], what: Literal["model", "provider"]) -> None:
    """Asserts that all replies report the same value."""
    __tracebackhide__ = True
    first_reply, first = values[0]
    for reply, value in values[1:]:
        if value != first:
            raise broken(
                f"The {what} changes within the run: {first!r} in exchange {first_reply.name}, {value!r} in "
                f"{reply.name}.",
                first_reply,
                reply,
                facts=Facts(changes=what),
            )


def assert_model_named(replies: Sequence[ParsedReply]) -> None:
    """Asserts that every reply names the model that answered."""
    __tracebackhide__ = True
    for reply in replies:
        if not reply.completion.model:
            raise broken(f"Exchange {reply.name} does not name the model that answered.", reply)
