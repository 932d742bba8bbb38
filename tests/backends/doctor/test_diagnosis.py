"""From the lines follow the runs that are possible and the exit status; a screen holds it all."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from backends.checkpoints.architecture import KNOWN_ARCHITECTURES
from backends.doctor import diagnosis as diagnosis_room
from backends.doctor.cached import CacheEntry, Stored
from backends.doctor.check_result import CheckResult, Status
from backends.doctor.diagnosis import Diagnosis, diagnose
from backends.doctor.embedded import judge_embedded
from backends.doctor.hardware import judge_gpus, judge_kernels, judge_memory
from backends.doctor.hub import DatasetPin, HubAnswer, judge_dataset, judge_hub, judge_token
from backends.doctor.libraries import BASE, LOCAL, Library, judge_libraries, judge_python
from backends.doctor.models import Place, judge_model
from backends.doctor.screen import WIDTH, as_json, as_screen

#: Rows of a usual terminal.
ROWS = 24

TOPICS = (
    "suite",
    "Python",
    "libraries",
    "local side",
    "memory",
    "GPU",
    "MXFP4",
    "gpt-oss-20b",
    "gpt-oss-120b",
    "safeguard-20b",
    "token",
    "Hub",
    "data set",
    "embedded",
    "llama.cpp",
)
MODELS = ("gpt-oss-20b", "gpt-oss-120b", "safeguard-20b")


def _found(**states: Status) -> Diagnosis:
    """All topics good but those named, with underscores for spaces and hyphens."""
    named = {name.replace("_", "-"): state for name, state in states.items()}
    named |= {name.replace("_", " "): state for name, state in states.items()}
    return Diagnosis(
        tuple(
            CheckResult(topic=topic, status=named.get(topic, Status.OK), text="as found", remedy="do something")
            for topic in TOPICS
        )
    )


def _possible(found: Diagnosis) -> list[bool]:
    return [run.possible for run in found.runs]


def test_machine_with_everything_can_run_everything() -> None:
    found = _found()

    assert _possible(found) == [True, True, True, True]
    assert found.runs[-1].name == "real model here: gpt-oss-20b, gpt-oss-120b, safeguard-20b"
    assert found.exit_status == 0


def test_machine_without_gpu_token_and_hub_runs_the_default_and_a_server_of_yours() -> None:
    found = _found(
        GPU=Status.ERROR,
        MXFP4=Status.NOTE,
        gpt_oss_20b=Status.ERROR,
        gpt_oss_120b=Status.ERROR,
        safeguard_20b=Status.ERROR,
        token=Status.NOTE,
        Hub=Status.NOTE,
        data_set=Status.NOTE,
    )

    assert _possible(found) == [True, True, False, False]
    assert found.runs[2].lacks == ("token", "Hub")
    assert found.runs[3].lacks == ("GPU",)
    assert found.exit_status == 0


def test_machine_without_torch_still_asks_apis() -> None:
    found = _found(local_side=Status.ERROR, embedded=Status.ERROR)

    assert _possible(found) == [False, True, True, False]
    assert found.exit_status == 0


@pytest.mark.parametrize("topic", ["Python", "libraries"])
def test_nothing_runs_without_the_base(topic: str) -> None:
    found = _found(**{topic: Status.ERROR})

    assert _possible(found) == [False] * 4
    assert found.exit_status == 1


def test_untested_libraries_keep_nothing_from_running() -> None:
    assert all(_possible(_found(libraries=Status.NOTE, local_side=Status.NOTE, embedded=Status.OK)))


def test_models_that_do_not_fit_are_left_out() -> None:
    found = _found(gpt_oss_120b=Status.ERROR)

    assert found.runs[3].name == "real model here: gpt-oss-20b, safeguard-20b"


def test_model_that_is_not_here_needs_the_hub() -> None:
    notes = {"gpt_oss_20b": Status.NOTE, "gpt_oss_120b": Status.ERROR, "safeguard_20b": Status.NOTE}

    assert _found(**notes).runs[3].possible
    assert _found(**notes, Hub=Status.NOTE).runs[3].lacks == ("Hub",)


def test_gpu_that_is_too_small_for_every_model_is_said_by_the_smallest() -> None:
    found = _found(gpt_oss_20b=Status.ERROR, gpt_oss_120b=Status.ERROR, safeguard_20b=Status.ERROR)

    assert found.runs[3].lacks == ("gpt-oss-20b",)


def test_topic_that_fails_costs_its_own_line_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> CheckResult:
        raise RuntimeError("the driver is on fire")

    monkeypatch.setattr(diagnosis_room, "check_gpus", fail)
    monkeypatch.setattr(
        diagnosis_room, "check_hub", lambda _: CheckResult(topic="Hub", status=Status.OK, text="answers")
    )
    found = diagnose()
    failed = [line for line in found.lines if "could not be looked at" in line.text]

    assert [line.topic for line in failed] == ["GPU"]
    assert tuple(line.topic for line in found.lines) == TOPICS


def test_every_topic_may_fail_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> CheckResult:
        raise OSError("nothing works")

    for name in [name for name in vars(diagnosis_room) if name.startswith("check_")]:
        monkeypatch.setattr(diagnosis_room, name, fail)
    found = diagnose()

    assert tuple(line.topic for line in found.lines) == TOPICS
    assert all("could not be looked at (OSError: nothing works)" in line.text for line in found.lines)


def test_machine_where_everything_needs_a_remedy_still_fits_a_screen() -> None:
    place = Place(gpus=[], kernels=False, entry=CacheEntry(Stored.PART, "1 of 3 weight files"), disk=10**9)
    pin = DatasetPin(repository="lmsys/toxic-chat", configuration="toxicchat0124", revision="c" * 40)
    missing = [Library(name, None) for name in LOCAL]
    wanted = (Requirement("triton>=3.4"), Requirement("kernels>=0.18.2,<0.19"), Requirement("accelerate"))
    found = Diagnosis(
        (
            judge_python((3, 11, 7), SpecifierSet(">=3.11")),
            judge_libraries("libraries", [Library(name, "1.0", "2.0") for name in BASE]),
            judge_libraries("local side", missing, "APIs and recordings need none"),
            judge_memory(None, 10**9),
            judge_gpus([], offered=0, driver=None, torch=None),
            judge_kernels([], wanted),
            *(judge_model(model, place) for model in KNOWN_ARCHITECTURES),
            judge_token(in_environment=False, stored=True),
            judge_hub(HubAnswer(place="https://huggingface.co", error="ConnectError: " + "long " * 12)),
            judge_dataset(pin, CacheEntry(Stored.PART, "interrupted")),
            judge_embedded(["accelerate>=1.0", "jinja2>=3.1", "torch>=2.6", "transformers>=5.20"], [], loopback=True),
        )
    )

    assert len(as_screen(found).splitlines()) <= ROWS


def test_screen_is_no_wider_than_it_says_and_names_every_topic() -> None:
    found = Diagnosis(tuple(replace(line, text="word " * 30) for line in _found(GPU=Status.ERROR).lines))
    lines = as_screen(found).splitlines()

    assert max(map(len, lines)) <= WIDTH
    for topic in TOPICS:
        assert any(line[5:].startswith(topic) for line in lines)
    assert any(line.startswith("no   GPU") for line in lines)


def test_remedy_stands_at_the_end_of_its_line() -> None:
    screen = as_screen(_found(token=Status.NOTE))

    assert "note token         as found -> do something" in screen.splitlines()


def test_screen_ends_with_the_runs() -> None:
    screen = as_screen(_found(token=Status.NOTE)).splitlines()

    heads = [line.partition(":")[0] for line in screen if line.startswith("can")]
    assert heads == ["can run", "can run", "can run", "cannot run"]
    assert screen[-1].endswith("Inference Providers: see token")


def test_json_says_the_same_as_the_screen() -> None:
    found = _found(token=Status.NOTE)
    read = json.loads(as_json(found))

    assert read["schema_version"] == 1
    assert [line["topic"] for line in read["lines"]] == list(TOPICS)
    assert [run["possible"] for run in read["runs"]] == _possible(found)
    assert read["exit_status"] == 0
