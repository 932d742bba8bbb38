"""The settings stand for subjects: the two defaults, or what was named; and each says why it cannot run here."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from backends import local as local_room
from backends.api import ApiBackend
from backends.completion import InferenceBackend
from backends.endpoint import Endpoint
from backends.local import LocalBackend
from backends.models import GPT_OSS_20B, MINIATURE, resolve_model
from backends.renderings import today, today_utc
from fixtures.endpoints import EmbeddedEndpoint
from fixtures.known_differences import load_known_differences
from fixtures.noise import variants_of
from fixtures.run import make_run
from fixtures.servers import EmbeddedServer
from fixtures.subjects import Subject, make_subjects
from fixtures.toxicchat import draw_sample, load_examples
from tests.plain_settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.settings import Settings

SAMPLE = draw_sample(load_examples("bundled"), size=4)


def _subjects(settings: Settings) -> tuple[Subject, ...]:
    return make_subjects(settings, SAMPLE, EmbeddedServer())


def _named(model: str, **more: Any) -> Settings:  # noqa: ANN401 - the other options
    return replace(SETTINGS, model=resolve_model(model), **more)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine has no CUDA device and no token."""
    monkeypatch.setattr(local_room, "cuda_device_count", lambda: 0)
    monkeypatch.delenv("HF_TOKEN", raising=False)


def test_defaults_are_the_miniature_served_here_and_the_20b_model() -> None:
    small, large = _subjects(SETTINGS)

    assert (small.id, small.needs_gpu, small.asked) == ("miniature", False, False)
    assert (large.id, large.needs_gpu, large.asked) == ("gpt-oss-20b", True, False)
    assert isinstance(small.api, ApiBackend)
    assert isinstance(small.api.endpoint, EmbeddedEndpoint)
    assert large.model == GPT_OSS_20B


def test_model_in_a_folder_is_served_here() -> None:
    (subject,) = _subjects(_named(MINIATURE))

    assert isinstance(subject.api, ApiBackend)
    assert isinstance(subject.api.endpoint, EmbeddedEndpoint)
    assert subject.asked


def test_both_sides_of_the_embedded_run_use_the_same_number_format() -> None:
    small = _subjects(SETTINGS)[0]

    assert isinstance(small.local, LocalBackend)
    assert small.local.spec.dtype == small.describe()["api"]["endpoint"].rpartition(", ")[2].rstrip(")") == "float32"


def test_local_side_is_loaded_and_fed_as_the_options_say() -> None:
    form = ("no date line",)
    for subject in _subjects(replace(SETTINGS, local_dtype="bfloat16", local_batch_size=3, local_form=form)):
        assert isinstance(subject.local, LocalBackend)
        assert (subject.local.spec.dtype, subject.local.batch_size, subject.local.spec.form) == ("bfloat16", 3, form)
        assert subject.describe()["local"]["rendering"] == "no date line"


@pytest.fixture
def other_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A clock that shows another day than UTC, which one of the two outermost zones does at any hour."""
    with monkeypatch.context() as patch:
        for zone in ("Etc/GMT+12", "Etc/GMT-14"):
            patch.setenv("TZ", zone)
            time.tzset()
            if today() != today_utc():
                break
        yield
    time.tzset()


@pytest.mark.usefixtures("other_zone")
def test_endpoint_elsewhere_may_print_the_day_of_utc_and_what_that_alters_is_measured() -> None:
    there = replace(SETTINGS, base_url="http://127.0.0.1:1/v1", model=resolve_model(MINIATURE))

    (elsewhere,), here = _subjects(there), _subjects(SETTINGS)[0]

    assert elsewhere.days == {InferenceBackend.API: today_utc(), InferenceBackend.LOCAL: today()}
    assert elsewhere.describe()["prompt_days"]["api"] == today_utc().isoformat()
    run = make_run(replace(there, sample_size=4), None, gpu_asked=False)
    assert "day" in [variant.change for variant in run.variants(run.subjects[0])]
    run.remove()
    assert set(here.days.values()) == {today()}
    (vouched,) = _subjects(replace(there, prompt_date=today()))
    assert "prompt_days" not in vouched.describe()


def test_both_sides_print_the_date_that_the_endpoint_is_said_to_print() -> None:
    day = dt.date(2025, 8, 5)
    for subject in _subjects(replace(SETTINGS, prompt_date=day)):
        assert isinstance(subject.local, LocalBackend)
        assert subject.local.day == day
        assert set(subject.days.values()) == {day}
        assert "prompt_days" not in subject.describe()


def test_run_that_is_recorded_also_measures_what_another_date_alters() -> None:
    small = _subjects(SETTINGS)[0]

    plain, dated = ({variant.change: variant for variant in variants_of(small, dated=one)} for one in (False, True))

    assert set(dated) - set(plain) == {"day"}
    changed = dated["day"].backend
    assert isinstance(changed, LocalBackend)
    assert isinstance(small.local, LocalBackend)
    assert changed.day not in (None, today())
    assert (changed.spec, changed.batch_size) == (small.local.spec, small.local.batch_size)


@pytest.mark.parametrize(
    ("model", "device", "got", "dtype", "needs_gpu"),
    [
        (MINIATURE, None, "cpu", "float32", False),
        (MINIATURE, "cpu", "cpu", "float32", False),
        (MINIATURE, "auto", "auto", "auto", False),
        (MINIATURE, "cuda:1", "cuda:1", "auto", True),
        (GPT_OSS_20B, None, "auto", "auto", True),
        (GPT_OSS_20B, "cuda:1", "cuda:1", "auto", True),
        (GPT_OSS_20B, "cpu", "cpu", "auto", False),
    ],
)
def test_named_model_runs_where_the_option_says(
    model: str, device: str | None, got: str, dtype: str, *, needs_gpu: bool
) -> None:
    (subject,) = _subjects(_named(model, local_device=device, local_attention="eager"))

    assert isinstance(subject.local, LocalBackend)
    spec = subject.local.spec
    assert (spec.device, spec.dtype, spec.attention) == (got, dtype, "eager")
    assert subject.needs_gpu is spec.needs_gpu is needs_gpu


@pytest.mark.usefixtures("no_gpu")
def test_cpu_for_the_default_subjects_never_downloads_a_large_model_for_it() -> None:
    small, large = _subjects(replace(SETTINGS, local_device="cpu"))

    assert (small.why_not_here(), large.asked) == (None, False)
    assert "needs a CUDA device" in (large.why_not_here() or "")


@pytest.mark.usefixtures("no_gpu")
def test_gpu_that_was_asked_for_and_is_not_there_is_told_and_not_left_out() -> None:
    run = make_run(replace(SETTINGS, sample_size=4, local_device="cuda"), None, gpu_asked=False)
    run.remove()

    assert [subject.id for subject in run.subjects] == ["miniature"]
    assert "needs a CUDA device and this machine has none" in (run.subjects[0].why_not_here() or "")


def test_server_with_an_address_is_asked_for_the_model_under_the_name_it_has_there() -> None:
    (subject,) = _subjects(_named(MINIATURE, base_url="http://127.0.0.1:1/v1", api_model="their-name"))

    assert isinstance(subject.api, ApiBackend)
    assert subject.api.endpoint == Endpoint(model="their-name", base_url="http://127.0.0.1:1/v1")
    assert isinstance(subject.local, LocalBackend)
    assert (subject.local.spec.model, subject.needs_gpu) == (MINIATURE, False)


def test_server_that_is_known_to_read_the_effort_in_the_template_alone_is_sent_it_there() -> None:
    known = load_known_differences("transformers_serve")
    (subject,) = _subjects(_named(MINIATURE, base_url="http://127.0.0.1:1/v1", known_differences=known))

    assert isinstance(subject.api, ApiBackend)
    assert isinstance(subject.api.endpoint, Endpoint)
    assert subject.api.endpoint.effort_in_template


def test_each_provider_is_a_subject() -> None:
    subjects = _subjects(_named(GPT_OSS_20B, providers=("groq", "together")))

    assert [subject.id for subject in subjects] == ["gpt-oss-20b@groq", "gpt-oss-20b@together"]
    assert all(subject.asked and subject.needs_gpu for subject in subjects)


@pytest.mark.parametrize("provider", ["a b[c]", "für", "x::y"])
def test_ids_are_ascii_without_brackets_or_white_space(provider: str) -> None:
    (subject,) = _subjects(_named(GPT_OSS_20B, providers=(provider,)))

    assert subject.id.isascii()
    assert not set(subject.id) & set("[] :/")


def test_description_is_plain_data_and_names_the_sample() -> None:
    told = _subjects(SETTINGS)[0].describe()

    assert told["sample"] == {"size": 4, "seed": 42, "stratify": "balanced", "sha256": SAMPLE.sha256}
    assert told["examples"] == [example.example_id for example in SAMPLE.examples]
    assert (told["id"], told["policy"]) == ("miniature", "toxic_simple")


def test_side_is_found_by_its_kind() -> None:
    subject = _subjects(SETTINGS)[0]

    assert subject.backend(InferenceBackend.API) is subject.api
    assert subject.backend(InferenceBackend.LOCAL) is subject.local


@pytest.mark.usefixtures("no_gpu")
def test_default_that_this_machine_cannot_run_is_left_out_with_one_reason() -> None:
    run = make_run(replace(SETTINGS, sample_size=4), None, gpu_asked=False)
    run.remove()

    assert [subject.id for subject in run.subjects] == ["miniature"]
    assert [name for name, _ in run.left_out] == ["gpt-oss-20b"]
    assert "CUDA" in run.left_out[0][1]


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize("asked", ["by-name", "by-marker"])
def test_subject_that_was_asked_for_is_never_left_out(asked: str) -> None:
    named = replace(_named(GPT_OSS_20B), sample_size=4)
    settings = named if asked == "by-name" else replace(SETTINGS, sample_size=4)

    run = make_run(settings, None, gpu_asked=asked == "by-marker")
    run.remove()

    assert "gpt-oss-20b" in [subject.id for subject in run.subjects]
    assert run.left_out == ()


def test_machine_with_a_gpu_and_a_token_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_room, "cuda_device_count", lambda: 1)
    monkeypatch.setenv("HF_TOKEN", "some-token-value")

    run = make_run(replace(SETTINGS, sample_size=4), None, gpu_asked=False)
    run.remove()

    assert [subject.id for subject in run.subjects] == ["miniature", "gpt-oss-20b"]


def test_gpu_alone_is_not_enough_where_the_token_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_room, "cuda_device_count", lambda: 1)
    monkeypatch.delenv("HF_TOKEN", raising=False)

    reason = _subjects(SETTINGS)[1].why_not_here()

    assert reason is not None
    assert "HF_TOKEN" in reason
