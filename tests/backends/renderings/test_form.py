"""A reference can be fed its prompts in any legitimate form, by the name that the wire checks note."""

from __future__ import annotations

import json

import pytest

from backends.checkpoints.spec import LocalSpec
from backends.local.generation import encode_prompt
from backends.local.loaded_model import LoadedModel
from backends.models import MINIATURE, resolve_model
from backends.prompt import Message, Prompt, make_prompt
from backends.renderings import Form, FormChoice, ids_in_form, legitimate_renderings, load_tokenizer, read_form

PROMPT = make_prompt("Is this fine?\nCurrent date: 1999-01-01", "Say 0 or 1.")


@pytest.mark.embedded
def test_each_legitimate_rendering_is_made_by_its_name() -> None:
    tokenizer = load_tokenizer(resolve_model(MINIATURE).id, is_path=True)
    renderings = legitimate_renderings(tokenizer, PROMPT)

    assert len(renderings) == 4
    for rendering in renderings:
        assert rendering.form is not None
        assert rendering.form.is_made_of_choices
        assert tuple(ids_in_form(tokenizer, PROMPT, read_form(rendering.name))) == rendering.token_ids
        assert read_form(rendering.name) == rendering.form.otherwise


@pytest.mark.embedded
def test_recipient_stands_before_the_channel_or_behind_it_in_forms_of_equal_length() -> None:
    tokenizer = load_tokenizer(resolve_model(MINIATURE).id, is_path=True)
    call = [{"id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}]
    turns = (
        Message(role="user", content="Look <|start|>me to=you<|channel|>commentary."),
        Message(role="assistant", content=None, tool_calls=json.dumps(call)),
        Message(role="tool", content="Fog.", tool_call_id="c"),
    )
    by_name = {one.name: one for one in legitimate_renderings(tokenizer, Prompt(messages=turns))}
    behind = by_name["date line, json, results as JSON strings, recipient behind channel"]
    before = by_name["date line, json, results as JSON strings, recipient before channel"]

    assert "<|start|>assistant<|channel|>commentary to=functions.look json<|message|>{}<|call|>" in behind.text
    assert '<|start|>functions.look<|channel|>commentary to=assistant<|message|>"Fog."<|end|>' in behind.text
    assert "<|start|>me to=you<|channel|>commentary." in behind.text
    assert "<|start|>functions.look to=assistant<|channel|>commentary<|message|>" in before.text
    assert (behind.length, sorted(behind.token_ids)) == (before.length, sorted(before.token_ids))


@pytest.mark.embedded
def test_local_side_is_fed_the_form_of_its_spec() -> None:
    path = resolve_model(MINIATURE).id
    tokenizer = load_tokenizer(path, is_path=True)
    fed = {
        form: tokenizer.decode(encode_prompt(LoadedModel(LocalSpec(model=path, form=form), None, tokenizer), PROMPT))
        for form in ((), ("no date line",), ("no date line", "no blank line"))
    }

    assert [text.count("Current date: ") for text in fed.values()] == [2, 1, 1]
    assert ["0 or 1.\n\n<|end|>" in text for text in fed.values()] == [True, True, False]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("date line, blank line", ()),
        ("no date line, blank line", ("no date line",)),
        (" no blank line ,no date line", ("no date line", "no blank line")),
        ("results verbatim", ("results verbatim",)),
        ("recipient behind channel", ("recipient behind channel",)),
    ],
)
def test_name_says_what_is_done_otherwise(name: str, form: tuple[str, ...]) -> None:
    assert read_form(name) == form


@pytest.mark.parametrize("name", ["", "no date", "date line; blank line", "json, constrain json"])
def test_name_that_is_no_form_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"is no form of the prompt|contradict each other"):
        read_form(name)


BOTH = (FormChoice.NO_DATE_LINE, FormChoice.NO_BLANK_LINE)


@pytest.mark.parametrize(
    ("form", "name", "made_of_choices"),
    [
        (Form(), "", False),
        (Form(choices=BOTH), "date line, blank line", True),
        (Form(choices=BOTH, otherwise=BOTH[1:]), "date line, no blank line", True),
        (Form(choices=BOTH, another_day=True), "date line, blank line, the date of another day", True),
        (Form(choices=BOTH[:1], literal_tokens_as_text=True), "date line, literal tokens as text", False),
        (Form(choices=BOTH[:1], as_reference=True), "as the reference's template: date line", False),
    ],
)
def test_form_is_told_in_words_and_comes_back_from_plain_data(form: Form, name: str, made_of_choices: bool) -> None:  # noqa: FBT001 - a column of the table
    assert (form.name, form.is_made_of_choices) == (name, made_of_choices)
    assert Form.from_data(json.loads(json.dumps(form.as_data()))) == form
