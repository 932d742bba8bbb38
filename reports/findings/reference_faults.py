"""The faults of a local reference that has drifted: then it is no measure, and the endpoint is accused of nothing."""

from __future__ import annotations

from reports.findings.faults import Fault

_FAULTS = (
    Fault(
        id="template-drift",
        title="The local reference's prompt is no legitimate rendering of the conversation",
        cause="Its chat template was changed, or this version of transformers renders it otherwise.",
        resembles=(),
    ),
    Fault(
        id="tokenizer-drift",
        title="The local reference's prompt has other tokens than its tokenizer file gives",
        cause="This version of transformers adds, drops or splits tokens otherwise than the file says.",
        resembles=(),
    ),
    Fault(
        id="generation-drift",
        title="The local reference does not decode greedily up to Harmony's stop tokens",
        cause="Its generation defaults were changed, or this version of transformers heeds others than were asked for.",
        resembles=(),
    ),
    Fault(
        id="attention-drift",
        title="The local reference's labels depend on which attention implementation computes them",
        cause="One of the implementations of this version computes otherwise, or the number format is too coarse.",
        resembles=(),
    ),
)

REFERENCE_FAULTS: dict[str, Fault] = {fault.id: fault for fault in _FAULTS}
if len(REFERENCE_FAULTS) != len(_FAULTS):
    raise ImportError("every fault of the reference needs an id of its own")
