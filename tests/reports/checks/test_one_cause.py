"""A cause that one check tells for all makes others unanswered, and one of their own leaves them broken."""

from __future__ import annotations

import pytest

from backends.no_completion import NoCompletion
from reports.checks import Check, CheckId, CheckOutcome, Facts, Unserved, told_once
from tests.reports.material import check


def broken(check_id: CheckId, *unserved: Unserved) -> Check:
    """Returns a check that is broken by these requests."""
    facts = Facts(unserved=unserved)
    return check(CheckOutcome.BROKEN, f"test_x.py::test_{check_id}", check_id=check_id, facts=facts)


def unserved(said: str, status: int = 400, why: NoCompletion = NoCompletion.REFUSED) -> Unserved:
    """Returns a request without an answer."""
    return Unserved(exchange="policy", why=why, status=status, said=said)


@pytest.mark.parametrize(
    ("plain", "own", "outcome"),
    [
        (unserved("no tools, id 12ab"), unserved("no tools, id 77"), CheckOutcome.UNANSWERED),
        (unserved("no tools"), unserved("unknown role"), CheckOutcome.BROKEN),
        (unserved("no tools"), unserved("no tools", 422), CheckOutcome.BROKEN),
        (
            unserved('{"id": 1}', 200, NoCompletion.OTHER_SHAPE),
            unserved('{"b": 2}', 200, NoCompletion.OTHER_SHAPE),
            CheckOutcome.UNANSWERED,
        ),
    ],
)
def test_check_of_its_own_breaks_by_its_own_cause_alone(plain: Unserved, own: Unserved, outcome: CheckOutcome) -> None:
    made = [broken(CheckId.REQUESTS_ANSWERED, plain), broken(CheckId.TOOL_RESULT_ACCEPTED, own)]

    told = told_once(made)

    assert [one.outcome for one in told] == [CheckOutcome.BROKEN, outcome]
    assert told[0] == made[0]


def test_checks_that_break_by_answers_stay_as_they_are() -> None:
    made = [broken(CheckId.REQUESTS_ANSWERED, unserved("no")), check(CheckOutcome.BROKEN), check()]

    assert told_once(made) == made
