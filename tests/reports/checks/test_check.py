"""A check carries all that came of it through JSON, and says how to run it again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.renderings import Form, FormChoice, Mistake
from reports.checks import Check, CheckId, CheckOutcome, CheckViolation, Facts
from tests.reports.material import check

CHOICES = st.lists(st.sampled_from(FormChoice)).map(tuple)
FORMS = st.builds(
    Form,
    choices=CHOICES,
    otherwise=CHOICES,
    literal_tokens_as_text=st.booleans(),
    as_reference=st.booleans(),
    another_day=st.booleans(),
)
TEXTS = st.lists(st.text()).map(tuple)
FACTS = st.builds(
    Facts,
    status=st.none() | st.integers(),
    said=st.none() | st.text(),
    missing=st.none() | st.booleans(),
    mistakes=st.none() | st.lists(st.sampled_from(Mistake)).map(tuple),
    forms=st.none() | st.lists(FORMS).map(tuple),
    other_fields=st.none() | TEXTS,
    called=st.none() | TEXTS,
    problems=st.none() | TEXTS,
)
CHECKS = st.builds(
    Check,
    check_id=st.sampled_from(CheckId),
    id=st.text(),
    subject=st.text(),
    claim=st.text(),
    outcome=st.sampled_from(CheckOutcome),
    message=st.text(),
    exchanges=st.lists(st.text()).map(tuple),
    link=st.text(),
    evidence=st.dictionaries(st.text(), st.text()),
    facts=FACTS,
)


@given(one=CHECKS)
def test_check_comes_back_from_its_json_unchanged(one: Check) -> None:
    assert Check.from_json(one.as_json()) == one


def test_check_as_data_has_the_fields_of_the_verdict_file_and_no_evidence() -> None:
    one = check(CheckOutcome.BROKEN, message="No.", exchanges=("policy",), evidence={"policy": "{}"})

    assert json.loads(json.dumps(one.as_data())) == {
        "id": "test_fields.py::test_usage_adds_up",
        "check": "usage-adds-up",
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
    assert (CheckViolation("No.").evidence, CheckViolation("No.").facts) == ({}, Facts())


def test_facts_tell_what_is_empty_and_leave_out_what_is_not_told() -> None:
    assert Facts().as_data() == {}
    assert Facts(called=(), same=False, offset=0).as_data() == {"called": [], "same": False, "offset": 0}


def test_facts_include_what_is_told_alike() -> None:
    seen = Facts(called=(), offset=3)

    assert seen.include(Facts())
    assert seen.include(Facts(called=()))
    assert not seen.include(Facts(called=("look",)))
    assert not seen.include(Facts(part="content"))
    assert not Facts().include(Facts(called=()))
