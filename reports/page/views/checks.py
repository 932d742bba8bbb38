"""The wire checks: what was claimed, how it ended, and the exchanges behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reports.checks.check import CheckOutcome
from reports.page.views.exchanges import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.page.source import SubjectSource

#: Under which name a run of wire checks alone keeps every exchange, as `reports.output.files` writes it.
_EVERY: Final = "exchanges"

#: How a check ended: the class of its badge, worst first.
_STATES: Final = {
    CheckOutcome.BROKEN: "bad",
    CheckOutcome.STALE: "bad",
    CheckOutcome.ERROR: "unsure",
    CheckOutcome.UNANSWERED: "unsure",
    CheckOutcome.KNOWN_DIFFERENCE: "unsure",
    CheckOutcome.SKIPPED: "plain",
    CheckOutcome.KEPT: "good",
}
if set(_STATES) != set(CheckOutcome):
    raise ImportError("every outcome of a check needs a badge")
_ORDER: Final = {str(outcome): place for place, outcome in enumerate(_STATES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """A check as a line of the table; its exchanges by name, each as text."""

    id: str
    claim: str
    outcome: str
    state: str
    message: str
    link: str
    exchanges: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksView:
    """Those that were not kept, those that were, and how many ended how."""

    odd: Sequence[CheckView]
    kept: Sequence[CheckView]
    counts: Sequence[tuple[str, str, int]]
    unselected: int


def checks_view(subject: SubjectSource) -> ChecksView:
    """Returns the wire checks that the verdict tells of."""
    views = [_view(subject, one) for one in subject.told.get("checks") or ()]
    checks = sorted(views, key=lambda one: _ORDER.get(one.outcome, 0))
    kept = str(CheckOutcome.KEPT)
    return ChecksView(
        odd=[one for one in checks if one.outcome != kept],
        kept=[one for one in checks if one.outcome == kept],
        counts=[
            (str(outcome), state, count)
            for outcome, state in _STATES.items()
            if (count := sum(one.outcome == str(outcome) for one in checks))
        ],
        unselected=len(subject.told.get("checks_not_selected") or ()),
    )


def _view(subject: SubjectSource, one: Mapping[str, Any]) -> CheckView:
    outcome = str(one.get("outcome"))
    return CheckView(
        id=str(one.get("id")),
        claim=str(one.get("claim")),
        outcome=outcome,
        state=next((state for known, state in _STATES.items() if known == outcome), "plain"),
        message=str(one.get("message") or ""),
        link=str(one.get("link") or ""),
        exchanges=_exchanges(subject, one),
    )


def _exchanges(subject: SubjectSource, check: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns the exchanges that a check looked at, as far as the report's folder holds them."""
    own = subject.exchanges.get(str(check.get("id")))
    if isinstance(own, dict):
        return [(str(name), as_text(one)) for name, one in own.items()]
    every = subject.exchanges.get(_EVERY)
    names = check.get("exchanges") or ()
    return [(name, as_text(every[name])) for name in names if name in every] if isinstance(every, dict) else []
