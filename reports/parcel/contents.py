"""What goes into a parcel, by the name of its file, cleared of credentials and, unless asked for, of texts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.secrets import redact
from reports.parcel.examples import finding_data, shown_example, worst
from reports.parcel.letter import letter
from reports.parcel.withheld import without_texts
from reports.report_folder import EXCHANGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.changes.report import Report, ToldSubject

#: What of a run, and of its machine, a vendor can use.
_SETTINGS = ("model", "api", "policy", "prompt", "prompt_days", "sample", "kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What goes into a parcel.

    Attributes:
        files: texts, by their names.
        examples: that are shown.
        findings: that are named.
    """

    files: Mapping[str, str]
    examples: int
    findings: int


def parcel_of(
    report: Report, exchanges: Mapping[str, Any], *, most: int, with_texts: bool, subject: str | None = None
) -> Parcel:
    """Returns what goes into the parcel of a report.

    Args:
        report: with its rows, where it has any.
        exchanges: what `exchanges.json` holds.
        most: examples of each subject that are shown.
        with_texts: True keeps texts of examples and answers.
        subject: the id of the one that the parcel is about; None for all.
    """
    subjects = [one for one in report.subjects if subject in (None, one.id)]
    files: dict[str, Any] = {}
    told = [_subject(one, files, most=most, with_texts=with_texts) for one in subjects]
    kept = {one.id: exchanges[one.id] for one in subjects if one.id in exchanges}
    rows = [row for one in subjects for row in one.rows]
    data: dict[str, Any] = {
        "findings.json": {
            "verdict": report.told.get("verdict"),
            "subjects": told,
            "run": report.told.get("run"),
            "environment": report.told.get("environment"),
            "texts": "kept" if with_texts else "left out, with their digests",
        },
        **({EXCHANGES: kept} if kept else {}),
        **files,
    }
    if not with_texts:
        data = without_texts(data, rows)
    written = {name: redact(json.dumps(value, indent=2)) + "\n" for name, value in data.items()}
    written = {"README.md": redact(letter(data["findings.json"], with_texts=with_texts))} | written
    return Parcel(
        files=written,
        examples=sum(len(one["examples"]) for one in told),
        findings=sum(len(one["findings"]) for one in told),
    )


def _subject(subject: ToldSubject, files: dict[str, Any], *, most: int, with_texts: bool) -> dict[str, Any]:
    """Returns what is told of a subject, and puts the bodies of its requests among the files."""
    examples = []
    for row in worst(subject, most):
        file = f"requests/{len(files) + 1:03}.json"
        shown = shown_example(row, subject, file, with_texts=with_texts)
        if shown.request is not None:
            files[file] = shown.request
        where = {"request": file if shown.request is not None else None, "curl": shown.curl}
        examples.append(shown.data | where)
    return {
        "id": subject.id,
        "verdict": subject.verdict,
        "reason": subject.reason,
        "settings": {name: subject.told[name] for name in _SETTINGS if name in subject.told},
        "criteria": subject.told.get("criteria"),
        "token_evidence": subject.told.get("token_evidence"),
        "findings": [_by_file(told, examples) if not with_texts else told for told in finding_data(subject)],
        "checks": [check for check in subject.told.get("checks", ()) if check.get("outcome") == "broken"],
        "examples": examples,
    }


def _by_file(finding: dict[str, Any], examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns a finding with the command of its first example, whose request is a file: its own may hold the text."""
    named = finding["examples"][:1]
    by_file = next((one["curl"] for one in examples if [one["example_id"]] == named), None)
    return finding if finding["checks"] or by_file is None else finding | {"reproduce": by_file}
