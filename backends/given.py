"""What Python callers give: texts, a side by its name, the text of a policy. Each is taken as meant, or refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from backends.completion import InferenceBackend
from backends.errors import Failure, FailureKind
from backends.near_names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

#: How the name of a policy's file ends.
_POLICY_FILE = (".md", ".markdown", ".txt")

#: Characters of a value that a message shows.
_SHOWN = 60


def texts_of(given: object) -> tuple[Sequence[object], bool]:
    """Returns what was given as a list, and whether it was one text: then one answer is wanted.

    Whatever is no list of anything, such as bytes, a number, a mapping or a table, counts as one text, and is none.
    """
    is_table = hasattr(given, "columns")  # which would be read as the names of its columns
    if isinstance(given, str | bytes | bytearray | Mapping) or is_table or not isinstance(given, Iterable):
        return [given], True
    return list(given), False


def no_text(given: object, position: int | None = None) -> Failure | None:
    """Returns what stands in the place of an answer where something that is no text was given; None for a text.

    Args:
        given: in the place of a text.
        position: in the list; None where there is no list.
    """
    if isinstance(given, str):
        return None
    shown = repr(given)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    where = "" if position is None else f" at position {position} of the list"
    advice = "decode it first" if isinstance(given, bytes | bytearray) else "leave it out, or give a text"
    return Failure(
        kind=FailureKind.NOT_A_TEXT,
        message=f"{shown}{where} is no text but {_kind(given)}: {advice}. It was not asked about.",
        attempts=0,
    )


def read_backend(given: object) -> InferenceBackend:
    """Returns the side that was named: a member of `InferenceBackend`, or its value in any case.

    Raises:
        ValueError: there is no such side.
    """
    names = list(map(str, InferenceBackend))
    named = given.strip().lower() if isinstance(given, str) else given
    if named in names:
        return InferenceBackend(named)
    hint = did_you_mean(named, names) if isinstance(named, str) else ""
    raise ValueError(f"There is no backend {given!r}: give {' or '.join(map(repr, names))}.{hint}")


def is_policy_name(text: str) -> bool:
    """Returns whether a text is the name of a policy or of its file: no instruction is a single word or ends so."""
    words = text.split()
    return len(words) == 1 or (text.strip().lower().endswith(_POLICY_FILE) and "\n" not in text.strip())


def require_instructions(given: Any) -> str:  # noqa: ANN401 - whatever a caller gives
    """Returns a policy's bare text.

    Raises:
        ValueError: it is empty, or a name, which nobody here knows and no model would.
    """
    if not given.strip():
        raise ValueError("The policy is empty: give the text that asks for exactly 0 or 1, or load_policy(NAME).")
    if is_policy_name(given):
        raise ValueError(
            f"{given!r} is a policy's name and not its text, which would be sent to the model as it stands: "
            f"give load_policy({given!r}), or the text itself."
        )
    return str(given)


def _kind(given: object) -> str:
    """Returns what something is, in a word or two."""
    if given is None:
        return "None"
    if isinstance(given, float) and given != given:  # noqa: PLR0124 - only NaN is not itself
        return "a missing value (NaN)"
    return f"{type(given).__name__}"
