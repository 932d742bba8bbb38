"""A whole run does not accuse an endpoint of what its reference does not do either; without a reference, it judges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backends.completion import Completion, FinishReason, InferenceBackend
from backends.raw_reply import RawReply
from backends.recording import RecordedAnswer, write_recording
from fixtures.wire import make_calls
from tests.conformance.scripted_wire import own, response
from tests.end_to_end.running import MODES, run_in
from tests.recording_material import DAY, SETTINGS, arm, recording, subject

if TYPE_CHECKING:
    from pathlib import Path

    from backends.completion import Answer
    from backends.recording import RecordedSide

API, LOCAL = InferenceBackend.API, InferenceBackend.LOCAL

CALL = make_calls(SETTINGS.prompt, "", lambda *_: (), lambda: DAY)["tool"]
REPLY = RawReply(status=200, headers={}, body=response(), request="{}")

CALLS_IT = "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{}<|call|>"
TALKS = "<|channel|>final<|message|>It rains.<|return|>"

#: The settings under which the recording's answers were given, as options.
ASKED = ("--no-cache", "--sample-size", "4", "--sample-seed", "7", "--noise-size", "0", "--max-new-tokens", "100")


def _side(kind: InferenceBackend, digest: str, answer: Answer | None) -> RecordedSide:
    kept = () if answer is None else (RecordedAnswer(name="tool", request=digest, answer=answer),)
    return replace(arm(kind), wire=kept)


@pytest.mark.parametrize("mode", ["plain", pytest.param("xdist", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (own(TALKS, "It rains."), "skipped"),
        (own(CALLS_IT, reason=FinishReason.TOOL_CALLS), "broken"),
        (Completion(content="It rains."), "broken"),
        (None, "broken"),
    ],
    ids=["talks-too", "calls-it", "without-its-text", "was-not-asked"],
)
def test_tool_that_is_not_called_is_held_against_the_endpoint_of_a_model_that_calls_it(
    tmp_path: Path, answer: Completion | None, outcome: str, mode: str
) -> None:
    sides = {API: _side(API, CALL.digest, REPLY), LOCAL: _side(LOCAL, CALL.prompt.digest, answer)}
    path = tmp_path / "a.rec"
    write_recording(recording(subjects=(subject(arms=sides),)), path)
    chosen = ("-k", "offered_tool or test_agreement")

    done = run_in(tmp_path, *ASKED, *MODES[mode], *chosen, "--api-from", path, "--local-from", path)

    assert done.verdict is not None, done.text
    (check,) = done.verdict["subjects"][0]["checks"]
    assert (check["check"], check["outcome"]) == ("offered-tool-called", outcome)
    told = "the local reference itself does not call a tool, so this tells nothing of the server"
    assert (told == check["message"]) is (outcome == "skipped")
    assert (told in done.text) is (outcome == "skipped")
