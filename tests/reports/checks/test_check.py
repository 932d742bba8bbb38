"""A check carries all that came of it through JSON, and says how to run it again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.checks.check import Check, CheckOutcome
from reports.checks.check_violation import CheckViolation
from tests.reports.material import check

CHECKS = st.builds(
    Check,
    id=st.text(),
    subject=st.text(),
    claim=st.text(),
    outcome=st.sampled_from(CheckOutcome),
    message=st.text(),
    exchanges=st.lists(st.text()).map(tuple),
    link=st.text(),
    evidence=st.dictionaries(st.text(), st.text()),
)


@given(one=CHECKS)
def test_check_comes_back_from_its_json_unchanged(one: Check) -> None:
    assert Check.from_json(one.as_json()) == one


def test_check_as_data_has_the_fields_of_the_verdict_file_and_no_evidence() -> None:
    one = check(CheckOutcome.BROKEN, message="No.", exchanges=("policy",), evidence={"policy": "{}"})

    assert json.loads(json.dumps(one.as_data())) == {
        "id": "test_fields.py::test_usage_adds_up",
        "claim": "The counts of tokens add up.",
        "outcome": "broken",
        "message": "No.",
        "exchanges": ["policy"],
        "link": "",
        "facts": {},
    }


def test_outcomes_have_the_words_that_reports_use() -> None:
    assert list(CheckOutcome) == ["kept", "broken", "stale", "known-difference", "skipped", "unanswered", "error"]


@pytest.mark.parametrize(
    ("name", "selector"),
    [
        ("test_fields.py::test_x", "test_x"),
        ("test_fields.py::test_x[unicode]", '"test_x and unicode"'),
        ("test_fields.py::test_x[no-tools]", '"test_x and no-tools"'),
        ("test_fields.py::TestY::test_x[a.b]", '"test_x and a.b"'),
        ("test_fields.py::test_x[two words]", "test_x"),
        ("test_fields.py::test_x[a(b)]", "test_x"),
    ],
)
def test_selector_is_what_pytest_can_read(name: str, selector: str) -> None:
    assert check(name=name).selector == selector


def test_broken_promise_keeps_its_evidence_out_of_its_message() -> None:
    error = CheckViolation("The counts are 1 and 2.", evidence={"policy": '{"status": 200}'})

    assert isinstance(error, AssertionError)
    assert (str(error), error.evidence) == ("The counts are 1 and 2.", {"policy": '{"status": 200}'})
    assert CheckViolation("No.").evidence == {}
