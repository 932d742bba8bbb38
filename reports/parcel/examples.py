"""The examples of a parcel: those that show the findings, and those whose answers are furthest from the reference."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.findings.builder import curl_of
from reports.parcel.withheld import digest_of
from reports.rows.flow import kind_of
from reports.subject_info import SideInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.changes.report import ToldSubject
    from reports.rows.row import Row, RowSide


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownExample:
    """An example in a parcel.

    Attributes:
        data: what is told of it.
        request: the body of its request as plain data; None where no evidence keeps it.
        curl: the command that asks it again; None where the endpoint has no address.
    """

    data: dict[str, Any]
    request: Any
    curl: str | None


def worst(subject: ToldSubject, most: int) -> list[Row]:
    """Returns the rows that show most, in turn of each finding, then others that left the reference."""
    by_id = {row.example_id: row for row in subject.rows}
    shown = [[by_id[name] for name in finding.examples if name in by_id] for finding in subject.findings]
    turns = [rows[turn] for turn in range(most) for rows in shown if turn < len(rows)]
    others = sorted((row for row in subject.rows if _is_odd(row)), key=lambda row: row.response_similarity)
    return list({row.example_id: row for row in (*turns, *others)}.values())[:most]


def _is_odd(row: Row) -> bool:
    return not row.api.is_well_formed if row.audited else not row.outcomes_match


def shown_example(row: Row, subject: ToldSubject, file: str, *, with_texts: bool) -> ShownExample:
    """Returns an example as a parcel tells it.

    Args:
        row: of the results.
        subject: whose it is.
        file: that holds the body of its request, as the command names it.
        with_texts: False leaves texts out, and tells their digests.
    """
    keep = (lambda text: text) if with_texts else digest_of
    data = {
        "example_id": row.example_id,
        "conv_id": row.conv_id,
        "ground_truth": row.ground_truth,
        "text": keep(row.text),
        "findings": [finding.id for finding in subject.findings if row.example_id in finding.examples],
        "api": _side(row.api, keep) | {"provider": row.api.provider, "latency_s": row.api.latency_s},
        "local": None if row.audited else _side(row.local, keep),
        "response": keep(row.api.said) if row.api.said else None,
    }
    request = dict(row.api.request) or None
    curl = None
    if request and str(subject.api.get("endpoint", "")).startswith(("http://", "https://")):
        curl = curl_of(SideInfo(subject.api), json.dumps(request), f"@{file}")
    if request and not with_texts:
        request = _without(request, row.text, f"[the text of conversation {row.conv_id}]")
    return ShownExample(data=data, request=request, curl=curl)


def _side(side: RowSide, keep: Any) -> dict[str, Any]:  # noqa: ANN401 - a function of a text
    return {
        "came_to": kind_of(side),
        "finish_reason": side.told_finish_reason,
        "prompt_tokens": side.prompt_tokens,
        "completion_tokens": side.completion_tokens,
        "answer": keep(side.response),
        "reasoning": keep(side.reasoning),
        "error": keep(side.error),
    }


def _without(data: Any, text: str, mark: str) -> Any:  # noqa: ANN401 - plain data of any shape
    """Returns a request with a mark in the place of the example's text."""
    if isinstance(data, str):
        return data.replace(text, mark) if text else data
    if isinstance(data, dict):
        return {name: _without(value, text, mark) for name, value in data.items()}
    return [_without(value, text, mark) for value in data] if isinstance(data, list) else data


def finding_data(subject: ToldSubject) -> Iterable[dict[str, Any]]:
    """Yields findings of the endpoint's without what they quote."""
    told: Sequence[dict[str, Any]] = [one for one in subject.told.get("findings", ()) if isinstance(one, dict)]
    for one in told:
        if one.get("side", "api") == "api":
            evidence = one.get("evidence") or {}
            yield {name: value for name, value in one.items() if name != "evidence"} | {
                "examples": evidence.get("examples", []),
                "checks": evidence.get("checks", []),
                "check": evidence.get("check"),
            }
