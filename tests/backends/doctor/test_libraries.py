"""Libraries are a tested set, a supported one, or neither."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from backends.doctor import libraries
from backends.doctor.check_result import Status
from backends.doctor.libraries import (
    BASE,
    LOCAL,
    Library,
    check_base,
    check_llama_cpp,
    check_local,
    check_python,
    judge_libraries,
    judge_python,
    libraries_of,
    read_libraries,
)
from backends.installation import ROOT

SUPPORTED = SpecifierSet(">=4.55")


def _transformers(installed: str | None) -> Library:
    return Library("transformers", installed, "5.23.0", SUPPORTED)


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10, 14), Status.ERROR), ((3, 11, 0), Status.OK), ((3, 13, 2), Status.OK)]
)
def test_python_is_good_from_the_first_version_that_is_allowed(version: tuple[int, int, int], state: Status) -> None:
    line = judge_python(version, SpecifierSet(">=3.11"))

    assert line.status is state
    assert line.remedy == ("" if state is Status.OK else "use a Python >=3.11")


def test_tested_set_is_named_with_its_versions() -> None:
    line = judge_libraries("local side", [Library("torch", "2.13.0+cu130", "2.13.0"), _transformers("5.23.0")])

    assert (line.status, line.text) == (Status.OK, "tested set: torch 2.13.0+cu130, transformers 5.23.0")


def test_supported_version_is_told_from_the_tested_one() -> None:
    line = judge_libraries("local side", [Library("torch", "2.13.0", "2.13.0"), _transformers("4.55.4")])

    assert line.status is Status.NOTE
    assert line.text == "supported, not the tested set: transformers 4.55.4 (tested 5.23.0)"
    assert line.remedy == "pip install -c constraints.txt -e '.[embedded]'"


@pytest.mark.parametrize(("version", "state"), [("4.54.1", Status.ERROR), ("4.55.0", Status.NOTE)])
def test_support_begins_at_the_edge_of_its_range(version: str, state: Status) -> None:
    line = judge_libraries("local side", [_transformers(version)])

    assert line.status is state
    assert (line.text == "unsupported: transformers 4.54.1 (needs >=4.55)") is (state is Status.ERROR)


def test_missing_library_is_named_and_what_runs_without_it() -> None:
    line = judge_libraries("local side", [_transformers(None), Library("torch", None)], "the API side runs")

    assert (line.status, line.text) == (Status.ERROR, "not installed: transformers, torch; the API side runs")
    assert line.remedy


def test_many_deviations_are_counted() -> None:
    line = judge_libraries("libraries", [Library(f"library{number}", "2.0", "1.0") for number in range(5)])

    assert line.text.endswith("library1 2.0 (tested 1.0) and 3 more")


def test_pins_and_ranges_are_found_under_any_spelling() -> None:
    found = libraries_of(
        ["huggingface_hub", "tokenizers"],
        installed={"huggingface_hub": "2.4.0", "tokenizers": None},
        pins=["# a comment", "Huggingface-Hub==2.4.0  # why", ""],
        stated=["huggingface_hub>=0.34", "huggingface-hub<3.0,>=1.31.0", "tokenizers>9; extra == 'never'"],
    )

    assert found[0] == Library("huggingface_hub", "2.4.0", "2.4.0", SpecifierSet(">=0.34,<3.0,>=1.31.0"))
    assert found[0].is_tested
    assert found[0].is_supported
    assert found[1] == Library("tokenizers", None, None, SpecifierSet())


def test_every_library_that_matters_is_pinned_in_the_checkout() -> None:
    assert [one.name for one in read_libraries(ROOT, (*BASE, *LOCAL)) if one.tested is None] == []


@pytest.mark.parametrize("diagnose", [check_python, check_base, check_local])
def test_this_installation_is_looked_at(diagnose: object) -> None:
    line = diagnose(ROOT)  # type: ignore[operator]

    assert line.text
    assert "could not" not in line.text


def test_llama_cpps_server_is_a_part_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "installed_version", {"gguf": "0.19.0", "xllamacpp": "1.2"}.get)
    assert (check_llama_cpp().status, check_llama_cpp().text) == (Status.OK, "xllamacpp 1.2, gguf 0.19.0")

    monkeypatch.setattr(libraries, "installed_version", {"gguf": "0.19.0"}.get)
    assert check_llama_cpp().status is Status.NOTE
    assert check_llama_cpp().remedy.endswith("[llama-cpp]'")
