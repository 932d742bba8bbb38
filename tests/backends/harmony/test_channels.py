from __future__ import annotations

import pytest

from backends.harmony import Channels, Ending, Message, Parsed, Role, ToolCall, parse, split_channels


def say(channel: str | None, content: str, *, recipient: str | None = None, ending: Ending = Ending.END) -> Message:
    return Message(role=Role.ASSISTANT, channel=channel, recipient=recipient, content=content, ending=ending)


def split(*messages: Message) -> Channels:
    return split_channels(Parsed(messages=messages))


def test_each_channel_goes_to_its_place() -> None:
    channels = split(
        say("analysis", "a"),
        say("commentary", "b"),
        say("commentary", "{}", recipient="functions.f", ending=Ending.CALL),
        say("final", "c"),
    )

    assert channels == Channels(
        reasoning="a",
        answer="c",
        preambles=("b",),
        tool_calls=(ToolCall(recipient="functions.f", arguments="{}", content_type=None, complete=True),),
        other=(),
    )


def test_several_texts_for_one_field_are_joined_by_a_line_break() -> None:
    channels = split(say("analysis", "a"), say("final", "b"), say("analysis", "c"), say("final", "d"))

    assert (channels.reasoning, channels.answer) == ("a\nc", "b\nd")


def test_no_final_message_is_not_an_empty_one() -> None:
    assert split(say("analysis", "a")).answer is None
    assert split(say("final", "")).answer == ""
    assert split(say("final", "")).reasoning is None


def test_a_message_without_channel_is_the_answer() -> None:
    assert split(say(None, "x")).answer == "x"


@pytest.mark.parametrize(
    ("channel", "place"),
    [
        ("finalx", "answer"),
        ("Final", "answer"),
        ("analysis?", "reasoning"),
        ("ANALYSIS", "reasoning"),
    ],
)
def test_a_mistyped_channel_counts_as_the_one_it_begins_with(channel: str, place: str) -> None:
    assert getattr(split(say(channel, "x")), place) == "x"


def test_text_of_an_unknown_channel_does_not_vanish() -> None:
    message = say("thoughts", "x")

    assert split(message) == Channels(reasoning=None, answer=None, preambles=(), tool_calls=(), other=(message,))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ASSISTANT])
def test_other_speakers_answer_nothing(role: Role) -> None:
    message = Message(role=role, channel="final", content="x")

    assert split(message).answer is None
    assert split(message).other == (message,)


def test_a_call_to_a_tool_may_stand_in_analysis() -> None:
    (call,) = split(say("analysis", "1+1", recipient="python", ending=Ending.CALL)).tool_calls

    assert (call.recipient, call.arguments) == ("python", "1+1")


def test_a_call_in_the_final_channel_needs_the_call_token() -> None:
    called = split(say("final", "{}", recipient="functions.f", ending=Ending.CALL))
    said = split(say("final", "{}", recipient="functions.f", ending=Ending.RETURN))

    assert (len(called.tool_calls), called.answer) == (1, None)
    assert (len(said.tool_calls), said.answer) == (0, "{}")


@pytest.mark.parametrize("recipient", ["<|constrain|>json", "json", "all", "assistant", "user"])
def test_what_is_no_tool_gets_no_call(recipient: str) -> None:
    channels = split(say("commentary", "x", recipient=recipient, ending=Ending.CALL))

    assert (channels.tool_calls, channels.preambles) == ((), ("x",))


def test_a_call_that_was_cut_off_is_incomplete() -> None:
    (call,) = split(say("commentary", "{", recipient="f", ending=Ending.TRUNCATED)).tool_calls

    assert not call.complete


def test_json_mode_gives_an_answer() -> None:
    text = '<|channel|>final <|constrain|>json<|message|>{"label": 0}<|return|>'

    assert split_channels(parse(text)).answer == '{"label": 0}'


def test_a_text_is_split_as_leniently_parsed() -> None:
    assert split_channels("analysisHm.assistantfinal1").answer == "1"
