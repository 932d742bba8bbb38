"""Samples are nested, seeded, free of repeated texts and the same whatever the order of the file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.toxicchat import Dataset, DatasetError, Example, Stratify, draw_sample, load_examples
from fixtures.toxicchat.example import example_id

REAL = Path(__file__).parent.parent.parent / "shared" / "data" / "toxicchat" / "toxicchat0124_test_sample.parquet"

kinds = st.sampled_from(["balanced", "natural"])
seeds = st.integers(-(2**40), 2**40)


@cache
def bundled() -> Dataset:
    return load_examples("bundled")


def a_dataset(toxic: int, harmless: int) -> Dataset:
    flags = [1] * toxic + [0] * harmless
    rows = (
        Example(example_id=example_id(index), conv_id=f"c{index}", user_input=f"text {index}", toxicity=flag)
        for index, flag in enumerate(flags)
    )
    return Dataset(name="made up", revision=None, examples=tuple(rows))


@settings(max_examples=60, deadline=None)
@given(sizes=st.tuples(st.integers(1, 290), st.integers(1, 290)), seed=seeds, stratify=kinds)
def test_larger_sample_begins_with_the_smaller(sizes: tuple[int, int], seed: int, stratify: Stratify) -> None:
    small, large = (draw_sample(bundled(), size=size, seed=seed, stratify=stratify).examples for size in sorted(sizes))
    assert large[: len(small)] == small


@settings(max_examples=80, deadline=None)
@given(toxic=st.integers(0, 30), harmless=st.integers(0, 30), seed=seeds, data=st.data())
def test_natural_sample_has_the_rate_within_half_a_row(
    toxic: int, harmless: int, seed: int, data: st.DataObject
) -> None:
    total = toxic + harmless
    size = data.draw(st.integers(1, total), "size") if total else 0
    if not total:
        return
    drawn = draw_sample(a_dataset(toxic, harmless), size=size, seed=seed, stratify="natural").examples
    assert len({row.conv_id for row in drawn}) == size
    assert abs(sum(row.toxic for row in drawn) - size * toxic / total) <= 0.5


@settings(max_examples=80, deadline=None)
@given(toxic=st.integers(0, 20), harmless=st.integers(0, 20), size=st.integers(1, 45))
def test_balanced_sample_is_half_toxic_or_refused(toxic: int, harmless: int, size: int) -> None:
    dataset = a_dataset(toxic, harmless)
    possible = (size + 1) // 2 <= toxic and size // 2 <= harmless
    if not possible:
        with pytest.raises(DatasetError, match="too few for a balanced sample"):
            draw_sample(dataset, size=size)
        return
    drawn = draw_sample(dataset, size=size).examples
    assert [row.toxic for row in drawn] == [index % 2 == 0 for index in range(size)]


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(range(40)), seed=seeds, stratify=kinds, size=st.integers(1, 25))
def test_order_of_rows_does_not_change_the_sample(order: list[int], seed: int, stratify: Stratify, size: int) -> None:
    dataset = a_dataset(13, 27)
    shuffled = Dataset(name="made up", revision=None, examples=tuple(dataset.examples[index] for index in order))
    first, second = (draw_sample(one, size=size, seed=seed, stratify=stratify) for one in (dataset, shuffled))
    assert first == second


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(range(6)), seed=seeds)
def test_one_row_is_kept_per_text_whatever_the_order(order: list[int], seed: int) -> None:
    dataset = a_dataset(3, 3)
    twins = tuple(
        Example(example_id=row.example_id, conv_id=row.conv_id, user_input=f"text {index % 2}", toxicity=row.toxicity)
        for index, row in enumerate(dataset.examples)
    )
    shuffled = Dataset(name="twins", revision=None, examples=tuple(twins[index] for index in order))
    drawn = draw_sample(shuffled, size=2, seed=seed, stratify="natural").examples
    assert {row.conv_id for row in drawn} == {"c0", "c1"}
    with pytest.raises(DatasetError, match="2 natural"):
        draw_sample(shuffled, size=3, seed=seed, stratify="natural")


def test_texts_that_differ_in_whitespace_alone_are_two() -> None:
    rows = tuple(
        Example(example_id=example_id(index), conv_id=f"c{index}", user_input=text, toxicity=0)
        for index, text in enumerate(["x", "x ", "X"])
    )
    dataset = Dataset(name="near twins", revision=None, examples=rows)
    assert len(draw_sample(dataset, size=3, stratify="natural").examples) == 3


def test_seeds_and_stratifications_give_different_samples() -> None:
    digests = {
        draw_sample(bundled(), size=100, seed=seed, stratify=stratify).sha256
        for seed in (1, 2, 42)
        for stratify in ("balanced", "natural")
    }
    assert len(digests) == 6


def test_default_sample_is_the_same_on_every_machine() -> None:
    sample = draw_sample(bundled(), size=100)
    assert (sample.size, sample.seed, sample.stratify) == (100, 42, "balanced")
    # Written down: whoever changes the bundled test part or the order of drawing changes these on purpose.
    assert [row.example_id for row in sample.examples[:3]] == ["toxicchat-0496", "toxicchat-0635", "toxicchat-1213"]
    assert sample.sha256 == "32c0a6e1cd2f1369227a26cf4f6d5ab9f2c57dc5505dd7103608fa17a2edc79f"


def test_digest_tells_a_changed_text_and_a_changed_order() -> None:
    rows = a_dataset(2, 2).examples
    changed = (Example(example_id="x", conv_id="c0", user_input="other", toxicity=1), *rows[1:])
    original, other = (
        draw_sample(Dataset(name="d", revision=None, examples=examples), size=4) for examples in (rows, changed)
    )
    assert [row.conv_id for row in original.examples] == [row.conv_id for row in other.examples]
    assert original.sha256 != other.sha256
    assert original.sha256 != draw_sample(Dataset(name="d", revision=None, examples=rows), size=4, seed=1).sha256


@pytest.mark.parametrize("size", [0, -3])
def test_size_below_one_is_refused(size: int) -> None:
    with pytest.raises(DatasetError, match=f"sample size is {size}: ask for at least 1"):
        draw_sample(bundled(), size=size)


def test_size_above_the_largest_names_the_largest_of_each_kind() -> None:
    too_large: dict[Stratify, int] = {"balanced": 293, "natural": 2001}
    for stratify, size in too_large.items():
        with pytest.raises(DatasetError, match=r"the largest: 292 balanced, 2000 natural\): ask for fewer"):
            draw_sample(bundled(), size=size, stratify=stratify)
    assert draw_sample(bundled(), size=292).size == 292
    assert draw_sample(bundled(), size=2000, stratify="natural").size == 2000


def test_unknown_stratification_is_refused() -> None:
    with pytest.raises(DatasetError, match="give one of balanced, natural"):
        draw_sample(bundled(), size=1, stratify="even")  # type: ignore[arg-type]


@pytest.mark.skipif(not REAL.is_file(), reason="the real ToxicChat rows are not part of the project")
def test_real_rows_load_to_the_letter_and_repeated_texts_are_drawn_once() -> None:
    dataset = load_examples(str(REAL))
    texts = [row.user_input for row in dataset.examples]
    assert len(texts) == 1999
    assert len(texts) - len(set(texts)) == 19
    assert sum(text != text.strip() for text in texts) == 153
    assert max(map(len, texts)) == 1536
    sample = draw_sample(dataset, size=1980, stratify="natural")
    assert len({row.user_input for row in sample.examples}) == 1980
    with pytest.raises(DatasetError, match="320 balanced, 1980 natural"):
        draw_sample(dataset, size=1981, stratify="natural")
