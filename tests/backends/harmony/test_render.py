from __future__ import annotations

import pytest
from hypothesis import given

from backends.harmony import Ending, Message, RenderError, Role, parse, render
from backends.renderings.rendering import with_recipient_behind
from tests.backends.harmony.reference import fields_of, read_reference
from tests.backends.harmony.strategies import MANY, conversations
from tests.backends.harmony.vocabulary import load_encoding


@MANY
@given(conversation=conversations())
def test_render_then_parse_is_the_identity(conversation: tuple[Message, ...]) -> None:
    assert parse(render(conversation), role=None).messages == conversation


@given(conversation=conversations())
def test_a_rendered_completion_is_parsed_back(conversation: tuple[Message, ...]) -> None:
    turns = tuple(message for message in conversation if message.role is Role.ASSISTANT and message.name is None)
    if not turns:
        return

    assert parse(render(turns, role=Role.ASSISTANT), role=Role.ASSISTANT).messages == turns


def test_the_spelling_is_the_references_but_for_the_recipients_place() -> None:
    import openai_harmony as reference  # noqa: PLC0415

    encoding = load_encoding()
    message = (
        reference.Message.from_role_and_content(reference.Role.ASSISTANT, "{}")
        .with_channel("commentary")
        .with_recipient("functions.f")
        .with_content_type("<|constrain|>json")
    )
    ours = Message(
        role=Role.ASSISTANT,
        channel="commentary",
        recipient="functions.f",
        content_type="<|constrain|>json",
        content="{}",
        ending=Ending.CALL,
    )

    theirs = encoding.decode(encoding.render(message))

    assert theirs == "<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>"
    assert with_recipient_behind(render([ours])) == theirs
    for written in (render([ours]), theirs):
        assert fields_of(parse(written, role=None).messages[0]) == fields_of(ours)
        assert read_reference(written, None) == [fields_of(ours)]


def test_no_messages_are_an_empty_text() -> None:
    assert render([]) == ""


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Message(role=Role.ASSISTANT, content="a<|end|>b"), "holds <|end|> at character 1"),
        (Message(role=Role.ASSISTANT, content="", content_type="json"), "no header is read as"),
        (Message(role=Role.ASSISTANT, content="", channel=""), "no header is read as"),
        (Message(role=Role.ASSISTANT, content="", recipient="a b"), "no header is read as"),
        (Message(role=Role.ASSISTANT, content="", recipient="<|message|>"), "no header is read as"),
        (Message(role=Role.TOOL, content="", name="f"), "no header is read as"),
        (Message(role=Role.USER, content="", name="f"), "no header is read as"),
    ],
)
def test_a_message_that_cannot_be_written_is_refused(message: Message, reason: str) -> None:
    with pytest.raises(RenderError, match=reason.replace("|", r"\|")):
        render([message])


def test_only_the_last_message_may_be_truncated() -> None:
    message = Message(role=Role.ASSISTANT, content="")

    with pytest.raises(RenderError, match="only the last"):
        render([message, message])


def test_a_completion_of_no_messages_is_refused() -> None:
    with pytest.raises(RenderError, match="at least one"):
        render([], role=Role.ASSISTANT)
