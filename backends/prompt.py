"""A Prompt: all that determines an answer, except who gives it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Effort = Literal["low", "medium", "high"]
EFFORTS: tuple[str, ...] = get_args(Effort)

#: Room for gpt-oss to think at medium effort about one message and to answer; recorded answers of the 20b model
#: needed at most 500.
DEFAULT_MAX_NEW_TOKENS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation, in the words of the chat completions protocol.

    Attributes:
        role: `system`, `developer`, `user`, `assistant` or `tool`.
        content: the text; None only where an assistant's turn is nothing but tool calls.
        thinking: the analysis of an assistant's earlier turn.
        tool_calls: JSON text of the assistant's calls, in the protocol's own shape.
        tool_call_id: of a `tool` message, the call that it answers.
    """

    role: str
    content: str | None
    thinking: str | None = None
    tool_calls: str | None = None
    tool_call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How tokens are drawn. At temperature 0 decoding is greedy.

    Attributes:
        temperature: 0 or more.
        top_p: nucleus mass in (0, 1].
        seed: for servers that take one; None sends none.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < float("inf"):
            raise ValueError(f"temperature must be 0 or more, not {self.temperature}.")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be above 0 and at most 1, not {self.top_p}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Messages, reasoning effort, sampling values and token limit.

    Attributes:
        messages: at least one.
        reasoning_effort: `low`, `medium` or `high`.
        sampling: how tokens are drawn.
        max_new_tokens: the most tokens that an answer may have, reasoning included.
        tools: JSON text of the offered tools in the protocol's own shape, or None.
    """

    messages: tuple[Message, ...]
    reasoning_effort: str = "medium"
    sampling: Sampling = field(default_factory=Sampling)
    max_new_tokens: int = DEFAULT_MAX_NEW_TOKENS
    tools: str | None = None

    def __post_init__(self) -> None:
        if not self.messages:
            raise ValueError("A prompt needs at least one message.")
        if self.reasoning_effort not in EFFORTS:
            raise ValueError(f"reasoning effort must be one of {', '.join(EFFORTS)}, not {self.reasoning_effort!r}.")
        if self.max_new_tokens < 1:
            raise ValueError(f"max_new_tokens must be at least 1, not {self.max_new_tokens}.")

    def as_dict(self) -> dict[str, Any]:
        """Returns the prompt as plain data, in a fixed order."""
        return asdict(self)

    @property
    def digest(self) -> str:
        """A 64-digit hexadecimal name of this prompt, equal on every machine."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()

    def chat_messages(self) -> list[dict[str, Any]]:
        """Returns the messages as the chat completions protocol and chat templates take them."""
        return [_chat_message(message) for message in self.messages]


def _chat_message(message: Message) -> dict[str, Any]:
    chat: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.thinking is not None:
        chat["thinking"] = message.thinking
    if message.tool_calls is not None:
        chat["tool_calls"] = json.loads(message.tool_calls)
    if message.tool_call_id is not None:
        chat["tool_call_id"] = message.tool_call_id
    return chat


def make_prompt(
    text: str,
    instructions: str | None = None,
    *,
    reasoning_effort: str = "medium",
    sampling: Sampling | None = None,
    max_new_tokens: int = DEFAULT_MAX_NEW_TOKENS,
) -> Prompt:
    """Returns the prompt for one user message, under `instructions` as the system message where there are any."""
    system = () if instructions is None else (Message(role="system", content=instructions),)
    return Prompt(
        messages=(*system, Message(role="user", content=text)),
        reasoning_effort=reasoning_effort,
        sampling=sampling or Sampling(),
        max_new_tokens=max_new_tokens,
    )
