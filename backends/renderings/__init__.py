"""The prompt oracle: in which forms one conversation may legitimately reach the model, and how long each is.

A server reports the length of the prompt that its model saw. The published chat template and the reference library
render one conversation in slightly different ways, all of them right; the length must be that of one of these.
`legitimate_renderings` makes them, each with its `Form`; `mistaken_renderings` makes known wrong ones, each with its
`Mistake`; and `explain_count` says which of them a reported length fits. `possible_forms` says which forms the lengths
of several conversations leave open together, and whether the server prints another day's date. `prompt_drift` tells
where the local reference's own prompt is none of the legitimate ones.
"""

from __future__ import annotations

from backends.clock import today, today_utc
from backends.renderings.drift import prompt_drift
from backends.renderings.explanation import CountExplanation, explain_count
from backends.renderings.form import ANOTHER_DAY, Form, FormChoice, read_form
from backends.renderings.mistake import Mistake
from backends.renderings.mistakes import mistaken_renderings
from backends.renderings.possible_forms import PossibleForms, date_shift, possible_forms
from backends.renderings.prompt_date import DATE_LINE, FixedDateTokenizer, date_lengths, with_date
from backends.renderings.rendering import Rendering, ids_in_form, legitimate_renderings
from backends.renderings.tokenizer import load_tokenizer

__all__ = [
    "ANOTHER_DAY",
    "DATE_LINE",
    "CountExplanation",
    "FixedDateTokenizer",
    "Form",
    "FormChoice",
    "Mistake",
    "PossibleForms",
    "Rendering",
    "date_lengths",
    "date_shift",
    "explain_count",
    "ids_in_form",
    "legitimate_renderings",
    "load_tokenizer",
    "mistaken_renderings",
    "possible_forms",
    "prompt_drift",
    "read_form",
    "today",
    "today_utc",
    "with_date",
]
