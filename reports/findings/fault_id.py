"""The ids of faults as a type, so that no rule can name one that the catalogue does not know.

The catalogue holds them against its entries when it is imported.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

#: Faults of an endpoint.
EndpointFaultId: TypeAlias = Literal[
    "raw-harmony-in-content",
    "glued-channels",
    "special-token-in-field",
    "commentary-as-final",
    "null-content",
    "null-everything",
    "reasoning-only",
    "budget-eaten-by-reasoning",
    "answer-in-reasoning",
    "stop-string-left",
    "reasoning-dropped",
    "reasoning-inline-tags",
    "reasoning-field-unknown",
    "usage-missing",
    "usage-inflated",
    "effort-ignored",
    "effort-refused",
    "developer-dropped",
    "developer-as-user",
    "developer-in-system",
    "template-drift",
    "template-none",
    "prompt-truncated",
    "context-too-small",
    "history-reasoning-kept",
    "temperature-ignored",
    "nondeterministic",
    "weights-quantised-4bit",
    "weights-quantised-8bit",
    "other-model",
    "kernel-gibberish",
    "second-call-corrupted",
    "load-corrupted",
    "stream-loses-text",
    "stream-bad-deltas",
    "eos-ignored",
    "parser-500",
    "server-error",
    "broken-json",
    "phantom-tool-call",
    "tool-call-lost",
    "json-mode-breaks-harmony",
    "provider-changes",
    "canned-refusal",
    "developer-role-refused",
    "developer-role-lost",
    "text-parts-refused",
    "text-parts-lost",
    "second-system-refused",
    "first-system-lost",
    "call-reasoning-lost",
    "tool-choice-ignored",
    "response-format-ignored",
    "parameter-ignored",
    "logprobs-misplaced",
    "unknown-effort-fails",
    "overflow-cut",
]

#: Faults of a local reference that has drifted.
ReferenceFaultId: TypeAlias = Literal[
    "template-drift",
    "tokenizer-drift",
    "generation-drift",
    "attention-drift",
]

FaultId: TypeAlias = EndpointFaultId | ReferenceFaultId
