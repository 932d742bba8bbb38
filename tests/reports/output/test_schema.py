"""The documented schema is made of the code's vocabularies, and can tell a wrong verdict from a right one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from backends.errors import FailureKind
from reports.changes import comparison_data
from reports.changes.comparison import compare
from reports.checks import CheckOutcome
from reports.output.files import verdict_as_data
from reports.schema import main
from reports.verdict.judge import judge
from reports.verdict.verdict import Verdict
from tests.reports.changes.material import run_of, told
from tests.reports.material import NO, YES, about, check, failed, rows, said, steady
from tests.verdict_schema import SCHEMA, problems_of

if TYPE_CHECKING:
    from collections.abc import Callable

CRASHING = rows(
    (failed(FailureKind.SERVER, "oops"), said(YES), 20), (said(NO), said(YES), 2), (said(YES), said(YES), 40)
)


def _data() -> dict[str, Any]:
    """Returns a verdict with criteria, ceilings, findings, checks and noise, as JSON gives it back."""
    info = about([row.example_id for row in CRASHING])
    judged = judge(info, CRASHING, {}, checks=[check(CheckOutcome.BROKEN, message="seen")], noise=steady(len(CRASHING)))
    verdict = Verdict(
        subjects=(judged,), left_out=(("other", "no GPU"),), environment={"python": "3.11", "torch": None}
    )
    return dict(json.loads(json.dumps(verdict_as_data(verdict))))


def test_documentation_holds_the_schema_that_the_code_makes(capsys: pytest.CaptureFixture[str]) -> None:
    main([])

    assert SCHEMA.read_text(encoding="utf-8") == capsys.readouterr().out, (
        "python -m reports schema > docs/verdict.schema.json"
    )


def test_verdict_with_all_its_parts_is_one_of_the_schema() -> None:
    data = _data()

    assert data["subjects"][0]["findings"]
    assert any(one["ceiling"] for one in data["subjects"][0]["criteria"])
    assert problems_of(data) == []


def test_comparison_with_an_earlier_run_is_one_too() -> None:
    found = compare(told(rows((said(YES), said(YES), 62))), [told(CRASHING)])[0]
    baseline = json.loads(json.dumps(comparison_data(found)))

    assert baseline["regression"]
    assert problems_of(_data() | {"baseline": baseline}) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.update(verdict="fine"),
        lambda data: data.pop("complete"),
        lambda data: data.update(surprise=1),
        lambda data: data["subjects"][0].update(surprise=1),
        lambda data: data["subjects"][0]["criteria"][0].update(observed=1.5),
        lambda data: data["subjects"][0]["criteria"][0].update(interval=[0.5]),
        lambda data: data["subjects"][0]["findings"][0].update(id="unheard-of"),
        lambda data: data["subjects"][0]["checks"][0].update(outcome="maybe"),
        lambda data: data["subjects"][0]["sample"].update(sha256="short"),
        lambda data: data["left_out"][0].pop("reason"),
    ],
)
def test_wrong_verdict_is_told_from_a_right_one(spoil: Callable[[dict[str, Any]], object]) -> None:
    data = _data()

    spoil(data)

    assert problems_of(data)


def test_run_without_a_row_is_one_of_the_schema() -> None:
    empty = Verdict(subjects=(judge(about(3), (), {}),))

    assert problems_of(json.loads(json.dumps(verdict_as_data(empty)))) == []
    assert problems_of(json.loads(json.dumps(verdict_as_data(run_of(CRASHING))))) == []
