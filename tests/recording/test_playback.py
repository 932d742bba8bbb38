"""A recording answers only what it was asked; whatever else a run asks is refused, and the difference is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from backends.api import ApiBackend
from backends.completion import Completion, InferenceBackend
from backends.errors import Failure, FailureKind
from backends.local import LocalBackend
from backends.models import MINIATURE, resolve_model
from backends.recorded import RecordedBackend
from backends.recording import Kept, RecordedModel, RecordingError, write_recording
from fixtures.playback import played_subjects
from fixtures.policies import Policy, load_policy
from fixtures.run import make_run
from fixtures.servers import EmbeddedServer
from tests.recording.material import DAY, HUB_MODEL, SAMPLE, SETTINGS, answers, arm, recording, small_model, subject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.run import Run
    from fixtures.settings import Settings
    from fixtures.subjects import Subject

API, LOCAL = InferenceBackend.API, InferenceBackend.LOCAL


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording of the miniature's two sides."""
    write_recording(recording(), tmp_path / "a.rec")
    return tmp_path / "a.rec"


def _subjects(settings: Settings) -> tuple[Subject, ...]:
    return played_subjects(settings, EmbeddedServer())


def _refusal(settings: Settings) -> str:
    with pytest.raises(RecordingError) as caught:
        make_run(settings, None, gpu_asked=False)
    told = str(caught.value)
    assert len(told.splitlines()) == 1
    return told


def _both(path: Path, **more: Any) -> Settings:  # noqa: ANN401 - the other options
    return replace(SETTINGS, api_from=path, local_from=path, **more)


@pytest.fixture
def run(path: Path) -> Iterator[Run]:
    """A run that plays both sides back."""
    made = make_run(_both(path), None, gpu_asked=False)
    yield made
    made.close(stop=True)
    made.remove()


def test_both_sides_are_played_back_under_the_ids_of_the_recorded_run(path: Path) -> None:
    (got,) = _subjects(_both(path))

    assert (got.id, got.model, got.policy) == ("miniature", "miniature", "toxic_simple")
    assert (got.needs_gpu, got.is_embedded, got.has_endpoint) == (False, True, True)
    assert got.sample == SAMPLE
    assert isinstance(got.api, RecordedBackend)
    assert isinstance(got.local, RecordedBackend)
    assert got.describe()["local"] == {
        "model": MINIATURE,
        "dtype": "float32",
        "batch_size": 16,
        "recorded": f"a.rec of {DAY}",
    }


def test_what_was_answered_is_answered_again_and_the_rest_was_not_asked(run: Run) -> None:
    (got,) = run.subjects
    wanted = [(got.id, kind, example.example_id) for kind in InferenceBackend for example in SAMPLE.examples]
    noise = [(got.id, variant.change) for variant in run.variants(got)]
    run.start(wanted, [(got.id, "policy")], noise)

    for kind in InferenceBackend:
        told = [run.outcome(got, kind, example).answer for example in SAMPLE.examples]
        assert [getattr(one, "content", None) for one in told] == [
            getattr(kept.answer, "content", None) for kept in answers(kind)
        ]
        assert isinstance(told[3], Failure)
        assert (told[3].kind, told[3].status) == (FailureKind.SERVER, 500)
    first = run.outcome(got, API, SAMPLE.examples[0]).completion
    assert isinstance(first, Completion)
    assert (first.latency_s, first.cached, first.usage.prompt_tokens) == (0.25, False, 9)
    assert MINIATURE in first.raw
    assert [variant.change for variant in run.variants(got)] == ["batch", "day", "repeat"]
    assert run.varied_outcome(got, run.variants(got)[1], SAMPLE.examples[1]).label is False
    reply = run.reply(got, "policy")
    assert isinstance(reply, Failure)
    assert (reply.kind, reply.message) == (FailureKind.NOT_ASKED, f"a.rec of {DAY} holds no reply to policy")


def test_example_that_was_not_asked_is_nobodys_fault(tmp_path: Path) -> None:
    some = {kind: replace(arm(kind), examples=answers(kind, count=1)) for kind in InferenceBackend}
    write_recording(recording(subjects=(subject(arms=some),)), tmp_path / "a.rec")
    run = make_run(_both(tmp_path / "a.rec"), None, gpu_asked=False)
    run.start([("miniature", API, example.example_id) for example in SAMPLE.examples])

    told = [run.outcome(run.subjects[0], API, example).answer for example in SAMPLE.examples]

    assert [one.kind for one in told if isinstance(one, Failure)] == [FailureKind.NOT_ASKED] * 3
    run.close(stop=True)
    run.remove()


OTHER_POLICY = load_policy("toxic_detailed")
OTHER_TEXT = Policy(name="toxic_simple", instructions="Answer with 0 or 1.")

DIFFERENCES: dict[str, tuple[dict[str, Any], str]] = {
    "policy": ({"policy": OTHER_POLICY}, "--policy toxic_simple, and this run has --policy toxic_detailed"),
    "policy text": ({"policy": OTHER_TEXT}, "another text of the policy toxic_simple than this run has"),
    "size": ({"sample_size": 5}, "--sample-size 4, and this run has --sample-size 5"),
    "seed": ({"sample_seed": 8}, "--sample-seed 7, and this run has --sample-seed 8"),
    "stratify": ({"stratify": "natural"}, "--stratify balanced, and this run has --stratify natural"),
    "data set": ({"dataset": "hub"}, "--dataset bundled, and this run has --dataset hub"),
    "effort": ({"reasoning_effort": "high"}, "--reasoning-effort medium, and this run has --reasoning-effort high"),
    "limit": ({"max_new_tokens": 99}, "--max-new-tokens 100, and this run has --max-new-tokens 99"),
    "temperature": ({"temperature": 0.5}, "--temperature 0.0, and this run has --temperature 0.5"),
    "noise": ({"noise_size": 3}, "--noise-size 2, and this run has --noise-size 3"),
    "model": ({"model": resolve_model("openai/gpt-oss-20b")}, "the model miniature, and this run has gpt-oss-20b"),
}


@pytest.mark.parametrize("side", ["api_from", "local_from"])
@pytest.mark.parametrize("difference", DIFFERENCES)
def test_other_settings_are_refused_by_name(path: Path, side: str, difference: str) -> None:
    changed, sentence = DIFFERENCES[difference]

    told = _refusal(replace(SETTINGS, **{side: path}, **changed))

    assert told.startswith(f"{path} was made with ")
    assert sentence in told


@pytest.mark.parametrize("size", [0, 1, 2])
def test_less_noise_than_was_recorded_is_played_back(path: Path, size: int) -> None:
    (got,) = _subjects(_both(path, noise_size=size))

    assert got.id == "miniature"


def test_sample_of_other_rows_is_refused_by_its_digest(tmp_path: Path) -> None:
    told = recording().sample | {"sha256": "0" * 64}
    write_recording(recording(sample=told), tmp_path / "a.rec")

    assert f"was made with sample (sha256) {'0' * 64}, and this run has" in _refusal(_both(tmp_path / "a.rec"))


def test_request_of_another_version_is_refused_by_its_name(tmp_path: Path) -> None:
    wire = (Kept(name="policy", request="other", answer=Completion(content="1")),)
    examples = tuple(replace(kept, request="other") for kept in answers(LOCAL))
    for kind, more in ((API, {"wire": wire}), (LOCAL, {"examples": examples})):
        changed = {one: replace(arm(one), **(more if one is kind else {})) for one in InferenceBackend}
        write_recording(recording(subjects=(subject(arms=changed),)), tmp_path / "a.rec")

        name = "policy" if kind is API else SAMPLE.examples[0].example_id
        assert f"was made with another request {name} to " in _refusal(_both(tmp_path / "a.rec"))


def test_missing_side_is_named(tmp_path: Path) -> None:
    for kind, name in ((LOCAL, "the API side"), (API, "the local reference")):
        write_recording(recording(subjects=(subject(arms={kind: arm(kind)}),)), tmp_path / "a.rec")

        assert f"holds no answers of {name}" in _refusal(_both(tmp_path / "a.rec"))


def test_live_reference_beside_a_recorded_endpoint_prints_its_day(path: Path) -> None:
    (got,) = _subjects(replace(SETTINGS, api_from=path, local_dtype="bfloat16"))

    assert isinstance(got.api, RecordedBackend)
    assert isinstance(got.local, LocalBackend)
    assert (got.local.day, got.local.spec.model, got.local.spec.dtype) == (DAY, MINIATURE, "bfloat16")
    assert got.days == {API: DAY, LOCAL: DAY}
    assert "prompt_days" not in got.describe()


def test_recorded_reference_beside_a_live_endpoint_needs_no_gpu_and_tells_both_days(tmp_path: Path) -> None:
    write_recording(recording(subjects=(subject(HUB_MODEL),)), tmp_path / "a.rec")
    url = "http://127.0.0.1:1/v1"

    (got,) = _subjects(replace(SETTINGS, local_from=tmp_path / "a.rec", base_url=url, api_model="theirs"))

    assert (got.id, got.model, got.needs_gpu) == ("gpt-oss-20b", "openai/gpt-oss-20b", False)
    assert isinstance(got.api, ApiBackend)
    assert got.api.describe() == {"endpoint": url, "model": "theirs", "provider": None}
    assert got.describe()["prompt_days"]["local"] == DAY.isoformat()


def test_recorded_reference_beside_an_endpoint_that_prints_its_date_stands_on_the_same_day(tmp_path: Path) -> None:
    write_recording(recording(subjects=(subject(HUB_MODEL),)), tmp_path / "a.rec")
    live = {"base_url": "http://127.0.0.1:1/v1", "prompt_date": DAY}

    (got,) = _subjects(replace(SETTINGS, local_from=tmp_path / "a.rec", **live))

    assert got.days == {API: DAY, LOCAL: DAY}
    assert "prompt_days" not in got.describe()


def test_each_provider_stands_beside_the_one_recorded_reference(tmp_path: Path) -> None:
    write_recording(recording(subjects=(subject(HUB_MODEL),)), tmp_path / "a.rec")

    got = _subjects(replace(SETTINGS, local_from=tmp_path / "a.rec", providers=("groq", "together")))

    assert [one.id for one in got] == ["gpt-oss-20b@groq", "gpt-oss-20b@together"]
    assert all(isinstance(one.local, RecordedBackend) for one in got)


def test_two_models_need_a_name_beside_one_endpoint(tmp_path: Path) -> None:
    write_recording(recording(subjects=(subject(), subject(HUB_MODEL))), tmp_path / "a.rec")
    settings = replace(SETTINGS, local_from=tmp_path / "a.rec", base_url="http://127.0.0.1:1/v1")

    assert "holds miniature and openai/gpt-oss-20b: name one of them with --model" in _refusal(settings)
    (got,) = _subjects(replace(settings, model=resolve_model("openai/gpt-oss-20b")))
    assert got.id == "gpt-oss-20b"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"local_dtype": "bfloat16"}, "--local-dtype float32, and this run has --local-dtype bfloat16"),
        (
            {"local_form": ("no date line",)},
            "--local-rendering of the chat template, and this run has --local-rendering no date line",
        ),
        ({"local_batch_size": 3}, "--local-batch-size 16, and this run has --local-batch-size 3"),
    ],
)
def test_reference_made_otherwise_is_refused_by_name(path: Path, given: dict[str, Any], sentence: str) -> None:
    assert sentence in _refusal(_both(path, **given))


def test_folder_that_this_machine_lacks_must_be_named_unless_nothing_is_live(tmp_path: Path) -> None:
    model = RecordedModel(id="{model-folder}", name="tuned", revision="r", is_path=True)
    write_recording(recording(subjects=(subject(model),)), tmp_path / "a.rec")

    for side in ("api_from", "local_from"):
        told = _refusal(replace(SETTINGS, **{side: tmp_path / "a.rec"}))
        assert "was made with the model in a folder, tuned: name the folder with --model" in told
    (got,) = _subjects(_both(tmp_path / "a.rec"))
    assert (got.id, got.reference_at_hand) == ("tuned", False)


def test_sides_of_two_recordings_must_be_of_one_model(path: Path, tmp_path: Path) -> None:
    write_recording(recording(subjects=(subject(HUB_MODEL),)), tmp_path / "b.rec")

    told = _refusal(replace(SETTINGS, api_from=path, local_from=tmp_path / "b.rec"))

    assert "b.rec was made with the model openai/gpt-oss-20b, and the API side with miniature" in told


def test_rows_of_the_hub_are_taken_from_the_recording(tmp_path: Path) -> None:
    settings = replace(SETTINGS, dataset="hub@some-commit")
    write_recording(recording(settings), tmp_path / "a.rec")

    (got,) = _subjects(replace(settings, api_from=tmp_path / "a.rec", local_from=tmp_path / "a.rec"))

    assert got.sample == SAMPLE
    write_recording(recording(settings, examples=recording().examples[:3]), tmp_path / "a.rec")
    assert "holds other examples than those" in _refusal(
        replace(settings, api_from=tmp_path / "a.rec", local_from=tmp_path / "a.rec")
    )


def test_reference_of_another_revision_beside_a_live_endpoint_is_refused(tmp_path: Path) -> None:
    write_recording(recording(subjects=(subject(replace(small_model(), revision="f" * 64)),)), tmp_path / "a.rec")

    told = _refusal(replace(SETTINGS, local_from=tmp_path / "a.rec"))

    assert f"revision {'f' * 12} of miniature" in told
