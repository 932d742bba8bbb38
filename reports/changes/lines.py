"""A comparison as lines for a terminal: pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.plain_text import printable
from backends.secrets import redact
from reports.changes.change import ChangeKind
from reports.changes.named import new_findings, unlike_checks
from reports.changes.report import mapping
from reports.statistics.probability import told_p
from reports.text import cut, excerpt, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.changes.change import Change
    from reports.changes.comparison import Comparison, SubjectComparison
    from reports.changes.report import ToldSubject
    from reports.changes.spending import Spending

#: How many flipped examples are shown.
SHOWN = 10

#: More wire checks than this are counted, and not named, where a line says what came of it.
_NAMED = 2

#: Characters of a title, a claim or a reason that a line shows.
_SENTENCE = 160

_TABLE = "  {:<20} {:>6} {:>6}  {:<16} {:>5} {:>5} {:>6}  {}"


def comparison_lines(compared: Comparison) -> Iterator[str]:
    """Yields the lines about two reports, free of credentials; the last one tells what came of it."""
    yield from (printable(redact(line)) for line in _lines(compared))


def outcome_line(compared: Comparison) -> str:
    """Returns the line that says what came of it."""
    worse = compared.regressions
    if worse:
        return f"regression: {_told(worse)}."
    if compared.changes:
        return f"changed, no regression: {_told(compared.changes)}."
    return "no change beyond chance."


def _told(changes: Sequence[Change]) -> str:
    """Returns changes as a sentence without its full stop; of many wire checks, how many there are."""
    checks = [change for change in changes if change.kind is ChangeKind.CHECK]
    few = len(checks) <= _NAMED
    told = [f"{change.subject}: {change.told.rstrip('.')}" for change in changes if few or change not in checks]
    return "; ".join(told if few else [*told, f"{len(checks)} wire checks came out otherwise"])


def _lines(compared: Comparison) -> Iterator[str]:
    yield f"older    {compared.old}"
    yield f"newer    {compared.new}"
    for one in compared.subjects:
        yield ""
        yield from _subject_lines(one)
    for name, report in compared.unpaired:
        yield f"not compared: {name} is in {report} alone"
    yield ""
    yield outcome_line(compared)


def _subject_lines(one: SubjectComparison) -> Iterator[str]:
    names = one.new.id if one.old.id == one.new.id else f"{one.old.id} (older), {one.new.id} (newer)"
    yield f"subject  {names}: {one.common} examples in both"
    for refusal in one.likeness.refusals:
        yield f"unlike   {refusal.told}: verdicts and findings are told, and make no regression"
    for note in one.likeness.notes:
        yield f"note     {note.told}"
    if one.likeness.untold:
        yield f"unknown  not told in both reports: {', '.join(one.likeness.untold)}"
    yield f"verdict  {_verdict(one.old)} -> {_verdict(one.new)}"
    yield from _finding_lines(one)
    yield from _check_lines(one)
    if one.old.tokens or one.new.tokens:
        yield f"tokens   {one.old.tokens or 'not read'} -> {one.new.tokens or 'not read'}"
    yield from _criteria_lines(one)
    yield from (f"shift    {shift.told}" for shift in one.shifts)
    yield from _flip_lines(one)
    if one.spending is not None:
        yield from _spending_lines(*one.spending)


def _verdict(subject: ToldSubject) -> str:
    return str(subject.verdict or "none")


def _finding_lines(one: SubjectComparison) -> Iterator[str]:
    for finding in new_findings(one.old, one.new):
        yield f"new      {finding.id}: {cut(one_line(finding.title), _SENTENCE)} ({finding.side}, {finding.count})"
        if finding.reproduce:
            yield f"         {finding.reproduce}"
    for finding in new_findings(one.new, one.old):
        yield f"gone     {finding.id}: {cut(one_line(finding.title), _SENTENCE)} ({finding.side}, {finding.count})"
    both = [finding.id for finding in one.new.findings if finding not in new_findings(one.old, one.new)]
    if both:
        yield f"still    {', '.join(both)}"


def _check_lines(one: SubjectComparison) -> Iterator[str]:
    for change in one.changes:
        if change.kind is ChangeKind.CHECK:
            yield f"check    {cut(change.told, 2 * _SENTENCE)}"
    for check in unlike_checks(one.old, one.new):
        yield f"check    {check.id} is broken, and the older run did not look at it: {cut(check.claim, _SENTENCE)}"


def _criteria_lines(one: SubjectComparison) -> Iterator[str]:
    if not one.criteria:
        yield "criteria no example with answers in both: nothing to hold side by side"
        return
    yield _TABLE.format("criterion", "older", "newer", "95% interval", "fewer", "more", "n", "of the difference")
    for result in one.criteria:
        low, high = result.interval
        says = ("fell" if result.difference < 0 else "rose") if result.moved else "no change beyond chance"
        yield _TABLE.format(
            result.name,
            f"{result.old:.3f}",
            f"{result.new:.3f}",
            f"[{low:+.3f}, {high:+.3f}]",
            result.downs,
            result.ups,
            result.n,
            f"{result.difference:+.3f}, {told_p(result.corrected)}: {says}",
        )


def _flip_lines(one: SubjectComparison) -> Iterator[str]:
    if not one.flips:
        if one.common:
            yield "flipped  none: every answer came to the same"
        return
    came = f"{len(one.flips)} of {one.common} answers came to something else"
    yield f"flipped  {came}, {sum(flip.left for flip in one.flips)} left the reference{_asked_again(one)}"
    for flip in one.flips[:SHOWN]:
        beside = "" if flip.new_local is None else f" (LOCAL {flip.new_local})"
        yield f"  {flip.example_id}  {flip.conv_id}  {flip.old} -> {flip.new}{beside}  {excerpt(flip.text)}"
        yield f"    older {excerpt(flip.old_answer)}"
        yield f"    newer {excerpt(flip.new_answer)}"


def _asked_again(one: SubjectComparison) -> str:
    """Returns, as the end of a clause, how often the API's answers differed where the older run asked it again."""
    noise = one.old.told.get("noise")
    found = [mapping(told) for told in noise] if isinstance(noise, list) else []
    repeat = next((told for told in found if told.get("side") == "api" and told.get("change") == "repeat"), None)
    if repeat is None:
        return ""
    return f"; asked again at once, the older run's API changed {repeat.get('labels_differ')} of {repeat.get('n')}"


def _spending_lines(old: Spending, new: Spending) -> Iterator[str]:
    if old.timed or new.timed:
        times = f"median {_s(old.latency_median_s)} -> {_s(new.latency_median_s)}"
        tails = f"95 of 100 within {_s(old.latency_p95_s)} -> {_s(new.latency_p95_s)}"
        yield f"latency  {times}, {tails} (n = {old.timed} and {new.timed}, without the cache)"
    if (old.completion_tokens, new.completion_tokens) != (None, None):
        prompts = f"prompts {_n(old.prompt_tokens)} -> {_n(new.prompt_tokens)}"
        yield f"billed   {prompts}, completions {_n(old.completion_tokens)} -> {_n(new.completion_tokens)} tokens"
    if (old.cost, new.cost) != (None, None):
        yield f"cost     {_money(old.cost)} -> {_money(new.cost)}, as the endpoint tells it"


def _s(seconds: float | None) -> str:
    return "unknown" if seconds is None else f"{seconds:.2f} s"


def _n(count: int | None) -> str:
    return "unknown" if count is None else str(count)


def _money(cost: float | None) -> str:
    return "unknown" if cost is None else f"{cost:.6f}"
