"""Text whose special tokens were stripped: `analysisWe need...assistantfinal0`.

A decoder that skips special tokens leaves the channels' names and the next turn's role glued to the text. The shape is
recognised only on strong evidence, because an ordinary answer may well begin with the word "analysis", or quote such a
text. There are two kinds of evidence:

- the text begins with a channel's name, directly glued to something that is neither white space nor sentence
  punctuation, and `assistantfinal`, `assistantcommentary` or a call's header stands further on;
- a part is a call, as in `commentary to=functions.sky json{"c":"b"}`: behind its header there is JSON and nothing else,
  and the header begins the text or is glued to what stands before it.

So a text that was cut off before its first glued header stays plain, and so does one that only quotes a call.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_CHANNEL: Final = "analysis|commentary|final"
# What may follow a glued name: never white space or sentence punctuation, with which a word "analysis" would go on;
# and never a lower-case letter after "final", which would make it "finally" or "finals".
_OPENING: Final = re.compile(r"\s*(?:assistant)?(analysis|commentary|final(?![a-z]))(?=[^\s.,;:!?'\u2019)\]/&|<>=_-])")
# A new turn: the role with a channel, an address or a content type behind it, or a channel with an address.
_SEAM: Final = re.compile(
    rf"assistant(?:(?:{_CHANNEL})|(?=\s*+to=|\s*+(?:json|code)\s*+[{{\[]|[{{\[]))|(?:{_CHANNEL})(?=\s*+to=)"
)
# A header without its tokens. A call's ends at the bracket of the arguments, `to=functions.lookupjson{`, and its
# channel may stand on either side of the address; the interpreter alone is called with code.
_HEADER: Final = re.compile(
    rf"\s*+(?P<role>assistant)?+(?:\s*+(?P<channel>{_CHANNEL}))?+(?:"
    rf"\s*+to=(?P<recipient>[\w.-]*?[^\W_])\s*+(?P<later>{_CHANNEL})?+\s*+(?P<type>json|code)?+\s*+(?=[{{\[])"
    r"|\s*+to=(?P<interpreter>python)\b\s*+(?P<code>code)?+"
    r"|\s*+(?P<alone>json|code)\s*+(?=[{\[]))?+"
)
# JSON from its bracket to the end, where the token limit may have cut it. Whether it is nested well is not asked.
_JSON: Final = re.compile(
    r'[{\[](?:[\s{}\[\]:,]|"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|-?\d[\d.eE+-]*+|(?:true|false|null)\b|[a-z]{1,4}\Z)*+\Z',
    re.DOTALL,
)
# What a text puts in front of a header that it quotes, beside white space. A stripped header has nothing before it.
_QUOTING: Final = frozenset(":=([{<>|/\"'`\u2018\u201c\u00ab")

#: The channels in which tools are called, the usual one first.
_OF_CALLS: Final = ("commentary", "analysis")


class StrippedMessage(NamedTuple):
    """One message of a glued text: its channel and address, and where its content stands.

    What stands before the first header has no channel.
    """

    channel: str | None
    recipient: str | None
    content_type: str | None
    start: int
    stop: int


def split_stripped(text: str, start: int, stop: int) -> list[StrippedMessage]:
    """Splits a glued text at its seams.

    Args:
        text: The whole text.
        start: Where the glued stretch begins.
        stop: Where it ends.

    Returns:
        The messages in order; empty if the stretch is not of the glued shape.
    """
    first = _header_at(text, start, stop)
    begins, opens = _calls(first), _OPENING.match(text, start, stop) is not None
    at = first.end() if begins or opens else start
    headers = [_header_at(text, seam.start(), stop) for seam in _SEAM.finditer(text, at, stop)]
    ends = [header.start() for header in headers] + [stop]
    glued = opens and any(_shows_channels(header) for header in headers)
    called = begins and _JSON.match(text, at, ends[0]) is not None
    if not glued and not called and not any(map(_is_glued_call, headers, ends[1:])):
        return []
    before = StrippedMessage(None, None, None, start, ends[0])
    parts = [_read(header, end) for header, end in zip(headers, ends[1:], strict=True)]
    if begins or opens:
        return [_read(first, ends[0]), *parts]
    return [before, *parts] if before.start < before.stop else parts


def _header_at(text: str, start: int, stop: int) -> re.Match[str]:
    header = _HEADER.match(text, start, stop)
    if header is None:
        raise AssertionError("every part of a header is optional")
    return header


def _calls(header: re.Match[str]) -> bool:
    """Tells whether a header is that of a call, as far as a header tells it: the bracket of arguments follows."""
    if header["recipient"]:
        return True
    if header["alone"]:
        return bool(header["role"]) or header["channel"] in _OF_CALLS
    spoken = header["role"] is not None and header["channel"] is None
    follows = header.end() < header.endpos and header.string[header.end()] in "{["
    return follows and (spoken or header["channel"] == _OF_CALLS[0])


def _shows_channels(header: re.Match[str]) -> bool:
    """Tells whether a header shows that channels are glued together: one for the user or to a tool, after thoughts."""
    return header["channel"] in {"commentary", "final"} or bool(header["recipient"] or header["interpreter"])


def _is_glued_call(header: re.Match[str], stop: int) -> bool:
    before = header.string[header.start() - 1 : header.start()]
    quoted = before.isspace() or before in _QUOTING
    return _calls(header) and not quoted and _JSON.match(header.string, header.end(), stop) is not None


def _read(header: re.Match[str], stop: int) -> StrippedMessage:
    recipient = header["recipient"] or header["interpreter"]
    content_type = header["type"] or header["code"] or header["alone"]
    channel = header["channel"] or header["later"] or _OF_CALLS[0]
    return StrippedMessage(channel, recipient, content_type, header.end(), stop)
