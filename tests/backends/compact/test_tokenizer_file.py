"""The built tokenizer reads every text as the Harmony library does."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from backends.compact.tokenizer_file import SPECIAL_TOKENS, VOCABULARY, added_tokens_decoder
from backends.harmony import SPECIAL_TOKENS as OF_THE_LIBRARY
from fixtures.toxicchat import load_examples
from tests.backends.harmony.strategies import MANY, hostile_texts
from tests.backends.harmony.vocabulary import load_encoding
from tests.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: The library calls id 200018 by its number; the tokenizer of gpt-oss on the Hub calls it `<|endofprompt|>`.
END_OF_PROMPT = "<|endofprompt|>"
BY_NUMBER = "<|reserved_200018|>"

#: What a piece of the pattern may end or begin with: contractions, letters whose lower case is odd, every kind of
#: white space, marks, digits of other scripts, joined emoji, runs.
_CHARACTERS = (
    *"aAbBsStTlLdDvVmM019 '.,!?/_-{}[]()=;:<>|\n\r\t", "\u017f", "\u212a", "\u0130", "\u0131", "\u00df", "\ufb06",
    "\u01c5", "\u02b0", "\u0301", "\u0660", "\u00b2", "\u2167", "\u0b95", "\u4e2d", "\u3042", "\u0e01", "\u05d0",
    "\U0001f600", "\U0001f469\u200d\U0001f52c", "\U0001f1e9\U0001f1ea", "\x85", "\xa0", "\u1680", "\u2028", "\u2029",
    "\u3000", "\ufeff", "\u200d", "\x0b", "\x0c", "\x1c", "\x00", "'ll", "'S", "   ", "\n\n", "aaaa", "----", "0000",
)  # fmt: skip

_texts = st.one_of(
    st.text(),
    st.lists(st.sampled_from(_CHARACTERS), max_size=30).map("".join),
    hostile_texts(surrogates=False),
)


@pytest.fixture(scope="module")
def tokenizer(tokenizer_file: Path) -> Tokenizer:
    return Tokenizer.from_file(str(tokenizer_file))


def expected(text: str) -> list[int]:
    encoding = load_encoding()
    return [
        number
        for place, part in enumerate(text.split(END_OF_PROMPT))
        for number in ([200_018] if place else []) + encoding.encode(part, allowed_special="all")
    ]


def read(tokenizer: Tokenizer, text: str) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False).ids


@MANY
@given(text=_texts.filter(lambda text: BY_NUMBER not in text))
def test_any_text_is_read_as_the_library_reads_it(tokenizer: Tokenizer, text: str) -> None:
    assert read(tokenizer, text) == expected(text)


@given(text=_texts)
def test_what_is_read_is_written_back(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(read(tokenizer, text), skip_special_tokens=False) == text


def test_thousands_of_messages_are_read_as_the_library_reads_them(tokenizer: Tokenizer) -> None:
    examples = load_examples("bundled", split="train").examples
    texts = sorted({text for example in examples for text in (example.user_input, example.model_output)})

    assert len(texts) > 2000
    assert [text for text in texts if read(tokenizer, text) != expected(text)] == []


def test_prose_and_code_are_read_as_the_library_reads_them(tokenizer: Tokenizer) -> None:
    files = [*ROOT.glob("*.md"), *ROOT.glob("reports/*/*.py"), *ROOT.glob("fixtures/toxicchat/material/*.txt")]

    assert len(files) > 40
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert read(tokenizer, text) == expected(text), file


def test_characters_of_every_block_are_read_as_the_library_reads_them(tokenizer: Tokenizer) -> None:
    draw = random.Random(14)  # noqa: S311 - a drawing, not a secret
    points = [draw.randrange(start, start + 64) for start in range(0, 0x32000, 64) for _ in range(3)]
    texts = [f"a{chr(point)}b {chr(point)}C{chr(point)} {chr(point)}1\n" for point in points if not _is_half(point)]

    assert [ascii(text) for text in texts if read(tokenizer, text) != expected(text)] == []


def _is_half(point: int) -> bool:
    return 0xD800 <= point < 0xE000


def test_every_special_token_has_the_librarys_id(tokenizer: Tokenizer) -> None:
    encoding = load_encoding()
    library = {name: encoding.encode(name, allowed_special="all") for name in OF_THE_LIBRARY}
    ours = {name: [number] for number, name in SPECIAL_TOKENS.items()}

    assert {name: read(tokenizer, name) for name in ours} == ours
    # One id of the library's lies behind the vocabulary of the model, and one has the other name.
    assert {name for name in library if ours.get(name) != library[name]} == {BY_NUMBER, "<|reserved_201088|>"}
    assert ours[END_OF_PROMPT] == library[BY_NUMBER]


def test_every_id_is_a_token(tokenizer: Tokenizer) -> None:
    assert sorted(tokenizer.get_vocab().values()) == list(range(VOCABULARY))
    assert set(added_tokens_decoder()) == set(map(str, SPECIAL_TOKENS))


def test_the_file_is_what_the_library_of_tokenizers_would_write(tokenizer: Tokenizer, tokenizer_file: Path) -> None:
    assert json.loads(tokenizer.to_str()) == json.loads(tokenizer_file.read_text(encoding="utf-8"))
