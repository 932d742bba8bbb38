"""The day that a rendered prompt prints.

Templates write today's date into the system message. Recorded answers belong to prompts of another day: what is
compared with them must be rendered as on that day. An endpoint's template may look at a clock of another place, or at
none: its date is its own, and a tokenizer may cut that date into another number of tokens.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

#: How the date line begins, the line before it ended.
DATE_LINE = "\nCurrent date: "

#: The date line of the system message, which comes first: the same words in a user's text are the user's.
_LINE = rf"<\|start\|>system<\|message\|>[^<]*?{DATE_LINE}"
_DATE = re.compile(rf"(\A{_LINE})\d{{4}}-\d{{2}}-\d{{2}}")
_ANY_DATE = re.compile(rf"{_LINE}([^\n<]*)")

#: The days that an endpoint may print: from the month of gpt-oss's knowledge cutoff on, ten years.
_FIRST_DAY, _DAYS = dt.date(2024, 6, 1), 10 * 366


def with_date(text: str, day: dt.date) -> str:
    """Returns a rendered prompt as the template would have written it on `day`; one without a date line as it is."""
    return _DATE.sub(lambda found: found[1] + day.isoformat(), text, count=1)


def date_of(text: str) -> str | None:
    """Returns what the date line of a rendered prompt says, or None where it has none."""
    found = _ANY_DATE.search(text)
    return None if found is None else found[1]


def date_lengths(tokenizer: Any) -> list[int]:  # noqa: ANN401 - not typed
    """Returns how many tokens a date line may have, from the shortest up.

    It is one number where digits are read three at a time, as gpt-oss's tokenizer does; the miniature's knows fewer
    numbers. A tokenizer that knows its answer, such as a recorded one, gives it by a method of this name.
    """
    known = getattr(tokenizer, "date_lengths", None)
    return list(_measured(tokenizer) if known is None else known())


def date_shifts(tokenizer: Any, date: str) -> list[int]:  # noqa: ANN401 - not typed
    """Returns by how many tokens another day's date line may differ from that of `date`, the nearest first; never 0."""
    own = _length(tokenizer, date)
    return sorted((length - own for length in date_lengths(tokenizer) if length != own), key=lambda by: (abs(by), by))


@cache
def _measured(tokenizer: Any) -> tuple[int, ...]:  # noqa: ANN401 - not typed
    days = (_FIRST_DAY + dt.timedelta(days) for days in range(_DAYS))
    return tuple(sorted({_length(tokenizer, day.isoformat()) for day in days}))


def _length(tokenizer: Any, date: str) -> int:  # noqa: ANN401 - not typed
    return len(tokenizer.encode(f"{DATE_LINE}{date}\n\nReasoning: medium", add_special_tokens=False))


@dataclass(frozen=True, slots=True)
class FixedDateTokenizer:
    """A tokenizer of transformers whose chat template prints another day than today.

    Attributes:
        tokenizer: the real one, which does everything else.
        day: what the template prints.
    """

    tokenizer: Any
    day: dt.date

    def apply_chat_template(self, conversation: Any, *, tokenize: bool = True, **options: Any) -> Any:  # noqa: ANN401 - transformers' signature
        """Renders a conversation as text or, with `return_dict`, as `{"input_ids": tokens}`."""
        wanted = options.pop("return_dict", False)
        text = with_date(self.tokenizer.apply_chat_template(conversation, tokenize=False, **options), self.day)
        if not tokenize:
            return text
        ids = self.tokenizer.encode(text, add_special_tokens=False)
        return {"input_ids": ids} if wanted else ids

    def __len__(self) -> int:
        return len(self.tokenizer)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the tokenizer has
        return getattr(self.tokenizer, name)
