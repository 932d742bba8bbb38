"""Thoughts that stand in answers are found, and what resembles them is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports.findings import Evidence, find
from reports.findings.thought_rules import GAIN
from reports.rows.similarity import similarity
from tests.reports.material import REFUSAL, YES, about, rows, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from backends.completion import Answer
from tests.reports.findings.shown import FEW, GOOD, QUIET, THOUGHT, USED, answered, evidence


def test_words_that_the_reference_refuses_in_without_a_thought_are_no_guards() -> None:
    made = rows((said(REFUSAL, None), GOOD, 5), (said(REFUSAL, None), said(REFUSAL, None), 5))

    assert find(Evidence(subject=about(10), rows=made, checks=[])) == ()
    assert [one.id for one in find(Evidence(subject=about(5), rows=made[:5], checks=[]))] == ["canned-refusal"]


RESTLESS = (
    ("The text is rude to a person, the policy calls that toxic. Label one.", "1"),
    ("The user is calm here. No insult is found, so it is harmless by the policy.", "0"),
    ("We look for an insult; there is one, towards a group. So the policy says toxic.", "1"),
)


def restless(join: Callable[[str, str], Answer]) -> Evidence:
    """Returns what is seen where neither side thinks the same twice: of each thought the API has another wording."""
    pairs = [
        (join(f"Well. {thought.replace('policy', 'rule')} Fine.", label), said(label, thought, usage=USED), 7)
        for thought, label in RESTLESS
    ]
    made = rows(*pairs)
    return Evidence(subject=about(len(made)), rows=made, checks=[], noise=QUIET)


def test_thoughts_in_front_of_answers_are_found_where_no_thought_comes_twice() -> None:
    seen = restless(lambda thought, label: answered(f"{thought}\n\n{label}", None))

    (found, *_) = find(seen)
    assert (found.id, found.count, found.candidates) == ("reasoning-in-content", 21, ("other-model",))


@pytest.mark.parametrize(
    "join",
    [
        lambda thought, label: answered(label, thought),
        lambda _, label: answered(label, None),
        lambda _, label: answered(f"Label: {label}, as asked.", None),
    ],
)
def test_other_wording_apart_and_no_thought_at_all_are_no_thought_in_the_answer(
    join: Callable[[str, str], Answer],
) -> None:
    assert "reasoning-in-content" not in {finding.id for finding in find(restless(join))}


@pytest.mark.parametrize(
    "content",
    [f"{THOUGHT}\n{YES}", f"> {THOUGHT}\n\n{YES}", f"**Reasoning**\n\n{THOUGHT.upper()}\n\nAnswer: {YES}", THOUGHT],
)
@pytest.mark.parametrize("reasoning", [None, THOUGHT, YES])
def test_thought_in_the_answer_is_found_however_it_is_set_there(content: str, reasoning: str | None) -> None:
    found = find(evidence([(answered(content, reasoning), 9)], []))

    assert [finding.id for finding in found] == ["reasoning-in-content"]


def test_thought_that_the_reference_answers_with_too_is_the_models_own() -> None:
    both = said(f"{THOUGHT} {YES}", THOUGHT, usage=USED)

    assert find(evidence([(both, 9)], [], local=both)) == ()


@pytest.mark.parametrize(("number", "named"), [(1, []), (2, ["reasoning-in-content"])])
def test_two_answers_that_are_thought_and_answer_of_the_reference_are_enough(number: int, named: list[str]) -> None:
    joined = answered(f"{THOUGHT}\n\n{YES}", None)
    made = rows((joined, GOOD, number), (GOOD, GOOD, 100 - number))

    found = find(Evidence(subject=about(100), rows=made, checks=[], noise=QUIET))
    assert [finding.id for finding in found] == named


@pytest.mark.parametrize(("thought", "named"), [("It is calm.", True), ("It's calm.", False)])
def test_thought_of_few_letters_may_stand_in_an_answer_by_chance(thought: str, named: bool) -> None:  # noqa: FBT001 - a column of the table
    again = answered(f"{thought} So {YES}", thought)

    assert ("reasoning-in-content" in _named(again, said(YES, thought, usage=USED))) is named


def test_texts_are_thoughts_from_the_gain_on() -> None:
    """With the same letters fewer at a time, the text of an answer loses its likeness to the thought."""
    thought, seen = "We look at it. " * 20, set()
    for kept in range(len(thought) // 4, len(thought) // 2, 3):
        text = f"{thought[:kept]} {'#' * 60}"
        gain = similarity(text, f"{thought}\n\n{YES}") - similarity(text, YES)
        named = "reasoning-in-content" in _named(answered(text, None), said(YES, thought, usage=USED))
        assert named is (gain >= GAIN)
        seen.add(named)

    assert seen == {True, False}


def _named(api: Answer, local: Answer) -> set[str]:
    made = rows((api, local, FEW))
    return {finding.id for finding in find(Evidence(subject=about(FEW), rows=made, checks=[], noise=QUIET))}


@pytest.mark.parametrize("number", [1, 9, 10])
def test_thought_in_less_than_one_answer_of_ten_accuses_nobody(number: int) -> None:
    again = answered(f"{THOUGHT} So the label is {YES}")
    made = rows((again, GOOD, number), (GOOD, GOOD, 100 - number))

    found = find(Evidence(subject=about(100), rows=made, checks=[], noise=QUIET))
    assert ("reasoning-in-content" in {finding.id for finding in found}) is (number == 10)
