"""The embedded default can run where its libraries, its miniature and loopback are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.doctor import embedded
from backends.doctor.check_result import Status
from backends.doctor.embedded import check_embedded, judge_embedded
from backends.installation import ROOT
from backends.system.versions import installed_version
from fixtures.servers import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Callable


def test_everything_there_is_good() -> None:
    assert judge_embedded([], [], loopback=True).status is Status.OK


@pytest.mark.parametrize(
    ("missing", "absent", "loopback", "said", "remedy"),
    [
        (["fastapi", "uvicorn"], [], True, "missing: fastapi, uvicorn", "pip install"),
        (list("abcdef"), [], True, "missing: a, b and 4 more", "pip install"),
        ([], ["model.safetensors"], True, "the miniature lacks model.safetensors", "git restore"),
        ([], [], False, "nothing may listen on 127.0.0.1", "allow loopback"),
    ],
)
def test_what_is_missing_is_named_with_a_remedy(
    missing: list[str],
    absent: list[str],
    loopback: bool,  # noqa: FBT001 - a parameter of the case
    said: str,
    remedy: str,
) -> None:
    line = judge_embedded(missing, absent, loopback=loopback)

    assert line.status is Status.ERROR
    assert said in line.text
    assert line.remedy.startswith(remedy)


def test_server_finds_its_libraries_where_the_doctor_says_that_it_runs() -> None:
    line = check_embedded(ROOT)

    if line.status is Status.OK:
        EmbeddedServer().check()
    else:
        assert "missing: " in line.text


def _all_but(missing: str) -> Callable[[str], str | None]:
    return lambda name: None if name == missing else installed_version(name)


def test_absent_library_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "installed_version", _all_but("jinja2"))

    assert "jinja2>=3.1" in embedded._missing(ROOT)
    assert check_embedded(ROOT).status is Status.ERROR


def test_library_that_tells_of_gpus_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "installed_version", _all_but("nvidia-ml-py"))

    assert "nvidia" not in check_embedded(ROOT).text
