"""Which faults, once told, keep others from being told on the same evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reports.findings.diagnosis import Shown
    from reports.findings.evidence import Evidence

    Rule = Callable[[Evidence], Shown | None]


#: Faults that are read off the texts of several answers.
_OF_WEIGHTS = frozenset({"weights-quantised-4bit", "weights-quantised-8bit", "other-model", "kernel-gibberish"})


_OF_SAMPLING = frozenset({"temperature-ignored", "nondeterministic", "second-call-corrupted", "load-corrupted"})


_OF_TEXTS = _OF_WEIGHTS | {
    "effort-ignored",
    "stream-loses-text",
    "json-mode-breaks-harmony",
    "commentary-as-final",
    "eos-ignored",
}


#: Faults that hide an answer, or put another text in its place.
_OF_FIELDS = frozenset(
    {
        "raw-harmony-in-content",
        "glued-channels",
        "special-token-in-field",
        "reasoning-inline-tags",
        "null-content",
        "null-everything",
        "reasoning-only",
        "answer-in-reasoning",
        "reasoning-dropped",
        "reasoning-field-unknown",
        "budget-eaten-by-reasoning",
    }
)


_OF_ANOTHER_PROMPT = _OF_TEXTS | _OF_FIELDS | {"canned-refusal", "tool-call-lost", "history-reasoning-kept"}


#: By the fault that is told: those that are then no longer told.
SUPPRESSED_BY: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        _OF_FIELDS,
        _OF_FIELDS
        | _OF_TEXTS
        | {"canned-refusal", "tool-call-lost", "load-corrupted", "history-reasoning-kept", "phantom-tool-call"}
        | {"stop-string-left"},
    ),
    **dict.fromkeys(("reasoning-dropped", "reasoning-field-unknown"), _OF_TEXTS | {"reasoning-dropped"}),
    **dict.fromkeys(("template-none", "developer-dropped", "developer-as-user"), _OF_ANOTHER_PROMPT),
    **dict.fromkeys(("template-drift", "prompt-truncated"), _OF_WEIGHTS | {"effort-ignored", "tool-call-lost"}),
    "effort-refused": frozenset({"effort-ignored"}),
    "eos-ignored": _OF_FIELDS | _OF_TEXTS | {"tool-call-lost", "stop-string-left"},
    "commentary-as-final": _OF_TEXTS | {"stop-string-left"},
    "canned-refusal": _OF_WEIGHTS | _OF_SAMPLING | {"effort-ignored"},
    "parser-500": _OF_WEIGHTS,
    "phantom-tool-call": frozenset({"stream-loses-text"}),
    **dict.fromkeys(_OF_SAMPLING, _OF_TEXTS | _OF_SAMPLING | {"tool-call-lost"}),
}
