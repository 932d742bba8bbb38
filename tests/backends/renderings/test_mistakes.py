"""Every known mistake is made of some conversation, and told in a sentence of its own."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

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


PLACES = {
    Mistake.POLICY_BEFORE_IDENTITY: "<|message|>Be brief.\nYou are ChatGPT, a large language model",
    Mistake.POLICY_AFTER_IDENTITY: "trained by OpenAI.\nBe brief.\nKnowledge cutoff: 2024-06",
    Mistake.POLICY_INSTEAD_OF_IDENTITY: "<|start|>system<|message|>Be brief.\nKnowledge cutoff: 2024-06",
    Mistake.POLICY_AT_SYSTEMS_END: "included for every message.\nBe brief.<|end|><|start|>user",
    Mistake.POLICY_AS_SYSTEM_MESSAGE: "<|end|><|start|>system<|message|>Be brief.<|end|><|start|>user",
}


@pytest.mark.parametrize("mistake", PLACES)
def test_policy_in_the_system_message_leaves_no_developer_message(mistake: Mistake) -> None:
    prompt = replace(CONVERSATION, tools=None)
    texts = [one.text for one in mistaken_renderings(TokenPerCharacter(), prompt) if one.mistake is mistake]

    assert any(PLACES[mistake] in text for text in texts)
    assert all(text.count("Be brief.") == 1 and "developer" not in text for text in texts)
    assert any("Current date: " not in text for text in texts)


def test_user_that_writes_of_the_policys_place_keeps_it() -> None:
    opening, asked = Message(role="developer", content="Be brief."), Message(role="user", content="zq9999qz \\1")
    made = mistaken_renderings(TokenPerCharacter(), Prompt(messages=(opening, asked)))

    assert all("\\1" in one.text for one in made if one.mistake in PLACES)


class SpecialTokens(TokenPerCharacter):
    """The same, to which special tokens are one token each, unless they are read as text."""

    def encode(self, text: str, **options: object) -> list[int]:
        """Returns a number for each character, and for each special token."""
        if options.get("split_special_tokens"):
            return super().encode(text)
        parts = re.split(r"(<\|\w+\|>)", text)
        return [
            number
            for part in parts
            for number in ([self.convert_tokens_to_ids(part)] if part.startswith("<|") else map(ord, part))
        ]

    def convert_tokens_to_ids(self, token: str) -> int:
        """Returns the number of a special token."""
        return 1_000_000 + len(token)


def test_mistakes_are_made_with_literal_tokens_as_tokens_and_as_text() -> None:
    asked = replace(CONVERSATION, messages=(*CONVERSATION.messages[:-1], Message(role="user", content="<|end|>?")))
    ways: dict[Mistake, set[bool]] = {}
    for one in mistaken_renderings(SpecialTokens(), asked):
        assert one.mistake is not None
        ways.setdefault(one.mistake, set()).add(one.form is not None and one.form.literal_tokens_as_text)

    assert all(found == {False, True} for found in ways.values())
    names = {one.name for one in mistaken_renderings(SpecialTokens(), asked)}
    assert "the effort line is missing (literal tokens as text)" in names
