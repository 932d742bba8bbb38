from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.harmony import SPECIAL_TOKENS, Markup, find_markup
from tests.backends.harmony.strategies import NEAR_MISSES, hostile_texts
from tests.backends.harmony.vocabulary import load_encoding


def test_special_tokens_are_found_with_their_positions() -> None:
    assert find_markup("a<|end|>b<|channel|><|reserved_200014|>") == (
        Markup("<|end|>", 1),
        Markup("<|channel|>", 9),
        Markup("<|reserved_200014|>", 20),
    )
    assert find_markup("a<|end|>")[0].end == 8


@pytest.mark.parametrize("token", sorted(SPECIAL_TOKENS)[::50])
def test_every_special_token_is_found(token: str) -> None:
    assert find_markup(f"<{token}>") == (Markup(token, 1),)


@pytest.mark.parametrize("near_miss", NEAR_MISSES)
def test_near_misses_are_clean(near_miss: str) -> None:
    assert find_markup(f"a{near_miss}b") == ()


@given(text=st.text(alphabet="<|>endchal rty"))
def test_markup_stands_where_it_is_said_to(text: str) -> None:
    assert all(text.startswith(markup.text, markup.position) for markup in find_markup(text))


def test_the_tokens_are_the_vocabularys() -> None:
    assert load_encoding().special_tokens_set == SPECIAL_TOKENS


@given(text=hostile_texts(surrogates=False))
def test_markup_is_what_the_vocabulary_encodes_as_special_tokens(text: str) -> None:
    encoding = load_encoding()
    tokens = encoding.encode(text, allowed_special="all")
    special = [encoding.decode([token]) for token in tokens if encoding.is_special_token(token)]

    assert [markup.text for markup in find_markup(text)] == special
