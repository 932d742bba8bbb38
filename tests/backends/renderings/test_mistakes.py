"""Every known mistake is made of some conversation, and told in a sentence of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from backends.prompt import EFFORTS, Message, Prompt
from backends.renderings import Mistake, mistaken_renderings
from backends.renderings.rules import template_by_rules

_FUNCTION = {"name": "look", "description": "Looks.", "parameters": {"properties": {}, "required": []}}
CONVERSATION = Prompt(
    messages=(
        Message(role="system", content="Be brief."),
        Message(role="user", content="Hi"),
        Message(role="assistant", content="Hi.", thinking="I am greeted."),
        Message(role="user", content="And now?"),
    ),
    tools=json.dumps([{"type": "function", "function": _FUNCTION}]),
)


class TokenPerCharacter:
    """A tokenizer without a vocabulary, whose template renders by Harmony's rules."""

    def apply_chat_template(self, conversation: list[dict[str, Any]], **options: Any) -> str:  # noqa: ANN401 - transformers' signature
        """Renders a conversation as text."""
        tools, effort = options["tools"], options["reasoning_effort"]
        messages = tuple(Message(**one) for one in conversation)
        prompt = Prompt(messages=messages, tools=tools and json.dumps(tools), reasoning_effort=effort)
        template = template_by_rules(prompt, "2025-01-02")
        assert template is not None
        return template.text

    def encode(self, text: str, **_: object) -> list[int]:
        """Returns a number for each character."""
        return [ord(character) for character in text]


def test_every_mistake_is_made() -> None:
    made = {
        rendering.mistake
        for effort in EFFORTS
        for rendering in mistaken_renderings(TokenPerCharacter(), replace(CONVERSATION, reasoning_effort=effort))
    }

    assert made == set(Mistake)


def test_mistake_that_leaves_a_form_is_told_with_it() -> None:
    names = {one.mistake: one.name for one in reversed(mistaken_renderings(TokenPerCharacter(), CONVERSATION))}

    assert names[Mistake.DEVELOPER_DROPPED] == "the developer message (the policy) is dropped (date line)"
    assert names[Mistake.EFFORT_LINE_MISSING] == "the effort line is missing"
