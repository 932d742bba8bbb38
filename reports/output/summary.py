"""The summary as text: pure functions from a frozen verdict to lines."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from reports.output.check_lines import check_lines
from reports.output.finding_lines import finding_lines
from reports.output.statistics_lines import insight_lines
from reports.statistics.disagreements import disagreeing
from reports.text import excerpt
from reports.verdict.judge import FEWEST_FOR_A_MISS
from reports.verdict.judgement import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.checks.check import Check
    from reports.statistics.criteria import CriterionResult
    from reports.verdict.verdict import SubjectVerdict, Verdict

#: How many odd examples are shown; the parquet file holds them all.
SHOWN = 5

_DIGEST_DIGITS = 64

_TABLE = "{:<20} {:>8} {:>9}  {:<16} {:>9}  {}"


def summary_lines(verdict: Verdict) -> Iterator[str]:
    """Yields the lines for the terminal, without the closing verdict line."""
    for subject in verdict.subjects:
        yield from subject_lines(subject)
        yield ""
    for name, reason in verdict.left_out:
        yield f"left out: {name}. {reason}"


def verdict_line(verdict: Verdict) -> str:
    """Returns the one line that says how the run ended."""
    if len(verdict.subjects) == 1:
        return f"verdict: {verdict.judgement}. {verdict.subjects[0].reason}"
    each = " ".join(f"{subject.about['id']}: {subject.judgement}. {subject.reason}" for subject in verdict.subjects)
    return f"verdict: {verdict.judgement}. {each}"


def subject_lines(subject: SubjectVerdict) -> Iterator[str]:
    """Yields the lines about one subject."""
    about, sample = subject.about, subject.about["sample"]
    yield f"subject  {about['id']} (model {about['model']}, policy {about['policy']})"
    yield f"API      {_described(about['api'])}"
    yield f"LOCAL    {_described(about['local'])}"
    yield from local_lines(about)
    drawn = f"{sample['stratify']}, seed {sample['seed']}, " if sample["stratify"] else ""
    yield f"sample   {sample['size']} examples ({drawn}sha256 {sample['sha256'][:12]})"
    if days := about.get("prompt_days"):
        told = f"{days['api']} (API) and {days['local']} (LOCAL)"
        yield f"dates    as far as clocks tell, the prompts print {told}: texts may part by that alone"
    if subject.rows:
        yield from _row_lines(subject)
    elif subject.checks:
        yield ""
    yield from check_lines(subject.checks)
    yield from insight_lines(subject)
    yield from _odd_lines(subject)
    yield from finding_lines(subject.findings)


def unjudged_lines(about: Mapping[str, Any], checks: Sequence[Check]) -> Iterator[str]:
    """Yields the lines about a subject of which only wire checks were run: a verdict takes examples."""
    yield f"subject  {about['id']} (model {about['model']})"
    yield f"API      {_described(about['api'])}"
    yield ""
    yield from check_lines(checks)


def _row_lines(subject: SubjectVerdict) -> Iterator[str]:
    """Yields the table of the criteria and the counts of both sides."""
    yield ""
    yield _TABLE.format("criterion", "observed", "threshold", "95% interval", "n", "")
    for result in subject.criteria:
        yield _criterion_line(result)
    yield ""
    yield from _count_lines(subject)


def summary_markdown(verdict: Verdict) -> str:
    """Returns the summary as Markdown: the verdict, and the terminal's lines as they were printed."""
    lines = [f"# Conformance: {verdict.judgement}", ""]
    for subject in verdict.subjects:
        reason, *told = (line.replace("```", "'''") for line in (subject.reason, *subject_lines(subject)))
        lines += [f"## {subject.about['id']}: {subject.judgement}", "", reason, "", "```text", *told]
        lines += ["```", ""]
    lines += [f"Left out: {name}. {reason}" for name, reason in verdict.left_out]
    lines += [
        "",
        "Environment: " + ", ".join(f"{name} {value}" for name, value in verdict.environment.items() if value),
    ]
    lines.append("" if verdict.complete else "\n**The run is not complete: rows are missing.**")
    return "\n".join(lines).rstrip() + "\n"


def _described(side: Mapping[str, Any]) -> str:
    """Returns one side in a line; of a digest or an absolute path, what a reader can use."""
    return ", ".join(f"{name} {_short(str(value))}" for name, value in side.items() if value is not None)


def _short(value: str) -> str:
    if len(value) == _DIGEST_DIGITS and value.isalnum():
        return value[:12]
    return ".../" + "/".join(value.split("/")[-2:]) if value.startswith("/") else value


def _criterion_line(result: CriterionResult) -> str:
    low, high = result.interval
    counted = f"{result.successes}/{result.n}" if result.successes is not None else str(result.n)
    return _TABLE.format(
        result.name,
        f"{result.observed:.3f}",
        f">= {result.threshold:.3f}",
        f"[{low:.3f}, {high:.3f}]",
        counted,
        "pass" if result.passed else "FAIL",
    )


def _count_lines(subject: SubjectVerdict) -> Iterator[str]:
    pairs, agreeing = subject.labelled_pairs
    if pairs:
        yield f"among the {pairs} pairs with two labels, {agreeing} agree ({agreeing / pairs:.3f})"
    for side in ("api", "local"):
        counts = Counter(row[f"{side}_outcome"] for row in subject.rows)
        cached = sum(1 for row in subject.rows if row[f"{side}_cached"])
        retried = sum(max(0, (row[f"{side}_attempts"] or 0) - 1) for row in subject.rows)
        extras = [f"{cached} from the cache" if cached else "", f"{retried} retries" if retried else ""]
        told = ", ".join([f"{count} {kind}" for kind, count in counts.most_common()] + [e for e in extras if e])
        yield f"{side.upper():<8} {told}"
    if len(subject.rows) < FEWEST_FOR_A_MISS:
        yield f"thin evidence: {len(subject.rows)} examples leave wide intervals"


def _odd_lines(subject: SubjectVerdict) -> Iterator[str]:
    """Yields the first examples whose answers do not agree, in label or in words, with what both sides said."""
    if not subject.rows:
        return
    least = next(result.threshold for result in subject.criteria if result.name == "response_similarity")
    odd = disagreeing(subject.rows, least)
    if not odd:
        return
    yield ""
    first = f"; the first {SHOWN}:" if len(odd) > SHOWN else ":"
    yield f"{len(odd)} of {len(subject.rows)} examples do not agree{first}"
    for row in odd[:SHOWN]:
        yield f"  {row['example_id']}  {excerpt(row['text'])}"
        for side in ("api", "local"):
            said = row[f"{side}_error"] or row[f"{side}_response"]
            yield f"    {side.upper():<6} {row[f'{side}_outcome']:<10} {excerpt(said)}"
    yield f"rerun one with: pytest conformance -k {odd[0]['example_id']}"


def colour_of(judgement: Judgement) -> dict[str, bool]:
    """Returns the terminal markup that suits a judgement."""
    return {
        Judgement.CONFORMS: {"green": True},
        Judgement.DIFFERS: {"red": True},
        Judgement.NO_VERDICT: {"yellow": True},
    }[judgement] | {"bold": True}


def local_lines(about: Mapping[str, Any]) -> Iterator[str]:
    """Yields a sentence for what the user would want to change."""
    local = about.get("local") or {}
    if local.get("effective_batch_size") is not None:
        size = local["effective_batch_size"]
        yield (
            f"LOCAL    memory ran out at batch size {local['batch_size']}, and the work went on with {size}: "
            f"--local-batch-size {size} spares the tries."
        )
