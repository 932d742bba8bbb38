"""What is asked of a tokenizer, noted down, and answered again without it.

The prompt oracle asks a tokenizer of transformers for renderings, tokens and texts. Its answers depend on nothing but
the question and, since templates print the date, on the day.
"""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from backends.renderings import DATE_LINE, date_lengths, with_date

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping
    from pathlib import Path

#: Canonical JSON text of a question to its answer.
Questions: TypeAlias = "Mapping[str, Any]"

#: The question after the number of tokens of a text, which needs the tokenizer's file alone.
COUNT = "count"

#: The question how many tokens a date line may have: where it is one number, an answer for one day serves every other.
DATE_LENGTHS = "date_lengths"


def question(method: str, *args: Any, **options: Any) -> str:  # noqa: ANN401 - whatever JSON can say
    """Returns the canonical text of a question."""
    return json.dumps([method, args, options], sort_keys=True)


@dataclass(slots=True)
class RecordingTokenizer:
    """A tokenizer whose answers are noted down: one line of JSON each, in a file that is added to.

    Attributes:
        tokenizer: of transformers.
        notes: the file; None keeps them in `answers` alone.
        answers: what was noted by this object.
    """

    tokenizer: Any
    notes: Path | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def apply_chat_template(self, conversation: Any, **options: Any) -> Any:  # noqa: ANN401 - transformers' signature
        """Renders a conversation."""
        return self._ask("apply_chat_template", conversation, **options)

    def encode(self, text: str, **options: Any) -> Any:  # noqa: ANN401 - as above
        """Returns the tokens of a text."""
        return self._ask("encode", text, **options)

    def decode(self, ids: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
        """Returns the text of tokens."""
        return self._ask("decode", ids, **options)

    def convert_tokens_to_ids(self, token: Any) -> Any:  # noqa: ANN401 - as above
        """Returns the id of a token."""
        return self._ask("convert_tokens_to_ids", token)

    def date_lengths(self) -> list[int]:
        """Returns how many tokens a date line may have."""
        return list(self.note(question(DATE_LENGTHS), date_lengths(self.tokenizer)))

    def note(self, asked: str, answer: Any) -> Any:  # noqa: ANN401 - plain data
        """Notes an answer down, once, and returns it."""
        with self._lock:
            if asked not in self.answers:
                self.answers[asked] = answer
                if self.notes is not None:
                    with self.notes.open("a", encoding="utf-8") as file:
                        file.write(json.dumps([asked, answer]) + "\n")
        return answer

    def _ask(self, method: str, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
        return self.note(question(method, *args, **options), getattr(self.tokenizer, method)(*args, **options))


def read_notes(path: Path) -> dict[str, Any]:
    """Returns what a `RecordingTokenizer` noted in a file; a last line that was cut off is left out."""
    answers: dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        for line in path.read_text(encoding="utf-8").splitlines():
            asked, answer = json.loads(line)
            answers[asked] = answer
    return answers


@dataclass(slots=True)
class ReplayTokenizer:
    """Answers as a tokenizer did when it was recorded, and asks a real one where nobody asked this before.

    Attributes:
        answers: what was recorded.
        recorded: the day of the recording, which its renderings print.
        day: the day that renderings shall print.
        fallback: brings the real tokenizer; raises BackendUnavailable where it cannot be had.
    """

    answers: Questions
    recorded: dt.date
    day: dt.date
    fallback: Callable[[], Any]

    def apply_chat_template(self, conversation: Any, **options: Any) -> Any:  # noqa: ANN401 - transformers' signature
        """Renders a conversation, as on the day."""
        asked = question("apply_chat_template", conversation, **options)
        if asked not in self.answers or not self._serves_the_day:
            return self.fallback().apply_chat_template(conversation, **options)
        return with_date(self.answers[asked], self.day)

    def encode(self, text: str, **options: Any) -> Any:  # noqa: ANN401 - as above
        """Returns the tokens of a text; of a prompt with another date, those of the recorded one, equally many."""
        asked = question("encode", text, **options)
        if asked in self.answers:
            return list(self.answers[asked])
        if self._serves_the_day and (same := question("encode", self._as_recorded(text), **options)) in self.answers:
            return list(self.answers[same])
        return self.fallback().encode(text, **options)

    def decode(self, ids: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
        """Returns the text of tokens."""
        asked = question("decode", ids, **options)
        return self.answers[asked] if asked in self.answers else self.fallback().decode(ids, **options)

    def convert_tokens_to_ids(self, token: Any) -> Any:  # noqa: ANN401 - as above
        """Returns the id of a token."""
        asked = question("convert_tokens_to_ids", token)
        return self.answers[asked] if asked in self.answers else self.fallback().convert_tokens_to_ids(token)

    def date_lengths(self) -> list[int]:
        """Returns how many tokens a date line may have."""
        asked = question(DATE_LENGTHS)
        return list(self.answers[asked]) if asked in self.answers else date_lengths(self.fallback())

    @property
    def _serves_the_day(self) -> bool:
        return self.day == self.recorded or len(self.answers.get(question(DATE_LENGTHS), ())) == 1

    def _as_recorded(self, text: str) -> str:
        # A whole prompt, or the one part of it that stands between two special tokens.
        return text.replace(f"{DATE_LINE}{self.day}", f"{DATE_LINE}{self.recorded}", 1)
