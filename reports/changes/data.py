"""A comparison as plain data, for `--json` and for `verdict.json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reports.changes.lines import outcome_line
from reports.changes.named import new_findings, unlike_checks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.changes.comparison import Comparison, SubjectComparison
    from reports.changes.report import ToldFinding


def comparison_data(compared: Comparison) -> dict[str, Any]:
    """Returns the comparison as plain data; whoever writes it takes the credentials out."""
    return {
        "older": compared.old,
        "newer": compared.new,
        "regression": bool(compared.regressions),
        "says": outcome_line(compared),
        "changes": [asdict(change) for change in compared.changes],
        "subjects": [_subject(one) for one in compared.subjects],
        "not_compared": [{"subject": name, "report": report} for name, report in compared.unpaired],
    }


def _subject(one: SubjectComparison) -> dict[str, Any]:
    old, new = one.old, one.new
    still = [finding for finding in new.findings if finding not in new_findings(old, new)]
    return {
        "id": new.id,
        "older_id": old.id,
        "examples_in_both": one.common,
        "differences": [asdict(found) | {"refuses": found.refuses} for found in one.likeness.differences],
        "unknown": list(one.likeness.untold),
        "verdict": {"older": old.verdict, "newer": new.verdict},
        "token_evidence": {"older": old.tokens, "newer": new.tokens},
        "criteria": [
            asdict(result) | {"difference": result.difference, "moved": result.moved} for result in one.criteria
        ],
        "findings": {
            "new": _findings(new_findings(old, new)),
            "gone": _findings(new_findings(new, old)),
            "still": _findings(still),
        },
        "checks_not_looked_at_before": [asdict(check) for check in unlike_checks(old, new)],
        "shifts": [asdict(shift) for shift in one.shifts],
        "flips": [asdict(flip) for flip in one.flips],
        "spending": None
        if one.spending is None
        else {"older": asdict(one.spending[0]), "newer": asdict(one.spending[1])},
    }


def _findings(found: Sequence[ToldFinding]) -> list[dict[str, Any]]:
    return [{"id": one.id, "title": one.title, "side": one.side, "count": one.count} for one in found]
