"""The rules: from evidence to a named fault. Their order is that in which findings are told.

A fault of the prompt explains whatever the model then says; one of the fields hides what stands behind it; one of the
sampling makes every comparison of texts void; and only where none of these is seen do other texts mean other weights.
So a fault silences later ones that would tell the same evidence a second time, under a wrong name.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from reports.checks.check_id import CheckId
from reports.checks.facts import Facts
from reports.findings import symptoms as signs
from reports.findings.diagnosis import Shown
from reports.findings.evidence import FEWEST_ROWS
from reports.findings.precedence import SUPPRESSED_BY
from reports.findings.prompt_rules import show_prompt_fault
from reports.findings.weights_rules import show_other_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reports.checks.check import Check
    from reports.findings.evidence import Evidence

    Rule = Callable[[Evidence], Shown | None]


#: Up to this share of other texts than the reference's, the first answers are right.
_RIGHT_AT_FIRST = 0.25

#: Below this share of the examples, markup and missing answers may be the doing of a model that does not write Harmony
#: well any more.
_SELDOM = 0.1

#: From this share of other texts on, texts are drawn and not merely disturbed.
_DRAWN = 0.9

_ANY_FACTS = Facts()


def _when(fault: str, rows: list[Mapping[str, Any]], checks: list[Check]) -> Shown | None:
    """Returns what shows a fault: examples, unless there are too few and no check confirms them."""
    enough = len(rows) >= FEWEST_ROWS or bool(checks)
    return Shown(ids=(fault,), rows=rows, checks=checks) if enough else None


def _row_rule(fault: str, sign: Callable[[Mapping[str, Any]], bool]) -> Rule:
    return lambda evidence: _when(fault, evidence.rows_with(sign), [])


def _text_rule(fault: str, sign: Callable[[str], bool]) -> Rule:
    def show(evidence: Evidence) -> Shown | None:
        leaked = [check for check in evidence.broken(CheckId.NO_MARKUP) if sign(check.facts.leaked or "")]
        rows = evidence.rows_holding(sign)
        return None if _are_the_models_own(rows, evidence) else _when(fault, rows, leaked)

    return show


def _are_the_models_own(rows: list[Mapping[str, Any]], evidence: Evidence) -> bool:
    """Returns whether odd answers are few beside many texts that are other ones.

    A model that says other things, and does not write Harmony well now and then, writes what no parser can read.
    """
    odd = {row["example_id"] for row in rows}
    others = sum(1 for row in evidence.with_other_text if row["example_id"] not in odd)
    return len(rows) < _SELDOM * len(evidence.rows) and others > _RIGHT_AT_FIRST * len(evidence.compared)


def _check_rule(fault: str, *check_ids: CheckId, facts: Facts = _ANY_FACTS) -> Rule:
    def show(evidence: Evidence) -> Shown | None:
        checks = [check for check_id in check_ids for check in evidence.broken(check_id, facts=facts)]
        return Shown(ids=(fault,), checks=checks) if checks else None

    return show


def _refused_effort(evidence: Evidence) -> Shown | None:
    checks = [
        check
        for check in evidence.checks
        if check.facts.status in (400, 422) and "effort" in (check.facts.said or "").lower()
    ]
    return _when("effort-refused", evidence.rows_with(signs.was_refused_for_effort), checks)


def _failing_parser(evidence: Evidence) -> Shown | None:
    rows = evidence.rows_with(signs.failed_inside)
    return _when("parser-500", rows, []) if len(rows) < len(evidence.rows) else None


def _missing_usage(evidence: Evidence) -> Shown | None:
    checks = evidence.broken(CheckId.USAGE_ADDS_UP, facts=Facts(missing=True))
    return _when("usage-missing", evidence.rows_with(signs.lacks_usage), checks)


def _special_token(evidence: Evidence) -> Shown | None:
    named = [
        check
        for check in evidence.broken(CheckId.OFFERED_TOOL_CALLED)
        if any(signs.holds_special_token(name) for name in check.facts.called or ())
    ]
    shown = _text_rule("special-token-in-field", signs.holds_special_token)(evidence)
    if shown is None:
        return _when("special-token-in-field", [], named)
    return Shown(ids=shown.ids, rows=shown.rows, checks=[*shown.checks, *named])


def _missing_answer(evidence: Evidence) -> Shown | None:
    """Shows where an answer went that is not there: the fault that most of such examples speak for comes first."""
    kinds = {
        "null-everything": signs.lost_everything,
        "answer-in-reasoning": signs.answers_in_reasoning,
        "reasoning-only": signs.stopped_after_thinking,
        "null-content": signs.lost_the_answer,
    }
    taken: set[str] = set()
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for fault, sign in kinds.items():
        rows[fault] = [row for row in evidence.rows_with(sign) if row["example_id"] not in taken]
        taken |= {row["example_id"] for row in rows[fault]}
    ids = tuple(sorted((fault for fault in kinds if rows[fault]), key=lambda fault: -len(rows[fault])))
    shown = [row for fault in ids for row in rows[fault]]
    if len(shown) < FEWEST_ROWS or _are_the_models_own(shown, evidence):
        return None
    apart = "The tokens that are billed tell whether an answer was generated at all." if len(ids) > 1 else ""
    return Shown(ids=ids, rows=shown, apart=apart)


def _lower_limit(evidence: Evidence) -> Shown | None:
    checks = evidence.broken(CheckId.ENDS_BEFORE_LIMIT)
    checks = [check for check in checks if check.facts.limit is not None]
    return _when("budget-eaten-by-reasoning", evidence.rows_with(signs.was_cut_too_soon), checks)


def _inline_tags(evidence: Evidence) -> Shown | None:
    apart = evidence.broken(CheckId.REASONING_APART)
    checks = [check for check in apart if check.facts.tag is not None]
    return _when("reasoning-inline-tags", evidence.rows_holding(signs.holds_tags), checks)


def _refusing_guard(evidence: Evidence) -> Shown | None:
    """Shows a guard: the same words again and again, without a thought, where the reference gives a label."""
    rows = evidence.rows_with(signs.was_refused_alone) if evidence.has_reference else []
    words = Counter(row["api_response"] for row in rows)
    repeated = sum(count for count in words.values() if count > 1)
    if 2 * repeated <= len(rows) or repeated < FEWEST_ROWS:
        return None
    return Shown(
        ids=("canned-refusal", "developer-dropped", "other-model"),
        rows=rows,
        apart="A guard answers faster than the model can, in the same words, and bills few tokens.",
    )


def _commentary(evidence: Evidence) -> Shown | None:
    rows = evidence.rows_with(signs.answered_otherwise) if evidence.has_reference else []
    return _when("commentary-as-final", rows, [])


def _phantom_call(evidence: Evidence) -> Shown | None:
    checks = evidence.broken(CheckId.NO_TOOL_CALLED_UNOFFERED)
    return _when("phantom-tool-call", evidence.rows_with(signs.calls_a_tool), checks)


def _unsteady(evidence: Evidence) -> Shown | None:
    """Shows that the same request does not get the same text, and ranks why."""
    repeated = evidence.broken(CheckId.TEMPERATURE_ZERO_REPEATS)
    checks = [check for check in repeated if check.facts.parted is not None]
    checks += evidence.broken(CheckId.SECOND_CALL_ANSWERS_ALIKE)
    if not checks:
        return None
    apart = "The temperature would: the share of other texts grows with it where it is heeded at all."
    if evidence.compared and evidence.share_of_other_texts <= _RIGHT_AT_FIRST:
        # Drawn or disturbed texts would not have been the reference's when they were asked for the first time.
        return Shown(ids=("second-call-corrupted", "nondeterministic"), checks=checks, apart=_REPEAT_APART)
    ids = ("temperature-ignored", "nondeterministic")
    drawn = evidence.share_of_other_texts >= _DRAWN
    rows = evidence.with_other_text
    return Shown(ids=ids if drawn else ids[::-1], rows=rows, checks=checks, apart=apart)


_REPEAT_APART = "Restart the server and ask once: a cache is to blame where the first answer is always right."


def _disturbed(evidence: Evidence) -> Shown | None:
    checks = evidence.broken(CheckId.CONCURRENT_CALLS_ANSWER_ALIKE)
    return Shown(ids=("load-corrupted",), rows=evidence.with_other_text, checks=checks) if checks else None


def _lost_call(evidence: Evidence) -> Shown | None:
    """Shows that a call did not come back, unless the model says other things anyway: then it may not have called."""
    if evidence.has_same_prompts and evidence.share_of_other_texts > _RIGHT_AT_FIRST:
        return None
    return _check_rule("tool-call-lost", CheckId.OFFERED_TOOL_CALLED, facts=Facts(called=()))(evidence)


def _lossy_stream(evidence: Evidence) -> Shown | None:
    joined = evidence.broken(CheckId.STREAM_JOINS_TO_THE_ANSWER)
    checks = [check for check in joined if check.facts.part is not None]
    return Shown(ids=("stream-loses-text",), checks=checks) if checks else None


def _changing_provider(evidence: Evidence) -> Shown | None:
    checks = evidence.broken(CheckId.MODEL_AND_PROVIDER_CONSTANT, facts=Facts(changes="provider"))
    rows = [row for row in evidence.rows if row["api_provider"]] if len(evidence.providers) > 1 else []
    return _when("provider-changes", rows, checks)


RULES: tuple[Rule, ...] = (
    _refused_effort,
    show_prompt_fault,
    _failing_parser,
    _missing_usage,
    _text_rule("raw-harmony-in-content", signs.holds_harmony),
    _text_rule("glued-channels", signs.holds_glued_channels),
    _row_rule("eos-ignored", signs.went_on),
    _special_token,
    _inline_tags,
    _lower_limit,
    _missing_answer,
    _row_rule("reasoning-field-unknown", signs.has_unknown_field),
    _row_rule("reasoning-dropped", signs.lacks_reasoning),
    _refusing_guard,
    _commentary,
    _phantom_call,
    _unsteady,
    _disturbed,
    _lost_call,
    _check_rule("history-reasoning-kept", CheckId.EARLIER_REASONING_DROPPED),
    _check_rule("effort-ignored", CheckId.EFFORT_CHANGES_THINKING, CheckId.EFFORT_FIELD_READ, facts=Facts(same=True)),
    _lossy_stream,
    _check_rule("stream-bad-deltas", CheckId.STREAM_DELTAS_WELL_FORMED, CheckId.STREAM_HAS_LAST_CHUNK),
    _check_rule("stop-string-left", CheckId.STOP_STRING_LEFT_OUT, facts=Facts(stop_left=True)),
    _check_rule("json-mode-breaks-harmony", CheckId.RESPONSE_FORMAT_KEEPS_CHANNELS_APART),
    _changing_provider,
    show_other_weights,
)


def shown_faults(evidence: Evidence) -> Iterator[Shown]:
    """Yields what the evidence shows, in the order of the rules, without what an earlier one explains."""
    silenced: set[str] = set()
    for rule in RULES:
        shown = rule(evidence)
        if shown is not None and shown.ids[0] not in silenced:
            yield shown
            silenced |= SUPPRESSED_BY.get(shown.ids[0], frozenset()) | {shown.ids[0]}
