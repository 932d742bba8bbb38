"""The face of the room hands out its names, and costs nothing until one is asked for."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import backends
from tests.places import ROOT

#: What only those who ask for an answer need.
HEAVY = ("huggingface_hub", "httpx", "requests", "pyarrow", "tenacity", "filelock", "diskcache", "packaging", "torch")

#: A bare interpreter has about 50; dataclasses, re, json and typing bring the rest.
MOST_MODULES = 110

LAZY = ("api", "checkpoints", "dispatch", "doctor", "local", "memory", "recording", "system")


def modules_after(statement: str) -> set[str]:
    program = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_parser_costs_no_more_than_the_parser() -> None:
    loaded = modules_after("import backends.harmony")
    own = {name for name in loaded if name.startswith("backends.") and not name.startswith("backends.harmony")}
    assert own == {"backends.lazy_face"}
    assert loaded.isdisjoint(HEAVY)
    assert len(loaded) <= MOST_MODULES


@pytest.mark.parametrize("room", LAZY)
def test_room_costs_nothing_until_a_name_is_asked_for(room: str) -> None:
    assert modules_after(f"import backends.{room}").isdisjoint(HEAVY)


@pytest.mark.parametrize("face", ["backends", *(f"backends.{room}" for room in LAZY)])
def test_every_name_that_a_face_promises_is_there(face: str) -> None:
    modules_after(f"from {face} import *\nimport {face} as face\nassert set(face.__all__) <= set(dir(face))")


def test_name_is_brought_once_and_kept() -> None:
    assert backends.make_prompt is vars(backends)["make_prompt"]


def test_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'backends' has no attribute 'nonsense'"):
        _ = backends.nonsense  # type: ignore[attr-defined]
