"""Where this parser knowingly differs from oss-harmony 0.0.11, and why.

The tests check the list both ways: a text without the trait of any deviation must agree, and each deviation's own
example must still differ in the way it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One known difference.

    Attributes:
        id: Its name.
        trait: What a text must have for the difference to show.
        here: What this parser does.
        reference: What the reference does.
        reason: Why the difference is kept.
        issue: The upstream issue that is nearest, or None if there is none.
        example: A text that shows it.
    """

    id: str
    trait: str
    here: str
    reference: str
    reason: str
    issue: str | None
    example: str


def checked(deviations: tuple[Deviation, ...]) -> tuple[Deviation, ...]:
    """Gives the list back if it names every deviation once.

    Raises:
        ValueError: The list is empty, or an id repeats.
    """
    ids = {deviation.id for deviation in deviations}
    if len(ids) != len(deviations) or not ids:
        raise ValueError("deviations need ids, each its own")
    return deviations


_KNOWN = (
    Deviation(
        id="lone-surrogates",
        trait="the text holds UTF-16 surrogates (U+D800 to U+DFFF), as a broken JSON escape leaves them",
        here="each is kept as it is, in content and in headers",
        reference="before encoding, pairs become the character they mean and every other one becomes U+FFFD",
        reason="no token can hold a surrogate; text that is compared character by character must not be repaired",
        issue="https://github.com/openai/tiktoken/issues/541",
        example="<|channel|>final<|message|>a\ud800b<|end|>",
    ),
    Deviation(
        id="spelled-out-tokens",
        trait="the model wrote a special token's characters with ordinary tokens",
        here="text that reads `<|end|>` ends the message, since text does not say which tokens it came from",
        reference="only the special token itself counts; its characters spelled out are content",
        reason="this parser reads text; decoded text looks the same in both cases",
        issue="https://github.com/openai/harmony/pull/114",
        example="<|channel|>final<|message|>a<|end|>",
    ),
    Deviation(
        id="long-runs",
        trait="the text has a very long run of one character, such as a million spaces",
        here="read like any other text, in linear time",
        reference="encoding panics, or takes time that grows with the square of the run",
        reason="a parser of answers from elsewhere must not be stopped by one of them",
        issue="https://github.com/openai/harmony/issues/93",
        example="<|channel|>final<|message|>" + " " * 1_000_000,
    ),
    Deviation(
        id="stream-header-limit",
        trait="a stream, not a whole text, meets a header of more than `HEADER_LIMIT` characters",
        here="`header_too_long`, unless the stream was made with `header_limit=None`",
        reference="holds any header",
        reason="a stream promises bounded memory, and a header is the one thing that it must hold",
        issue=None,
        example="a" * ((1 << 20) + 1),
    ),
)

DEVIATIONS: Final = checked(_KNOWN)
"""The list, for the documentation and the tests."""
