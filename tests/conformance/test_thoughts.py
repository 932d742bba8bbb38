"""A thought in the place of an answer or of a preamble is known, and a legitimate preamble is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from backends.api.parsed_reply import ParsedReply
from conformance.thoughts import LEAST_LETTERS, assert_answers_do_not_think, is_told_again
from reports.checks import CheckId, CheckViolation
from tests.conformance.checking import find_check
from tests.conformance.scripted_wire import ScriptedRun, message, own, scripted_wire

if TYPE_CHECKING:
    from backends.completion import Completion

THOUGHT = "The user wants the weather in Paris, so the tool is called."
CALLS = [{"id": "1", "function": {"name": "get_weather", "arguments": '{"location": "Paris"}'}}]
PREAMBLE = "I will look up the weather first."
CHECK = find_check(CheckId.TEXT_BESIDE_CALL_IS_NO_REASONING)


@pytest.mark.parametrize(
    "content",
    [
        THOUGHT,
        f"\n{THOUGHT.upper()}\n",
        f"> {THOUGHT}\n\n{PREAMBLE}",
        f"{PREAMBLE} {THOUGHT}",
        f"*{THOUGHT}*",
        THOUGHT[:-6],
    ],
)
def test_thought_is_known_again_however_it_is_set(content: str) -> None:
    assert is_told_again(THOUGHT, content)


@pytest.mark.parametrize(
    ("thought", "content"),
    [
        (THOUGHT, ""),
        (THOUGHT, PREAMBLE),
        (THOUGHT, "The user wants the weather in Paris."),
        (f"{THOUGHT} We say: {PREAMBLE}", PREAMBLE),
        ("", PREAMBLE),
        ("It is calm.", "It is calm."),
        ("...", PREAMBLE),
    ],
)
def test_preamble_and_a_short_thought_are_not_a_thought_again(thought: str, content: str) -> None:
    assert not is_told_again(thought, content)


@pytest.mark.parametrize(("letters", "again"), [(LEAST_LETTERS - 1, False), (LEAST_LETTERS, True)])
def test_thought_of_few_letters_may_be_said_again_by_chance(letters: int, again: bool) -> None:  # noqa: FBT001 - a column of the table
    thought = "abcdefghijklmnopqrstuvwxyz"[:letters]

    assert is_told_again(thought, f"So: {thought}.") is again


def _run(said: dict[str, Any], *, answer: Completion | None = None, audit: bool = False) -> None:
    answers = {} if answer is None else {"tool": answer}
    wire = scripted_wire(CHECK, ScriptedRun(messages={"tool": said}, answers=answers))
    CHECK.run(replace(wire, audit=audit))


def _reference(thought: str, preamble: str = "") -> Completion:
    told = f"<|start|>assistant<|channel|>commentary<|message|>{preamble}<|end|>" if preamble else ""
    call = (
        '<|start|>assistant<|channel|>commentary to=functions.get_weather json<|message|>{"location": "Paris"}<|call|>'
    )
    return own(f"<|channel|>analysis<|message|>{thought}<|end|>{told}{call}", "", thought)


def test_preamble_beside_a_call_is_legitimate() -> None:
    for answer in (None, _reference(THOUGHT), _reference(THOUGHT, PREAMBLE)):
        _run(message(PREAMBLE, THOUGHT, tool_calls=CALLS), answer=answer)
        _run(message(PREAMBLE, None, tool_calls=CALLS), answer=answer)
        _run(message(None, THOUGHT, tool_calls=CALLS), answer=answer)


def test_thought_beside_a_call_in_both_places_is_broken_whatever_the_reference_does() -> None:
    for answer in (None, _reference("Another thought, of other words.")):
        with pytest.raises(CheckViolation) as raised:
            _run(message(THOUGHT, THOUGHT, tool_calls=CALLS), answer=answer)
        assert raised.value.facts.inside == "preamble"


def test_thought_of_the_reference_beside_a_call_that_has_none_is_broken() -> None:
    with pytest.raises(CheckViolation):
        _run(message(THOUGHT, None, tool_calls=CALLS), answer=_reference(THOUGHT))


@pytest.mark.parametrize("answer", [None, _reference(THOUGHT, THOUGHT), _reference("Another thought, of other words.")])
def test_text_beside_a_call_accuses_nobody_where_the_reference_does_not_think_so(answer: Completion | None) -> None:
    _run(message(THOUGHT, None, tool_calls=CALLS), answer=answer)
    _run(message(THOUGHT, None, tool_calls=CALLS), audit=True)


def test_thought_in_an_answer_without_a_call_is_for_other_checks() -> None:
    _run(message(THOUGHT, THOUGHT))


def _pairs(*lengths: int, reasoning: str | None = None) -> list[tuple[ParsedReply, ParsedReply]]:
    names = ("low", "high", "low-too", "high-too")
    run = ScriptedRun(messages={name: message("so " * n, reasoning) for name, n in zip(names, lengths, strict=True)})
    found = [run.reply(None, name) for name in names]  # type: ignore[arg-type]  # not looked at
    low, high, low_too, high_too = (reply for reply in found if isinstance(reply, ParsedReply))
    return [(low, high), (low_too, high_too)]


def test_answers_that_grow_with_the_effort_hold_the_thought() -> None:
    with pytest.raises(CheckViolation) as raised:
        assert_answers_do_not_think(_pairs(3, 5, 5, 7))

    assert raised.value.facts.inside == "answer"


@pytest.mark.parametrize("lengths", [(3, 4, 5, 7), (3, 30, 5, 5), (5, 3, 3, 30), (4, 4, 4, 4), (0, 9, 1, 9)])
def test_answers_that_grow_little_or_in_one_conversation_alone_accuse_nobody(lengths: tuple[int, ...]) -> None:
    assert_answers_do_not_think(_pairs(*lengths))


def test_answers_beside_a_thought_may_grow() -> None:
    assert_answers_do_not_think(_pairs(3, 9, 5, 20, reasoning="It is calm."))
