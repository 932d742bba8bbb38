"""The files in the report folder."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from backends.secrets import redact
from reports.output.statistics_lines import statistics_of
from reports.output.summary import summary_markdown
from reports.rows.flow import Flow
from reports.rows.parquet import write_parquet
from reports.statistics.criteria import unjudged

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reports.checks.check import Check
    from reports.verdict.verdict import SubjectVerdict, Verdict

#: Of `verdict.json`; raised when a field changes its meaning.
SCHEMA_VERSION = 1

#: The file that holds the raw exchanges behind broken claims.
EXCHANGES = "exchanges.json"


def write_report(verdict: Verdict, folder: Path) -> list[Path]:
    """Writes `results.parquet`, `verdict.json`, `summary.md` and perhaps `exchanges.json`; returns their paths.

    Where no claim was broken, an earlier run's `exchanges.json` is removed: it is no evidence for this verdict.

    Raises:
        OSError: the folder or a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    results, judgement, summary = folder / "results.parquet", folder / "verdict.json", folder / "summary.md"
    write_parquet([row for subject in verdict.subjects for row in subject.rows], results)
    judgement.write_text(redact(json.dumps(verdict_as_data(verdict), indent=2)) + "\n", encoding="utf-8")
    summary.write_text(redact(summary_markdown(verdict)), encoding="utf-8", errors="replace")
    (folder / EXCHANGES).unlink(missing_ok=True)
    broken = write_exchanges((check for subject in verdict.subjects for check in subject.checks), folder)
    return [results, judgement, summary, *broken]


def write_exchanges(checks: Iterable[Check], folder: Path) -> list[Path]:
    """Writes the evidence of broken claims to `exchanges.json`, by subject, check and exchange.

    Returns:
        The file's path, or nothing where there is no evidence; then nothing is written.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    evidence: dict[str, dict[str, dict[str, Any]]] = {}
    for check in checks:
        if check.evidence:
            raw = {name: _parsed(text) for name, text in check.evidence.items()}
            evidence.setdefault(check.subject, {})[check.id] = raw
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
        "verdict": str(verdict.judgement),
        "subjects": [_subject(subject) for subject in verdict.subjects],
        "left_out": [{"id": name, "reason": reason} for name, reason in verdict.left_out],
        "complete": verdict.complete,
        "environment": dict(verdict.environment),
    }


def _subject(judged: SubjectVerdict) -> dict[str, Any]:
    pairs, agreeing = judged.labelled_pairs
    return {
        **judged.subject.as_data(),
        "verdict": str(judged.judgement),
        "reason": judged.reason,
        "grounds": list(map(str, judged.grounds)),
        "criteria": [asdict(result) for result in judged.criteria],
        "criteria_not_looked_at": list(unjudged(judged.criteria)) if judged.criteria else [],
        "pairs_with_two_labels": None if judged.subject.audit else {"n": pairs, "agreeing": agreeing},
        "flow": Flow(rows=judged.rows).as_data(),
        "token_evidence": None if judged.tokens is None else judged.tokens.as_data(),
        "findings": [finding.as_data() for finding in judged.findings],
        "disagreements": judged.disagreements.as_data(),
        "noise": [measured.as_data() for measured in judged.noise],
        "statistics": statistics_of(judged),
        "missing": list(judged.missing),
        "checks": [check.as_data() for check in judged.checks],
    }


def _parsed(text: str) -> object:
    """Returns what a JSON text stands for; any other text, and one nested too deep to be written again, as it is."""
    try:
        data: object = json.loads(text)
        json.dumps(data, indent=2)
    except (ValueError, RecursionError):
        return text
    return data
