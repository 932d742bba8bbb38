"""The local reference of this environment, held against the recorded one of the newest line: differences by name.

What a version is known to do otherwise stands in `known.py` and in docs/versions.md. It is a strict expectation: what
no longer differs fails too.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from backends.checkpoints.spec import LocalSpec
from backends.completion import Completion, InferenceBackend
from backends.evidence import LocalEvidence, read_local_evidence
from backends.local.backend import LocalBackend
from backends.local.model_cache import LOCAL_MODELS
from backends.models import MINIATURE, resolve_model
from backends.prompt import make_prompt
from backends.recording import read_recording
from fixtures.policies import load_policy
from tests.versions.known import COMPARED, generation_defaults
from tests.versions.lines import RECORDING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backends.recording import RecordedSubject

pytest.importorskip("transformers")
pytestmark = pytest.mark.embedded

#: Examples that are answered here: one batch.
FEW = 16


@pytest.fixture(scope="module")
def recorded() -> RecordedSubject:
    """The one recorded subject: the miniature behind the newest `transformers serve`."""
    (subject,) = read_recording(RECORDING).subjects
    return subject


@pytest.fixture(scope="module")
def spec() -> LocalSpec:
    """The miniature, loaded as the conformance run loads it."""
    model = resolve_model(MINIATURE)
    return LocalSpec(model=model.id, revision=model.revision, is_path=True, dtype="float32", device="cpu")


@pytest.fixture(scope="module")
def then(recorded: RecordedSubject) -> Mapping[str, Completion]:
    """The recorded local answers by example."""
    kept = recorded.arms[InferenceBackend.LOCAL].examples[:FEW]
    return {one.name: one.answer for one in kept if isinstance(one.answer, Completion)}


@pytest.fixture(scope="module")
def now(recorded: RecordedSubject, spec: LocalSpec, then: Mapping[str, Completion]) -> Mapping[str, Completion]:
    """This environment's local answers to the same prompts, on the recorded day."""
    recording = read_recording(RECORDING)
    texts = {row["example_id"]: row["user_input"] for row in recording.examples}
    policy = load_policy("toxic_simple")
    backend = LocalBackend(spec, day=recorded.arms[InferenceBackend.LOCAL].day)
    answers: dict[str, Completion] = {}

    def deliver(position: int, answer: Any) -> None:  # noqa: ANN401 - a failure shows in the assertion
        assert isinstance(answer, Completion), answer
        answers[list(then)[position]] = answer

    backend.answer_all([make_prompt(texts[name], policy.instructions) for name in then], deliver, lambda: False)
    return answers


def seen(answer: Completion) -> LocalEvidence:
    """Returns the texts behind a local answer."""
    kept = read_local_evidence(answer.raw)
    assert kept is not None
    return kept


def test_recording_holds_both_sides_of_the_newest_line(then: Mapping[str, Completion]) -> None:
    assert len(then) == FEW


def test_template_renders_the_recorded_prompts(now: Mapping[str, Completion], then: Mapping[str, Completion]) -> None:
    assert {name: seen(one).prompt for name, one in now.items()} == {
        name: seen(one).prompt for name, one in then.items()
    }


def test_tokenizer_makes_as_many_tokens(now: Mapping[str, Completion], then: Mapping[str, Completion]) -> None:
    assert {name: one.usage.prompt_tokens for name, one in now.items()} == {
        name: one.usage.prompt_tokens for name, one in then.items()
    }


def test_attention_and_weights_give_the_recorded_texts(
    now: Mapping[str, Completion], then: Mapping[str, Completion]
) -> None:
    differing = [name for name, one in now.items() if seen(one).text != seen(then[name]).text]

    # In float32 the reference changes none of 20 texts under another batch or attention: one is the most that is noise.
    assert len(differing) <= 1


def test_generation_ends_as_recorded(now: Mapping[str, Completion], then: Mapping[str, Completion]) -> None:
    assert Counter(one.finish_reason for one in now.values()) == Counter(one.finish_reason for one in then.values())


def test_generation_defaults_are_those_that_are_known(spec: LocalSpec) -> None:
    import transformers  # noqa: PLC0415 - seconds that other tests of this folder do not pay

    with LOCAL_MODELS.use(spec) as loaded:
        defaults = loaded.model.generation_config.to_dict()

    assert {name: defaults.get(name) for name in COMPARED} == generation_defaults(transformers.__version__)
