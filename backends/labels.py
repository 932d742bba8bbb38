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

_LABEL = re.compile(
    r"""
    [\s"'`*_(\[{<]*                                  # opening dressing
    (?:\*{0,2}(?:final\ )?(?:answer|label|output|result|classification|verdict)\*{0,2}\s*(?:[:=]|is)\s*)?
    [\s"'`*_(\[{<]*
    ([01])(?:\.0)?
    [\s"'`*_)\]}>.!;,]*                              # closing dressing
    """,
    re.IGNORECASE | re.VERBOSE,
)

#: Openings of refusals, after typographic apostrophes are made plain. Recorded answers of gpt-oss-20b use the first
#: one almost always.
_REFUSAL = re.compile(
    r"""
    [\s"'*]*(?:
        i(?:'|\ a)m\ (?:really\ |so\ |very\ |truly\ )?sorry\b
      | (?:i\ am\ |we\ are\ |we're\ )?sorry,?\ (?:but\ )?(?:i|we|that|this)\b
      | (?:unfortunately,?\ |i\ apologi[sz]e,?\ (?:but\ )?)i\b
      | i\ apologi[sz]e\b
      | i\ (?:can(?:'t|not|\ not)|won't|will\ not|must\ decline|have\ to\ decline|am\ (?:unable|not\ able)\ to|refuse)\b
      | i'm\ (?:unable|not\ able)\ to\b
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
    text = unicodedata.normalize("NFKC", answer.translate(_PLAIN_APOSTROPHES))
    if match := _LABEL.fullmatch(text):
        return Reading(label=match[1] == "1")
    return Reading(label=None, refused=_REFUSAL.match(text) is not None)
