"""The summary as text: pure functions from a frozen verdict to lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.checks.check import CheckOutcome
from reports.output.check_lines import check_lines
from reports.output.finding_lines import finding_lines
from reports.output.flow_lines import audit_lines, counts_of, flow_lines
from reports.output.run_lines import run_lines
from reports.output.side_by_side import side_by_side_lines
from reports.output.spending_lines import spending_lines
from reports.output.statistics_lines import statistics_lines
from reports.statistics.criteria import Standing, unjudged
from reports.statistics.disagreements import disagreeing
from reports.text import excerpt
from reports.verdict.examples_step import THIN
from reports.verdict.judgement import Judgement, VerdictKind
from reports.verdict.wire_step import unselected_checks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.rows.row import Row
    from reports.statistics.criteria import CriterionResult
    from reports.subject_info import SideInfo, SubjectInfo
    from reports.verdict.verdict import SubjectVerdict, Verdict

#: How many odd examples are shown; the parquet file holds them all.
SHOWN = 5

_DIGEST_DIGITS = 64

#: What a description of a side holds for other places than its line.
_UNTOLD = frozenset({"software", "key_variable", "header_variables"})

#: Outcomes of checks that say no more than that a side was never heard.
_NEVER_HEARD = frozenset({CheckOutcome.UNANSWERED, CheckOutcome.SKIPPED})

_TABLE = "{:<20} {:>8} {:>9}  {:<16} {:>9}  {}"


def summary_lines(verdict: Verdict) -> Iterator[str]:
    """Yields the lines for the terminal, without the closing verdict line."""
    yield from run_lines(verdict.run)
    for judged in verdict.subjects:
        yield from subject_lines(judged)
        yield ""
    if table := list(side_by_side_lines(verdict)):
        yield from (*table, "")
    for name, reason in verdict.left_out:
        yield f"left out: {name}. {reason}"


def verdict_line(verdict: Verdict) -> str:
    """Returns the one line that says how the run ended."""
    if len(verdict.subjects) == 1:
        return f"verdict: {verdict.judgement}. {verdict.subjects[0].reason}"
    each = " ".join(f"{judged.subject.id}: {judged.judgement}. {judged.reason}" for judged in verdict.subjects)
    return f"verdict: {verdict.judgement}. {each}"


def subject_lines(judged: SubjectVerdict) -> Iterator[str]:
    """Yields the lines about one subject."""
    yield from _wire_head_lines(judged.subject) if judged.kind is VerdictKind.WIRE else _head_lines(judged.subject)
    yield from spending_lines(judged.spent)
    if judged.rows and not judged.is_silent:
        yield from _row_lines(judged)
    elif judged.checks and not judged.rows:
        yield ""
    if not judged.is_silent or {check.outcome for check in judged.checks} - _NEVER_HEARD:
        yield from check_lines(judged.checks, judged.subject)
    if not judged.checks and not judged.is_silent:
        yield "wire checks: not run"
    if judged.unselected:
        yield f"{unselected_checks(judged.unselected, named=len(judged.unselected))}"
    if not judged.is_silent:
        yield from statistics_lines(judged)
        yield from _disagreement_lines(judged)
    yield from finding_lines(judged.findings)


def _head_lines(subject: SubjectInfo) -> Iterator[str]:
    """Yields what is under test, and what it is asked about."""
    sample, days = subject.sample, subject.prompt_days
    yield f"subject  {subject.id} (model {subject.model}, policy {subject.policy})"
    yield f"API      {described(subject.api)}"
    yield f"LOCAL    {described(subject.local)}"
    yield from local_lines(subject.local)
    drawn = f"{sample.stratify}, seed {sample.seed}, " if sample.stratify else ""
    if subject.audit:
        yield "audit    the local model generates nothing: it reads the API's answers, and no two answers are compared"
    yield f"sample   {sample.size} examples ({drawn}sha256 {sample.sha256[:12]})"
    if days is not None:
        told = f"{days.api} (API) and {days.local} (LOCAL)"
        yield f"dates    as far as clocks tell, the prompts print {told}: texts may part by that alone"


def _wire_head_lines(subject: SubjectInfo) -> Iterator[str]:
    """Yields what is under test, where only wire checks were run."""
    yield f"subject  {subject.id} (model {subject.model})"
    yield f"API      {described(subject.api)}"
    yield "asked    wire checks alone, and no example: the verdict is of kind wire"


def _row_lines(judged: SubjectVerdict) -> Iterator[str]:
    """Yields the table of the criteria and the counts of both sides."""
    yield ""
    yield _TABLE.format("criterion", "observed", "threshold", "95% interval", "n", "")
    for result in judged.criteria:
        yield _TABLE.format(*criterion_cells(result))
    yield from (f"{name:<20} not looked at in an audit" for name in unjudged(judged.criteria))
    yield ""
    yield from _count_lines(judged)


def described(side: SideInfo) -> str:
    """Returns one side in a line; of a digest or a path, what a reader can use; the endpoint names its software."""
    told = {name: value for name, value in side.facts.items() if value is not None and name not in _UNTOLD}
    return ", ".join(f"{name} {_short(str(value))}" for name, value in told.items())


def _short(value: str) -> str:
    if len(value) == _DIGEST_DIGITS and value.isalnum():
        return value[:12]
    return ".../" + "/".join(value.split("/")[-2:]) if value.startswith("/") else value


def criterion_cells(result: CriterionResult) -> tuple[str, ...]:
    """Returns a criterion's name, what was observed, the threshold, the interval, n and how it stands."""
    low, high = result.interval
    counted = f"{result.successes}/{result.n}" if result.successes is not None else str(result.n)
    return (
        result.name,
        f"{result.observed:.3f}",
        f">= {result.threshold:.3f}",
        f"[{low:.3f}, {high:.3f}]",
        counted,
        _standing(result),
    )


def _standing(result: CriterionResult) -> str:
    """Returns how a criterion stands, and beside what ceiling."""
    ceiling = result.ceiling
    beside = ""
    if ceiling is not None:
        beside = f", {ceiling.beside:.3f} beside a ceiling of {ceiling.observed:.3f} (n = {ceiling.n})"
    if result.standing is Standing.UNDECIDED:
        return f"undecided{beside}"
    return f"{'pass' if result.passed else 'FAIL'}{beside}"


def _count_lines(judged: SubjectVerdict) -> Iterator[str]:
    if judged.subject.audit:
        yield from audit_lines(judged.rows)
    else:
        yield from _lines_of_both(judged)
    if len(judged.rows) < THIN:
        yield f"thin evidence: {len(judged.rows)} examples leave wide intervals"


def _lines_of_both(judged: SubjectVerdict) -> Iterator[str]:
    pairs, agreeing = judged.labelled_pairs
    if pairs:
        yield f"among the {pairs} pairs with two labels, {agreeing} agree ({agreeing / pairs:.3f})"
    yield f"API      {counts_of([row.api for row in judged.rows])}"
    yield f"LOCAL    {counts_of([row.local for row in judged.rows])}"
    yield from flow_lines(judged.rows)


def odd_rows(judged: SubjectVerdict) -> Sequence[Row]:
    """Returns the examples whose answers do not agree, in label or in words; none in an audit, which compares none."""
    if not judged.rows or judged.subject.audit:
        return []
    least = next(result.threshold for result in judged.criteria if result.name == "response_similarity")
    return disagreeing(judged.rows, least)


def _disagreement_lines(judged: SubjectVerdict) -> Iterator[str]:
    """Yields the first examples whose answers do not agree, in label or in words, with what both sides said."""
    odd = odd_rows(judged)
    if not odd:
        return
    yield ""
    first = f"; the first {SHOWN}:" if len(odd) > SHOWN else ":"
    yield f"{len(odd)} of {len(judged.rows)} examples do not agree{first}"
    for row in odd[:SHOWN]:
        yield f"  {row.example_id}  {excerpt(row.text)}"
        for name, side in row.sides:
            yield f"    {name.upper():<6} {side.outcome:<10} {excerpt(side.error or side.response)}"
    yield f"rerun one with: {judged.subject.rerun(odd[0].example_id)}"


def colour_of(judgement: Judgement) -> dict[str, bool]:
    """Returns the terminal markup that suits a judgement."""
    return {
        Judgement.CONFORMS: {"green": True},
        Judgement.DIFFERS: {"red": True},
        Judgement.NO_VERDICT: {"yellow": True},
    }[judgement] | {"bold": True}


def local_lines(local: SideInfo) -> Iterator[str]:
    """Yields a sentence for what the user would want to change."""
    size = local.effective_batch_size
    if size is not None:
        yield (
            f"LOCAL    memory ran out at batch size {local.batch_size}, and the work went on with {size}: "
            f"--local-batch-size {size} spares the tries."
        )
