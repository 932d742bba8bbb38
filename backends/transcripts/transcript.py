"""A Transcript: an answer as tokens, and which of them count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backends.harmony.channels import resolve_channel
from backends.harmony.header import read_header
from backends.harmony.message import Header, Role
from backends.harmony.tokens import END_OF_TEXT, MESSAGE, MESSAGE_ENDS, START
from backends.score import Part, ReportedLogprobs, TokenSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backends.transcripts.token_bytes import TokenBytes

#: What closes a message, as bytes; padding ends a text too.
ENDS: Final = frozenset(token.encode() for token in (*MESSAGE_ENDS, END_OF_TEXT))

#: A character that stands for bytes that were lost on the way.
_LOST: Final = "\ufffd".encode()

_PARTS: Final = {"analysis": Part.REASONING, "commentary": Part.PREAMBLE, "final": Part.ANSWER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """An answer as tokens.

    Attributes:
        token_ids: all that the model wrote, headers and end tokens included.
        parts: for each token the part in which it stands; None where it does not count.
        source: from where the tokens were taken.
        logprobs: what the reply's `logprobs` are.
        exact: for each token whether it is known to be the very token that was written. The others spell the same text.
        reported: for each token its log-probability as the reply tells it, in nats; None where it tells none.
    """

    token_ids: tuple[int, ...]
    parts: tuple[Part | None, ...]
    source: TokenSource
    logprobs: ReportedLogprobs = ReportedLogprobs.ABSENT
    exact: tuple[bool, ...]
    reported: tuple[float | None, ...]

    def message_around(self, position: int) -> tuple[int, int]:
        """Returns where the message of a counted token begins and ends, its end token included."""
        begin, end = position, position + 1
        while begin and self.parts[begin - 1] is not None:
            begin -= 1
        while end < len(self.parts) and self.parts[end] is not None:
            end += 1
        return begin, end


def transcript_of(
    token_ids: Sequence[int],
    known: TokenBytes,
    source: TokenSource,
    *,
    logprobs: ReportedLogprobs = ReportedLogprobs.ABSENT,
    reported: Sequence[float | None] | None = None,
) -> Transcript:
    """Returns a transcript of these tokens.

    Headers never count: no reply of a chat endpoint shows them, a server's own tokens among them, and the same measure
    must be taken of every answer, whatever its source. Neither do characters that were lost on the way.

    Args:
        token_ids: the tokens.
        known: the tokenizer.
        source: from where they were taken.
        logprobs: what the reply's `logprobs` are.
        reported: the log-probabilities, None for a token without one; where left out, there are none.
    """
    ids = tuple(token_ids)
    told = tuple(reported) if reported is not None else (None,) * len(ids)
    certain = source is TokenSource.TOKEN_IDS
    lost = _lost(ids, known)
    return Transcript(
        token_ids=ids,
        parts=tuple(None if place in lost else part for place, part in enumerate(_parts(ids, known))),
        source=source,
        logprobs=logprobs,
        exact=tuple(certain or one is not None for one in told),
        reported=told,
    )


def _parts(ids: Sequence[int], known: TokenBytes) -> Iterator[Part | None]:
    """Yields the part of each token; None for the tokens of a header, the message token included."""
    header: list[bytes] | None = []
    role: Role | None = Role.ASSISTANT
    part = Part.ANSWER
    for token in ids:
        spelled = known.of(token)
        if spelled == START.encode():
            header, role = [], None
            yield None
        elif header is None:
            yield part
            if spelled in ENDS:
                header, role = [], None
        elif spelled == MESSAGE.encode():
            part, header = _part_of(b"".join(header).decode("utf-8", "replace"), role), None
            yield None
        else:
            header.append(spelled)
            yield None


def _part_of(header: str, role: Role | None) -> Part:
    told = read_header(header, role)
    if not isinstance(told, Header):
        return Part.ANSWER
    if "to=" in header and told.recipient is not None:
        return Part.CALL
    return _PARTS.get(resolve_channel(told.channel) or "", Part.ANSWER)


def _lost(ids: Sequence[int], known: TokenBytes) -> set[int]:
    """Returns the places of the tokens that spell a character which stands for lost bytes, and of the next after each.

    What was written there is not known, and the token behind it was chosen by what was.
    """
    owners = [place for place, token in enumerate(ids) for _ in known.of(token)]
    spelled = known.joined(list(ids))
    lost: set[int] = set()
    at = spelled.find(_LOST)
    while at >= 0:
        places = owners[at : at + len(_LOST)]
        lost |= {*places, places[-1] + 1}
        at = spelled.find(_LOST, at + len(_LOST))
    return lost
