"""The files in the report folder."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from backends.secrets import redact
from reports.rows import write_parquet
from reports.summary import summary_markdown

if TYPE_CHECKING:
    from pathlib import Path

    from reports.verdict import SubjectVerdict, Verdict

#: Of `verdict.json`; raised when a field changes its meaning.
SCHEMA_VERSION = 1


def write_report(verdict: Verdict, folder: Path) -> list[Path]:
    """Writes `results.parquet`, `verdict.json` and `summary.md` into `folder`; returns their paths.

    Raises:
        OSError: the folder or a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    results, judgement, summary = folder / "results.parquet", folder / "verdict.json", folder / "summary.md"
    write_parquet([row for subject in verdict.subjects for row in subject.rows], results)
    judgement.write_text(redact(json.dumps(verdict_as_data(verdict), indent=2)) + "\n", encoding="utf-8")
    summary.write_text(redact(summary_markdown(verdict)), encoding="utf-8", errors="replace")
    return [results, judgement, summary]


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


def _subject(subject: SubjectVerdict) -> dict[str, Any]:
    pairs, agreeing = subject.labelled_pairs
    return {
        **subject.about,
        "verdict": str(subject.judgement),
        "reason": subject.reason,
        "criteria": [asdict(result) for result in subject.criteria],
        "pairs_with_two_labels": {"n": pairs, "agreeing": agreeing},
        "findings": [dict(finding) for finding in subject.findings],
        "missing": list(subject.missing),
    }
