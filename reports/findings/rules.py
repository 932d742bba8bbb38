"""The rules: from evidence to a named fault. Their order is that in which findings are told.

A fault of the prompt explains whatever the model then says; one of the fields hides what stands behind it; one of the
sampling makes every comparison of texts void; and only where none of these is seen do other texts mean other weights.
So a fault suppresses later ones that would tell the same evidence a second time, under a wrong name.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from backends.completion import InferenceBackend
from reports.checks.check_id import CheckId
from reports.checks.facts import ANY_FACTS, Facts
from reports.findings import symptoms
from reports.findings.asymmetry_rule import show_asymmetry
from reports.findings.commentary_rule import show_commentary
from reports.findings.diagnosis import Diagnosis
from reports.findings.evidence import FEWEST_ROWS
from reports.findings.precedence import SUPPRESSED_BY, SUPPRESSED_WITHOUT_TOKENS
from reports.findings.prompt_rules import show_prompt_fault
from reports.findings.reply_rules import (
    show_broken_json,
    show_failing_follow_ups,
    show_failing_parser,
    show_failing_server,
)
from reports.findings.request_rules import REQUEST_RULES
from reports.findings.stream_rules import (
    show_bad_envelope,
    show_failing_stream,
    show_lossy_stream,
    show_lost_streamed_call,
    show_missing_done,
    show_other_finish,
)
from reports.findings.thought_rules import show_reasoning_beside_call, show_reasoning_in_content
from reports.findings.tool_rules import (
    show_call_in_content,
    show_call_in_reasoning,
    show_glued_call,
    show_lost_call,
    show_malformed_arguments,
    show_prefixed_name,
)
from reports.findings.unserved_rules import (
    diagnosed,
    refused_with,
    show_guard,
    show_other_bodies,
    show_other_refusals,
    show_parts,
    show_refused_call,
)
from reports.findings.usage_rules import (
    show_missing_usage,
    show_uncached_counts,
    show_uncounted_reasoning,
    show_wrong_usage,
)
from reports.findings.weights_rules import show_other_weights
from reports.findings.wire_rules import (
    show_dropped_reasoning,
    show_missing_answer,
    show_unknown_field,
)
from reports.rows.divergence import common_characters
from reports.statistics.noise import exceeds, legitimate_floor, parts_earlier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reports.checks.check import Check
    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import FaultId
    from reports.rows.row import Row

    Rule = Callable[[Evidence], Diagnosis | None]


#: Up to this share of other texts than the reference's, the first answers are right.
_RIGHT_AT_FIRST = 0.25

#: Below this share of the examples, markup and missing answers may be the doing of a model that does not write Harmony
#: well any more.
_SELDOM = 0.1

#: The probability below which chance does not explain that an endpoint parts from itself more often than the reference
#: does under the legitimate change that alters most.
_REPEATS_LEVEL = 1e-4

#: The same, where the tokens have shown already that nothing legitimate wrote them.
_NAMING_LEVEL = 0.01

#: The probability below which chance does not explain that an endpoint parts from the reference before it does from
#: itself.
_EARLIER_LEVEL = 0.05

#: From this share of other texts on, texts are drawn and not merely disturbed; where tokens tell, they do.
_DRAWN = 0.9


def _when(fault: FaultId, rows: list[Row], checks: list[Check]) -> Diagnosis | None:
    """Returns what shows a fault: examples, unless there are too few and no check confirms them."""
    enough = len(rows) >= FEWEST_ROWS or bool(checks)
    return Diagnosis(ids=(fault,), rows=rows, checks=checks) if enough else None


def _row_rule(fault: FaultId, symptom: Callable[[Row], bool]) -> Rule:
    return lambda evidence: _when(fault, evidence.rows_with(symptom), [])


def _text_rule(fault: FaultId, symptom: Callable[[str], bool]) -> Rule:
    def show(evidence: Evidence) -> Diagnosis | None:
        broken = [*evidence.broken(CheckId.NO_MARKUP), *evidence.broken(CheckId.STREAM_NO_MARKUP)]
        leaked = [check for check in broken if symptom(check.facts.leaked or "")]
        rows = evidence.rows_holding(symptom)
        return None if _are_the_models_own(rows, evidence) else _when(fault, rows, leaked)

    return show


def _are_the_models_own(rows: list[Row], evidence: Evidence) -> bool:
    """Returns whether odd answers are few beside many texts that are other ones, or tokens that another writer wrote.

    A model that says other things, and does not write Harmony well now and then, writes what no parser can read.
    """
    if len(rows) >= _SELDOM * len(evidence.rows):
        return False
    odd = {row.example_id for row in rows}
    others = sum(1 for row in evidence.with_other_text if row.example_id not in odd)
    if others > _RIGHT_AT_FIRST * len(evidence.compared):
        return True
    return evidence.tokens is not None and evidence.tokens.is_beyond_without(odd)


def _check_rule(fault: FaultId, *check_ids: CheckId, facts: Facts = ANY_FACTS) -> Rule:
    def show(evidence: Evidence) -> Diagnosis | None:
        checks = [check for check_id in check_ids for check in evidence.broken(check_id, facts=facts)]
        return Diagnosis(ids=(fault,), checks=checks) if checks else None

    return show


def _refused_effort(evidence: Evidence) -> Diagnosis | None:
    told = refused_with(evidence, lambda one: one.status in (400, 422) and symptoms.speaks_of_effort(one.said))
    return diagnosed("effort-refused", evidence.rows_with(symptoms.was_refused_for_effort), told)


def _small_context(evidence: Evidence) -> Diagnosis | None:
    told = refused_with(evidence, lambda one: symptoms.speaks_of_context(one.said))
    return diagnosed("context-too-small", evidence.rows_with(symptoms.was_refused_for_context), told)


def _special_token(evidence: Evidence) -> Diagnosis | None:
    named = [
        check
        for check in evidence.broken(CheckId.OFFERED_TOOL_CALLED)
        if any(symptoms.holds_special_token(name) for name in check.facts.called or ())
    ]
    diagnosis = _text_rule("special-token-in-field", symptoms.holds_special_token)(evidence)
    if diagnosis is None:
        return _when("special-token-in-field", [], named)
    return Diagnosis(ids=diagnosis.ids, rows=diagnosis.rows, checks=[*diagnosis.checks, *named])


def _missing_answer(evidence: Evidence) -> Diagnosis | None:
    """Shows where an answer went that is not there: the fault that most of such examples speak for comes first."""
    kinds: dict[FaultId, Callable[[Row], bool]] = {
        "null-everything": symptoms.lost_everything,
        "answer-in-reasoning": symptoms.answers_in_reasoning,
        "reasoning-only": symptoms.stopped_after_thinking,
        "null-content": symptoms.lost_the_answer,
    }
    taken: set[str] = set()
    rows: dict[FaultId, list[Row]] = {}
    for fault, symptom in kinds.items():
        rows[fault] = [row for row in evidence.rows_with(symptom) if row.example_id not in taken]
        taken |= {row.example_id for row in rows[fault]}
    ids = tuple(sorted((fault for fault in kinds if rows[fault]), key=lambda fault: -len(rows[fault])))
    odd = [row for fault in ids for row in rows[fault]]
    if len(odd) < FEWEST_ROWS or _are_the_models_own(odd, evidence):
        return None
    told_by = "The tokens that are billed tell whether an answer was generated at all." if len(ids) > 1 else ""
    return Diagnosis(ids=ids, rows=odd, distinguished_by=told_by)


def _lower_limit(evidence: Evidence) -> Diagnosis | None:
    checks = evidence.broken(CheckId.ENDS_BEFORE_LIMIT)
    checks = [check for check in checks if check.facts.limit is not None]
    return _when("budget-eaten-by-reasoning", evidence.rows_with(symptoms.was_cut_too_soon), checks)


def _inline_tags(evidence: Evidence) -> Diagnosis | None:
    apart = evidence.broken(CheckId.REASONING_APART)
    checks = [check for check in apart if check.facts.tag is not None]
    return _when("reasoning-inline-tags", evidence.rows_holding(symptoms.holds_tags), checks)


def _refusing_guard(evidence: Evidence) -> Diagnosis | None:
    """Shows a guard: the same words again and again, without a thought, where the reference gives a label.

    Words that the reference itself refuses in without a thought are the model's own.
    """
    own = {row.local.response for row in evidence.rows if symptoms.refuses_without_a_thought(row.local)}
    rows = evidence.rows_with(symptoms.was_refused_alone) if evidence.has_reference else []
    rows = [row for row in rows if row.api.response not in own]
    words = Counter(row.api.response for row in rows)
    repeated = sum(count for count in words.values() if count > 1)
    if 2 * repeated <= len(rows) or repeated < FEWEST_ROWS:
        return None
    return Diagnosis(
        ids=("canned-refusal", "developer-dropped", "other-model"),
        rows=rows,
        distinguished_by="A guard answers faster than the model can, in the same words, and bills few tokens.",
    )


def _phantom_call(evidence: Evidence) -> Diagnosis | None:
    checks = evidence.broken(CheckId.NO_TOOL_CALLED_UNOFFERED)
    return _when("phantom-tool-call", evidence.rows_with(symptoms.calls_a_tool), checks)


def _parts_more_than_the_reference(evidence: Evidence, level: float) -> bool:
    """Returns whether the endpoint, asked again, parts more often than the reference does under legitimate changes."""
    endpoint = [measured for measured in evidence.noise if measured.change == "repeat"]
    differ, n = sum(measured.texts_differ for measured in endpoint), sum(measured.n for measured in endpoint)
    floor = legitimate_floor(measured for measured in evidence.noise if measured.side == InferenceBackend.LOCAL)
    return exceeds(differ, n, *floor, level)


def _worst_half(evidence: Evidence) -> set[str]:
    """Returns the half of the answers whose tokens are furthest off, by their ids; a broken kernel's are among them."""
    sums = {row.example_id: row.api_score.margin_sum for row in evidence.rows if row.api_score is not None}
    return set(sorted(sums, key=lambda name: -sums[name])[: len(sums) // 2])


def _is_drawn_anew(evidence: Evidence) -> bool:
    """Returns whether most texts are others when they are asked for again, and part as early as from the reference's.

    Two draws part at least as often as one draw is not the likeliest token, whereas other weights leave the reference's
    way and repeat their own. On a model whose wording hangs on near-ties the mere number of texts that part says
    nothing: all do so under another number format too.
    """
    if evidence.tokens is None or not evidence.tokens.is_beyond_without(_worst_half(evidence)):
        return False
    from_reference = {row.example_id: common_characters(row) for row in evidence.compared}
    endpoint = [measured for measured in evidence.noise if measured.change == "repeat" and measured.common]
    return any(
        again.mostly_parts and not parts_earlier(from_reference, again.places, _EARLIER_LEVEL) for again in endpoint
    )


def _parts_from_itself(evidence: Evidence, *, accused: bool) -> bool:
    """Returns whether an endpoint does not repeat itself; where tokens accuse it already, a name alone hangs on it."""
    if _parts_more_than_the_reference(evidence, _NAMING_LEVEL if accused else _REPEATS_LEVEL):
        return True
    return accused and _is_drawn_anew(evidence)


def _unsteady(evidence: Evidence) -> Diagnosis | None:
    """Shows that the same request does not get the same text, and ranks why."""
    repeated = evidence.broken(CheckId.TEMPERATURE_ZERO_REPEATS)
    checks = [check for check in repeated if check.facts.parted is not None]
    checks += evidence.broken(CheckId.SECOND_CALL_ANSWERS_ALIKE)
    drawn = evidence.has_other_tokens if evidence.has_tokens else evidence.share_of_other_texts >= _DRAWN
    if not checks and not (
        evidence.with_other_text and _parts_from_itself(evidence, accused=evidence.has_tokens and drawn)
    ):
        return None
    temperature = "The temperature would: the share of other texts grows with it where it is heeded at all."
    if evidence.compared and evidence.share_of_other_texts <= _RIGHT_AT_FIRST:
        # Drawn or disturbed texts would not have been the reference's when they were asked for the first time.
        return Diagnosis(ids=("second-call-corrupted", "nondeterministic"), checks=checks, distinguished_by=_RESTART)
    ids: tuple[FaultId, ...] = ("temperature-ignored", "nondeterministic")
    if drawn and evidence.tokens is not None:
        ids, rows, lines = (*ids, "weights-quantised-4bit"), evidence.with_decisive_token, [evidence.tokens.says]
        return Diagnosis(ids=ids, rows=rows, checks=checks, lines=lines, distinguished_by=temperature, times=2)
    ranked, rows = ids if drawn else ids[::-1], evidence.with_other_text
    return Diagnosis(ids=ranked, rows=rows, checks=checks, distinguished_by=temperature, times=2)


_RESTART = "Restart the server and ask once: a cache is to blame where the first answer is always right."


def _disturbed(evidence: Evidence) -> Diagnosis | None:
    checks = evidence.broken(CheckId.CONCURRENT_CALLS_ANSWER_ALIKE)
    return Diagnosis(ids=("load-corrupted",), rows=evidence.with_other_text, checks=checks) if checks else None


def _changing_provider(evidence: Evidence) -> Diagnosis | None:
    checks = evidence.broken(CheckId.MODEL_AND_PROVIDER_CONSTANT, facts=Facts(changes="provider"))
    rows = [row for row in evidence.rows if row.api.provider] if len(evidence.providers) > 1 else []
    return _when("provider-changes", rows, checks)


RULES: tuple[Rule, ...] = (
    _refused_effort,
    show_guard,
    show_refused_call,
    show_parts,
    show_other_bodies,
    show_broken_json,
    show_uncached_counts,
    show_prompt_fault,
    _small_context,
    show_failing_parser,
    show_failing_server,
    show_other_refusals,
    show_missing_usage,
    _text_rule("raw-harmony-in-content", symptoms.holds_harmony),
    _text_rule("glued-channels", symptoms.holds_glued_channels),
    _row_rule("eos-ignored", symptoms.went_on),
    _special_token,
    _inline_tags,
    show_reasoning_in_content,
    _lower_limit,
    _missing_answer,
    show_missing_answer,
    _row_rule("reasoning-field-unknown", symptoms.has_unknown_field),
    show_unknown_field,
    _row_rule("reasoning-dropped", symptoms.lacks_reasoning),
    show_dropped_reasoning,
    _refusing_guard,
    show_commentary,
    _phantom_call,
    _unsteady,
    _disturbed,
    show_call_in_reasoning,
    show_prefixed_name,
    show_malformed_arguments,
    show_glued_call,
    show_lost_call,
    show_call_in_content,
    show_reasoning_beside_call,
    show_failing_follow_ups,
    _check_rule("history-reasoning-kept", CheckId.EARLIER_REASONING_DROPPED),
    _check_rule("effort-ignored", CheckId.EFFORT_CHANGES_THINKING, CheckId.EFFORT_FIELD_READ, facts=Facts(same=True)),
    _check_rule("effort-ignored", CheckId.EFFORT_CHANGES_THINKING, facts=Facts(longer=False)),
    _check_rule("previous-response-forgotten", CheckId.PREVIOUS_RESPONSE_KNOWN, facts=Facts(forgotten=True)),
    _check_rule("reasoning-tokens-untold", CheckId.REASONING_TOKENS_TOLD, facts=Facts(reasoning_tokens=0)),
    _check_rule("cut-untold", CheckId.LIMIT_KEPT, facts=Facts(finish_reason="stop")),
    show_failing_stream,
    _check_rule("characters-broken", CheckId.CHARACTERS_WHOLE, facts=Facts(part="content")),
    show_lossy_stream,
    _check_rule("stream-bad-deltas", CheckId.STREAM_DELTAS_WELL_FORMED, CheckId.STREAM_HAS_LAST_CHUNK),
    _check_rule("tool-call-without-id", CheckId.TOOL_CALLS_HAVE_IDS),
    show_lost_streamed_call,
    show_other_finish,
    _check_rule("stream-left-open", CheckId.STREAM_ENDS_BEHIND_DONE),
    show_missing_done,
    show_bad_envelope,
    show_uncounted_reasoning,
    show_wrong_usage,
    _check_rule("stop-string-left", CheckId.STOP_STRING_LEFT_OUT, facts=Facts(stop_left=True)),
    _check_rule("json-mode-breaks-harmony", CheckId.RESPONSE_FORMAT_KEEPS_CHANNELS_APART),
    *REQUEST_RULES,
    _changing_provider,
    show_other_weights,
    # Other weights may write broken characters too.
    _check_rule("characters-broken", CheckId.CHARACTERS_WHOLE),
    show_asymmetry,
)


def diagnose(evidence: Evidence) -> Iterator[Diagnosis]:
    """Yields what the evidence shows, in the order of the rules, without what an earlier one explains."""
    suppressed: set[FaultId] = set()
    for rule in RULES:
        diagnosis = rule(evidence)
        if diagnosis is not None and diagnosis.ids[0] not in suppressed:
            yield diagnosis
            suppressed |= SUPPRESSED_BY.get(diagnosis.ids[0], frozenset()) | {diagnosis.ids[0]}
            if not evidence.has_tokens:
                suppressed |= SUPPRESSED_WITHOUT_TOKENS.get(diagnosis.ids[0], frozenset())
