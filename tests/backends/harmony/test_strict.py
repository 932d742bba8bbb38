from __future__ import annotations

import pytest
from hypothesis import example, given

from backends.harmony import Ending, ErrorKind, HarmonyError, Message, Parsed, Role, State, parse
from backends.harmony.transitions import MISSING, TRANSITIONS, Token
from tests.backends.harmony.cases import IDS, TEXTS
from tests.backends.harmony.strategies import MANY, hostile_texts, roles
from tests.backends.harmony.ways import read_every_way


def only_message(text: str, role: Role | None = Role.ASSISTANT) -> Message:
    (message,) = parse(text, role=role).messages
    return message


@pytest.mark.parametrize(("text", "role"), TEXTS, ids=IDS)
def test_every_way_of_reading_a_text_gives_the_same_result(text: str, role: Role | None) -> None:
    read_every_way(text, role)


@MANY
@given(text=hostile_texts(), role=roles)
@example(text="<|channel|>final<|message|>a<|end|><|star", role=Role.ASSISTANT)
def test_strict_parses_or_raises_the_one_error(text: str, role: Role | None) -> None:
    read_every_way(text, role)


def test_a_completion_gives_its_messages_with_their_endings() -> None:
    parsed = parse(
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary to=functions.f "
        "<|constrain|>json<|message|>{}<|call|><|start|>functions.f to=assistant<|channel|>commentary<|message|>1"
        "<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|><|start|>assistant<|message|>cut"
    )

    assert parsed == Parsed(
        messages=(
            Message(role=Role.ASSISTANT, channel="analysis", content="Hm.", ending=Ending.END),
            Message(
                role=Role.ASSISTANT,
                channel="commentary",
                recipient="functions.f",
                content_type="<|constrain|>json",
                content="{}",
                ending=Ending.CALL,
            ),
            Message(
                role=Role.TOOL,
                name="functions.f",
                channel="commentary",
                recipient="assistant",
                content="1",
                ending=Ending.END,
            ),
            Message(role=Role.ASSISTANT, channel="final", content="Yes.", ending=Ending.RETURN),
            Message(role=Role.ASSISTANT, content="cut", ending=Ending.TRUNCATED),
        )
    )


@pytest.mark.parametrize(
    ("text", "role", "kind", "state", "position"),
    [
        ("", Role.ASSISTANT, ErrorKind.EOS_IN_HEADER, State.HEADER, 0),
        ("abc", Role.ASSISTANT, ErrorKind.EOS_IN_HEADER, State.HEADER, 3),
        ("<|end|>", Role.ASSISTANT, ErrorKind.EOS_IN_HEADER, State.HEADER, 7),
        ("abc", None, ErrorKind.EXPECTED_START, State.EXPECT_START, 0),
        ("<|message|>a<|end|>b", Role.ASSISTANT, ErrorKind.EXPECTED_START, State.EXPECT_START, 19),
        ("<|channel|><|message|>", Role.ASSISTANT, ErrorKind.EMPTY_CHANNEL, State.HEADER, 0),
        ("<|channel|> final<|message|>", Role.ASSISTANT, ErrorKind.EMPTY_CHANNEL, State.HEADER, 0),
        ("a b c<|message|>", Role.ASSISTANT, ErrorKind.LEFTOVER_HEADER_TOKENS, State.HEADER, 0),
        ("<|start|><|message|>", None, ErrorKind.NO_ROLE, State.HEADER, 9),
        ("<|start|>oracle<|message|>", None, ErrorKind.UNKNOWN_ROLE, State.HEADER, 9),
    ],
)
def test_an_error_names_kind_state_and_position(
    text: str, role: Role | None, kind: ErrorKind, state: State, position: int
) -> None:
    with pytest.raises(HarmonyError) as raised:
        parse(text, role=role)

    error = raised.value
    assert (error.kind, error.state, error.position) == (kind, state, position)
    assert f"({kind.value} in state {state.value} at character {position})" in str(error)


@pytest.mark.parametrize("stop", [ending for ending in Ending if ending is not Ending.TRUNCATED])
@pytest.mark.parametrize("channel", ["analysis", "commentary", "final"])
def test_stop_tokens_are_interchangeable_in_every_channel(stop: Ending, channel: str) -> None:
    message = only_message(f"<|channel|>{channel}<|message|>x{stop.value}")

    assert (message.channel, message.content, message.ending) == (channel, "x", stop)


@pytest.mark.parametrize(
    ("header", "recipient", "content_type"),
    [
        ("", None, None),
        (" to=f", "f", None),
        (" to=", "", None),
        (" f", "f", None),
        (" json", "json", None),
        (" <|constrain|>json", "<|constrain|>json", None),
        (" to=f json", "f", "json"),
        (" f json", "f", "json"),
        (" to=f<|constrain|>json", "f", "<|constrain|>json"),
    ],
)
def test_the_last_words_are_recipient_and_content_type(
    header: str, recipient: str | None, content_type: str | None
) -> None:
    message = only_message(f"<|channel|>final{header}<|message|>")

    assert (message.channel, message.recipient, message.content_type) == ("final", recipient, content_type)


@pytest.mark.parametrize("space", ["\x0b", "\x85", "\u00a0", "\u2003", "\u3000"])
def test_a_channel_ends_at_unicode_white_space(space: str) -> None:
    assert only_message(f"<|channel|>final{space}<|message|>").channel == "final"


@pytest.mark.parametrize("other", ["\x1c", "\x1f", "\u200b", "\ufeff", "\x00"])
def test_what_only_python_calls_white_space_stays_in_the_channel(other: str) -> None:
    assert only_message(f"<|channel|>final{other}<|message|>").channel == f"final{other}"


def test_header_words_are_split_on_ascii_white_space_only() -> None:
    assert only_message("a\u00a0b\x0bc d<|message|>").recipient == "a\u00a0b\x0bc"


def test_special_tokens_that_stop_nothing_are_content() -> None:
    content = "a<|start|>b<|channel|>c<|message|>d<|constrain|>e<|endoftext|>f"

    assert only_message(f"<|message|>{content}<|end|>").content == content


def test_a_long_header_is_read_as_a_short_one_is() -> None:
    assert only_message(f"<|channel|>{'x' * 500}<|message|>").channel == "x" * 500


def test_states_without_a_row_in_the_table_have_an_error() -> None:
    for state in (State.EXPECT_START, State.HEADER):
        assert state in MISSING
        assert any((state, token) not in TRANSITIONS for token in Token)
