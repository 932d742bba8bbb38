"""The findings: each fault with its cause, its best example, what cures it and what shows it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.page.source import SubjectSource

#: Whose fault it is, in words.
_SIDES: Final = {"api": "the endpoint's", "local": "the local reference's"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one side said to the best example; each fact as name and value."""

    side: str
    reasoning: str | None
    response: str | None
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding as a card."""

    id: str
    title: str
    whose: str
    count: str
    cause: str
    switches: Sequence[str]
    reproduce: str
    resembles: Sequence[str]
    candidates: Sequence[str]
    told_apart_by: str
    lines: Sequence[str]
    check: str
    example_id: str
    text: str | None
    said: Sequence[Said]
    examples: Sequence[str]
    checks: Sequence[str]
    covered: bool


def finding_views(subject: SubjectSource) -> list[FindingView]:
    """Returns the findings that the verdict tells of, the one that explains most first."""
    return [_view(subject, one) for one in subject.told.get("findings") or ()]


def _view(subject: SubjectSource, one: Mapping[str, Any]) -> FindingView:
    evidence = one.get("evidence") or {}
    example = evidence.get("example") or {}
    check = evidence.get("check") or {}
    side = str(one.get("side"))
    examples = list(evidence.get("examples") or ())
    return FindingView(
        id=str(one["id"]),
        title=str(one["title"]),
        whose=_SIDES.get(side, side),
        count=_count(one, examples),
        cause=str(one.get("cause") or ""),
        switches=list(one.get("switches") or ()),
        reproduce=str(one.get("reproduce") or ""),
        resembles=list(one.get("resembles") or ()),
        candidates=list(one.get("candidates") or ()),
        told_apart_by=str(one.get("told_apart_by") or ""),
        lines=list(evidence.get("lines") or ()),
        check=f"{check['id']}: {check['message']}" if check else "",
        example_id=str(example.get("example_id") or ""),
        text=example.get("text"),
        said=[_said(name, example[name]) for name in ("api", "local") if example.get(name)],
        examples=examples,
        checks=list(evidence.get("checks") or ()),
        covered=_is_toxic(subject, str(example.get("example_id"))),
    )


def _count(one: Mapping[str, Any], examples: Sequence[str]) -> str:
    count = one.get("count") or 0
    what = "example" if examples else "check"
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _said(side: str, told: Mapping[str, Any]) -> Said:
    names = ("outcome", "finish_reason", "prompt_tokens", "completion_tokens", "error")
    facts = [(name.replace("_", " "), str(told[name])) for name in names if told.get(name) is not None]
    return Said(side=side.upper(), reasoning=told.get("reasoning"), response=told.get("response"), facts=facts)


def _is_toxic(subject: SubjectSource, example_id: str) -> bool:
    return any(is_toxic(row) for row in subject.rows if row.get("example_id") == example_id)


def is_toxic(row: Mapping[str, Any]) -> bool:
    """Returns whether a row's texts are covered until somebody asks for them: anybody calls its text toxic."""
    return row.get("ground_truth") == 1 or True in (row.get("api_binary_label"), row.get("local_binary_label"))
