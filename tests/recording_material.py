"""A small recording, made without a run: what a run under `SETTINGS` would have kept."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from backends.completion import Completion, FinishReason, InferenceBackend, Missing, Usage
from backends.errors import Failure, FailureKind
from backends.models import MINIATURE, resolve_model
from backends.recording import RecordedAnswer, RecordedModel, RecordedSide, RecordedSubject, Recording, question
from fixtures.recordings.provenance import sample_as_data, settings_as_asked
from fixtures.toxicchat import draw_sample, load_examples
from tests.plain_settings import SETTINGS as PLAIN

if TYPE_CHECKING:
    from backends.completion import Answer
    from fixtures.config.settings import Settings

#: The settings under which it was made.
SETTINGS = replace(PLAIN, sample_size=4, sample_seed=7, noise_size=2)
SAMPLE = draw_sample(load_examples("bundled"), size=4, seed=7)
DAY = dt.date(2026, 3, 4)

HUB_MODEL = RecordedModel(id="openai/gpt-oss-20b", name="gpt-oss-20b", revision="main", is_path=False)


def small_model() -> RecordedModel:
    """Returns the miniature as a recording names it."""
    model = resolve_model(MINIATURE)
    return RecordedModel(id="{model-folder}", name=model.name, revision=model.revision, is_path=True)


def answers(kind: InferenceBackend, settings: Settings = SETTINGS, count: int = 4) -> tuple[RecordedAnswer, ...]:
    """Returns an answer about each example, one of them a failure, one null."""
    given: list[Answer] = [
        Completion(
            content="0" if number else "1",
            reasoning=f"Because of {kind} and {number}.",
            finish_reason=FinishReason.STOP,
            usage=Usage(prompt_tokens=9, completion_tokens=3, total_tokens=12),
            latency_s=0.25,
            raw=json.dumps({"request": json.dumps({"model": "{model-folder+}"}), "status": 200}),
        )
        for number in range(2)
    ]
    given += [Completion(content=Missing.NULL), Failure(kind=FailureKind.SERVER, message="oops", status=500)]
    return tuple(
        RecordedAnswer(name=example.example_id, request=settings.prompt(example.user_input).digest, answer=answer)
        for example, answer in list(zip(SAMPLE.examples, given, strict=True))[:count]
    )


def arm(kind: InferenceBackend, **more: Any) -> RecordedSide:  # noqa: ANN401 - whatever the test is about
    """Returns one side."""
    local = {"model": "{model-folder}", "dtype": "float32", "batch_size": 16}
    about = {"endpoint": "http://somewhere/v1", "model": "m"} if kind is InferenceBackend.API else local
    changes = ("repeat",) if kind is InferenceBackend.API else ("batch", "day")
    noise = {change: answers(kind, count=2) for change in changes}
    plain: dict[str, Any] = {"kind": kind, "day": DAY, "about": about, "examples": answers(kind), "noise": noise}
    return RecordedSide(**plain | more)


def subject(model: RecordedModel | None = None, **more: Any) -> RecordedSubject:  # noqa: ANN401 - as above
    """Returns a subject with both sides."""
    model = model or small_model()
    plain: dict[str, Any] = {
        "id": model.name,
        "model": model.name if model.is_path else model.id,
        "reference": model,
        "embedded": model.is_path,
        "arms": {kind: arm(kind) for kind in InferenceBackend},
        "questions": {question("encode", "text", add_special_tokens=False): [1, 2, 3]},
    }
    return RecordedSubject(**plain | more)


def recording(settings: Settings = SETTINGS, **more: Any) -> Recording:  # noqa: ANN401 - as above
    """Returns the recording."""
    plain: dict[str, Any] = {
        "complete": True,
        "settings": settings_as_asked(settings),
        "versions": {"python": "3.11.7", "torch": None},
        "sample": sample_as_data(SAMPLE),
        "examples": tuple(asdict(example) for example in SAMPLE.examples),
        "subjects": (subject(),),
    }
    return Recording(**plain | more)
