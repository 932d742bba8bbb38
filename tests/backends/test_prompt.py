"""A prompt is all that determines an answer: hashable, with one digest on every machine, and never half valid."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from backends.prompt import Message, Prompt, Sampling, make_prompt

#: The name that everybody's caches and recordings know this prompt by; it may only change with a reason.
GOLDEN = "ec70c03d1491a4be558b6548bd41a02cab898156e0be0db9ffe9eed8c100b871"


def test_equal_prompts_have_equal_hashes_and_digests() -> None:
    one, other = make_prompt("hello", "be brief"), make_prompt("hello", "be brief")
    assert one is not other
    assert (one, hash(one), one.digest) == (other, hash(other), other.digest)


def test_digest_is_the_same_on_every_machine() -> None:
    assert make_prompt("h\u00e9llo", "be brief").digest == GOLDEN


def test_instructions_become_the_system_message_before_the_text() -> None:
    assert make_prompt("hello", "be brief").chat_messages() == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "hello"},
    ]
    assert make_prompt("hello").chat_messages() == [{"role": "user", "content": "hello"}]


def test_texts_go_out_to_the_letter() -> None:
    text = " \t<|end|>\r\n\u00e9\U0001f642\0 "
    assert make_prompt(text).chat_messages()[0]["content"] == text


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"messages": ()}, "at least one message"),
        ({"reasoning_effort": "extreme"}, "low, medium, high"),
        ({"reasoning_effort": ""}, "low, medium, high"),
        ({"max_new_tokens": 0}, "at least 1"),
    ],
)
def test_invalid_prompt_cannot_be_made(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Prompt(**{"messages": (Message(role="user", content="hello"),)} | wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"temperature": value} for value in (-0.1, math.inf, math.nan)),
        *({"top_p": value} for value in (0, -1, 1.1, math.nan)),
    ],
)
def test_invalid_sampling_cannot_be_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Sampling(**wrong)


@pytest.mark.parametrize("right", [{"temperature": 0.0}, {"temperature": 2.0}, {"top_p": 1.0}, {"top_p": 1e-9}])
def test_edges_of_sampling_are_valid(right: dict[str, Any]) -> None:
    Sampling(**right)


def test_prompt_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_prompt("hello").max_new_tokens = 5  # type: ignore[misc]  # the point of the test
