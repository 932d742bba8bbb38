"""What careless servers do to a request before the model sees it, and for which requests they do anything at all."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

from backends.chat_response import REASONING_FIELDS

if TYPE_CHECKING:
    from tests.faults.body import Json
    from tests.faults.conditions import Condition
    from tests.faults.request import ProxiedRequest

#: Tokens that `budget-eaten-by-reasoning` allows: the miniature's shortest thoughts need more. Checks of the limit
#: itself ask for no fewer, and are served as they ask.
BUDGET: Final = 16

#: Characters of a conversation that `prompt-truncated` has room for: the simple policy and a long message.
ROOM: Final = 600

#: Rounding noise of a server whose batches disturb each other: most texts stay, some part.
_NOISE: Final = 0.5

#: Words that a guard's list may hold. One text in three of the bundled sample's toxic ones has one of them, and no
#: harmless one has.
_FLAGGED: Final = re.compile(
    r"\b(?:worthless idiot|guidelines|content policy|no restrictions|filters (?:are )?(?:switched )?off|insults|dirty"
    r"|violence|disgusting (?!smell)|poison)\b",
    re.IGNORECASE,
)

_OPENING = frozenset({"system", "developer"})


def share_of_texts(share: float, seed: int) -> Condition:
    """Returns a condition that a `share` (0 to 1) of conversations fulfil, each always or never."""

    def drawn(request: ProxiedRequest) -> bool:
        said = request.original.get("messages", request.original.get("prompt"))
        return falls_within(share, f"{seed} {json.dumps(said, sort_keys=True)}")

    return drawn


def falls_within(share: float, text: str) -> bool:
    """True for a `share` (0 to 1) of all texts, always the same ones."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) < share * 2**32


def is_flagged(request: ProxiedRequest) -> bool:
    """True where the last message of the user holds a word on the guard's list."""
    asked = [m["content"] for m in request.original.get("messages", ()) if m["role"] == "user"]
    return bool(asked) and isinstance(asked[-1], str) and bool(_FLAGGED.search(asked[-1]))


def wants_json(request: ProxiedRequest) -> bool:
    """True where the client asked for JSON by `response_format`."""
    wanted = request.original.get("response_format")
    return isinstance(wanted, dict) and wanted.get("type") in {"json_object", "json_schema"}


def offers_tools(request: ProxiedRequest) -> bool:
    """True where the client offers tools."""
    return bool(request.original.get("tools"))


def asks_low_effort(request: ProxiedRequest) -> bool:
    """True where the client asks for the effort `low`, in whichever way."""
    body = request.original
    return "low" in (body.get("reasoning_effort"), (body.get("chat_template_kwargs") or {}).get("reasoning_effort"))


def forget_effort(body: Json) -> None:
    """Takes the effort out, in whichever way it was given."""
    body.pop("reasoning_effort", None)
    (body.get("chat_template_kwargs") or {}).pop("reasoning_effort", None)


def lower_limit(body: Json) -> None:
    """Lowers the token limit to `BUDGET`."""
    given = [name for name in ("max_tokens", "max_completion_tokens") if body.get(name) is not None]
    for name in given or ["max_tokens"]:
        body[name] = min(body.get(name, BUDGET), BUDGET)


def drop_policy(body: Json) -> None:
    """Takes all system and developer messages out."""
    body["messages"] = [message for message in body["messages"] if message["role"] not in _OPENING]


def move_policy(body: Json) -> None:
    """Puts the opening system or developer message in front of the user's words, in one message."""
    opening, *rest = body["messages"]
    if opening["role"] not in _OPENING or not rest or rest[0]["role"] != "user":
        return
    body["messages"] = [rest[0] | {"content": f"{opening['content']}\n\n{rest[0]['content']}"}, *rest[1:]]


def cut_front(body: Json) -> None:
    """Makes a long conversation fit into `ROOM` by dropping its first messages, then the front of the last one."""
    messages = body["messages"]
    while len(messages) > 1 and sum(map(_length, messages)) > ROOM:
        messages = messages[1:]
    if _length(messages[0]) > ROOM:
        messages = [messages[0] | {"content": messages[0]["content"][-ROOM:]}, *messages[1:]]
    body["messages"] = messages


def _length(message: Json) -> int:
    content = message.get("content")
    return len(content) if isinstance(content, str) else 0


def hand_reasoning_on(body: Json) -> None:
    """Puts the reasoning of earlier turns where the template of `keep_reasoning` looks for it.

    The server hands its template role, content, `tool_calls` and `tool_call_id` of a message and nothing else, and an
    assistant's message has no use for the last of them.
    """
    body["messages"] = [_with_reasoning_on(message) for message in body["messages"]]


def _with_reasoning_on(message: dict[str, Any]) -> dict[str, Any]:
    thoughts = [message[name] for name in (*REASONING_FIELDS, "thinking") if message.get(name)]
    if message["role"] != "assistant" or not thoughts:
        return message
    return message | {"tool_call_id": thoughts[0]}


def draw_tokens(body: Json) -> None:
    """Draws tokens as at temperature 1, whatever was asked."""
    body["temperature"] = 1.0


def disturb(request: ProxiedRequest) -> None:
    """Adds noise that is another one for each request, seeded or not."""
    if request.body is not None:
        warm = max(request.body.get("temperature") or 0.0, _NOISE)
        request.body.update(temperature=warm, seed=request.index + 1)
