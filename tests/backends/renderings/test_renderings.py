"""The prompt oracle: the renderings are the template's and the library's, and a wrong length is explained."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import openai_harmony as library
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.errors import BackendUnavailable
from backends.harmony import SPECIAL_TOKENS
from backends.models import MINIATURE, resolve_model
from backends.prompt import EFFORTS, Message, Prompt
from backends.renderings import Mistake, explain_count, legitimate_renderings, load_tokenizer, mistaken_renderings
from tests.backends.harmony.vocabulary import load_encoding

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import PreTrainedTokenizerBase

pytestmark = pytest.mark.embedded

PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<"), max_size=40)
SPECIAL = st.sampled_from(sorted(SPECIAL_TOKENS))
TOUCHY = st.lists(PLAIN | SPECIAL | st.just("\nCurrent date: 2020-01-01\n"), max_size=4).map("".join)


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    return load_tokenizer(resolve_model(MINIATURE).id, is_path=True)


def message(role: str, content: str | None, **more: str) -> Message:
    return Message(role=role, content=content, **more)


def called(city: str, result: str) -> tuple[Message, ...]:
    """A tool's call and its result."""
    call = [{"id": "c", "type": "function", "function": {"name": "look", "arguments": json.dumps({"city": city})}}]
    return message("assistant", None, tool_calls=json.dumps(call)), message("tool", result, tool_call_id="c")


@st.composite
def prompts(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> Prompt:
    opening = [message("system", draw(texts))] if draw(st.booleans()) else []
    turns = [
        pair
        for _ in range(draw(st.integers(0, 3)))
        for pair in (message("user", draw(texts)), message("assistant", draw(PLAIN), thinking="I thought."))
    ]
    last = [message("user", draw(texts))]
    tools = called("Oslo", draw(texts)) if draw(st.booleans()) else ()
    return Prompt(messages=(*opening, *turns, *last, *tools), reasoning_effort=draw(st.sampled_from(EFFORTS)))


def by_library(prompt: Prompt) -> str:
    """Renders with oss-harmony: no date, no blank line, constrained calls, verbatim results, recipients behind."""
    make, role = library.Message.from_role_and_content, library.Role
    effort = library.ReasoningEffort(prompt.reasoning_effort.capitalize())
    told = [make(role.SYSTEM, library.SystemContent.new().with_reasoning_effort(effort))]
    for one in prompt.messages:
        if one.role == "system":
            if one.content:
                told.append(make(role.DEVELOPER, library.DeveloperContent.new().with_instructions(one.content)))
        elif one.tool_calls is not None:
            call = make(role.ASSISTANT, json.dumps(json.loads(json.loads(one.tool_calls)[0]["function"]["arguments"])))
            call = call.with_channel("commentary").with_recipient("functions.look")
            told.append(call.with_content_type("<|constrain|>json"))
        elif one.role == "tool":
            author = library.Author.new(role.TOOL, "functions.look")
            result = library.Message.from_author_and_content(author, one.content or "")
            told.append(result.with_channel("commentary").with_recipient("assistant"))
        else:
            made = make(role(one.role), one.content or "")
            told.append(made.with_channel("final") if one.role == "assistant" else made)
    conversation = library.Conversation.from_messages(told)
    encoding = load_encoding()
    return str(encoding.decode(encoding.render_conversation_for_completion(conversation, role.ASSISTANT)))


@given(prompt=prompts(PLAIN))
def test_last_rendering_is_the_librarys(prompt: Prompt, tokenizer: PreTrainedTokenizerBase) -> None:
    assert legitimate_renderings(tokenizer, prompt)[-1].text == by_library(prompt)


@given(prompt=prompts(TOUCHY))
def test_first_rendering_is_the_templates_own_token_by_token(
    prompt: Prompt, tokenizer: PreTrainedTokenizerBase
) -> None:
    messages = prompt.chat_messages()
    for one in messages:
        for call in one.get("tool_calls", ()):
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    expected = tokenizer.apply_chat_template(
        messages, reasoning_effort=prompt.reasoning_effort, add_generation_prompt=True, return_dict=True
    )

    assert list(legitimate_renderings(tokenizer, prompt)[0].token_ids) == list(expected["input_ids"])


@given(prompt=prompts(TOUCHY))
def test_no_rendering_edits_a_users_text(prompt: Prompt, tokenizer: PreTrainedTokenizerBase) -> None:
    for rendering in legitimate_renderings(tokenizer, prompt):
        assert all(str(one.content) in rendering.text for one in prompt.messages if one.role == "user")


@given(prompt=prompts(TOUCHY))
def test_literal_tokens_as_text_leave_only_the_structures_own_tokens(
    prompt: Prompt, tokenizer: PreTrainedTokenizerBase
) -> None:
    plain = replace(
        prompt,
        messages=tuple(
            replace(one, content="x") if one.role in ("user", "system", "tool") and one.content else one
            for one in prompt.messages
        ),
    )
    special = {tokenizer.convert_tokens_to_ids(token) for token in SPECIAL_TOKENS}
    last, expected = (legitimate_renderings(tokenizer, one)[-1] for one in (prompt, plain))

    assert [i for i in last.token_ids if i in special] == [i for i in expected.token_ids if i in special]


@given(prompt=prompts(TOUCHY))
def test_renderings_are_distinct_and_no_mistake_is_among_them(
    prompt: Prompt, tokenizer: PreTrainedTokenizerBase
) -> None:
    right = [rendering.token_ids for rendering in legitimate_renderings(tokenizer, prompt)]

    assert len(set(right)) == len(right)
    assert not {rendering.token_ids for rendering in mistaken_renderings(tokenizer, prompt)} & set(right)


ASKED = Prompt(messages=(message("system", "Be brief."), message("user", "Hi")))
TOLD = Prompt(messages=(message("user", "Weather?"), *called("Oslo", 'su"nny')))


def test_template_and_library_differ_in_date_and_blank_line(tokenizer: PreTrainedTokenizerBase) -> None:
    own, *_, other = legitimate_renderings(tokenizer, ASKED)
    date = own.text.partition("\nCurrent date: ")[2].partition("\n")[0]

    assert len(legitimate_renderings(tokenizer, ASKED)) == 4
    assert own.text.replace(f"\nCurrent date: {date}", "").replace("brief.\n\n<|end|>", "brief.<|end|>") == other.text
    assert own.text != other.text


def test_template_and_libraries_differ_in_type_quotes_and_the_recipients_place(
    tokenizer: PreTrainedTokenizerBase,
) -> None:
    texts = [rendering.text for rendering in legitimate_renderings(tokenizer, TOLD)]

    assert len(texts) == 16
    for parts in (
        (' <|constrain|>json<|message|>{"city": "Oslo"}<|call|>', ' json<|message|>{"city": "Oslo"}<|call|>'),
        ('<|message|>"su\\"nny"<|end|>', '<|message|>su"nny<|end|>'),
        (" to=functions.look<|channel|>commentary ", "<|channel|>commentary to=functions.look "),
        (" to=assistant<|channel|>commentary<|message|>", "<|channel|>commentary to=assistant<|message|>"),
    ):
        assert [sum(part in text for text in texts) for part in parts] == [8, 8]


@pytest.mark.parametrize("which", range(4))
def test_count_of_any_rendering_matches(tokenizer: PreTrainedTokenizerBase, which: int) -> None:
    rendering = legitimate_renderings(tokenizer, ASKED)[which]
    explained = explain_count(tokenizer, ASKED, rendering.length)

    assert explained.matches == rendering
    assert explained.offset == 0


LONG = Prompt(
    messages=(
        message("system", "Answer 1 if the message is rude, and 0 if it is not, whoever asks and whatever it says."),
        message("user", "You fool"),
        message("assistant", "1", thinking="It insults somebody, so the answer is one."),
        message("user", "I like the long walks along our river in the evening."),
    )
)


@pytest.mark.parametrize(
    "mistake",
    [
        Mistake.DEVELOPER_DROPPED,
        Mistake.POLICY_IN_USERS_TURN,
        Mistake.POLICY_AS_USERS_TURN,
        Mistake.EARLIER_TURNS_DROPPED,
        Mistake.EFFORT_LINE_MISSING,
        Mistake.CHANNELS_LINE_MISSING,
        Mistake.SYSTEM_MESSAGE_MISSING,
        Mistake.EARLIER_REASONING_KEPT,
        Mistake.PLAIN_TEXT,
        Mistake.PLAIN_TEXT_WITH_ROLES,
    ],
)
def test_mistake_is_named_by_the_length_it_gives_with_the_tokens_that_differ(
    tokenizer: PreTrainedTokenizerBase, mistake: Mistake
) -> None:
    wrong = next(one for one in mistaken_renderings(tokenizer, LONG) if one.mistake is mistake)
    explained = explain_count(tokenizer, LONG, wrong.length)
    told = explained.describe()

    assert mistake in {one.mistake for one in explained.mistakes}
    assert f"a prompt of {wrong.length} tokens" in told
    assert mistake.sentence in told
    assert "\n  - " in told or "\n  + " in told


def test_unexplained_count_shows_the_nearest_rendering_and_the_offset(tokenizer: PreTrainedTokenizerBase) -> None:
    longest = max(legitimate_renderings(tokenizer, ASKED), key=lambda rendering: rendering.length)
    told = explain_count(tokenizer, ASKED, longest.length + 300).describe()

    assert "+300 tokens are unaccounted for" in told
    assert "begins '<|start|>' 'system'" in told
    assert told.endswith("'<|start|>' 'assistant'")


def test_missing_tokenizer_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailable, match=r"cannot be had .*check the name and the network"):
        load_tokenizer(str(tmp_path), is_path=True)
