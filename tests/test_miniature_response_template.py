from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.miniature import CHECKPOINT
from fixtures.miniature.response_template import response_template

PROMPT = "<|start|>user<|message|>hi<|end|><|start|>assistant"
ANALYSIS = "<|channel|>analysis<|message|>"
FINAL = "<|start|>assistant<|channel|>final<|message|>"
PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<\x01\x02"), min_size=1, max_size=40)

chat_parsing = pytest.importorskip("transformers.utils.chat_parsing", reason="response templates came with version 5")


def parse(text: str) -> dict[str, Any]:
    return chat_parsing.parse_response(text, response_template(), prefix=PROMPT)


def streamed(pieces: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Parse a text that arrives in pieces, and give the fields' streamed text as well."""
    parser = chat_parsing.ResponseParser(response_template(), prefix=PROMPT)
    events = [event for piece in pieces for event in parser.feed(piece)]
    message, rest = parser.finalize()
    chunks: dict[str, str] = {}
    for event in [*events, *rest]:
        if event["type"] == "region_chunk":
            chunks[event["field"]] = chunks.get(event["field"], "") + event["text"]
    return message, chunks


def function(name: str, arguments: object) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def test_committed_tokenizer_carries_this_template() -> None:
    config = json.loads((CHECKPOINT / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert config["response_template"] == response_template()


@pytest.mark.parametrize("stop", ["<|return|>", "<|end|>", "<|call|>", ""])
def test_analysis_and_final_are_split_whatever_ends_them(stop: str) -> None:
    assert parse(f"{ANALYSIS}Hm.<|end|>{FINAL}1{stop}") == {
        "role": "assistant",
        "reasoning_content": "Hm.",
        "content": "1",
    }


def test_analysis_cut_by_the_token_limit_stays_reasoning() -> None:
    assert parse(f"{ANALYSIS}I was about to") == {"role": "assistant", "reasoning_content": "I was about to"}


def test_header_cut_by_the_token_limit_adds_nothing() -> None:
    assert parse(f"{ANALYSIS}Hm.<|end|><|start|>assistant<|channel|>fin") == {
        "role": "assistant",
        "reasoning_content": "Hm.",
    }


def test_several_analyses_are_joined_by_line_breaks() -> None:
    text = f"{ANALYSIS}One.<|end|><|start|>assistant{ANALYSIS}Two.<|end|>{FINAL}1<|return|>"
    assert parse(text)["reasoning_content"] == "One.\nTwo."


def test_white_space_at_the_ends_is_kept() -> None:
    assert parse(f"{ANALYSIS} Hm. <|end|>{FINAL}\n1 \n<|return|>") == {
        "role": "assistant",
        "reasoning_content": " Hm. ",
        "content": "\n1 \n",
    }


def test_content_type_of_a_final_answer_is_not_content() -> None:
    assert parse('<|channel|>final <|constrain|>json<|message|>{"a": 1}<|return|>')["content"] == '{"a": 1}'


@pytest.mark.parametrize(
    "header",
    [
        "<|channel|>commentary to=functions.f <|constrain|>json",
        "<|channel|>commentary to=functions.f<|constrain|>json",
        "<|channel|>commentary to=functions.f json",
        "<|channel|>commentary to=functions.f",
        "<|channel|>analysis to=functions.f code",
        " to=functions.f<|channel|>commentary <|constrain|>json",
        " to=functions.f<|channel|>commentary json",
        " to=functions.f<|channel|>commentary",
    ],
)
def test_calls_are_read_in_both_header_orders(header: str) -> None:
    message = parse(f'{header}<|message|>{{"city": "Oslo"}}<|call|>')
    assert message == {"role": "assistant", "tool_calls": [function("f", {"city": "Oslo"})]}


def test_a_call_follows_its_analysis() -> None:
    text = f"{ANALYSIS}Look.<|end|><|start|>assistant to=functions.f<|channel|>commentary json<|message|>{{}}<|call|>"
    assert parse(text) == {"role": "assistant", "reasoning_content": "Look.", "tool_calls": [function("f", {})]}


def test_arguments_cut_by_the_token_limit_come_back_as_text() -> None:
    message = parse('<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"city": "Os')
    assert message["tool_calls"] == [function("f", '{"city": "Os')]


@pytest.mark.parametrize("channel", ["commentary", "finalx", "FINAL", "analysis2"])
def test_other_channels_are_neither_content_nor_reasoning(channel: str) -> None:
    assert parse(f"<|channel|>{channel}<|message|>text<|end|>") == {"role": "assistant"}


@given(thought=PLAIN, final=PLAIN, cut=st.integers(min_value=1, max_value=7))
def test_streaming_in_any_pieces_gives_the_same_fields(thought: str, final: str, cut: int) -> None:
    text = f"{ANALYSIS}{thought}<|end|>{FINAL}{final}<|return|>"
    message, chunks = streamed([text[place : place + cut] for place in range(0, len(text), cut)])
    assert message == parse(text)
    assert chunks == {"reasoning_content": thought, "content": final}
