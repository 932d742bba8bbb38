"""What a run against one server amounts to."""

from __future__ import annotations

import json

import pytest

from tests.faults.catalogue import BY_ID
from tests.faults.matrix import ROUNDINGS, Record, Result
from tests.faults.records import FAITHFUL_ONE, FAULT, TOLD_REASON, UNHEARD_REASON, record, trials


@pytest.mark.parametrize(
    ("made", "result"),
    [
        (record(FAULT, "differs", FAULT), Result.NAMED),
        (record(FAULT, "differs", FAULT, "usage-missing"), Result.NAMED),
        (record(FAULT, "differs", "usage-missing", FAULT), Result.CANDIDATE),
        (record(FAULT, "differs", f"template-drift:other-model+{FAULT}"), Result.CANDIDATE),
        (record(FAULT, "differs", "usage-missing"), Result.DIFFERS),
        (record(FAULT, "differs"), Result.DIFFERS),
        (record(FAULT, "conforms"), Result.MISSED),
        (record(FAULT, "no-verdict"), Result.MISSED),
        (record(FAULT, None), Result.FAILED),
        (record(FAULT, "no-verdict", reason=UNHEARD_REASON), Result.FAILED),
        (record(FAULT, "no-verdict", reason="The API side left 11 of 20 unanswered: reset"), Result.FAILED),
        (record(FAULT, "differs", reason=UNHEARD_REASON), Result.DIFFERS),
        (record(FAITHFUL_ONE, "conforms"), Result.CLEARED),
        (record(FAITHFUL_ONE, "conforms", reason=TOLD_REASON), Result.CLEARED),
        (record(FAITHFUL_ONE, "no-verdict"), Result.UNJUDGED),
        (record(FAITHFUL_ONE, "no-verdict", reason="The local reference is no measure here."), Result.UNJUDGED),
        (record(FAITHFUL_ONE, "differs"), Result.ACCUSED),
        (record(FAITHFUL_ONE, "differs", FAULT), Result.ACCUSED),
        (record(FAITHFUL_ONE, "no-verdict", FAULT), Result.ACCUSED),
        (record(FAITHFUL_ONE, None), Result.FAILED),
        (record(FAITHFUL_ONE, "no-verdict", reason=UNHEARD_REASON), Result.FAILED),
    ],
)
def test_a_run_amounts_to(made: Record, result: Result) -> None:
    right = {Result.NAMED, Result.CANDIDATE, Result.DIFFERS, Result.TOLD, Result.CLEARED, Result.UNJUDGED}

    assert made.result is result
    assert made.is_right is (result in right)


@pytest.mark.parametrize("name", BY_ID)
def test_only_the_two_roundings_are_found_by_what_a_pass_tells(name: str) -> None:
    made = record(name, "conforms", reason=TOLD_REASON)

    assert made.result is (Result.TOLD if name in ROUNDINGS else Result.MISSED)
    assert made.is_found is made.is_right is (name in ROUNDINGS)
    assert record(name, "conforms").result is Result.MISSED
    assert record(name, "no-verdict", reason=TOLD_REASON).result is Result.MISSED


def test_roundings_are_two_faults_of_the_catalogue() -> None:
    assert len(ROUNDINGS) == 2
    assert set(BY_ID) >= ROUNDINGS


def test_others_are_all_findings_but_the_faults_own() -> None:
    assert record(FAULT, "differs", "usage-missing", FAULT, "other-model").others == ("usage-missing", "other-model")


def test_a_record_comes_back_from_plain_data() -> None:
    made = record(FAULT, "differs", FAULT, "template-drift:other-model+effort-ignored")

    assert Record.from_data(json.loads(json.dumps(made.as_data()))) == made


def test_a_record_says_what_the_verdict_of_the_run_says() -> None:
    found = [{"id": FAULT, "candidates": ["usage-missing"]}, {"id": "other-model"}]
    verdict = {"subjects": [{"verdict": "differs", "reason": "Found.", "findings": found}]}
    (trial,) = trials(FAULT)

    made = Record.from_verdict(trial, verdict, requests=3, seconds=1.26)

    assert made == record(
        FAULT, "differs", f"{FAULT}:usage-missing", "other-model", reason="Found.", requests=3, seconds=1.3
    )
    with pytest.raises(ValueError, match="judged nobody"):
        Record.from_verdict(trial, {"subjects": []}, requests=3, seconds=1.0)
