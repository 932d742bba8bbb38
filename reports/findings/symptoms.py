"""Symptoms: what one row shows about the API's answer, beside the local one.

A symptom is a pure function from a row to true or false. Whatever the local reference shows too is the model's doing
and no symptom: `Evidence.rows_holding` makes that comparison for those of a text, and each one of a row for itself. In
an audit the reference shows nothing, so only what no model could have done is a symptom.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backends import harmony
from backends.api.chat_response import MESSAGE_FIELDS, REASONING_FIELDS
from backends.completion import FinishReason
from backends.errors import FailureKind
from backends.outcome import BROKEN, FORMAT_TOKENS, OutcomeKind, inline_reasoning, leaked_format

if TYPE_CHECKING:
    from reports.rows.row import Row, RowSide

#: A special token, spelled out.
_TOKEN = re.compile(r"<\|[a-z_]+\|>")

#: Fields of a message that clients read.
_READ_FIELDS = MESSAGE_FIELDS.union(REASONING_FIELDS, {"name"})

#: How servers say it, in lower case. Sources: llama.cpp's error type, and its words where it has no type for it;
#: OpenAI's error code; the words of vLLM.
_CONTEXT_EXCEEDED = (
    "exceed_context_size_error",
    "context size has been exceeded",
    "available context size",
    "context_length_exceeded",
    "maximum context length",
)

#: How Harmony's parser says that it failed, in lower case. Sources: the messages of openai/harmony's `encoding.rs`, the
#: special tokens that other parsers name, and vLLM, which counts the messages (vllm#22403).
_OF_THE_PARSER = (
    "harmony",
    "expecting start token",
    "message header",
    "channel marker present",
    "unknown role",
    "expected 2 output messages",
    "<|start|>",
    "<|channel|>",
    "<|message|>",
)

#: Words for what fails below any parser, in lower case. Sources: PyTorch's and the drivers' messages.
_OF_THE_MACHINE = ("out of memory", "outofmemory", "cuda", "nccl", "hip error", "no space left", "timed out", "timeout")

#: Failures in which the server itself has its word.
_OWN_FAILURES = (FailureKind.REFUSED, FailureKind.SERVER)

#: A reasoning is longer than the other texts that a message may carry, such as an id.
_LEAST_REASONING = 20


def holds_harmony(text: str) -> bool:
    """True where a text holds a whole Harmony header or body."""
    return "<|message|>" in text or ("<|start|>" in text and "<|channel|>" in text)


def holds_special_token(text: str) -> bool:
    """True where a text holds a special token, but no Harmony message."""
    return bool(harmony.find_markup(text)) and not holds_harmony(text)


def holds_glued_channels(text: str) -> bool:
    """True where a text holds channels that are glued together."""
    return not harmony.find_markup(text) and leaked_format(text) is not None


def holds_tags(text: str) -> bool:
    """True where a text holds a reasoning between tags."""
    return inline_reasoning(text) is not None


def has_no_answer(row: Row) -> bool:
    """True where the API's answer ended by itself and holds no text, while the reference's does.

    A file of texts alone does not tell whether a limit cut the answer.
    """
    untold = row.api.finish_reason is FinishReason.UNKNOWN and not row.api.raw
    return (
        row.api.outcome is not OutcomeKind.ERROR
        and row.api.finish_reason in (FinishReason.STOP, FinishReason.UNKNOWN)
        and not untold
        and not (row.api.response or "").strip()
        and bool((row.local.response or "").strip())
        and not row.api.message.get("tool_calls")
    )


def lost_everything(row: Row) -> bool:
    """True where neither an answer nor a reasoning came."""
    return has_no_answer(row) and not row.api.reasoning


def answers_in_reasoning(row: Row) -> bool:
    """True where the reasoning ends with what the reference answers, after its own end."""
    reasoning, thought, answer = row.api.reasoning or "", row.local.reasoning or "", row.local.response or ""
    beyond = reasoning != thought and len(reasoning) > len(thought) and reasoning.startswith(thought)
    return has_no_answer(row) and beyond and reasoning.rstrip().endswith(answer.strip())


def stopped_after_thinking(row: Row) -> bool:
    """True where no answer came and fewer tokens were billed than the reference takes for the same thought."""
    fewer = (row.api.completion_tokens or 0) < (row.local.completion_tokens or 0)
    return has_no_answer(row) and bool(row.api.reasoning) and fewer


def lost_the_answer(row: Row) -> bool:
    """True where no answer came though a thought did, and as many tokens were billed as an answer takes."""
    return has_no_answer(row) and bool(row.api.reasoning) and not stopped_after_thinking(row)


def was_cut_too_soon(row: Row) -> bool:
    """True where the limit cut the answer after fewer tokens than were asked for.

    Servers count the tokens of the format or not: the reference's own cut answers tell it, where it has any.
    """
    limit, used = _limit(row), row.api.completion_tokens
    uncounted = FORMAT_TOKENS if row.audited else 0
    short = limit is not None and used is not None and used + uncounted < limit
    return short and _was_cut(row.api) and not _was_cut(row.local)


def went_on(row: Row) -> bool:
    """True where the same text goes on to the limit, and the reference ended by itself long before.

    Another text may run into the limit by its own length: only one that begins as the reference's tells.
    """
    used, own = row.api.completion_tokens or 0, row.local.completion_tokens or 0
    same = bool(row.local.reasoning) and row.api.reasoning == row.local.reasoning
    return (
        same
        and _was_cut(row.api)
        and row.local.finish_reason in (FinishReason.STOP, FinishReason.TOOL_CALLS)
        and not was_cut_too_soon(row)
        and used > own
    ) or _repeats_itself(row)


def lacks_reasoning(row: Row) -> bool:
    """True where an answer came without the reasoning that was billed."""
    answer, billed = row.api.response, row.api.completion_tokens
    thinks = bool(row.local.reasoning) or row.audited
    if not answer or row.api.reasoning or not thinks or billed is None:
        return False
    return billed > len(answer) + FORMAT_TOKENS and not holds_tags(answer) and leaked_format(answer) is None


def has_unknown_field(row: Row) -> bool:
    """True where a text as long as a reasoning stands under a name that no client reads."""
    others = (value for name, value in row.api.message.items() if name not in _READ_FIELDS)
    return lacks_reasoning(row) and any(isinstance(v, str) and len(v) >= _LEAST_REASONING for v in others)


def lacks_usage(row: Row) -> bool:
    """True where an answer came without token counts."""
    answered = row.api.outcome is not OutcomeKind.ERROR and bool(row.api.raw)
    return answered and not (row.api.prompt_tokens and row.api.completion_tokens)


def counts_less_than_the_reference(row: Row) -> bool:
    """True where the same reasoning and answer have fewer tokens than the reference needs, the format not counted."""
    used, own = row.api.completion_tokens, row.local.completion_tokens
    told = used is not None and own is not None and can_be_compared(row) and not has_other_text(row)
    return told and (used or 0) + FORMAT_TOKENS < (own or 0)


def refuses_without_a_thought(side: RowSide) -> bool:
    """True where a side refuses, and shows no reasoning."""
    return side.outcome is OutcomeKind.REFUSED and not side.reasoning


def was_refused_alone(row: Row) -> bool:
    """True where the API refuses without a thought, and the reference labels the same text."""
    return refuses_without_a_thought(row.api) and row.local.has_label


def answered_otherwise(row: Row) -> bool:
    """True where the same thought leads to an answer without a label, and the reference's holds one."""
    same = bool(row.api.reasoning) and row.api.reasoning == row.local.reasoning
    return same and row.api.outcome is OutcomeKind.UNREADABLE and row.local.has_label


def calls_a_tool(row: Row) -> bool:
    """True where the API calls a tool; the examples offer none. What the reference writes as a call is the model's.

    In an audit nobody knows what the reference would write.
    """
    own = row.audited or row.local.finish_reason is FinishReason.TOOL_CALLS
    return bool(row.api.message.get("tool_calls")) and not own


def failed_inside(row: Row) -> bool:
    """True where the server itself failed."""
    return row.api.failure is FailureKind.SERVER


def names_the_parser(row: Row) -> bool:
    """True where the request failed, or was refused, with words that point to Harmony's parser."""
    return row.api.failure in _OWN_FAILURES and speaks_of_parser(_words_of(row))


def names_the_machine(row: Row) -> bool:
    """True where the server failed with words about what lies below any parser."""
    return failed_inside(row) and speaks_of_machine(_words_of(row))


def speaks_of_the_parser(said: str | None) -> bool:
    """True where a server's words point to Harmony's parser, and to nothing below it."""
    return any(words in (said or "").lower() for words in _OF_THE_PARSER) and not speaks_of_the_machine(said)


def speaks_of_the_machine(said: str | None) -> bool:
    """True where a server's words are about what lies below any parser."""
    return any(words in (said or "").lower() for words in _OF_THE_MACHINE)


def has_broken_json(row: Row) -> bool:
    """True where a strict reader of JSON trips over the API's response."""
    return bool(row.api.json_problems)


def was_refused_for_effort(row: Row) -> bool:
    """True where the request was refused with words about the effort."""
    return row.api.failure is FailureKind.REFUSED and speaks_of_effort(_words_of(row))


def has_other_text(row: Row) -> bool:
    """True where both sides gave a text, and the texts are not the same."""
    return can_be_compared(row) and row.api.texts != row.local.texts


def can_be_compared(row: Row) -> bool:
    """True where both sides gave a text, and the reference's is a whole answer."""
    return row.api.has_text and row.local.has_text and row.local.outcome not in BROKEN


def speaks_of_context(said: str | None) -> bool:
    """True where a server says that a prompt, alone or with its answer, is longer than its context."""
    return any(words in (said or "").lower() for words in _CONTEXT_EXCEEDED)


def was_refused_for_context(row: Row) -> bool:
    """True where the request was refused, or failed, as too long for the server's context."""
    return row.api.failure in _OWN_FAILURES and speaks_of_context(_words_of(row))


def speaks_of_effort(said: str | None) -> bool:
    """True where a server says something of the effort."""
    return "effort" in (said or "").lower()


def speaks_of_machine(said: str | None) -> bool:
    """True where a server speaks of what lies below any parser."""
    return any(words in (said or "").lower() for words in _OF_THE_MACHINE)


def speaks_of_parser(said: str | None) -> bool:
    """True where a server's words point to Harmony's parser, and to nothing below it."""
    return any(words in (said or "").lower() for words in _OF_THE_PARSER) and not speaks_of_machine(said)


def _words_of(row: Row) -> str:
    return f"{row.api.error} {row.api.said}"


def _was_cut(side: RowSide) -> bool:
    return side.finish_reason is FinishReason.LENGTH


def _repeats_itself(row: Row) -> bool:
    mine, own = row.api.response or "", row.local.response or ""
    rest = mine[len(own) :] if own and mine.startswith(own) else ""
    return "<|" in rest and bool(_TOKEN.sub("", rest).strip())


def _limit(row: Row) -> int | None:
    limits = (row.api.request.get(name) for name in ("max_tokens", "max_completion_tokens"))
    return next((limit for limit in limits if isinstance(limit, int)), None)
