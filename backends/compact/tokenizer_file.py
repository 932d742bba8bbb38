"""The tokenizer of gpt-oss as files: `tokenizer.json`, and the special tokens of `tokenizer_config.json`.

Source: the encoding `o200k_harmony` of the Harmony library and tiktoken: the pattern that splits a text, the rule that
a piece which is a token as a whole is that token, and the ids of the special tokens.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from backends.compact.merges import merges_of
from backends.compact.vocabulary import RANKS, load_ranks
from backends.harmony.tokens import (
    CALL,
    CHANNEL,
    CONSTRAIN,
    END,
    END_OF_TEXT,
    MESSAGE,
    RETURN,
    START,
    START_OF_TEXT,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Raised with every change of what is built, so that nobody goes on with an older one.
BUILDER: Final = 1

#: Ids in all, as the `config.json` of openai/gpt-oss-20b says.
VOCABULARY: Final = 201_088

#: The special tokens that have a use. The library calls id 200018 `<|reserved_200018|>` too.
_NAMED: Final = {
    START_OF_TEXT: 199_998,
    END_OF_TEXT: 199_999,
    RETURN: 200_002,
    CONSTRAIN: 200_003,
    CHANNEL: 200_005,
    START: 200_006,
    END: 200_007,
    MESSAGE: 200_008,
    CALL: 200_012,
    "<|endofprompt|>": 200_018,
}
_NAME_OF: Final = {number: name for name, number in _NAMED.items()}

#: Every special token by its id: those of a use, and the reserved ones between and behind them.
SPECIAL_TOKENS: Final = {number: _NAME_OF.get(number, f"<|reserved_{number}|>") for number in range(RANKS, VOCABULARY)}

_CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
_LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_BEFORE_A_WORD = r"[^\r\n\p{L}\p{N}]?"

#: The pieces into which a text falls before any merge. Source: `pat_str` of `o200k_base` in tiktoken.
PATTERN: Final = "|".join(
    (
        f"{_BEFORE_A_WORD}{_UPPER}*{_LOWER}+{_CONTRACTIONS}",
        f"{_BEFORE_A_WORD}{_UPPER}+{_LOWER}*{_CONTRACTIONS}",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)


def tokenizer_json() -> str:
    """Returns the content of `tokenizer.json`.

    Raises:
        BackendUnavailable: the vocabulary cannot be had; the message says what to do.
    """
    content = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": number, **_special(name)} for number, name in SPECIAL_TOKENS.items()],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
            ],
        },
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": _model(load_ranks()),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"


def added_tokens_decoder() -> dict[str, dict[str, Any]]:
    """Returns the special tokens as `tokenizer_config.json` lists them, under that key."""
    return {str(number): _special(name) for number, name in SPECIAL_TOKENS.items()}


def _special(name: str) -> dict[str, Any]:
    return {
        "content": name,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }


def _model(ranks: Sequence[bytes]) -> dict[str, Any]:
    letters = {token: _in_letters(token) for token in ranks}
    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": True,
        "vocab": {letters[token]: rank for rank, token in enumerate(ranks)},
        "merges": [[letters[left], letters[right]] for left, right in merges_of(ranks)],
    }


def _letters() -> dict[int, str]:
    """Returns the printable character that stands for each byte in a byte-level vocabulary.

    Source: `bytes_to_unicode` of GPT-2's encoder: a byte that prints in Latin-1 stands for itself, the others follow
    from U+0100 on.
    """
    printing = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    others = iter(range(0x100, 0x200))
    return {byte: chr(byte if byte in printing else next(others)) for byte in range(0x100)}


_LETTERS: Final = _letters()


def _in_letters(token: bytes) -> str:
    return token.decode("latin-1").translate(_LETTERS)
