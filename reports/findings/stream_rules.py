"""The rules about streams and about what stands around an answer: each cause of its own has a name of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.no_completion import NoCompletion
from reports.checks.check_id import CheckId
from reports.findings.diagnosis import Diagnosis
from reports.findings.unserved_rules import diagnosed
from reports.text import cut, one_line

if TYPE_CHECKING:
    from reports.findings.evidence import Evidence

#: Characters of a server's words that are told.
_TOLD = 200

#: How a fact tells that a stream gives no finish reason at all.
_NONE = str(None)


def show_failing_stream(evidence: Evidence) -> Diagnosis | None:
    """Shows streams that do not come whole where unstreamed answers do, with the words of the error inside."""
    checks = evidence.broken(CheckId.STREAM_COMES_WHOLE)
    if not checks:
        return diagnosed("stream-fails", [], evidence.unserved(NoCompletion.NO_STREAM))
    lines = [cut(one_line(check.facts.said), _TOLD) for check in checks if check.facts.said]
    return Diagnosis(ids=("stream-fails",), checks=checks, lines=lines[:1])


def show_lossy_stream(evidence: Evidence) -> Diagnosis | None:
    """Shows a stream that joins to another text than the unstreamed answer."""
    joined = evidence.broken(CheckId.STREAM_JOINS_TO_THE_ANSWER)
    checks = [check for check in joined if check.facts.part is not None or check.facts.lost is not None]
    return Diagnosis(ids=("stream-loses-text",), checks=checks) if checks else None


def show_lost_streamed_call(evidence: Evidence) -> Diagnosis | None:
    """Shows a tool call that is another one, or none, where it is streamed."""
    alike = evidence.broken(CheckId.STREAMED_TOOL_CALL_ALIKE)
    checks = [check for check in alike if check.facts.called is not None]
    return Diagnosis(ids=("stream-loses-call",), checks=checks) if checks else None


def show_other_finish(evidence: Evidence) -> Diagnosis | None:
    """Shows a stream that ends for another reason than the unstreamed answer; one that gives none is another fault."""
    both = [CheckId.STREAM_JOINS_TO_THE_ANSWER, CheckId.STREAMED_TOOL_CALL_ALIKE]
    seen = [check for check_id in both for check in evidence.broken(check_id)]
    checks = [check for check in seen if check.facts.finish_reason not in (None, _NONE)]
    return Diagnosis(ids=("stream-wrong-finish",), checks=checks) if checks else None


def show_missing_done(evidence: Evidence) -> Diagnosis | None:
    """Shows a stream that ends without its last event, though it came whole."""
    checks = evidence.broken(CheckId.STREAM_CLOSED_WITH_DONE)
    return Diagnosis(ids=("stream-without-done",), checks=checks) if checks else None


def show_bad_envelope(evidence: Evidence) -> Diagnosis | None:
    """Shows replies or chunks that do not say what they are."""
    both = [CheckId.ENVELOPE_WELL_FORMED, CheckId.CHUNK_ENVELOPES_WELL_FORMED]
    checks = [check for check_id in both for check in evidence.broken(check_id)]
    return Diagnosis(ids=("bad-envelope",), checks=checks) if checks else None
