"""What cannot be known of an answer that came as text, once the likeliest tokens are known.

Judged by the token that the local model held for the likeliest: where the writer may have written that very token and
the same text have come of it, the text is no evidence against the writer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backends.harmony.tokens import CHANNEL, END, MESSAGE, START
from backends.score import Part, TokenSource
from backends.transcripts.transcript import ENDS, Transcript, transcript_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backends.transcripts.token_bytes import TokenBytes

#: What stands between two messages of the analysis that a server joins by a line break.
_BETWEEN: Final = f"{END}{START}assistant{CHANNEL}analysis{MESSAGE}"


def is_ambiguous(transcript: Transcript, known: TokenBytes, position: int, likeliest: int) -> bool:
    """Returns whether a token that is not the likeliest says nothing against the writer.

    - The likeliest token spells the text that follows as well, or its beginning: a text can be cut into tokens in
      several ways, and a model does not always write the tokenizer's own.
    - It differs by white space at a message's edge alone: servers strip that.
    - It ends a message where the text has a line break: servers join messages of one channel by one.
    - It is another end token than the rebuilt one: the reply does not say which it was.
    - Behind the last token of an answer that was cut, the text may have gone on within the same token.

    Args:
        transcript: the answer.
        known: the tokenizer.
        position: of a counted token.
        likeliest: the token that the local model holds for the likeliest there.
    """
    if transcript.exact[position]:
        return False
    begin, end = transcript.message_around(position)
    written, other = known.of(transcript.token_ids[position]), known.of(likeliest)
    if written in ENDS:
        return other in ENDS or other.isspace()
    is_closed = known.of(transcript.token_ids[end - 1]) in ENDS
    rest = known.joined(transcript.token_ids[position : end - 1 if is_closed else end])
    if rest.startswith(other) or (other in ENDS and b"\n" in written):
        return True
    beyond = other[len(rest) :] if other.startswith(rest) else None
    if beyond is not None and (not is_closed or beyond.isspace()):
        return True
    return position == begin and _is_stripped(rest, other)


def _is_stripped(rest: bytes, other: bytes) -> bool:
    """Returns whether a token at a message's beginning is what follows, with white space in front that was stripped."""
    return other[:1].isspace() and rest.startswith(other.lstrip())


def reframed(transcript: Transcript, known: TokenBytes, likeliest: Mapping[int, int]) -> Transcript | None:
    """Returns the answer with messages of the analysis ended at line breaks, where the local model would end one.

    Args:
        transcript: an answer.
        known: the tokenizer.
        likeliest: by position, the likeliest token where that is not the written one.

    Returns:
        Another transcript, of the same texts; None where there is nothing to be read otherwise.
    """
    if transcript.source is not TokenSource.REBUILT:
        return None
    places = [place for place, token in likeliest.items() if _may_end(transcript, known, place, token)]
    if not places:
        return None
    begin, end = transcript.message_around(places[0])
    starts = [len(known.joined(transcript.token_ids[begin:place])) for place in places if begin <= place < end]
    text = known.joined(transcript.token_ids[begin:end])
    breaks = [text.index(b"\n", start) for start in starts]
    edges = [0, *(at + 1 for at in breaks)]
    pieces = [text[edge:at] for edge, at in zip(edges, [*breaks, len(text)], strict=True)]
    rewritten = known.ids(_BETWEEN.join(piece.decode("utf-8", "replace") for piece in pieces))
    ids = [*transcript.token_ids[:begin], *rewritten, *transcript.token_ids[end:]]
    if any(transcript.exact[end:]):
        tail = transcript.reported[end:]
        told = [*transcript.reported[:begin], *[None] * len(rewritten), *tail]
        return transcript_of(ids, known, transcript.source, logprobs=transcript.logprobs, reported=told)
    return transcript_of(ids, known, transcript.source, logprobs=transcript.logprobs)


def _may_end(transcript: Transcript, known: TokenBytes, position: int, likeliest: int) -> bool:
    """Returns whether a message of the analysis may end at the line break in a token."""
    written, other = known.of(transcript.token_ids[position]), known.of(likeliest)
    if transcript.parts[position] is not Part.REASONING or b"\n" not in written or transcript.exact[position]:
        return False
    return other == END.encode() or other == written[: written.index(b"\n")]
