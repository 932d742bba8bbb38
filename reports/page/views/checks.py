"""The wire checks: what was claimed, how it ended, and the exchanges behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reports.checks.check import CheckOutcome
from reports.page.shown import shortened
from reports.page.views.exchanges import MOST, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.page.source import SubjectSource

#: Under which name a run of wire checks alone keeps every exchange, as `reports.output.files` writes it.
_EVERY: Final = "exchanges"

#: Characters of all exchanges together, from which on each is cut to so many.
_MOST_TOGETHER, _LATER = 300_000, 1_000

#: Characters of a message.
_MESSAGE: Final = 4_000

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
    """A check as a line of the table; of each exchange its name, its place in the page, and its text where it is told.

    An exchange that several checks look at is told once.
    """

    id: str
    claim: str
    outcome: str
    state: str
    message: str
    link: str
    exchanges: Sequence[tuple[str, str, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksView:
    """Those that were not kept, those that were, and how many ended how."""

    odd: Sequence[CheckView]
    kept: Sequence[CheckView]
    counts: Sequence[tuple[str, str, int]]
    unselected: int


def checks_view(subject: SubjectSource, anchor: str) -> ChecksView:
    """Returns the wire checks that the verdict tells of.

    Args:
        subject: whose they are.
        anchor: what the subject's places in the page begin with.
    """
    told = sorted(subject.told.get("checks") or (), key=lambda one: _ORDER.get(str(one.get("outcome")), 0))
    places: dict[str, str] = {}
    checks = [_view(subject, one, anchor, places) for one in told]
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


def _view(subject: SubjectSource, one: Mapping[str, Any], anchor: str, places: dict[str, str]) -> CheckView:
    outcome = str(one.get("outcome"))
    return CheckView(
        id=str(one.get("id")),
        claim=str(one.get("claim")),
        outcome=outcome,
        state=next((state for known, state in _STATES.items() if known == outcome), "plain"),
        message=shortened(str(one.get("message") or ""), _MESSAGE),
        link=str(one.get("link") or ""),
        exchanges=_exchanges(subject, one, anchor, places),
    )


def _exchanges(
    subject: SubjectSource, check: Mapping[str, Any], anchor: str, places: dict[str, str]
) -> list[tuple[str, str, str | None]]:
    """Returns the exchanges that a check looked at, as far as the report's folder holds them.

    Args:
        subject: whose they are.
        check: as the verdict tells it.
        anchor: what places in the page begin with.
        places: by text, where an exchange stands already; what is told now is added.
    """
    found = []
    for name, one in _of_check(subject, check):
        text = as_text(one, MOST if sum(map(len, places)) < _MOST_TOGETHER else _LATER)
        known = places.get(text)
        place = places.setdefault(text, f"{anchor}-exchange-{len(places)}")
        found.append((name, place, None if known else text))
    return found


def _of_check(subject: SubjectSource, check: Mapping[str, Any]) -> list[tuple[str, object]]:
    own = subject.exchanges.get(str(check.get("id")))
    if isinstance(own, dict):
        return [(str(name), one) for name, one in own.items()]
    every = subject.exchanges.get(_EVERY)
    names = check.get("exchanges") or ()
    return [(name, every[name]) for name in names if name in every] if isinstance(every, dict) else []
