"""The files in the report folder."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from backends.secrets import redact
from reports.changes import comparison_data, comparison_markdown
from reports.checks.check import CheckOutcome
from reports.output.markdown_summary import summary_markdown
from reports.output.places import PARTIAL
from reports.output.replacement import replace_files
from reports.output.statistics_lines import statistics_of
from reports.page import write_page_of_run
from reports.report_folder import EXCHANGES, PAGE, RESULTS, SUMMARY, VERDICT
from reports.rows.flow import Flow
from reports.rows.parquet import write_parquet
from reports.statistics.criteria import unjudged
from reports.verdict.judgement import VerdictKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from reports.changes import Comparison
    from reports.checks.check import Check
    from reports.verdict.verdict import SubjectVerdict, Verdict

#: Of `verdict.json`; raised when a field changes its meaning.
SCHEMA_VERSION = 1

#: Where, under a subject, stand all exchanges of a run of wire checks alone; the ids of checks are longer.
EVERY_EXCHANGE = "exchanges"


#: All files of a report.
_FILES = (RESULTS, VERDICT, SUMMARY, EXCHANGES, PAGE)


def write_report(
    verdict: Verdict,
    folder: Path,
    exchanges: Mapping[str, Mapping[str, str]] | None = None,
    *,
    baseline: Comparison | None = None,
) -> list[Path]:
    """Writes `results.parquet`, `verdict.json`, `summary.md` and perhaps `exchanges.json`; returns their paths.

    They take the place of an earlier run's together, or not at all. Those that there are none of now, such as evidence
    of broken claims where none is broken, go; so does the report on a part that lies beside the one on the whole.
    Last comes `report.html`, which is made of those files alone.

    Args:
        verdict: on the run.
        folder: made where it is not there.
        exchanges: those that are kept whatever came of the checks: by subject and name, as JSON text.
        baseline: what changed since an earlier run that this one is held against.

    Raises:
        OSError: the folder or a file cannot be written; then the earlier files stay as they are.
    """
    written = replace_files(folder, lambda into: _write_files(verdict, into, exchanges, baseline, folder), _FILES)
    if not verdict.is_part and verdict.complete:
        _remove(folder / PARTIAL)
    return written


def _write_files(
    verdict: Verdict,
    into: Path,
    exchanges: Mapping[str, Mapping[str, str]] | None,
    baseline: Comparison | None,
    folder: Path,
) -> list[Path]:
    results, judgement, summary = into / RESULTS, into / VERDICT, into / SUMMARY
    asked = verdict.kind is not VerdictKind.WIRE
    if asked:
        write_parquet([row for subject in verdict.subjects for row in subject.rows], results, _run_block(verdict))
    judgement.write_text(
        redact(json.dumps(verdict_as_data(verdict) | _beside(baseline), indent=2)) + "\n", encoding="utf-8"
    )
    summary.write_text(redact(summary_markdown(verdict) + _section(baseline)), encoding="utf-8", errors="replace")
    checks = [check for subject in verdict.subjects for check in subject.checks]
    shown = write_exchanges(checks, into, exchanges)
    return [*([results] if asked else []), judgement, summary, *shown, write_page_of_run(into, folder)]


def _remove(folder: Path) -> None:
    """Removes a report, and its folder where nothing else lies there."""
    with contextlib.suppress(OSError):
        for name in _FILES:
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()


def _beside(baseline: Comparison | None) -> dict[str, Any]:
    """Returns what `verdict.json` tells of an earlier run; nothing where there is none."""
    return {} if baseline is None else {"baseline": comparison_data(baseline)}


def _section(baseline: Comparison | None) -> str:
    return "" if baseline is None else f"\n{comparison_markdown(baseline)}"


def write_exchanges(
    checks: Iterable[Check], folder: Path, whole: Mapping[str, Mapping[str, str]] | None = None
) -> list[Path]:
    """Writes raw exchanges to `exchanges.json`: by subject, the evidence of broken claims by check and exchange.

    Args:
        checks: of the run.
        folder: made where there is something to write.
        whole: by subject and name, what stands there under `EVERY_EXCHANGE` too.

    Returns:
        The file's path, or nothing where there is no evidence; then nothing is written.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    evidence: dict[str, dict[str, dict[str, Any]]] = {
        subject: {EVERY_EXCHANGE: _read(exchanges)} for subject, exchanges in (whole or {}).items()
    }
    for check in checks:
        if check.evidence:
            evidence.setdefault(check.subject, {})[check.id] = _read(check.evidence)
    if not evidence:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / EXCHANGES
    path.write_text(redact(json.dumps(evidence, indent=2)) + "\n", encoding="utf-8")
    return [path]


def verdict_as_data(verdict: Verdict) -> dict[str, Any]:
    """Returns the verdict as the contract's plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "run": None if verdict.run is None else verdict.run.as_data(),
        "kind": str(verdict.kind),
        "verdict": str(verdict.judgement),
        "subjects": [_subject(subject) for subject in verdict.subjects],
        "left_out": [{"id": name, "reason": reason} for name, reason in verdict.left_out],
        "complete": verdict.complete,
        "part": verdict.is_part,
        "environment": dict(verdict.environment),
    }


def _run_block(verdict: Verdict) -> str | None:
    """Returns the `run` block of `verdict.json` as JSON text."""
    return None if verdict.run is None else redact(json.dumps(verdict.run.as_data()))


def _subject(judged: SubjectVerdict) -> dict[str, Any]:
    pairs, agreeing = judged.labelled_pairs
    about_examples = judged.kind is not VerdictKind.WIRE
    return {
        **judged.subject.as_data(),
        **({} if about_examples else {"sample": None}),
        "kind": str(judged.kind),
        "verdict": str(judged.judgement),
        "reason": judged.reason,
        "grounds": list(map(str, judged.grounds)),
        "criteria": [asdict(result) for result in judged.criteria],
        "criteria_not_looked_at": list(unjudged(judged.criteria)) if judged.criteria or not about_examples else [],
        "pairs_with_two_labels": {"n": pairs, "agreeing": agreeing} if judged.kind is VerdictKind.EXAMPLES else None,
        "flow": Flow(rows=judged.rows).as_data() if about_examples else None,
        "token_evidence": None if judged.tokens is None else judged.tokens.as_data(),
        "findings": [finding.as_data() for finding in judged.findings],
        "disagreements": judged.disagreements.as_data(),
        "noise": [measured.as_data() for measured in judged.noise],
        "statistics": statistics_of(judged),
        "missing": list(judged.missing),
        "wire_checks": "run" if any(one.outcome is not CheckOutcome.SKIPPED for one in judged.checks) else "not run",
        "checks": [check.as_data() for check in judged.checks],
        "checks_not_selected": list(map(str, judged.unselected)),
        **{name: (judged.spent or {}).get(name) for name in ("requests", "tokens", "cost_usd", "first_token_s")},
    }


def _read(exchanges: Mapping[str, str]) -> dict[str, Any]:
    return {name: _parsed(text) for name, text in exchanges.items()}


def _parsed(text: str) -> object:
    """Returns what a JSON text stands for; any other text, and one nested too deep to be written again, as it is."""
    try:
        data: object = json.loads(text)
        json.dumps(data, indent=2)
    except (ValueError, RecursionError):
        return text
    return data
