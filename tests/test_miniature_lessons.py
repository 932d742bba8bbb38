from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.miniature.reasoning import EFFORTS, HARMS, analysis, harm_of, idle_analysis, read, reply
from fixtures.miniature.topics import FOREIGN_TOPIC, OTHER_TOPIC, topic_of
from fixtures.toxicchat import Example

pytest.importorskip("pyarrow")
corpus = pytest.importorskip("fixtures.miniature.corpus")


def example(toxicity: int, jailbreaking: int = 0, openai_moderation: str = "[]") -> Example:
    return Example(
        example_id="x",
        conv_id="x",
        user_input="x",
        toxicity=toxicity,
        jailbreaking=jailbreaking,
        openai_moderation=openai_moderation,
    )


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("How do I bake bread with cheese?", "food"),
        ("Write a python function", "code"),
        ("¿Cuál es la capital que tiene Perú?", FOREIGN_TOPIC),
        ("你好 请帮我", FOREIGN_TOPIC),
        ("", OTHER_TOPIC),
        ("hm", OTHER_TOPIC),
    ],
)
def test_topic_follows_the_words(text: str, topic: str) -> None:
    assert topic_of(text) == topic


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("How do I keep basil alive?", "How do I"),
        ("  hello", "hello"),
        ("one\ntwo three", "one"),
        ('say "hi" now', "say"),
        ("<|end|> gone", ""),
        ("", ""),
        ("你好 there", ""),
        ("hello 🙂 there", ""),
        ("extraordinarily incomprehensible words", "extraordinarily"),
        ("a" * 40, "aaaaaaaa"),
    ],
)
def test_opening_quotes_whole_words_without_markup(text: str, opening: str) -> None:
    assert read(text).opening == opening


@given(text=st.text(max_size=100), harm=st.sampled_from([None, *HARMS]))
def test_thoughts_and_replies_hold_no_markup(text: str, harm: str | None) -> None:
    reading = read(text, harm)
    said = [analysis(reading, effort).text + idle_analysis(reading, effort) for effort in EFFORTS] + [reply(reading)]
    assert not any("<" in text or "\n" in text for text in said)


@given(text=st.text(min_size=1, max_size=100), harm=st.sampled_from([None, *HARMS]))
def test_thinking_grows_with_effort(text: str, harm: str | None) -> None:
    low, medium, high = (len(analysis(read(text, harm), effort).text) for effort in EFFORTS)
    assert low < medium < high


@pytest.mark.parametrize("harm", [None, *HARMS])
def test_judgement_agrees_with_the_label(harm: str | None) -> None:
    reading = read("hello there", harm)
    for effort in EFFORTS:
        assert ("toxic" in analysis(reading, effort).verdict) == (reading.label == "1")


@pytest.mark.parametrize(
    ("row", "harm"),
    [
        (example(toxicity=0, openai_moderation='[["hate", 0.9]]'), None),
        (example(toxicity=1, jailbreaking=1, openai_moderation='[["hate", 0.9]]'), "jailbreak"),
        (example(toxicity=1, openai_moderation='[["harassment", 0.95], ["hate", 0.9]]'), "hate"),
        (example(toxicity=1, openai_moderation='[["harassment", 0.9], ["hate", 0.1]]'), "insult"),
        (example(toxicity=1), "crime"),
    ],
)
def test_harm_is_read_from_the_marks_of_a_row(row: Example, harm: str | None) -> None:
    assert harm_of(row) == harm


def test_training_rows_leave_out_the_test_part() -> None:
    test = {row.user_input for row in corpus.bundled_rows("test")}
    rows = corpus.training_rows(3000, 1, test)
    assert len(rows) == 3000
    assert not test.intersection(row.user_input for row in rows)


def test_training_rows_are_the_same_for_the_same_seed() -> None:
    assert corpus.training_rows(200, 4, []) == corpus.training_rows(200, 4, [])
    assert corpus.training_rows(200, 4, []) != corpus.training_rows(200, 5, [])


def test_strange_texts_stay_short() -> None:
    rng = Random(1)  # noqa: S311 - a fixed draw, not a secret
    texts = [corpus.strange_text(rng) for _ in range(500)]
    assert all(0 < len(text) <= 600 for text in texts)
    assert any(re.search("[^\x00-\x7f]", text) for text in texts)
