from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.miniature import CHECKPOINT
from fixtures.miniature.special_tokens import SPECIAL_TOKENS
from fixtures.policies import load_policy

tokenizers = pytest.importorskip("tokenizers")

VOCABULARY = 1000
SYSTEM_TOKENS = 80
POLICY_TOKENS = {"toxic_simple": 110, "toxic_detailed": 700}


@pytest.fixture(scope="module")
def tokenizer() -> tokenizers.Tokenizer:
    return tokenizers.Tokenizer.from_file(str(CHECKPOINT / "tokenizer.json"))


@given(text=st.text(max_size=200))
def test_any_text_comes_back_to_the_letter(tokenizer: tokenizers.Tokenizer, text: str) -> None:
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    assert tokenizer.decode(ids, skip_special_tokens=False) == text


@given(
    pieces=st.lists(
        st.one_of(st.sampled_from(SPECIAL_TOKENS), st.text(max_size=10), st.sampled_from(["  ", "\n\n", "\t", " x"]))
    )
)
def test_text_with_special_tokens_comes_back_to_the_letter(tokenizer: tokenizers.Tokenizer, pieces: list[str]) -> None:
    text = "".join(pieces)
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False).ids, skip_special_tokens=False) == text


@pytest.mark.parametrize("token", SPECIAL_TOKENS)
def test_literal_special_token_is_one_token(tokenizer: tokenizers.Tokenizer, token: str) -> None:
    ids = tokenizer.encode(f"a{token}b", add_special_tokens=False).ids
    assert ids.count(tokenizer.token_to_id(token)) == 1
    assert tokenizer.decode(ids, skip_special_tokens=True) == "ab"


def test_special_tokens_are_the_last_of_the_vocabulary(tokenizer: tokenizers.Tokenizer) -> None:
    assert tokenizer.get_vocab_size() == VOCABULARY
    first = VOCABULARY - len(SPECIAL_TOKENS)
    assert [tokenizer.token_to_id(token) for token in SPECIAL_TOKENS] == list(range(first, VOCABULARY))


@pytest.mark.parametrize(("name", "most"), POLICY_TOKENS.items())
def test_policies_are_short_in_tokens(tokenizer: tokenizers.Tokenizer, name: str, most: int) -> None:
    assert len(tokenizer.encode(load_policy(name).instructions).ids) < most


def test_configuration_is_readable_by_version_4_and_5() -> None:
    config = json.loads((CHECKPOINT / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert config["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert {entry["content"] for entry in config["added_tokens_decoder"].values()} == set(SPECIAL_TOKENS)
    assert all(entry["special"] for entry in config["added_tokens_decoder"].values())
