"""From an answer to the tokens that the model may have written."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from backends.completion import Completion, FinishReason, text_or_none
from backends.errors import Failure
from backends.evidence import read_local_evidence
from backends.harmony import RenderError, find_markup, split_channels
from backends.harmony.tokens import CHANNEL, MESSAGE_ENDS, RETURN
from backends.raw_reply import json_problems_of
from backends.score import NothingToScore, ReportedLogprobs, TokenSource, Unscored
from backends.strict_json import JsonFault
from backends.transcripts.framings import Framing, Told, framings_of
from backends.transcripts.reported_tokens import ReportedTokens, read_reported, tokens_of
from backends.transcripts.transcript import Transcript, transcript_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.completion import Answer
    from backends.transcripts.token_bytes import TokenBytes


def digest_of_answer(answer: Answer) -> str | None:
    """Returns a 64-digit hexadecimal name of all of an answer that its score hangs on; None where there is none."""
    if not isinstance(answer, Completion):
        return None
    texts = [text_or_none(answer.reasoning), text_or_none(answer.content)]
    own = read_local_evidence(answer.raw)
    told = read_reported(answer.raw)
    logprobs = [[entry.get("token"), entry.get("bytes"), entry.get("logprob")] for entry in told.logprobs or ()]
    counted = answer.usage.completion_tokens if not texts[0] else None
    what = [*texts, answer.finish_reason, counted, told.calls, told.ids, logprobs, own and own.text]
    return hashlib.sha256(json.dumps(what, default=str).encode()).hexdigest()


def unanswered(answer: Answer) -> Unscored | None:
    """Returns why there is nothing to write down, where no answer came at all; None where one did."""
    return None if isinstance(answer, Completion) else _unanswered(answer)


def _unanswered(answer: Answer) -> Unscored:
    said = answer.message if isinstance(answer, Failure) else "it is no answer to a prompt"
    return Unscored(kind=NothingToScore.NO_ANSWER, why=f"There is no answer: {said}")


def transcripts_of(answer: Answer, known: TokenBytes) -> tuple[Transcript, ...] | Unscored:
    """Returns the ways in which an answer may have been written, as tokens; the likeliest of them is to be taken.

    Args:
        answer: of either side.
        known: the tokenizer of the model that is said to have written it.

    Returns:
        At least one transcript, or why there is none.
    """
    if not isinstance(answer, Completion):
        return _unanswered(answer)
    told = _told(answer)
    digest = digest_of_answer(answer)
    try:
        "".join((told.reasoning, told.content, *(text for call in told.calls for text in call))).encode()
    except UnicodeEncodeError:
        return Unscored(kind=NothingToScore.NOT_TEXT, why="The answer holds half a character.", answer=digest)
    if any(problem.fault in _ALTERS for problem in json_problems_of(answer.raw)):
        return Unscored(kind=NothingToScore.NOT_TEXT, why="The answer came with half a character.", answer=digest)
    found = _transcripts(answer, told, known)
    if isinstance(found, NothingToScore):
        return Unscored(kind=found, why=_WHY[found], answer=digest)
    return found


#: What a reader cannot give back as it was written: something else stands in its place.
_ALTERS = frozenset({JsonFault.HALF_CHARACTER, JsonFault.NO_TEXT, JsonFault.KEY_TWICE})

_WHY = {
    NothingToScore.EMPTY: "The answer holds no text.",
    NothingToScore.UNWRITABLE: "Harmony has no way to write the answer: special tokens stand in it, or no tool's name.",
    NothingToScore.REASONING_WITHHELD: (
        "The answer comes without its reasoning, and what was written behind that cannot be judged without it."
    ),
}


def _told(answer: Completion) -> Told:
    return Told(
        reasoning=text_or_none(answer.reasoning) or "",
        content=text_or_none(answer.content) or "",
        calls=read_reported(answer.raw).calls,
        finish_reason=answer.finish_reason,
    )


def _transcripts(answer: Completion, told: Told, known: TokenBytes) -> tuple[Transcript, ...] | NothingToScore:
    own = read_local_evidence(answer.raw)
    if own is not None and own.text:
        return (transcript_of(known.ids(own.text), known, TokenSource.RAW_TEXT),)
    if not (told.reasoning or told.content or told.calls):
        return NothingToScore.EMPTY
    reply = read_reported(answer.raw)
    exact = _from_ids(told, reply, known) or _from_logprobs(told, reply, known)
    if exact is not None:
        return (exact,)
    foreign = ReportedLogprobs.ABSENT if reply.logprobs is None else ReportedLogprobs.FOREIGN
    if told.content.startswith(CHANNEL) and not told.reasoning:
        ended = told.content.endswith(MESSAGE_ENDS) or told.finish_reason is not FinishReason.STOP
        ids = known.ids(told.content if ended else told.content + RETURN)
        return (transcript_of(ids, known, TokenSource.RAW_TEXT, logprobs=foreign),)
    framings = _framings(answer, told, known)
    if isinstance(framings, NothingToScore):
        return framings
    return tuple(_rebuilt(framing, reply, known, foreign) for framing in framings)


def _framings(answer: Completion, told: Told, known: TokenBytes) -> tuple[Framing, ...] | NothingToScore:
    if any(map(find_markup, (told.reasoning, told.content, *(text for call in told.calls for text in call)))):
        return NothingToScore.UNWRITABLE
    try:
        framings = framings_of(told)
    except RenderError:
        return NothingToScore.UNWRITABLE
    if not told.reasoning and _is_withheld(answer, framings, known):
        return NothingToScore.REASONING_WITHHELD
    return framings


def _is_withheld(answer: Completion, framings: Sequence[Framing], known: TokenBytes) -> bool:
    """Returns whether more tokens were written than are shown, as far as the reply's count tells; unknown is more."""
    counted = answer.usage.completion_tokens
    return counted is None or counted > max(len(known.ids(framing.text)) for framing in framings)


def _from_ids(told: Told, reply: ReportedTokens, known: TokenBytes) -> Transcript | None:
    """Returns the transcript of the ids that a reply tells, where they spell its texts."""
    size = len(known.tokenizer)
    if reply.ids is None or not all(0 <= one < size for one in reply.ids) or not _spells(reply.ids, told, known):
        return None
    return transcript_of(reply.ids, known, TokenSource.TOKEN_IDS)


def _from_logprobs(told: Told, reply: ReportedTokens, known: TokenBytes) -> Transcript | None:
    """Returns the transcript of the entries of `logprobs`, where they are those of all that was written."""
    found = None if reply.logprobs is None else tokens_of(reply.logprobs, known)
    if found is None or not _spells(found[0], told, known):
        return None
    whole = ReportedLogprobs.WHOLE
    return transcript_of(found[0], known, TokenSource.LOGPROBS, logprobs=whole, reported=found[1])


def _spells(ids: Sequence[int], told: Told, known: TokenBytes) -> bool:
    """Returns whether tokens spell an answer with its headers: white space at the edges of texts may be stripped."""
    text = known.joined(list(ids)).decode("utf-8", "replace")
    if CHANNEL not in text:
        return False
    channels = split_channels(text)
    said = channels.answer if channels.answer is not None else "\n".join(channels.preambles)
    return (
        said.strip() == told.content.strip()
        and (not told.reasoning or (channels.reasoning or "").strip() == told.reasoning.strip())
        and len(channels.tool_calls) == len(told.calls)
    )


def _rebuilt(framing: Framing, reply: ReportedTokens, known: TokenBytes, foreign: ReportedLogprobs) -> Transcript:
    """Returns the transcript of a framing, the answer in the tokens of `logprobs` where those are of the answer."""
    before, after = known.ids(framing.before), known.ids(framing.after)
    found = None if reply.logprobs is None else tokens_of(reply.logprobs, known)
    if found is None or not framing.answer or known.joined(found[0]) != framing.answer.encode():
        return transcript_of(known.ids(framing.text), known, TokenSource.REBUILT, logprobs=foreign)
    told = [*[None] * len(before), *found[1], *[None] * len(after)]
    ids = [*before, *found[0], *after]
    return transcript_of(ids, known, TokenSource.REBUILT, logprobs=ReportedLogprobs.ANSWER, reported=told)
