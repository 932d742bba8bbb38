"""Texts to measure speed on: a megabyte each of what models write, and many tiny messages.

A conversation here is what gpt-oss writes: a thought of about 1,200 characters, then an answer of about 600.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MEGABYTE: Final = 1_000_000
TINY_MESSAGES: Final = 20_000
THOUGHT: Final = 1200
ANSWER: Final = 600

# fmt: off
_WORDS: Final = [
    "a", "and", "are", "as", "be", "but", "can", "could", "does", "each", "either", "enough", "first", "for",
    "from", "has", "have", "if", "in", "into", "is", "it", "judge", "label", "less", "message", "more", "most",
    "neither", "never", "no", "not", "of", "on", "one", "only", "or", "other", "policy", "question", "rather",
    "reader", "reads", "rule", "says", "second", "seems", "should", "since", "still", "such", "than", "that", "the",
    "their", "then", "there", "they", "this", "though", "to", "toxic", "under", "until", "user", "very", "was",
    "what", "when", "which", "while", "whole", "whose", "why", "will", "with", "without", "word", "would", "wrong",
    "yes", "you",
]
# fmt: on
_CODE: Final = (
    "def count(rows: list[int]) -> int:\n",
    "    return sum(1 for row in rows if row < 3 and row >= -1)\n",
    "for (int i = 0; i < n; ++i) { total += values[i] << 2; }\n",
    "if a <= b || c != d:  # <see below>\n",
    "<div class='row'><p>text</p></div>\n",
)


def prose(rng: random.Random, size: int) -> str:
    return " ".join(rng.choices(_WORDS, k=size // 5))


def code(rng: random.Random, size: int) -> str:
    return "".join(rng.choices(_CODE, k=size // 45))


def cjk(rng: random.Random, size: int) -> str:
    return "".join(chr(rng.randint(0x4E00, 0x9FA5)) for _ in range(size // 3))


def emoji(rng: random.Random, size: int) -> str:
    return "".join(chr(rng.randint(0x1F600, 0x1F64F)) for _ in range(size // 4))


def converse(write: Callable[[random.Random, int], str], size: int = MEGABYTE) -> str:
    """Writes a conversation of about so many bytes of UTF-8."""
    rng = random.Random(20)  # noqa: S311 - the same text every time, no secret
    turns = (
        f"<|channel|>analysis<|message|>{write(rng, THOUGHT)}<|end|>"
        f"<|start|>assistant<|channel|>final<|message|>{write(rng, ANSWER)}<|return|>"
        for _ in range(size // (THOUGHT + ANSWER + 100))
    )
    return "<|start|>assistant".join(turns)


def tiny_messages(count: int = TINY_MESSAGES) -> str:
    """Writes messages of a few characters."""
    return "<|start|>assistant".join(f"<|channel|>final<|message|>ok {number}<|end|>" for number in range(count))


CORPORA: Final[dict[str, Callable[[], str]]] = {
    "prose": lambda: converse(prose),
    "code": lambda: converse(code),
    "cjk": lambda: converse(cjk),
    "emoji": lambda: converse(emoji),
    "tiny messages": tiny_messages,
}
