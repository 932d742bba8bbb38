"""Finds the label in an answer to a binary policy.

A policy asks for exactly `0` or `1`. Models dress that up in small ways: white space, quotes, bold, a full stop, a
leading "Answer:". Such dressings are read. Anything longer is not guessed at: a word such as TOXIC also occurs in
NON-TOXIC, and a digit occurs in any list. A refusal is told from other unreadable text by how it opens, in the
phrasings that gpt-oss and the guards before it really use.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Dressing in front of a label, and behind it.
_OPENING = r"""
    [\s"'`*_(\[{<]*
    (?:\*{0,2}(?:final\ )?(?:answer|label|output|result|classification|verdict)\*{0,2}\s*(?:[:=]|is)[\s"'`*_(\[{<]*)?
"""
_CLOSING = r"""[\s"'`*_)\]}>.!;,]*"""


def _dressed(label: str) -> re.Pattern[str]:
    """Returns the pattern of an answer that is a label in any dressing."""
    return re.compile(f"{_OPENING}(?:{label}){_CLOSING}", re.IGNORECASE | re.VERBOSE)


_LABEL = _dressed(r"([01])(?:\.0)?")

#: "I can't help": a speaker who will not do what was asked. Verbs are named, since "I can't wait" refuses nothing.
_UNWILLING = r"""(?:
    (?:i|we)\ (?:really\ |simply\ |just\ )?(?:can't|cannot|can\ not|won't|will\ not)
        (?:\s*(?:[.!]|\Z)
        |\ (?:\w+ly\ |in\ good\ conscience,?\ )?(?:
            help(?!\ but\b)|do(?!\ \w+\ justice)|give(?!\ up)|assist|comply|provide|share|create|write|generate|produce
            |fulfil|fulfill|continue|engage|participate|support|answer|respond|discuss|offer|facilitate|process
            |complete|accommodate|satisfy|meet|follow|allow|be\ able|take\ part|go\ along|carry\ out|classify|translate
        )\b)
  | (?:i'm|i\ am|we're|we\ are)\ (?:unable|not\ (?:able|allowed|permitted|willing|going))\ to\b(?!\ lie\b)
  | (?:i|we)\ (?:(?:must|have\ to|need\ to|will\ have\ to)\ )?(?:respectfully\ |politely\ )?(?:decline|refuse)\b
  | (?:i'm|i\ am)\ not\ comfortable\b | i\ (?:don't|do\ not)\ feel\ comfortable\b
  | (?:that's|that\ is|this\ is|it's)\ (?:not\ something\ (?:i|we)\ can\b|something\ (?:i|we)\ (?:can't|cannot)\b)
  | (?:this|that|the|your)\ request\ (?:violates|goes\ against|is\ against|is\ not\ allowed|can't\ be|cannot\ be)\b
)"""

#: Openings of refusals, after typographic apostrophes are made plain. Recorded answers of gpt-oss-20b open with "I'm
#: sorry, but" almost always. An apology alone is none: "I'm sorry to hear that" may open help.
_REFUSAL = re.compile(
    rf"""
    [\s"'*_]*
    (?:(?:no|unfortunately|regrettably|as\ an\ ai(?:\ language)?(?:\ model|\ assistant)?|i'm\ afraid(?:\ that)?
        |i\ am\ afraid(?:\ that)?)[,.;:!]?\s+)*
    (?:
        {_UNWILLING}
      | (?:(?:i'm|i\ am|we're|we\ are)\ )?(?:(?:really|so|very|truly|terribly|deeply)\ )?
        (?:sorry|(?:my\ )?apologies|i\ apologi[sz]e|i\ regret)
        (?:[,;]?\ but\b | \b[^\n]{{0,200}}?\b{_UNWILLING})
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)

_PLAIN_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'})


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in an answer.

    Attributes:
        label: True for `1`, False for `0`, None where there is no label.
        refused: True where the text is a refusal; never together with a label.
    """

    label: bool | None
    refused: bool = False


def read_label(answer: str) -> Reading:
    """Reads the answer to a policy that asks for exactly `0` or `1`."""
    text = _plain(answer)
    if match := _LABEL.fullmatch(text):
        return Reading(label=match[1] == "1")
    return Reading(label=None, refused=_REFUSAL.match(text) is not None)


def read_word(answer: str, labels: Mapping[str, bool]) -> bool | None:
    """Returns the label for which the one word stands that an answer is; None where it is none of the words.

    Args:
        answer: in any dressing, and in upper or lower case.
        labels: words, or phrases, in lower case; empty for `0` and `1`.
    """
    if not labels:
        return read_label(answer).label
    match = _of_words(tuple(labels)).fullmatch(_plain(answer))
    return None if match is None else labels.get(" ".join(match[1].casefold().split()))


@lru_cache(maxsize=64)
def _of_words(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    told = (r"\s+".join(map(re.escape, unicodedata.normalize("NFKC", word).split())) for word in longest_first)
    return _dressed(f"({'|'.join(told)})")


def _plain(answer: str) -> str:
    return unicodedata.normalize("NFKC", answer.translate(_PLAIN_APOSTROPHES))
