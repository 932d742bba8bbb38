"""Log-probabilities as servers give them, and to which text they belong: pure functions of a reply.

The protocol lists the tokens of the message's content. vLLM, SGLang and llama.cpp list those of the whole output,
reasoning and special tokens too: that is no list of other tokens, but its clients have to find the answer in it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.api.parsed_reply import ParsedReply

#: Special tokens, and what stands between those of a header.
_MARKUP: Final = re.compile(r"(?:<\|(?:start|channel)\|>[^<]*)+<\|message\|>|<\|\w+\|>")

#: Blanks, and how vocabularies spell them; characters that a token holds a part of.
_BLANKS: Final = re.compile("[\\s\u0120\u010a\u2581\ufffd]+")

#: Rounding may leave a probability a little above 1.
_ROUNDING: Final = 1e-3


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """One token and its log-probability, as a server gives them.

    Attributes:
        text: the token's, as far as it is text.
        data: its bytes; None where the server gives none.
        logprob: whatever stands in its place.
    """

    text: str
    data: bytes | None
    logprob: object

    @property
    def is_log_probability(self) -> bool:
        """True for a number that is no more than 0; one that JSON cannot hold is spelled as null by some."""
        if self.logprob is None:
            return True
        return isinstance(self.logprob, int | float) and not math.isnan(self.logprob) and self.logprob <= _ROUNDING


def logprobs_of(reply: ParsedReply) -> list[TokenLogprob]:
    """Returns what the first choice lists, in the shape of chats or in that of raw completions; else nothing."""
    told = reply.choices[0].get("logprobs")
    if not isinstance(told, dict):
        return []
    if isinstance(listed := told.get("content"), list):
        return [_of_entry(entry) for entry in listed if isinstance(entry, dict)]
    texts, numbers = told.get("tokens"), told.get("token_logprobs")
    if isinstance(texts, list) and isinstance(numbers, list):
        return [TokenLogprob(str(text), None, number) for text, number in zip(texts, numbers, strict=False)]
    return []


def covered_text(given: Sequence[TokenLogprob]) -> str:
    """Returns the text that the tokens make together; a character in several tokens needs their bytes."""
    if all(one.data is not None for one in given):
        return b"".join(one.data or b"" for one in given).decode("utf-8", "replace")
    return "".join(one.text for one in given)


def is_text(covered: str, text: str) -> bool:
    """Returns whether tokens make a text, whose blanks may have been trimmed, and the format's markup around it."""
    return _BLANKS.sub("", _MARKUP.sub("", covered)) == _BLANKS.sub("", text)


def _of_entry(entry: dict[str, Any]) -> TokenLogprob:
    text = str(entry.get("token", ""))
    return TokenLogprob(text, _data(entry.get("bytes"), text), entry.get("logprob"))


def _data(told: object, text: str) -> bytes | None:
    """Returns a token's bytes; none are told of it where it has a text and an empty list of them."""
    if not isinstance(told, list) or not all(isinstance(one, int) and one in range(256) for one in told):
        return None
    return bytes(told) if told or not text else None
