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

#: Faults of tool calls, the ones that explain most first.
_OF_CALLS: frozenset[FaultId] = frozenset(
    {
        "tool-call-lost",
        "tool-call-glued",
        "tool-call-in-reasoning",
        "tool-call-in-content",
        "tool-name-prefixed",
        "tool-arguments-malformed",
    }
)

#: Faults that hide an answer, or put another text in its place.
_OF_FIELDS: frozenset[FaultId] = frozenset(
    {
        "raw-harmony-in-content",
        "glued-channels",
        "special-token-in-field",
        "reasoning-inline-tags",
        "reasoning-in-content",
        "null-content",
        "null-everything",
        "reasoning-only",
        "answer-in-reasoning",
        "reasoning-dropped",
        "reasoning-field-unknown",
        "budget-eaten-by-reasoning",
    }
)

#: Faults of the reported counts, which other texts show too.
_OF_USAGE: frozenset[FaultId] = frozenset({"usage-lacks-reasoning", "usage-wrong"})

#: Faults that the length of a prompt in another form shows.
_OF_FORMS: frozenset[FaultId] = frozenset(
    {"developer-role-lost", "text-parts-lost", "first-system-lost", "call-reasoning-lost"}
)

#: Faults that an answer shows which is not as a parameter of its request asks for it.
_OF_PARAMETERS: frozenset[FaultId] = frozenset(
    {"tool-choice-ignored", "response-format-ignored", "parameter-ignored", "logprobs-misplaced"}
)

#: Faults of a stream that another text or another call in it may show.
_OF_STREAMS: frozenset[FaultId] = frozenset(
    {"stream-loses-text", "stream-loses-call", "stream-wrong-finish", "characters-broken"}
)

#: What another prompt brings about.
_OF_ANOTHER_PROMPT: frozenset[FaultId] = (
    _OF_TEXTS | _OF_FIELDS | _OF_CALLS | _OF_FORMS | {"canned-refusal", "history-reasoning-kept"}
)

#: What a fault of the fields brings about.
_OF_LOST_FIELDS: frozenset[FaultId] = (
    _OF_FIELDS
    | _OF_TEXTS
    | _OF_CALLS
    | _OF_USAGE
    | _OF_STREAMS
    | _OF_PARAMETERS
    | {
        "canned-refusal",
        "reasoning-beside-call",
        "load-corrupted",
        "history-reasoning-kept",
        "phantom-tool-call",
        "stop-string-left",
        # What is given back in a second turn is then none of the protocol's, and a server may well fail at it.
        "server-error",
        "request-refused",
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
        ("template-drift", "tokenizer-drift", "prompt-truncated"),
        _OF_WEIGHTS | _OF_FORMS | {"effort-ignored", "tool-call-lost", "tool-arguments-malformed"},
    ),
    "effort-refused": frozenset({"effort-ignored", "other-model"}),
    "effort-ignored": _OF_WEIGHTS,
    **dict.fromkeys(_OF_WEIGHTS, _OF_WEIGHTS | {"characters-broken"}),
    "usage-uncached-only": _OF_USAGE
    | {"usage-missing", "usage-inflated", "prompt-truncated", "history-reasoning-kept"},
    "usage-missing": _OF_USAGE,
    "usage-lacks-reasoning": frozenset({"usage-wrong"}),
    "eos-ignored": _OF_FIELDS | _OF_TEXTS | _OF_CALLS | _OF_USAGE | _OF_STREAMS | {"stop-string-left"},
    "commentary-as-final": _OF_TEXTS | {"stop-string-left"},
    "canned-refusal": _OF_WEIGHTS | _OF_SAMPLING | _OF_PARAMETERS | {"effort-ignored", "cut-untold"},
    **dict.fromkeys(("parser-500", "server-error"), frozenset({"stream-fails"})),
    "content-in-parts": frozenset({"stream-bad-deltas", "stream-loses-text"}),
    "broken-json": _OF_WEIGHTS | _OF_SAMPLING | _OF_STREAMS | {"stream-bad-deltas", "commentary-as-final"},
    # A call that the model did not write is read as tokens of the answer.
    "phantom-tool-call": _OF_STREAMS | _OF_WEIGHTS,
    "tool-call-lost": frozenset({"stream-loses-call", "tool-choice-ignored"}),
    "json-mode-breaks-harmony": frozenset({"response-format-ignored"}),
    # What explains where a call went explains that it is missing too, and what a stream's deltas are made of.
    **dict.fromkeys(
        ("tool-call-in-reasoning", "tool-call-glued"),
        frozenset(
            {
                "tool-call-lost",
                "tool-arguments-malformed",
                "tool-call-in-content",
                "stream-bad-deltas",
                "stream-loses-call",
                "stream-wrong-finish",
            }
        ),
    ),
    **dict.fromkeys(
        ("tool-arguments-malformed", "tool-name-prefixed"), frozenset({"stream-bad-deltas", "stream-loses-call"})
    ),
    "characters-broken": frozenset({"stream-loses-text"}),
    # A stream whose end is missing ends for no reason, and without its last event.
    "stream-bad-deltas": frozenset({"stream-wrong-finish"}),
    "stream-loses-call": frozenset({"stream-wrong-finish"}),
    **dict.fromkeys(
        _OF_SAMPLING,
        _OF_TEXTS | _OF_SAMPLING | _OF_USAGE | _OF_STREAMS | {"tool-call-lost", "tool-arguments-malformed"},
    ),
}

#: The same where texts alone tell of weights: answers that never came are most of what the criteria fail by. What the
#: tokens of the others show is told beside it.
SUPPRESSED_WITHOUT_TOKENS: Mapping[FaultId, frozenset[FaultId]] = dict.fromkeys(
    ("parser-500", "server-error", "guard-refuses", "phantom-call-refused", "request-refused", "no-chat-completion"),
    _OF_WEIGHTS,
)


def may_alter_texts(fault: FaultId) -> bool:
    """Returns whether a fault accounts for texts that are other ones."""
    return fault in _OF_TEXTS | _OF_SAMPLING or bool(SUPPRESSED_BY.get(fault, frozenset()) & _OF_WEIGHTS)
