from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.harmony import (
    Channels,
    HarmonyError,
    Message,
    Parsed,
    ProblemKind,
    Role,
    find_markup,
    parse,
    render,
    split_channels,
)
from tests.backends.harmony.cases import IDS, TEXTS
from tests.backends.harmony.malformed import MALFORMED, Malformed
from tests.backends.harmony.strategies import MANY, conversations, hostile_texts, marked_texts, roles

HARMLESS = {ProblemKind.TRUNCATED_CONTENT}


def texts_of(parsed: Parsed) -> list[str]:
    """Every piece of text that a result holds, each once."""
    fields = [
        field
        for m in parsed.messages
        for field in (m.content, m.name, m.channel, m.recipient, m.content_type)
        if field is not None
    ]
    return fields + [piece.text for piece in parsed.leftover]


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case.id)
def test_a_known_malformation_is_recovered_and_named(case: Malformed) -> None:
    parsed = parse(case.text, strict=False)
    channels = split_channels(parsed)

    assert (channels.reasoning, channels.answer) == (case.reasoning, case.answer)
    assert tuple(problem.kind for problem in parsed.problems) == case.problems
    assert tuple(piece.text for piece in parsed.leftover) == case.leftover
    assert channels.preambles == case.preambles
    assert tuple((call.recipient, call.arguments) for call in channels.tool_calls) == case.calls
    assert channels.other == ()


def test_every_kind_of_problem_has_a_case() -> None:
    assert {kind for case in MALFORMED for kind in case.problems} == set(ProblemKind)


@MANY
@given(text=hostile_texts(), role=roles)
def test_lenient_never_raises(text: str, role: Role | None) -> None:
    parsed = parse(text, role=role, strict=False)

    assert isinstance(split_channels(parsed), Channels)
    assert all(0 <= problem.position <= len(text) for problem in parsed.problems)
    assert [problem.position for problem in parsed.problems] == sorted(problem.position for problem in parsed.problems)


@MANY
@given(text=marked_texts(), role=roles)
def test_no_character_is_lost_or_doubled(text: str, role: Role | None) -> None:
    pieces = texts_of(parse(text, role=role, strict=False))

    marks = [character for character in text if "\ue000" <= character <= "\uf8ff"]
    assert sorted(character for piece in pieces for character in piece if character in marks) == marks


@MANY
@given(text=hostile_texts(), role=roles)
def test_content_and_leftover_are_verbatim_and_in_order(text: str, role: Role | None) -> None:
    parsed = parse(text, role=role, strict=False)
    position = 0
    for message in parsed.messages:
        position = text.index(message.content, position) + len(message.content)
    for piece in parsed.leftover:
        assert text.startswith(piece.text, piece.position)
    assert [piece.position for piece in parsed.leftover] == sorted(piece.position for piece in parsed.leftover)


def assert_same_where_nothing_is_wrong(text: str, role: Role | None) -> None:
    lenient = parse(text, role=role, strict=False)
    if {problem.kind for problem in lenient.problems} <= HARMLESS:
        assert lenient.messages == parse(text, role=role).messages
        assert lenient.leftover == ()


@pytest.mark.parametrize(("text", "role"), TEXTS, ids=IDS)
def test_hand_written_text_without_problems_is_read_as_in_strict_mode(text: str, role: Role | None) -> None:
    assert_same_where_nothing_is_wrong(text, role)


@MANY
@given(text=hostile_texts(), role=roles)
def test_text_without_problems_is_read_as_in_strict_mode(text: str, role: Role | None) -> None:
    assert_same_where_nothing_is_wrong(text, role)


@given(text=hostile_texts(), role=roles)
def test_what_strict_mode_refuses_has_a_problem(text: str, role: Role | None) -> None:
    try:
        parse(text, role=role)
    except HarmonyError:
        assert parse(text, role=role, strict=False).problems


@given(content=st.text(max_size=40).filter(lambda content: not find_markup(content)))
def test_a_sound_completion_has_no_problem(content: str) -> None:
    middle = "<|end|><|start|>assistant<|channel|>final<|message|>"
    text = f"<|channel|>analysis<|message|>{content}{middle}{content}<|return|>"

    assert parse(text, strict=False).problems == ()


@given(conversation=conversations())
def test_strict_results_have_neither_problems_nor_leftover(conversation: tuple[Message, ...]) -> None:
    parsed = parse(render(conversation), role=None)

    assert parsed == Parsed(messages=conversation, problems=(), leftover=())


@pytest.mark.parametrize(
    "answer",
    [
        "analysis of the finals",
        "analysis",
        "final",
        "finally, the assistant wrote: assistantfinal",
        "analysis: the assistantfinal marker",
        "analysis. assistantfinal",
        "analysisWe need to stop here",
        "The analysis is assistantfinal",
        "assistantfinal",
        "finals and assistantcommentary",
        "assistantfinal0",
        'commentary to=functions.sky json{"c":"b"} is how a call looks.',
        '`commentary to=functions.sky json{"c":"b"}`',
        'Without its tokens a call reads assistantcommentary to=functions.sky json{"c":"b"}',
        'It reads:\nassistantcommentary to=functions.sky json{"c":"b"}',
        'The type is glued to the role: assistantcode{"q":"x"}',
        "The assistant to=functions.sky and then the JSON.",
        "commentary to=functions.sky",
        "commentary to=functions.sky json{c: b}",
        'commentary: {"q": "x"}',
        'json{"q":"x"}',
        'code {"q":"x"}',
        'final{"label": 0}',
        '{"assistantcode": {"q": "x"}}',
        "assistantcode",
    ],
)
def test_an_ordinary_answer_is_not_taken_for_glued_channels(answer: str) -> None:
    parsed = parse(answer, strict=False)

    assert [problem.kind for problem in parsed.problems] == [ProblemKind.NO_MARKUP]
    assert split_channels(parsed).answer == answer
    assert parsed.has(ProblemKind.NO_MARKUP)
    assert not parsed.has(ProblemKind.GLUED_CHANNELS)


@pytest.mark.parametrize("role", ["", "assistant", "assistant "])
@pytest.mark.parametrize(
    "header", ["commentary to=functions.f", "analysis to=functions.f", " to=functions.f", "commentary"]
)
@pytest.mark.parametrize("kind", ["json", " json", " code", "  json "])
@pytest.mark.parametrize(
    "arguments", ['{"q":"x"}', '{"q": "a } b", "n": [1, -2.5e3, true, null]}', '{"q": "cut', "[1]"]
)
def test_a_call_without_its_tokens_is_no_ordinary_answer(role: str, header: str, kind: str, arguments: str) -> None:
    parsed = parse(f"{role}{header}{kind}{arguments}", strict=False)
    channels = split_channels(parsed)

    assert parsed.has(ProblemKind.GLUED_CHANNELS)
    assert channels.answer is None
    if "to=" in header:
        assert [(call.recipient, call.arguments) for call in channels.tool_calls] == [("functions.f", arguments)]
    else:
        assert channels.preambles == (arguments,)


@pytest.mark.parametrize(
    ("text", "answer", "kinds"),
    [
        ("Hello", "Hello", [ProblemKind.NO_MARKUP]),
        ("Hello<|return|>", "Hello", [ProblemKind.MISSING_START, ProblemKind.TRUNCATED_HEADER]),
        ("assistant<|channel|>final<|message|>x<|end|>", "x", [ProblemKind.MISSING_START]),
        ("<|channel|>final<|message|>x<|end|>", "x", [ProblemKind.MISSING_START]),
        ("hm <|constrain|> <|start|>assistant<|message|>x<|end|>", "x", [ProblemKind.STRAY_TEXT]),
        ("<|start|>functions.f<|message|>x<|end|>", None, [ProblemKind.UNKNOWN_ROLE]),  # openai/harmony#62
        ("<|start|><|end|>", None, [ProblemKind.TRUNCATED_HEADER, ProblemKind.NO_ROLE]),
    ],
)
def test_text_that_should_begin_with_start_is_recovered_without(
    text: str, answer: str | None, kinds: list[ProblemKind]
) -> None:
    parsed = parse(text, role=None, strict=False)

    assert split_channels(parsed).answer == answer
    assert [problem.kind for problem in parsed.problems] == kinds
