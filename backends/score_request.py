"""A ScoreRequest: the question what the local model says of an answer, which may not have come yet."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from backends.completion import Answer
    from backends.prompt import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRequest:
    """What is asked of the local model about one answer.

    Attributes:
        prompt: what was answered; at temperature 0, since drawn tokens need not be likely.
        whose: ASCII name of who answered, such as the group of the answer.
        answer: returns the answer, waiting for it.
        form: the form of the prompt behind which the answer is read, as `backends.renderings.read_form` says it; None
            for the form that the local reference itself is fed.
        mistake: the value of a `backends.renderings.Mistake`, where the answer is read behind a mistaken prompt; of
            several renderings of it the likeliest counts.
        every_rendering: True to read the answer behind every legitimate form and every known mistake besides, which
            makes the score's `likelihoods`.
    """

    prompt: Prompt
    whose: str
    answer: Callable[[], Answer] = field(compare=False, repr=False)
    form: tuple[str, ...] | None = None
    mistake: str | None = None
    every_rendering: bool = False

    @property
    def under(self) -> dict[str, Any]:
        """Behind which prompts the answer is read, as plain data."""
        form = None if self.form is None else list(map(str, self.form))
        return {"form": form, "mistake": self.mistake, "every": self.every_rendering}

    @property
    def digest(self) -> str:
        """A 64-digit hexadecimal name of this request, equal on every machine. The answer is no part of it."""
        what = json.dumps([self.prompt.digest, self.whose, self.under])
        return hashlib.sha256(what.encode()).hexdigest()
