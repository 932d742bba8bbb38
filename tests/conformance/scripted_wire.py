"""A wire on which a script speaks for the server and for the local reference: no server, no model."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from backends.api.parsed_reply import ParsedReply
from backends.completion import Completion, FinishReason
from backends.evidence import LocalEvidence
from backends.raw_reply import RawReply
from fixtures.servers import EmbeddedServer
from fixtures.subjects.factory import make_subjects
from fixtures.toxicchat import draw_sample, load_examples
from fixtures.wire import Wire
from tests.plain_settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backends.api.raw_call import RawCall
    from backends.errors import Failure
    from backends.outcome import Outcome
    from fixtures.subjects.subject import Subject
    from tests.conformance.checking import WireCheck


def message(content: str | None = "1", reasoning: str | None = "It is rude.", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the test is about
    """Returns a message of a server's response."""
    return {"role": "assistant", "content": content, "reasoning_content": reasoning, **more}


def response(said: dict[str, Any] | None = None, reason: str = "stop", billed: int = 30) -> str:
    """Returns the body of a server's response; without a message, of a plain answer."""
    choice = {"message": message() if said is None else said, "finish_reason": reason}
    usage = {"prompt_tokens": 9, "completion_tokens": billed, "total_tokens": 9 + billed}
    return json.dumps({"choices": [choice], "usage": usage})


def replied(body: object, status: int = 200, **request: object) -> RawReply:
    """Returns the reply to a request with this body: an object as JSON, a text as it is."""
    text = body if isinstance(body, str) else json.dumps(body)
    return RawReply(status=status, headers={}, body=text, request=json.dumps(request))


def own(text: str, content: str = "", reasoning: str = "", reason: FinishReason = FinishReason.STOP) -> Completion:
    """Returns an answer of the reference, made of this text with its special tokens."""
    raw = LocalEvidence("", text).as_raw()
    return Completion(content=content, reasoning=reasoning, finish_reason=reason, raw=raw)


@dataclass
class ScriptedRun:
    """Replies and answers, in the place of a run.

    Attributes:
        messages: what the server says, by the name of the call; any other call is answered plainly.
        reasons: why it ended, by the name of the call; else by itself.
        answers: what the reference says, by the name of the call.
        others: replies of another kind, by the name of the call.
        always: what every other call is answered with, where that is no plain answer.
        billed: completion tokens that are reported, by the name of the call; else 30.
        requests: what the call said, as JSON text, by its name; else nothing.
        asked: what was asked of the reference.
    """

    messages: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Completion] = field(default_factory=dict)
    others: Mapping[str, RawReply | Failure] = field(default_factory=dict)
    always: RawReply | None = None
    billed: Mapping[str, int] = field(default_factory=dict)
    requests: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def reply(self, _: Subject, name: str) -> ParsedReply | Failure:
        """Returns a chat completion, unless the script has something else."""
        other = self.others.get(name, self.always)
        if other is not None:
            return ParsedReply.of(name, other)
        body = response(self.messages.get(name), self.reasons.get(name, "stop"), self.billed.get(name, 30))
        return ParsedReply(name, RawReply(status=200, headers={}, body=body, request=self.requests.get(name, "{}")))

    def reference_answer(self, _: Subject, name: str) -> Completion | None:
        """Returns what the script has, else nothing."""
        self.asked.append(name)
        return self.answers.get(name)

    def calls(self, _: Subject) -> Mapping[str, RawCall]:
        """Returns none: nobody looks at them here."""
        return {}

    def tokenizer(self, _: Subject) -> Any:  # noqa: ANN401 - transformers is not typed
        """Never asked for."""
        raise NotImplementedError

    def api_outcomes(self, _: Subject) -> Mapping[str, Outcome]:
        """Returns none: no example is asked here."""
        return {}

    def read_label(self, answer: str) -> bool | None:
        """Returns the label that an answer is."""
        return {"1": True, "0": False}.get(answer)


@cache
def _subject() -> Subject:
    subject, _ = make_subjects(SETTINGS, draw_sample(load_examples("bundled"), size=2, seed=1), EmbeddedServer())
    return subject


def scripted_wire(check: WireCheck, run: ScriptedRun) -> Wire:
    """Returns what a check sees of a scripted run."""
    return Wire(_subject(), frozenset(check.exchanges), run, known=check.known)
