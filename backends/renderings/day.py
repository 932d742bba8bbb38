"""The day that a rendered prompt prints.

Templates write today's date into the system message. Recorded answers belong to prompts of another day: what is
compared with them must be rendered as on that day.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

#: The date line of the system message, which comes first: the same words in a user's text are the user's.
_DATE = re.compile(r"(\A<\|start\|>system<\|message\|>[^<]*?\nCurrent date: )\d{4}-\d{2}-\d{2}")


def today() -> dt.date:
    """Returns the day that templates print: the date on this machine's clock, where this machine is."""
    return dt.datetime.now().astimezone().date()


def written_on(text: str, day: dt.date) -> str:
    """Returns a rendered prompt as the template would have written it on `day`; one without a date line as it is."""
    return _DATE.sub(lambda found: found[1] + day.isoformat(), text, count=1)


@dataclass(frozen=True, slots=True)
class DatedTokenizer:
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
        text = written_on(self.tokenizer.apply_chat_template(conversation, tokenize=False, **options), self.day)
        if not tokenize:
            return text
        ids = self.tokenizer.encode(text, add_special_tokens=False)
        return {"input_ids": ids} if wanted else ids

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the tokenizer has
        return getattr(self.tokenizer, name)
