"""The command of a finding makes the exchange that shows it, and the one beside it where it takes two."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reports.checks import Check, CheckId, CheckOutcome, Facts
from reports.findings.builder import make_finding
from reports.findings.diagnosis import Diagnosis
from tests.reports.material import about, check, row, said

if TYPE_CHECKING:
    from reports.rows.row import Row

SUBJECT = about(1)


def evidence(**request: Any) -> str:  # noqa: ANN401 - fields of a request
    """Returns the evidence of an exchange with this request."""
    return json.dumps({"request": json.dumps(request), "status": 200, "response": "{}"})


def stopped(*shown_by: str, **exchanges: str) -> Check:
    """Returns a broken check with this evidence."""
    return check(
        CheckOutcome.BROKEN,
        check_id=CheckId.STOP_STRING_LEFT_OUT,
        message="It stays.",
        evidence=exchanges,
        shown_by=shown_by,
        facts=Facts(stop_left=True),
    )


def bodies(command: str) -> list[Any]:
    """Returns the bodies of the requests that a command makes."""
    words = shlex.split(command)
    return [json.loads(words[at + 1].removesuffix(";")) for at, word in enumerate(words) if word == "-d"]


PLAIN, STOP = evidence(messages=[], model="m"), evidence(messages=[], stop=["it's"])


def told(diagnosis: Diagnosis) -> str:
    """Returns the command that shows a diagnosis again."""
    return make_finding(diagnosis, SUBJECT).reproduce


def test_exchange_that_shows_it_goes_before_one_beside_it() -> None:
    seen = stopped("stop", plain=PLAIN, stop=STOP)

    assert bodies(told(Diagnosis(ids=("stop-string-left",), checks=[seen]))) == [{"messages": [], "stop": ["it's"]}]


def test_two_exchanges_that_show_it_together_are_both_made() -> None:
    seen = stopped("plain", "stop", plain=PLAIN, stop=STOP)

    assert len(bodies(told(Diagnosis(ids=("stop-string-left",), checks=[seen])))) == 2


def test_diagnosis_names_which_of_many_exchanges_shows_it() -> None:
    seen = stopped("plain", "stop", plain=PLAIN, stop=STOP)
    command = told(Diagnosis(ids=("request-refused",), checks=[seen], shown_by=["stop"]))

    assert bodies(command) == [{"messages": [], "stop": ["it's"]}]


def test_what_no_request_shows_alone_is_run_again_as_a_test() -> None:
    seen = replace(stopped(beside=PLAIN), check_id=CheckId.CONCURRENT_CALLS_ANSWER_ALIKE)
    made = replace(SUBJECT, command="pytest conformance --model M")

    command = make_finding(Diagnosis(ids=("load-corrupted",), checks=[seen], rows=[_row()]), made).reproduce

    assert command == f"pytest conformance --model M -k {seen.selector}"


def test_request_goes_to_the_route_that_it_is_for_and_streams_unbuffered() -> None:
    raw = stopped("raw", raw=evidence(prompt="x"))
    streamed = stopped("one", one=evidence(messages=[], stream=True))

    assert "/v1/completions " in told(Diagnosis(ids=("template-drift",), checks=[raw]))
    assert told(Diagnosis(ids=("stream-bad-deltas",), checks=[streamed])).startswith("curl -sN ")


def test_what_shows_only_in_a_repeat_is_asked_twice() -> None:
    made = Diagnosis(ids=("temperature-ignored",), rows=[_row()], times=2)

    assert bodies(told(made)) == [{"messages": [], "model": "m"}] * 2


def test_request_too_long_to_be_copied_is_run_again_as_a_test() -> None:
    seen = stopped("long", long=evidence(messages=["x" * 5000]))

    assert told(Diagnosis(ids=("stop-string-left",), checks=[seen])).startswith("pytest conformance -k ")


def _row() -> Row:
    return row(said("1", raw=PLAIN), said("1"))
