"""Which faults, once told, keep others from being told on the same evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.findings.fault_id import FaultId

#: Faults that are read off the texts of several answers.
_OF_WEIGHTS: frozenset[FaultId] = frozenset(
    {"weights-quantised-4bit", "weights-quantised-8bit", "other-model", "kernel-gibberish"}
)

#: Faults of the sampling.
_OF_SAMPLING: frozenset[FaultId] = frozenset(
    {"temperature-ignored", "nondeterministic", "second-call-corrupted", "load-corrupted"}
)

#: Faults that another text may show.
_OF_TEXTS: frozenset[FaultId] = _OF_WEIGHTS | {
    "effort-ignored",
    "stream-loses-text",
    "json-mode-breaks-harmony",
    "commentary-as-final",
    "eos-ignored",
}

#: Faults that hide an answer, or put another text in its place.
_OF_FIELDS: frozenset[FaultId] = frozenset(
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

#: Faults that the length of a prompt in another form shows.
_OF_FORMS: frozenset[FaultId] = frozenset(
    {"developer-role-lost", "text-parts-lost", "first-system-lost", "call-reasoning-lost"}
)

#: Faults that an answer shows which is not as a parameter of its request asks for it.
_OF_PARAMETERS: frozenset[FaultId] = frozenset(
    {"tool-choice-ignored", "response-format-ignored", "parameter-ignored", "logprobs-misplaced"}
)

#: What another prompt brings about.
_OF_ANOTHER_PROMPT: frozenset[FaultId] = (
    _OF_TEXTS | _OF_FIELDS | _OF_FORMS | {"canned-refusal", "tool-call-lost", "history-reasoning-kept"}
)

#: What a fault of the fields brings about.
_OF_LOST_FIELDS: frozenset[FaultId] = (
    _OF_FIELDS
    | _OF_TEXTS
    | _OF_PARAMETERS
    | {
        "canned-refusal",
        "tool-call-lost",
        "load-corrupted",
        "history-reasoning-kept",
        "phantom-tool-call",
        "stop-string-left",
    }
)


#: By the fault that is told: those that are then no longer told.
SUPPRESSED_BY: Mapping[FaultId, frozenset[FaultId]] = {
    **dict.fromkeys(_OF_FIELDS, _OF_LOST_FIELDS),
    **dict.fromkeys(("reasoning-dropped", "reasoning-field-unknown"), _OF_TEXTS | {"reasoning-dropped"}),
    **dict.fromkeys(
        ("template-none", "developer-dropped", "developer-as-user", "developer-in-system"), _OF_ANOTHER_PROMPT
    ),
    **dict.fromkeys(
        ("template-drift", "prompt-truncated"), _OF_WEIGHTS | _OF_FORMS | {"effort-ignored", "tool-call-lost"}
    ),
    "effort-refused": frozenset({"effort-ignored", "other-model"}),
    "effort-ignored": _OF_WEIGHTS,
    **dict.fromkeys(_OF_WEIGHTS, _OF_WEIGHTS),
    "eos-ignored": _OF_FIELDS | _OF_TEXTS | {"tool-call-lost", "stop-string-left"},
    "commentary-as-final": _OF_TEXTS | {"stop-string-left"},
    "canned-refusal": _OF_WEIGHTS | _OF_SAMPLING | _OF_PARAMETERS | {"effort-ignored"},
    **dict.fromkeys(("parser-500", "server-error"), _OF_WEIGHTS),
    "tool-call-lost": frozenset({"tool-choice-ignored"}),
    "json-mode-breaks-harmony": frozenset({"response-format-ignored"}),
    "broken-json": _OF_WEIGHTS | _OF_SAMPLING | {"stream-loses-text", "stream-bad-deltas", "commentary-as-final"},
    "phantom-tool-call": frozenset({"stream-loses-text"}),
    **dict.fromkeys(_OF_SAMPLING, _OF_TEXTS | _OF_SAMPLING | {"tool-call-lost"}),
}
