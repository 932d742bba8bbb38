"""Writing messages down, so that strict parsing gives them back.

Source: the order of parts is that of the published chat template and of openai-harmony 0.0.8: role or tool name,
recipient, channel, content type, content, stop token. oss-harmony 0.0.11 writes the recipient behind the channel, and
all of them read both. Not every message can be written, because the grammar cannot quote: a stop token in content
would end it, and the reference has no way to give a content type without a recipient. Such messages are refused; every
header is read again before it leaves, so what is written always comes back as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.harmony.header import read_header
from backends.harmony.message import Ending, Header, Message, Role
from backends.harmony.tokens import CHANNEL, MESSAGE, START, STOP_PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterable


class RenderError(ValueError):
    """A message cannot be written so that it would be read as it is."""


def render(messages: Iterable[Message], *, role: Role | None = None) -> str:
    """Writes messages as one Harmony text.

    Args:
        messages: The messages; only the last one may end in `Ending.TRUNCATED`.
        role: None for a text that starts with `<|start|>`; a role for a completion, whose first message begins inside
            that role's header because the prompt has already written `<|start|>` and the role.

    Returns:
        A text for which `parse(text, role=role).messages` equals the messages.

    Raises:
        RenderError: A message has no spelling that would be read as it is.
    """
    written: list[str] = []
    given = role
    ending = Ending.END
    for message in messages:
        if ending is Ending.TRUNCATED:
            raise RenderError("only the last message may be truncated: give the others an ending")
        ending = message.ending
        written += ("" if given else START, _spell_header(message, given), MESSAGE, _check(message), ending.value)
        given = None
    if given is not None:
        raise RenderError(f"no messages: a completion of {given.value} has at least one")
    return "".join(written)


def _check(message: Message) -> str:
    stop = STOP_PATTERN.search(message.content)
    if stop is not None:
        raise RenderError(f"the content holds {stop[0]} at character {stop.start()}, which would end the message there")
    return message.content


def _spell_header(message: Message, given: Role | None) -> str:
    """Spells a header in the first of the spellings that is read as it was meant."""
    meant = Header(
        role=message.role,
        name=message.name,
        channel=message.channel,
        recipient=message.recipient,
        content_type=message.content_type,
    )
    for spelling in _spellings(meant, given):
        if MESSAGE not in spelling and read_header(spelling, given) == meant:
            return spelling
    raise RenderError(f"no header is read as {meant}: see backends/harmony/header.py for what one can say")


def _spellings(header: Header, given: Role | None) -> Iterable[str]:
    author = "" if given else header.name or header.role.value
    channel = "" if header.channel is None else CHANNEL + header.channel
    content_type = "" if header.content_type is None else f" {header.content_type}"
    if header.recipient is None:
        yield author + channel + content_type
        return
    yield f"{author} to={header.recipient}{channel}{content_type}"
    # `<|constrain|>json` as a recipient (openai/harmony#56) is only read so without `to=`, after the channel.
    yield f"{author}{channel} {header.recipient}{content_type}"
