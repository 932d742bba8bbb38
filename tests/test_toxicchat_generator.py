"""The generator of ToxicChat-like rows keeps its promises, and refuses material that is not well formed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.toxicchat.generator import generate, text_key
from fixtures.toxicchat.generator.draws import Draws
from fixtures.toxicchat.generator.grammar import GrammarError, load_grammar
from fixtures.toxicchat.generator.moderation import CATEGORIES, moderation_scores

if TYPE_CHECKING:
    from pathlib import Path


def test_same_arguments_give_the_same_rows() -> None:
    assert generate(50, 7) == generate(50, 7)
    assert generate(50, 7) != generate(50, 8)


@settings(max_examples=15, deadline=None)
@given(count=st.integers(0, 120), seed=st.integers(0, 2**32), share=st.floats(0, 1))
def test_toxic_share_is_exact(count: int, seed: int, share: float) -> None:
    rows = generate(count, seed, toxic_share=share)
    assert len(rows) == count
    assert sum(row.toxic for row in rows) == round(count * share)


def test_excluded_texts_never_come_out_whatever_their_case_and_punctuation() -> None:
    first = generate(300, 3)
    shouted = [f"  {row.user_input.upper()}!! " for row in first]
    again = generate(300, 3, exclude=shouted)
    assert not {text_key(row.user_input) for row in again} & {text_key(text) for text in shouted}


def test_grammar_gives_many_toxic_rows_without_repeating_itself() -> None:
    rows = generate(3000, 5, toxic_share=1.0)
    assert len({text_key(row.user_input) for row in rows}) == 3000


def test_share_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        generate(1, 1, toxic_share=1.5)


def test_draws_are_the_numbers_that_python_promises_to_keep() -> None:
    # Written down: another Python version that gave others would write other bundled parts.
    draws = Draws("a seed")
    assert [draws.between(0, 99) for _ in range(6)] == [39, 3, 76, 40, 87, 90]
    assert Draws(1).shuffled(range(6)) == [1, 2, 5, 3, 4, 0]


def test_moderation_scores_name_every_category_once_and_fall() -> None:
    scores = json.loads(moderation_scores("hate", Draws(3)))
    assert sorted(name for name, _ in scores) == sorted(CATEGORIES)
    assert [score for _, score in scores] == sorted((score for _, score in scores), reverse=True)
    assert {name for name, score in scores if score > 0.5} == {"hate", "harassment"}


def test_grammar_fills_articles_repeated_slots_and_lists(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        "# a remark\n[text]\na(n) {!fruit} and the same {!fruit}:\\n{step*2-2#}\n\n"
        "[fruit]\n@5 apple\n[step]\npeel\ncut\n"
    )
    assert load_grammar(tmp_path).expand("text", Draws(1)) == "an apple and the same apple:\n1. peel\n2. cut"


def test_section_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("[a]\nx\n")
    (tmp_path / "b.txt").write_text("[a]\ny\n")
    with pytest.raises(GrammarError, match=r"\[a\] in b.txt is already in another file"):
        load_grammar(tmp_path)


def test_exhausted_grammar_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("[harmless]\nhello\ngood day\n[reply_harmless]\nhi\n")
    grammar = load_grammar(tmp_path)
    monkeypatch.setattr("fixtures.toxicchat.generator.rows.load_grammar", lambda: grammar)
    with pytest.raises(ValueError, match=r"no new 'harmless' text .* ask for fewer rows"):
        generate(12, 1, toxic_share=0)


@pytest.mark.parametrize(
    ("material", "complaint"),
    [
        ("[a]\nx {b}\n", r"\[a\] draws from \['b'\]"),
        ("[a]\n[b]\nx\n", r"\[a\] is empty"),
        ("[a]\nx\n@2 x\n", r"\[a\] .* repeated lines: \['x'\]"),
        ("[a]\nx\n[a]\ny\n", r"\[a\] stands twice"),
        ("x\n[a]\ny\n", "before the first section"),
    ],
)
def test_malformed_material_is_refused_by_name(tmp_path: Path, material: str, complaint: str) -> None:
    (tmp_path / "a.txt").write_text(material)
    with pytest.raises(GrammarError, match=complaint):
        load_grammar(tmp_path)
