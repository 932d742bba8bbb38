"""Whether the local reference is a measure at all: what its own rows and its noise show against it.

Nothing here looks at the endpoint's answers. The prompt is held against Harmony's rules, its length against the
tokenizer's file, the end of the text against Harmony's stop tokens, and the reference against itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.completion import FinishReason
from backends.harmony.tokens import GENERATION_ENDS
from backends.renderings.token_counter import token_counter
from reports.checks.check_id import CheckId
from reports.findings.diagnosis import Diagnosis
from reports.findings.evidence import FEWEST_ROWS
from reports.statistics.noise import OTHER_PRECISION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import ReferenceFaultId
    from reports.rows.row import Row
    from reports.statistics.noise import NoiseMeasurement

#: Wire checks that hold a reply against the reference's template or tokenizer.
REFERENCE_DEPENDENT: frozenset[CheckId] = frozenset(
    {
        CheckId.PROMPT_LENGTH_LEGITIMATE,
        CheckId.PROMPT_LENGTHS_NOT_OFFSET,
        CheckId.RAW_ROUTE_ANSWERS_ALIKE,
        CheckId.USAGE_COUNTS_REASONING,
    }
)

#: The probability with which a reference that turns no more labels round than the endpoint may looks unsteady.
_LEVEL = 0.01

#: So many examples must have been labelled twice before a reference counts as unsteady.
FEWEST_MEASURED = 10


def drifted_reference(evidence: Evidence) -> Iterator[Diagnosis]:
    """Yields what the rows show against the reference, the one that explains most first.

    The rows of a replay carry prompts that nobody knows the settings of: they show nothing.
    """
    local = evidence.subject.local
    if local.model is None:
        return
    template = [row for row in evidence.rows if row.local_prompt_drift]
    if len(template) >= FEWEST_ROWS:
        lines = template[0].local_prompt_drift
        yield Diagnosis(ids=("template-drift",), rows=template, side="local", lines=lines)
    symptoms: tuple[tuple[ReferenceFaultId, Callable[[Row], bool]], ...] = (
        ("tokenizer-drift", _miscounts(local.model, local.revision)),
        ("generation-drift", ends_elsewhere),
    )
    for fault, symptom in symptoms:
        rows = evidence.rows_with(symptom)
        if len(rows) >= FEWEST_ROWS:
            yield Diagnosis(ids=(fault,), rows=rows, side="local", lines=[_describe(fault, rows[0])])


def unsteady_reference(noise: Sequence[NoiseMeasurement], rows: Sequence[Row], allowed: float) -> Diagnosis | None:
    """Returns what the reference's own noise shows, where it turns more labels round than the endpoint may.

    Texts that were to be drawn need not repeat themselves: they show nothing.

    Args:
        noise: how far each side agrees with itself.
        rows: of the results.
        allowed: the share of labels that the endpoint may change, 0 to 1.
    """
    shaken = [measured for measured in noise if is_shaken(measured, allowed)]
    if not shaken or not all(row.local_greedy for row in rows):
        return None
    # A reference that draws its texts does not repeat itself under any change.
    batch = any(measured.change == "batch" for measured in shaken)
    fault: ReferenceFaultId = "generation-drift" if batch else "attention-drift"
    differing = set(shaken[0].differing)
    named = [row for row in rows if row.example_id in differing] or list(rows[:1])
    return Diagnosis(ids=(fault,), rows=named, side="local", lines=[measured.describe() for measured in shaken])


def is_shaken(measured: NoiseMeasurement, allowed: float) -> bool:
    """Returns whether the reference turns more of its own labels round than `allowed`, in the same number format.

    A restless model often gives a label once and none the next time; where it gives two, they are one in 97 of 100.
    """
    from scipy.stats import binomtest  # noqa: PLC0415 - a second that only the end of a run pays

    own = measured.side == "local" and measured.change not in OTHER_PRECISION and measured.change != "again"
    if not own or measured.both_labelled < FEWEST_MEASURED:
        return False
    return bool(binomtest(measured.flips, measured.both_labelled, allowed, alternative="greater").pvalue < _LEVEL)


def ends_elsewhere(row: Row) -> bool:
    """True where the reference's text ends of itself in no stop token, or goes on after one."""
    kept = row.local.local_evidence
    if kept is None:
        return False
    ends = [kept.text.find(end) + len(end) for end in GENERATION_ENDS if end in kept.text]
    if not ends:
        return row.local.finish_reason in (FinishReason.STOP, FinishReason.TOOL_CALLS)
    return min(ends) < len(kept.text)


def _miscounts(model: str, revision: str | None) -> Callable[[Row], bool]:
    """Returns the symptom of a prompt whose length is not what the tokenizer's file gives; none without the file."""
    count = token_counter(model, revision)

    def symptom(row: Row) -> bool:
        kept = row.local.local_evidence
        return count is not None and kept is not None and count(kept.prompt) != row.local.prompt_tokens

    return symptom


def _describe(fault: ReferenceFaultId, row: Row) -> str:
    if fault == "tokenizer-drift":
        return f"the model was fed {row.local.prompt_tokens} tokens, and the file gives another number"
    kept = row.local.local_evidence
    return f"the text ends in {kept.text[-40:]!r}" if kept is not None else ""
