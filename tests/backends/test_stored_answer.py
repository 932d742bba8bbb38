"""What is stored is read back as it was, and what earlier recordings hold is stored again to the letter."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from backends.completion import Completion, Missing
from backends.errors import Failure, FailureKind
from backends.raw_reply import RawReply
from backends.stored_answer import answer_from_json, answer_to_json
from tests.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backends.completion import Answer

REPLY = RawReply(status=404, headers={"server": "s"}, body='{"n": "é\\ud800"}', request='{"a": "\\"ü"}', attempts=2)


@pytest.mark.parametrize(
    "answer",
    [
        REPLY,
        RawReply(status=204, headers={}, body=None, request=""),
        Failure(kind=FailureKind.REFUSED, message="no", status=400, raw=REPLY.evidence),
        Completion(content=Missing.NULL, reasoning="", effective_overrides={"batch_size": 2}),
        Completion(content=Missing.ABSENT),
        Completion(content=Missing.ABSENT, raw=json.dumps({"prompt": "p", "text": "t", "made": {}})),
        Completion(content=Missing.ABSENT, raw=REPLY.evidence, latency_s=0.5),
    ],
    ids=["reply", "empty-reply", "failure", "overrides", "absent", "local", "clients-answer-without-content"],
)
def test_answer_comes_back_as_it_was(answer: Answer) -> None:
    assert answer_from_json(answer_to_json(answer)) == answer


def test_evidence_of_a_reply_is_one_text_whoever_tells_it() -> None:
    assert RawReply.from_evidence(REPLY.evidence, attempts=2) == REPLY
    assert list(json.loads(REPLY.evidence)) == ["request", "status", "headers", "response"]


def _recorded() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "tests" / "versions").glob("*.rec")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".jsonl"):
                    yield from ((name, line) for line in archive.read(name).decode().splitlines())


def test_answers_of_earlier_recordings_are_stored_again_to_the_letter() -> None:
    recorded = [(name, json.loads(line)) for name, line in _recorded()]
    texts = [(name, json.dumps(one["answer"])) for name, one in recorded if isinstance(one, dict) and "answer" in one]
    assert len(texts) > 100
    for name, text in texts:
        answer = answer_from_json(text)
        assert answer_to_json(answer) == text
        assert isinstance(answer, Failure) or isinstance(answer, RawReply) is (".api.wire." in name)
