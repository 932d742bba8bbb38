"""The special tokens of Harmony's vocabulary, and where they occur in a text.

Source: the `o200k_harmony` encoding of oss-harmony 0.0.11. Six tokens structure a conversation, `<|constrain|>`
marks a content type, and the rest only ever appear by accident or as padding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

START: Final = "<|start|>"
CHANNEL: Final = "<|channel|>"
MESSAGE: Final = "<|message|>"
CONSTRAIN: Final = "<|constrain|>"
END: Final = "<|end|>"
RETURN: Final = "<|return|>"
CALL: Final = "<|call|>"

START_OF_TEXT: Final = "<|startoftext|>"
END_OF_TEXT: Final = "<|endoftext|>"

MESSAGE_ENDS: Final = (END, RETURN, CALL)
"""What closes a message in text. Source: `HarmonyEncoding.stop_tokens` of oss-harmony 0.0.11."""

GENERATION_ENDS: Final = (RETURN, END_OF_TEXT, CALL)
"""What ends a generation: `<|end|>` closes a message, and the model goes on with the next one.

Source: `eos_token_id` in the `generation_config.json` of openai/gpt-oss-20b, in its order.
"""

PADDING_TOKENS: Final = (END_OF_TEXT, START_OF_TEXT)
_RESERVED_IDS: Final = (200000, 200001, 200004, 200009, 200010, 200011, 200013, *range(200014, 201089))

SPECIAL_TOKENS: Final = frozenset(
    (START, CHANNEL, MESSAGE, CONSTRAIN, *MESSAGE_ENDS, *PADDING_TOKENS, *(f"<|reserved_{i}|>" for i in _RESERVED_IDS))
)

# No special token's end is another one's beginning (all open with "<" and close with ">", neither of which occurs
# inside), so the leftmost match is the only reading and searching in any order finds the same tokens.
STOP_PATTERN: Final = re.compile(r"<\|(?:end|return|call)\|>")
_SPECIAL_PATTERN: Final = re.compile(
    r"<\|(?:start|channel|message|constrain|end|return|call|endoftext|startoftext|reserved_20[01]\d{3})\|>"
)


@dataclass(frozen=True, slots=True)
class Markup:
    """One special token in a text.

    Attributes:
        text: The token as it is written.
        position: Index of its first character.
    """

    text: str
    position: int

    @property
    def end(self) -> int:
        """Index of the first character after the token."""
        return self.position + len(self.text)


def find_markup(text: str) -> tuple[Markup, ...]:
    """Finds every special token of the vocabulary in a text that should be plain.

    Args:
        text: For example a server's `content` or `reasoning` field.

    Returns:
        The tokens in order of position; empty for clean text. Near misses (`<|chan`, other bars) are clean.
    """
    return tuple(scan_markup(text, len(text)))


def scan_markup(text: str, end: int) -> Iterator[Markup]:
    """Gives the special tokens before `end` one by one, so that a long text of nothing else needs no memory."""
    for match in _SPECIAL_PATTERN.finditer(text, 0, end):
        if match[0] in SPECIAL_TOKENS:
            yield Markup(match[0], match.start())
