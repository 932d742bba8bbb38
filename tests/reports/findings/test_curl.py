"""The command that shows a fault again holds the request, and no credentials."""

from __future__ import annotations

import json

import pytest

from reports.checks import CheckId, CheckOutcome, Facts
from reports.findings import find
from tests.reports.findings.shown import evidence
from tests.reports.material import check


def test_curl_holds_the_request_and_no_credentials() -> None:
    seen = [
        check(
            CheckOutcome.BROKEN,
            check_id=CheckId.STOP_STRING_LEFT_OUT,
            message="It stays.",
            facts=Facts(stop_left=True),
            evidence={"stop": json.dumps({"request": '{"stop": ["it\'s"]}', "response": ""})},
            shown_by=("stop",),
        )
    ]

    command = find(evidence([], seen))[0].reproduce

    assert command.startswith("curl -s http://127.0.0.1:1/v1/chat/completions ")
    assert '-H "Authorization: Bearer $OPENAI_API_KEY"' in command
    assert """'{"stop": ["it'"'"'s"]}'""" in command


@pytest.mark.parametrize(
    ("request_body", "route"),
    [({"input": []}, "responses"), ({"prompt": "x"}, "completions"), ({"messages": []}, "chat/completions")],
)
def test_curl_asks_the_route_that_was_asked(request_body: dict[str, object], route: str) -> None:
    kept = {"a": json.dumps({"request": json.dumps(request_body), "response": ""})}
    left = CheckId.STOP_STRING_LEFT_OUT
    seen = [
        check(
            CheckOutcome.BROKEN, check_id=left, message="", facts=Facts(stop_left=True), evidence=kept, shown_by=("a",)
        )
    ]

    assert find(evidence([], seen))[0].reproduce.startswith(f"curl -s http://127.0.0.1:1/v1/{route} ")
