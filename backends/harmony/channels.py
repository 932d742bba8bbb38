"""What a completion says to whom: reasoning, answer, preambles and tool calls.

| channel | addressed to a tool | goes to |
|---|---|---|
| analysis, commentary | yes | tool calls |
| final, or none at all | yes, and ended in `<|call|>` | tool calls |
| analysis | no | reasoning |
| commentary | no | preambles |
| final, or none at all | otherwise | answer |
| unknown, and every role but the assistant | | other |

A mistyped channel counts as the one it begins with (`finalx`, `Commentary?`); the message keeps its own spelling.
Several texts for one field are joined by a line break, as vLLM joins them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.harmony.lenient import parse_lenient
from backends.harmony.message import CHANNELS, Ending, Message, Role

if TYPE_CHECKING:
    from backends.harmony.problem import Parsed

_NO_TOOLS = frozenset({"all", "json", *(role.value for role in Role)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A message to a tool.

    Attributes:
        recipient: The tool, as addressed (`functions.lookup`).
        arguments: The content, verbatim.
        content_type: The type of the arguments, as written.
        complete: A stop token closed the call.
    """

    recipient: str
    arguments: str
    content_type: str | None
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """A completion by channel.

    Attributes:
        reasoning: All analysis; None if there is no analysis message.
        answer: All final text; "" for an empty final message, None if there is no final message at all.
        preambles: Commentary for the user, a text per message.
        tool_calls: The calls in order.
        other: Messages of unknown channels and of other speakers, so that no text vanishes.
    """

    reasoning: str | None
    answer: str | None
    preambles: tuple[str, ...]
    tool_calls: tuple[ToolCall, ...]
    other: tuple[Message, ...]


def split_channels(parsed: Parsed | str) -> Channels:
    """Splits a completion by channel.

    Args:
        parsed: A parsed completion, or the completion's text, which is then read leniently.
    """
    messages = (parse_lenient(parsed, Role.ASSISTANT) if isinstance(parsed, str) else parsed).messages
    places: dict[str, list[Message]] = {"call": [], "analysis": [], "commentary": [], "final": [], "other": []}
    for message in messages:
        places[_place(message)].append(message)
    return Channels(
        reasoning=_join(places["analysis"]),
        answer=_join(places["final"]),
        preambles=tuple(message.content for message in places["commentary"]),
        tool_calls=tuple(map(_call, places["call"])),
        other=tuple(places["other"]),
    )


def resolve_channel(name: str | None) -> str | None:
    """Gives the known channel that a name means, mistyped or in upper case; None if it means none of them.

    No channel at all means `final`: what the assistant says without a channel is for the user.
    """
    if name is None:
        return "final"
    return next((known for known in CHANNELS if name.lower().startswith(known)), None)


def _place(message: Message) -> str:
    if message.role is not Role.ASSISTANT:
        return "other"
    channel = resolve_channel(message.channel)
    if _is_addressed(message) and (channel in {"analysis", "commentary"} or message.ending is Ending.CALL):
        return "call"
    return channel or "other"


def _is_addressed(message: Message) -> bool:
    # `final <|constrain|>json` names a content type, but the reference's grammar reads it as the recipient
    # (openai/harmony#56), and the same holds for a bare `json`. "all" and the speakers of a chat are no tools.
    recipient = message.recipient or "all"
    return recipient not in _NO_TOOLS and not recipient.startswith("<")


def _call(message: Message) -> ToolCall:
    return ToolCall(
        recipient=str(message.recipient),
        arguments=message.content,
        content_type=message.content_type,
        complete=message.ending is not Ending.TRUNCATED,
    )


def _join(messages: list[Message]) -> str | None:
    return "\n".join(message.content for message in messages) if messages else None
