"""Policies load from the shipped names and from files, and their reader finds labels and refusals without guessing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.labels import Reading
from fixtures.policies import SHIPPED_POLICIES, Policy, PolicyError, load_policy

if TYPE_CHECKING:
    from pathlib import Path

POLICY = load_policy("toxic_simple")

TOXIC = ["1", " 1\n", "**1**", "*1*", '"1"', "'1'", "`1`", "1.", "1!", "1.0", "(1)", "[1]", "\uff11", "\u201c1\u201d"]
TOXIC += [
    "Answer: 1",
    "answer = 1",
    "**Answer:** 1",
    "**Answer: 1**",
    "Answer: **1**.",
    "Final answer: 1",
    "Label: `1`",
]
TOXIC += ["Output:\n1", "Classification: 1", "answer is 1", "```\n1\n```", "\u00a01\u2003"]

UNREADABLE = [
    "",
    "NON-TOXIC",
    "TOXIC",
    "toxic",
    "10",
    "01",
    "11",
    "1 0",
    "0 or 1",
    "0/1",
    "0, 1",
    "[0, 1]",
    "1. First step",
    "1. First\n2. Second",
    "not 1",
    "Answer: not 1",
    "-1",
    "1%",
    "0.5",
    "1.5",
    "100",
    "1st",
    "2",
    "l",
    "O",
    "\u0661",
    "Answer:",
    "Answer: 10",
    "Answer: 1 or 0",
    "yes",
    "The message is toxic, so 1",
    "1 because it insults",
    "I think 0",
    "\u00bd",
    "Sure! 1. **Warm up** and stretch.",
]

REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I\u2019m sorry, but I can\u2019t help with that.",
    "I\u2019m sorry, but I can\u2019t comply with that.",
    "I'm sorry, I can't assist with that request.",
    "I'm sorry. I cannot provide this.",
    "I am sorry, but that is not possible.",
    "I'm really sorry you're feeling this way, but I can't provide the help you need.",
    "I\u2019m very sorry, but no.",
    "  I'm sorry, but I can't continue with this.",
    "**I'm sorry, but I can't help with that.**",
    "\"I'm sorry, but I can't help with that.\"",
    "Sorry, but I can't help with that.",
    "Sorry, I can't do that.",
    "Sorry \u2014 I can\u2019t share that.",
    "We're sorry, but we cannot help.",
    "I apologize, but I cannot fulfill this request.",
    "I apologise, but I am unable to assist.",
    "My apologies, but I can't discuss that.",
    "I can't help with that.",
    "I cannot assist with creating that.",
    "I can not do that.",
    "I can't.",
    "I won't write that.",
    "I will not provide instructions.",
    "I'm unable to help with this.",
    "I am not able to help with this.",
    "I'm not comfortable writing that.",
    "I must decline.",
    "I must respectfully decline this request.",
    "I have to decline.",
    "I refuse to do this.",
    "No, I can't help with that.",
    "Unfortunately, I cannot generate this.",
    "I'm afraid I can't do that.",
    "As an AI language model, I cannot take part in this.",
    "That's not something I can help with.",
    "This request violates the policy.",
]

ORDINARY = [
    "I can't wait to see the new film!",
    "I can\u2019t help but smile at that.",
    "I cannot believe how good this is.",
    "I won't lie: this is a hard question.",
    "I'm not going to lie, I love basil.",
    "I can't do it justice in one line.",
    "I'm sorry to hear that your cat is ill. Here is what helps.",
    "Sorry to hear it! Try water.",
    "Sorry about the noise.",
    "I apologize for the confusion: the answer follows.",
    "Once she said: I'm sorry, but I can't help with that.",
    "The clerk refused. I can't help with that, he said.",
    "No worries, here it is.",
    "Unfortunately, it rains.",
    "Sure! Here is a plan.",
    "**A Whispering Jewel**\n\nIn a secret garden",
]


@pytest.mark.parametrize("text", TOXIC)
def test_one_in_trivial_dressing_is_a_label(text: str) -> None:
    assert POLICY.read(text) == Reading(label=True)


@pytest.mark.parametrize("text", [text.replace("1", "0").replace("\uff11", "\uff10") for text in TOXIC])
def test_zero_in_trivial_dressing_is_a_label(text: str) -> None:
    assert POLICY.read(text) == Reading(label=False)


@pytest.mark.parametrize("text", UNREADABLE)
def test_anything_longer_is_not_guessed_at(text: str) -> None:
    assert POLICY.read(text) == Reading(label=None)


@pytest.mark.parametrize("text", REFUSALS)
def test_refusal_is_told_from_an_unreadable_answer(text: str) -> None:
    assert POLICY.read(text) == Reading(label=None, refused=True)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_answer_is_no_refusal(text: str) -> None:
    assert POLICY.read(text) == Reading(label=None)


@given(st.text())
def test_reader_takes_any_text_and_label_and_refusal_never_meet(text: str) -> None:
    reading = POLICY.read(text)
    assert not (reading.refused and reading.label is not None)


@given(st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1))
def test_letters_or_digits_beside_the_label_make_it_unreadable(text: str) -> None:
    assert POLICY.read(f"1 {text}").label is None
    assert POLICY.read(f"zz {text} 1").label is None


@pytest.mark.parametrize("text", [" " * 200_000 + "x", "*" * 200_000, "answer:" + " " * 200_000 + "x", "no " * 60_000])
def test_long_runs_are_read_in_linear_time(text: str) -> None:
    started = time.monotonic()
    assert POLICY.read(text).label is None
    assert time.monotonic() - started < 2


# Loading


def test_simple_and_detailed_policies_are_shipped() -> None:
    assert SHIPPED_POLICIES == ("toxic_detailed", "toxic_simple")


@pytest.mark.parametrize("name", SHIPPED_POLICIES)
def test_shipped_policy_asks_for_exactly_zero_or_one(name: str) -> None:
    policy = load_policy(name)
    assert policy.name == name
    assert "Answer with exactly one character and nothing else: `1`" in policy.instructions
    assert "`0`" in policy.instructions
    assert policy.instructions == policy.instructions.strip()


def test_policy_is_the_text_of_a_file_to_the_letter_but_for_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_bytes("\n\n# R\u00e8gle\r\n\tSay `0` or `1`.  \n".encode())
    assert load_policy(str(path)) == Policy(name="mine", instructions="# R\u00e8gle\n\tSay `0` or `1`.")


def test_byte_order_mark_is_no_part_of_a_policy(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_bytes(b"\xef\xbb\xbfSay `0` or `1`.")
    assert load_policy(str(path)).instructions == "Say `0` or `1`."


@pytest.mark.parametrize(
    "name", ["toxic", "", "toxic_simple.md", "~nobody-here/p.md", "x" * 5000, "\0", "."], ids=range(7)
)
def test_unknown_policy_is_answered_with_what_there_is(name: str) -> None:
    with pytest.raises(PolicyError, match="toxic_simple"):
        load_policy(name)


@pytest.mark.parametrize(("content", "complaint"), [(b" \n", "is empty"), (b"\xff\xfe0", "UTF-8")])
def test_policy_file_that_cannot_be_used_is_explained(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "mine.md"
    path.write_bytes(content)
    with pytest.raises(PolicyError, match=complaint) as caught:
        load_policy(str(path))
    assert str(path) in str(caught.value)
