"""Which bytes a token stands for: half a character is a token too, and has no text of its own."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import Any, Final

#: The bytes that byte-level BPE writes as themselves; all others are written as characters from U+0100 on, in order.
#: Source: `bytes_to_unicode` of openai/gpt-2, which the Hub's `ByteLevel` tokenizers follow.
_PRINTED: Final = frozenset((*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)))
_FIRST_OTHER: Final = 0x100


def _characters() -> dict[str, int]:
    others = [byte for byte in range(0x100) if byte not in _PRINTED]
    return {chr(byte): byte for byte in _PRINTED} | {
        chr(_FIRST_OTHER + place): byte for place, byte in enumerate(others)
    }


_BYTES: Final = _characters()
_WRITTEN: Final = {byte: character for character, byte in _BYTES.items()}


@dataclass(frozen=True, slots=True)
class TokenBytes:
    """A tokenizer of transformers, byte by byte.

    Attributes:
        tokenizer: the tokenizer.
    """

    tokenizer: Any
    _known: dict[int, bytes] = field(default_factory=dict, repr=False, compare=False)
    _added: set[str] = field(default_factory=set, repr=False, compare=False)

    def of(self, token: int) -> bytes:
        """Returns the bytes of a token; those of its name for a special token."""
        if token not in self._known:
            piece = str(self.tokenizer.convert_ids_to_tokens(token))
            plain = all(character in _BYTES for character in piece) and not self._is_added(piece)
            self._known[token] = bytes(_BYTES[character] for character in piece) if plain else piece.encode()
        return self._known[token]

    def text(self, token: int) -> str:
        """Returns the text of a token; what is no whole character is shown as U+FFFD."""
        return self.of(token).decode("utf-8", "replace")

    def texts(self, tokens: tuple[int, ...] | list[int]) -> list[str]:
        """Returns what each token adds to the text: a character of several tokens is added by the last of them."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        texts = [decoder.decode(self.of(token)) for token in tokens]
        if texts:
            texts[-1] += decoder.decode(b"", final=True)
        return texts

    def joined(self, tokens: tuple[int, ...] | list[int]) -> bytes:
        """Returns the bytes of several tokens."""
        return b"".join(map(self.of, tokens))

    def ids(self, text: str) -> list[int]:
        """Returns the tokens of a text; a special token that is spelled out in it becomes the token."""
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def id(self, spelled: bytes) -> int | None:
        """Returns the token that stands for these bytes; None where there is none."""
        named = spelled.decode("utf-8", "replace")
        for piece in (named, "".join(_WRITTEN[byte] for byte in spelled)):
            token = self.tokenizer.convert_tokens_to_ids(piece)
            if isinstance(token, int) and self.of(token) == spelled:
                return token
        return None

    def _is_added(self, piece: str) -> bool:
        if not self._added:
            # Asked for once: gpt-oss has a thousand of them, and the tokenizer makes a new table each time.
            self._added.update(self.tokenizer.get_added_vocab())
        return piece in self._added
