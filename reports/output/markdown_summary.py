"""The summary as Markdown: short lines and tables, and behind them what the terminal printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.checks.check import CheckOutcome, with_outcome
from reports.markdown import block, name_in_heading, prose, table
from reports.output.run_lines import run_cells
from reports.output.side_by_side import side_by_side
from reports.output.spending_lines import spent_in_words
from reports.output.summary import criterion_cells, described, odd_rows, subject_lines
from reports.rows.flow import Flow
from reports.statistics.criteria import unjudged
from reports.text import excerpt
from reports.verdict.judgement import Judgement, VerdictKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.findings import Finding
    from reports.rows.row import Row
    from reports.verdict.verdict import SubjectVerdict, Verdict

#: How a judgement is marked, for eyes that skim.
_MARKS = {
    Judgement.CONFORMS: "\N{WHITE HEAVY CHECK MARK}",
    Judgement.DIFFERS: "\N{CROSS MARK}",
    Judgement.NO_VERDICT: "\N{WHITE QUESTION MARK ORNAMENT}",
}

#: How many odd examples have a row; the parquet file holds them all.
_SHOWN = 10

#: Characters of an answer in such a row, of a sentence in a table, and of one that stands alone.
_ANSWER, _SENTENCE, _LONGEST = 80, 300, 2000


def summary_markdown(verdict: Verdict, *, printed: bool = True) -> str:
    """Returns the summary: the verdict, a section for each subject, and the terminal's lines as they were printed.

    Whatever a server, a data set or a recording may have said is escaped or stands in a block of code, which no text
    can end: nothing in it is Markdown or HTML.

    Args:
        verdict: on the run.
        printed: whether those lines stand at the end.
    """
    lines = [f"# Conformance: {verdict.judgement}", "", f"{_MARKS[verdict.judgement]} {_sentence(verdict)}", ""]
    if verdict.run is not None:
        lines += table(("run", ""), run_cells(verdict.run), _SENTENCE)
    if not verdict.complete:
        lines += ["**The run is not complete: rows are missing.**", ""]
    if beside := side_by_side(verdict):
        lines += table(beside[0], beside[1:])
    for judged in verdict.subjects:
        lines += _subject(judged, alone=len(verdict.subjects) == 1)
    lines += table(("left out", "because"), verdict.left_out, _SENTENCE)
    known = ", ".join(f"{name} {value}" for name, value in verdict.environment.items() if value)
    lines += [f"Environment: {prose(known, _LONGEST)}", ""]
    if printed:
        lines += ["## As it was printed", ""]
        for judged in verdict.subjects:
            lines += block(subject_lines(judged))
    return "\n".join(lines).rstrip() + "\n"


def _sentence(verdict: Verdict) -> str:
    if len(verdict.subjects) == 1:
        return prose(verdict.subjects[0].reason, _LONGEST)
    each = (f"{judged.subject.id} {judged.judgement}" for judged in verdict.subjects)
    return prose(f"{', '.join(each)}.", _LONGEST)


def _subject(judged: SubjectVerdict, *, alone: bool) -> Iterator[str]:
    yield f"## {name_in_heading(judged.subject.id)}: {judged.judgement}"
    yield ""
    if not alone:
        yield prose(judged.reason, _LONGEST)
        yield ""
    yield from _about(judged)
    if judged.rows and not judged.is_silent:
        yield from _criteria(judged)
        yield from _flow(judged)
    yield from _checks(judged)
    for finding in judged.findings:
        yield from _finding(finding)
    yield from _measured(judged)
    yield from _disagreements(judged)


def _about(judged: SubjectVerdict) -> Iterator[str]:
    subject, sample = judged.subject, judged.subject.sample
    rows = [("model", subject.model), ("API", described(subject.api))]
    if judged.kind is VerdictKind.WIRE:
        rows.append(("asked", "wire checks alone, and no example"))
    else:
        drawn = f", {sample.stratify}, seed {sample.seed}" if sample.stratify else ""
        rows += [
            ("local reference", described(subject.local)),
            ("policy", subject.policy),
            ("sample", f"{sample.size} examples{drawn}, sha256 {sample.sha256[:12]}"),
        ]
    rows += [("spent", spent_in_words(judged.spent))] if judged.spent else []
    yield from table(("", "what was asked"), rows, _SENTENCE)


def _criteria(judged: SubjectVerdict) -> Iterator[str]:
    rows = [criterion_cells(result) for result in judged.criteria]
    rows += [(name, "", "", "", "", "not looked at in an audit") for name in unjudged(judged.criteria)]
    yield from table(("criterion", "observed", "threshold", "95% interval", "n", "stands"), rows, _SENTENCE)


def _flow(judged: SubjectVerdict) -> Iterator[str]:
    """Yields what the answers became; nothing where every example has two labels, or the API alone answers."""
    flow = Flow(rows=judged.rows)
    if flow.is_plain or flow.is_one_sided:
        return
    across = flow.kinds_of_local
    rows = [(kind, *(str(flow.counts[kind, other] or "") for other in across)) for kind in flow.kinds_of_api]
    yield from table(("API, and LOCAL across", *across), rows)


def _checks(judged: SubjectVerdict) -> Iterator[str]:
    """Yields how the wire checks went, and a row for each that was broken or could not be told."""
    if not judged.checks:
        return
    counts = ((str(outcome), len(with_outcome(judged.checks, outcome))) for outcome in CheckOutcome)
    told = ", ".join(f"{count} {name}" for name, count in counts if count)
    yield f"{len(judged.checks)} wire checks: {told}."
    yield ""
    odd = (CheckOutcome.BROKEN, CheckOutcome.STALE, CheckOutcome.ERROR, CheckOutcome.UNANSWERED)
    rows = [
        (check.id, str(outcome), check.claim, check.message)
        for outcome in odd
        for check in with_outcome(judged.checks, outcome)
    ]
    yield from table(("wire check", "is", "claim", "what was seen"), rows, _SENTENCE)


def _finding(finding: Finding) -> Iterator[str]:
    whose = " (of the local reference)" if finding.side == "local" else ""
    yield f"### Finding: {name_in_heading(finding.id)}{whose}"
    yield ""
    yield f"{prose(finding.title)}. {prose(finding.cause)}"
    yield ""
    checks, examples = finding.evidence["checks"], finding.evidence["examples"]
    rows = [("seen in", f"{len(examples)} examples, {len(checks)} wire checks")]
    rows += [("cured by", switch) for switch in finding.switches]
    rows += [("like", ", ".join(finding.resembles))] if finding.resembles else []
    rows += [("or", f"{', '.join(finding.candidates)}. {finding.distinguished_by}")] if finding.candidates else []
    yield from table(("", "about it"), rows, _SENTENCE)
    yield from block([finding.reproduce], kind="sh")


def _measured(judged: SubjectVerdict) -> Iterator[str]:
    """Yields what the tokens of the answers tell, and how far each side agrees with itself."""
    if judged.tokens is not None:
        yield f"**Tokens**: {prose(judged.tokens.says)}"
        yield ""
    yield from (f"- noise: {prose(measured.describe())}" for measured in judged.noise)
    if judged.noise:
        yield ""


def _disagreements(judged: SubjectVerdict) -> Iterator[str]:
    odd = [] if judged.is_silent else odd_rows(judged)
    if not odd:
        return
    first = f"; the first {_SHOWN}" if len(odd) > _SHOWN else ""
    yield f"{len(odd)} of {len(judged.rows)} examples do not agree{first}:"
    yield ""
    rows = [_cells(row) for row in odd[:_SHOWN]]
    yield from table(("example", "API", "LOCAL", "API says", "LOCAL says"), rows, _ANSWER)


def _cells(row: Row) -> tuple[str, ...]:
    said = (excerpt(side.error or side.response) for side in (row.api, row.local))
    return (row.example_id, str(row.api.outcome), str(row.local.outcome), *said)
