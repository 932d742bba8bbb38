"""Thoughts that stand where an answer or a preamble should, without any tags around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backends import harmony
from backends.completion import text_or_none
from backends.evidence import read_local_evidence
from conformance.wire_replies import broken, content_of, reasoning_of, tokens_of
from reports.checks import Facts

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire

#: A shorter thought may be said again by chance, such as "It is calm."; measured in letters and digits.
LEAST_LETTERS: Final = 16

#: A text that is so much of a thought, and nothing else, is that thought, cut; a preamble is a sentence of it at most.
_MOST_OF_IT: Final = 0.8

#: Where the reasoning stands in the answer, answers grow with the effort; so many times over both conversations.
_GROWTH: Final = 1.5


def is_told_again(thought: str, content: str) -> bool:
    """Returns whether a text holds a thought to the letter, whatever marks, lines or capitals it is given in."""
    thinks, says = _letters(thought), _letters(content)
    if len(thinks) < LEAST_LETTERS:
        return False
    return thinks in says or (says in thinks and len(says) >= _MOST_OF_IT * len(thinks))


def assert_reasoning_told_once(wire: Wire, reply: ParsedReply) -> None:
    """Asserts that the answer does not hold the reasoning too, unless the model is billed for writing it twice."""
    __tracebackhide__ = True
    reasoning, content = reasoning_of(reply), content_of(reply)
    billed = reply.completion.usage.completion_tokens
    if not billed or not is_told_again(reasoning, content):
        return
    if billed < tokens_of(wire, reasoning) + tokens_of(wire, content):
        raise broken(
            f"The content of exchange {reply.name} holds its reasoning, and {billed} completion tokens are fewer than "
            f"both have: {content[:_SHOWN]!r}",
            reply,
            facts=Facts(inside="answer"),
        )


def assert_stream_does_not_think(plain: ParsedReply, streamed: ParsedReply) -> None:
    """Asserts that the answer in a stream does not hold the reasoning that stands apart in the plain answer."""
    __tracebackhide__ = True
    thought, content = reasoning_of(plain), streamed.stream.content
    if is_told_again(thought, content) and not is_told_again(thought, content_of(plain)):
        raise broken(
            f"The reasoning of the unstreamed answer stands in the content of the stream: {content[:_SHOWN]!r}",
            plain,
            streamed,
            facts=Facts(inside="answer"),
        )


def assert_answers_do_not_think(pairs: list[tuple[ParsedReply, ParsedReply]]) -> None:
    """Asserts that answers do not grow with the effort in a reasoning's place.

    Args:
        pairs: replies to one conversation at low and at high effort. Where one of them has a reasoning, nothing shows.
    """
    __tracebackhide__ = True
    replies = [reply for pair in pairs for reply in pair]
    if any(reasoning_of(reply) or not content_of(reply) for reply in replies):
        return
    lengths = [(len(content_of(low)), len(content_of(high))) for low, high in pairs]
    grow = all(low < high for low, high in lengths)
    if grow and sum(high for _, high in lengths) >= _GROWTH * sum(low for low, _ in lengths):
        raise broken(
            f"No answer has a reasoning, at any effort, and the answers grow with the effort, from {lengths[0][0]} to "
            f"{lengths[0][1]} characters: {content_of(pairs[0][1])[:_SHOWN]!r}",
            *replies,
            facts=Facts(inside="answer"),
        )


def reference_thought(wire: Wire, name: str) -> str:
    """Returns what the reference thinks before a call; empty where that is not known, or it says so in a preamble."""
    answer = wire.reference(name)
    evidence = None if answer is None else read_local_evidence(answer.raw)
    if answer is None or evidence is None:
        return ""
    thought = text_or_none(answer.reasoning) or ""
    preambles = harmony.split_channels(evidence.text).preambles
    return "" if any(is_told_again(thought, preamble) for preamble in preambles) else thought


_SHOWN = 200


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
