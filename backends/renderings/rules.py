"""A conversation rendered by Harmony's own rules, without any chat template.

A chat template comes with a checkpoint and is run by a library; either may change. What it renders is compared with
this, so that a reference that has drifted is not taken for the measure of an endpoint.

Source: the format as openai-harmony 0.0.8 renders it, with the date line and the blank line of the published template.
oss-harmony 0.0.11 renders the same but for the recipient's place, which is a choice of its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from backends.renderings.prompt_date import DATE_LINE
from backends.renderings.template import Template, fitted, with_placeholders
from backends.renderings.typescript import functions_section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backends.prompt import Prompt

_IDENTITY = "You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06"
_CHANNELS = "# Valid channels: analysis, commentary, final. Channel must be included for every message."
_TOOL_CALLS = "\nCalls to these tools must go to the commentary channel: 'functions'."
_OPENING = ("system", "developer")


def template_by_rules(prompt: Prompt, day: str) -> Template | None:
    """Returns the conversation as the rules render it, its texts apart.

    Args:
        prompt: the conversation.
        day: what the date line says; any words are legitimate.

    Returns:
        The rendering with date line, blank line, plain content types and results as JSON strings; None where a tool's
        parameters are described in a way that is not covered here.
    """
    messages, texts = with_placeholders(prompt)
    tools = json.loads(prompt.tools) if prompt.tools is not None else []
    section = functions_section(tools) if tools else ""
    if section is None:
        return None
    opening = messages[0] if messages[0]["role"] in _OPENING else None
    instructions = (opening["content"] or "") if opening else ""
    parts = [_message("system", _system(prompt.reasoning_effort, day, tools=bool(tools)))]
    if instructions or section:
        told = f"# Instructions\n\n{instructions}\n\n" if instructions else ""
        parts.append(_message("developer", f"{told}# Tools\n\n{section}" if section else told))
    parts += _turns(messages[1:] if opening else messages)
    return fitted("".join([*parts, "<|start|>assistant"]), texts)


def _system(effort: str, day: str, *, tools: bool) -> str:
    channels = _CHANNELS + (_TOOL_CALLS if tools else "")
    return f"{_IDENTITY}{DATE_LINE}{day}\n\nReasoning: {effort}\n\n{channels}"


def _turns(turns: list[dict[str, Any]]) -> Iterator[str]:
    """Yields the turns after the opening; system and developer messages are rendered there alone."""
    called = ""
    last_answer = max((place for place, turn in enumerate(turns) if _is_answer(turn)), default=-1)
    for place, turn in enumerate(turns):
        if turn["role"] == "user":
            yield _message("user", turn["content"])
        elif turn["role"] == "tool":
            result = json.dumps(turn["content"], ensure_ascii=False)
            yield _message(f"functions.{called} to=assistant<|channel|>commentary", result)
        elif _is_answer(turn):
            # Its reasoning is dropped: a turn that is answered keeps the final channel alone.
            yield _message("assistant<|channel|>final", turn["content"])
        elif turn["role"] == "assistant":
            call = turn["tool_calls"][0].get("function", turn["tool_calls"][0])
            called, thought = call["name"], turn["content"] or turn.get("thinking")
            if thought and last_answer <= place:
                yield _message("assistant<|channel|>analysis", thought)
            arguments = json.dumps(call["arguments"], ensure_ascii=False)
            yield _message(f"assistant to=functions.{called}<|channel|>commentary json", arguments, "<|call|>")


def _is_answer(turn: dict[str, Any]) -> bool:
    return turn["role"] == "assistant" and "tool_calls" not in turn


def _message(header: str, body: str, stop: str = "<|end|>") -> str:
    return f"<|start|>{header}<|message|>{body}{stop}"
