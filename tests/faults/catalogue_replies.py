"""What careless servers make of a completion that the model wrote well."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from backends.chat_response import REASONING_FIELDS
from backends.transport import FIRST_ERROR
from tests.faults.alteration import Alteration
from tests.faults.catalogue_requests import falls_within
from tests.faults.chunks import is_part, joined
from tests.faults.completions import first_choice, first_message, reasoning_name, take_reasoning
from tests.faults.sse import DONE

if TYPE_CHECKING:
    from tests.faults.body import Json
    from tests.faults.reply import ProxiedReply
    from tests.faults.request import ProxiedRequest
    from tests.faults.sse import Chunk

#: How `usage-inflated` is off.
SURPLUS: Final = 64

PREAMBLE: Final = "I will look at the policy first."
REFUSAL: Final = "I'm sorry, but I can't help with that."
GARBLED: Final = "!!!!!!!!"
PARSER_ERROR: Final = "Unexpected token 12606 while expecting start token 200006"

#: Tokens of the two texts for the miniature, with the header and the stop token of their messages.
_PREAMBLE_TOKENS, _REFUSAL_TOKENS = 9 + 5, 17 + 5

_TOKEN = "<|channel|>"  # noqa: S105 - a special token of Harmony


def leave_raw(choice: Json) -> None:
    """Puts the whole text as the model wrote it, calls too, into content; only the last stop token is left out."""
    message = choice["message"]
    parts = [f"<|channel|>analysis<|message|>{reasoning}"] if (reasoning := take_reasoning(message)) else []
    for call in message.pop("tool_calls", None) or ():
        header = f"<|channel|>commentary to=functions.{call['function']['name']} <|constrain|>json<|message|>"
        parts.append(header + call["function"]["arguments"])
        choice["finish_reason"] = "stop"
    if message.get("content"):
        parts.append(f"<|channel|>final<|message|>{message['content']}")
    message["content"] = "<|end|><|start|>assistant".join(parts)


def add_special_token(message: Json) -> None:
    """Leaves a special token at the end of the content, and a piece of the header in the name of a called tool."""
    if message.get("content"):
        message["content"] += _TOKEN
    for call in message.get("tool_calls") or ():
        call["function"]["name"] += f"{_TOKEN}commentary"


def answer_with_preamble(completion: Json) -> None:
    """Puts a preamble of the commentary channel in the place of the answer that follows it."""
    message = first_message(completion)
    if message.get("content"):
        message["content"] = PREAMBLE
        _bill(completion, completion_tokens=_PREAMBLE_TOKENS)


def lose_content(message: Json) -> None:
    """Makes the content null."""
    message["content"] = None


def lose_everything(message: Json) -> None:
    """Makes content and reasoning null."""
    take_reasoning(message)
    message.update(content=None, reasoning_content=None)


def answer_in_reasoning(message: Json) -> None:
    """Puts the answer behind the reasoning, in its field."""
    name = reasoning_name(message)
    if name is not None and message.get("content"):
        message.update({name: message[name] + message["content"], "content": None})


def put_reasoning_in_tags(choice: Json) -> None:
    """Puts the reasoning between tags in front of the content."""
    message = choice["message"]
    if reasoning := take_reasoning(message):
        content = message.get("content") or ""
        cut = choice.get("finish_reason") == "length" and not content
        message["content"] = f"<reasoning>{reasoning}{'' if cut else '</reasoning>'}{content}"


def rename_reasoning(message: Json) -> None:
    """Puts the reasoning under a name that no client reads."""
    if reasoning := take_reasoning(message):
        message["thoughts"] = reasoning


def inflate(usage: Json) -> None:
    """Counts more tokens of the prompt than there are; the total stays the sum."""
    for name in ("prompt_tokens", "total_tokens"):
        usage[name] += SURPLUS


def garble(message: Json) -> None:
    """Puts what a server writes whose numbers are no numbers, one token over and over, in the texts' places."""
    name = reasoning_name(message)
    if name and message[name]:
        message[name] = message[name][: len(message[name]) // 2] + GARBLED
    if message.get("content"):
        message["content"] = GARBLED
    for call in message.get("tool_calls") or ():
        call["function"]["arguments"] = GARBLED


def call_phantom(choice: Json) -> None:
    """Takes the answer for a call of a tool as well."""
    message = choice["message"]
    if message.get("content") and choice.get("finish_reason") == "stop":
        function = {"name": "search", "arguments": json.dumps({"query": message["content"]})}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
        choice["finish_reason"] = "tool_calls"


def lose_call(choice: Json) -> None:
    """Leaves a tool call in the content, as text."""
    message = choice["message"]
    if calls := message.pop("tool_calls", None):
        message["content"] = "\n".join(str(call["function"]["arguments"]) for call in calls)
        choice["finish_reason"] = "stop"


def glue_json(message: Json) -> None:
    """Answers in JSON, with the reasoning and the names of the channels left in front of it."""
    if reasoning := take_reasoning(message):
        content = message.get("content")
        answer = f"assistantfinal{json.dumps({'answer': content})}" if content else ""
        message["content"] = f"analysis{reasoning}{answer}"


def refuse(completion: Json) -> None:
    """Puts a guard's words in the place of all that the model said."""
    choice = first_choice(completion)
    take_reasoning(choice["message"])
    choice["message"].pop("tool_calls", None)
    choice["message"]["content"] = REFUSAL
    choice["finish_reason"] = "stop"
    usage = completion.get("usage") or {}
    _bill(completion, completion_tokens=_REFUSAL_TOKENS - usage.get("completion_tokens", 0))


def _bill(completion: Json, *, completion_tokens: int) -> None:
    usage = completion.get("usage")
    if usage:
        usage["completion_tokens"] += completion_tokens
        usage["total_tokens"] += completion_tokens


def lose_pieces(chunks: list[Chunk]) -> list[Chunk]:
    """Loses the pieces of a stream on both sides of the border between reasoning and answer."""
    thought = [chunk for chunk in chunks if _speaks(chunk, REASONING_FIELDS)]
    answered = [chunk for chunk in chunks if _speaks(chunk, ("content",))]
    lost = [id(chunk) for chunk in (*thought[-1:], *answered[:1])]
    return [chunk for chunk in chunks if id(chunk) not in lost]


def make_bad_deltas(chunks: list[Chunk]) -> list[Chunk]:
    """Gives every delta a role that is null, finishes with the reasoning, and leaves the last chunk out."""
    made: list[Chunk] = []
    for chunk in chunks:
        if is_part(chunk) and _ends(chunk):
            made += [chunk | {"choices": []}] if chunk.get("usage") else []
        else:
            made.append(_with_bad_deltas(chunk) if is_part(chunk) else chunk)
    return made


def _with_bad_deltas(chunk: Json) -> Json:
    for choice in chunk["choices"]:
        choice["delta"].setdefault("role", None)
        if _speaks(chunk, REASONING_FIELDS):
            choice["finish_reason"] = "stop"
    return chunk


def _ends(chunk: Json) -> bool:
    return any(choice.get("finish_reason") for choice in chunk["choices"])


def _speaks(chunk: Chunk, names: tuple[str, ...]) -> bool:
    choices: list[Any] = chunk["choices"] if is_part(chunk) else []
    return any((choice.get("delta") or {}).get(name) for choice in choices for name in names)


@dataclass(frozen=True, slots=True)
class ParserError(Alteration):
    """Fails on a share of all texts that the model writes, always on the same ones.

    A stream has begun by then: it breaks off with an error in the place of what is left.

    Attributes:
        share: of texts, 0 to 1.
        seed: of the choice of texts.
    """

    share: float
    seed: int

    def response(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
        """Turns a completion into a 500."""
        answered = request.is_chat and reply.status < FIRST_ERROR
        if answered and isinstance(reply.body, dict) and self._stumbles(reply.body):
            reply.status, reply.body = 500, _parser_failed()

    def chunks(self, request: ProxiedRequest, chunks: list[Chunk]) -> list[Chunk]:
        """Breaks a stream off in its middle."""
        if not request.is_chat or not self._stumbles(joined(chunks)):
            return chunks
        return [*chunks[: len(chunks) // 2], _parser_failed(), DONE]

    def _stumbles(self, completion: Json) -> bool:
        message = first_message(completion)
        text = f"{message.get(reasoning_name(message) or '')} {message.get('content') or ''}"
        return falls_within(self.share, f"{self.seed} {text}")


def _parser_failed() -> Json:
    return {"error": {"message": PARSER_ERROR, "type": "InternalServerError", "code": 500}}
