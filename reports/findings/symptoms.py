"""Signs: what one row shows about the API's answer, beside the local one.

A sign is a pure function from a row to true or false. Whatever the local reference shows too is the model's doing and
no sign: `Evidence.rows_holding` makes that comparison for the signs of a text, and each sign of a row for itself.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from backends import harmony
from backends.api.chat_response import MESSAGE_FIELDS, REASONING_FIELDS
from backends.outcome import FORMAT_TOKENS, inline_reasoning, leaked_format

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A special token, spelled out.
_TOKEN = re.compile(r"<\|[a-z_]+\|>")

#: Fields of a message that clients read.
_READ_FIELDS = MESSAGE_FIELDS.union(REASONING_FIELDS, {"name"})

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


def has_no_answer(row: Mapping[str, Any]) -> bool:
    """True where the API's answer ended by itself and holds no text, while the reference's does."""
    return (
        row["api_outcome"] != "error"
        and row["api_finish_reason"] in ("stop", "unknown")
        and not (row["api_response"] or "").strip()
        and bool((row["local_response"] or "").strip())
        and not _message(row).get("tool_calls")
    )


def lost_everything(row: Mapping[str, Any]) -> bool:
    """True where neither an answer nor a reasoning came."""
    return has_no_answer(row) and not row["api_reasoning"]


def answers_in_reasoning(row: Mapping[str, Any]) -> bool:
    """True where the reasoning ends with what the reference answers, after its own end."""
    reasoning, thought, answer = row["api_reasoning"] or "", row["local_reasoning"] or "", row["local_response"] or ""
    beyond = reasoning != thought and len(reasoning) > len(thought) and reasoning.startswith(thought)
    return has_no_answer(row) and beyond and reasoning.rstrip().endswith(answer.strip())


def stopped_after_thinking(row: Mapping[str, Any]) -> bool:
    """True where no answer came and fewer tokens were billed than the reference takes for the same thought."""
    fewer = (row["api_completion_tokens"] or 0) < (row["local_completion_tokens"] or 0)
    return has_no_answer(row) and bool(row["api_reasoning"]) and fewer


def lost_the_answer(row: Mapping[str, Any]) -> bool:
    """True where no answer came though a thought did, and as many tokens were billed as an answer takes."""
    return has_no_answer(row) and bool(row["api_reasoning"]) and not stopped_after_thinking(row)


def was_cut_too_soon(row: Mapping[str, Any]) -> bool:
    """True where the limit cut the answer after fewer tokens than were asked for."""
    limit, used = _limit(row), row["api_completion_tokens"]
    short = limit is not None and used is not None and bool(used < limit)
    return short and row["api_finish_reason"] == "length" and row["local_finish_reason"] != "length"


def went_on(row: Mapping[str, Any]) -> bool:
    """True where the same text goes on to the limit, and the reference ended by itself long before.

    Another text may run into the limit by its own length: only one that begins as the reference's tells.
    """
    used, own = row["api_completion_tokens"] or 0, row["local_completion_tokens"] or 0
    same = bool(row["local_reasoning"]) and row["api_reasoning"] == row["local_reasoning"]
    return (
        same
        and row["api_finish_reason"] == "length"
        and row["local_finish_reason"] in ("stop", "tool_calls")
        and not was_cut_too_soon(row)
        and used > own
    ) or _repeats_itself(row)


def _repeats_itself(row: Mapping[str, Any]) -> bool:
    mine, own = row["api_response"] or "", row["local_response"] or ""
    rest = mine[len(own) :] if own and mine.startswith(own) else ""
    return "<|" in rest and bool(_TOKEN.sub("", rest).strip())


def lacks_reasoning(row: Mapping[str, Any]) -> bool:
    """True where an answer came without the reasoning that was billed."""
    billed = row["api_completion_tokens"]
    produced = billed is not None and billed > len(row["api_response"] or "") + FORMAT_TOKENS
    return bool(
        row["api_response"]
        and not row["api_reasoning"]
        and row["local_reasoning"]
        and produced
        and not holds_tags(row["api_response"])
        and leaked_format(row["api_response"]) is None
    )


def has_unknown_field(row: Mapping[str, Any]) -> bool:
    """True where a text as long as a reasoning stands under a name that no client reads."""
    others = (value for name, value in _message(row).items() if name not in _READ_FIELDS)
    return lacks_reasoning(row) and any(isinstance(v, str) and len(v) >= _LEAST_REASONING for v in others)


def lacks_usage(row: Mapping[str, Any]) -> bool:
    """True where an answer came without token counts."""
    answered = row["api_outcome"] != "error" and bool(row["api_raw"])
    return answered and not (row["api_prompt_tokens"] and row["api_completion_tokens"])


def was_refused_alone(row: Mapping[str, Any]) -> bool:
    """True where the API refuses without a thought, and the reference labels the same text."""
    return row["api_outcome"] == "refused" and bool(row["local_parsed_successfully"]) and not row["api_reasoning"]


def answered_otherwise(row: Mapping[str, Any]) -> bool:
    """True where the same thought leads to an answer without a label, and the reference's holds one."""
    same = bool(row["api_reasoning"]) and row["api_reasoning"] == row["local_reasoning"]
    return same and row["api_outcome"] == "unreadable" and bool(row["local_parsed_successfully"])


def calls_a_tool(row: Mapping[str, Any]) -> bool:
    """True where the API calls a tool; the examples offer none. What the reference writes as a call is the model's."""
    return bool(_message(row).get("tool_calls")) and row["local_finish_reason"] != "tool_calls"


def failed_inside(row: Mapping[str, Any]) -> bool:
    """True where the server itself failed."""
    return str(row["api_failure"]) == "server"


def was_refused_for_effort(row: Mapping[str, Any]) -> bool:
    """True where the request was refused with words about the effort."""
    return row["api_failure"] == "refused" and "effort" in _said(row).lower()


def has_other_text(row: Mapping[str, Any]) -> bool:
    """True where both sides gave a text, and the texts are not the same."""
    mine, own = ((row[f"{side}_reasoning"], row[f"{side}_response"]) for side in ("api", "local"))
    return any(mine) and any(own) and mine != own


def _said(row: Mapping[str, Any]) -> str:
    said = _raw(row).get("response")
    return f"{row['api_error']} {said if isinstance(said, str) else ''}"


def _limit(row: Mapping[str, Any]) -> int | None:
    request = _parsed(_raw(row).get("request"))
    limits = (request.get(name) for name in ("max_tokens", "max_completion_tokens"))
    return next((limit for limit in limits if isinstance(limit, int)), None)


def _message(row: Mapping[str, Any]) -> dict[str, Any]:
    choices = _parsed(_raw(row).get("response")).get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    message = first.get("message") if isinstance(first, dict) else None
    return message if isinstance(message, dict) else {}


def _raw(row: Mapping[str, Any]) -> dict[str, Any]:
    return _parsed(row["api_raw"])


def _parsed(text: object) -> dict[str, Any]:
    try:
        value = json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
