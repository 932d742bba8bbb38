"""`python -m backends doctor` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest
from packaging.version import Version

from backends.doctor.screen import WIDTH
from backends.system.versions import installed_version
from tests.places import ROOT

SHAPED = "hf_notarealtokenbutshapedlikeone"

#: The environment of a machine without a GPU whose Hub refuses every connection: nobody listens on the port.
BARE = {"CUDA_VISIBLE_DEVICES": "", "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "0", "HF_TOKEN": ""}


def _doctor(*arguments: str, python: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *python, "-m", "backends", *arguments],
        cwd=ROOT,
        env=os.environ | BARE | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_screen_of_a_machine_without_gpu_and_hub_is_one_screen(tmp_path: Path) -> None:
    done = _doctor("doctor", HF_HOME=str(tmp_path))
    lines = done.stdout.splitlines()

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert len(lines) <= 24
    assert max(map(len, lines)) <= WIDTH
    assert "no   GPU           none -> --local-from reference.rec" in done.stdout
    assert "no   gpt-oss-20b   17.9 GB MXFP4, 45.9 GB bfloat16; not in the cache; no GPU -> " in done.stdout
    assert "note token         HF_TOKEN is not set (--base-url needs none) -> export HF_TOKEN=..." in done.stdout
    assert "note Hub           http://127.0.0.1:9 is of no use (" in done.stdout
    assert "note data set      lmsys/toxic-chat@29df8e4d: not in the cache -> --dataset hub fetches it" in done.stdout
    assert "cannot run: pytest conformance -m gpu" in done.stdout


@pytest.mark.embedded
def test_embedded_default_can_run_where_its_server_does() -> None:
    if Version(installed_version("transformers") or "0") < Version("5.20"):
        pytest.skip("the embedded server needs transformers 5.20")
    read = json.loads(_doctor("doctor", "--json").stdout)
    runs = {run["name"]: run["possible"] for run in read["runs"]}

    assert runs["embedded default"] is True
    assert runs["Inference Providers"] is False


def test_doctor_takes_a_few_seconds_at_most() -> None:
    started = time.monotonic()
    _doctor("doctor")

    # 1.2 s on two idle cores, of which the Hub's refusal takes none; its silence would add 3 s.
    assert time.monotonic() - started < 20


def test_token_is_never_printed() -> None:
    for form in ([], ["--json"]):
        done = _doctor("doctor", *form, HF_TOKEN=SHAPED, HF_ENDPOINT=f"http://user:{SHAPED}@127.0.0.1:9")

        assert "present, from HF_TOKEN" in done.stdout
        assert SHAPED not in done.stdout + done.stderr


def test_doctor_imports_no_models_libraries() -> None:
    program = (
        "import sys; from backends.__main__ import main; main(['doctor']);"
        "print(sorted({'torch', 'transformers', 'datasets', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=os.environ | BARE, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.fixture
def without_local_side(tmp_path: Path) -> dict[str, str]:
    """An environment whose site-packages lacks the local side: links to everything else that is installed here."""
    models = ("torch", "functorch", "transformers", "tokenizers", "accelerate", "safetensors")
    hidden = (*models, "nvidia_ml_py", "pynvml", "psutil")
    farm = tmp_path / "site-packages"
    farm.mkdir()
    for key in ("purelib", "platlib"):
        for entry in Path(sysconfig.get_path(key)).iterdir():
            link = farm / entry.name
            if not entry.name.lower().startswith(hidden) and entry.suffix != ".pth" and not link.exists():
                link.symlink_to(entry)
    return {"PYTHONPATH": str(farm), "HF_HOME": str(tmp_path / "home")}


def test_doctor_works_without_the_local_side(without_local_side: dict[str, str]) -> None:
    done = _doctor("doctor", python=("-S",), **without_local_side)

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "could not be looked at" not in done.stdout
    assert "no   local side    not installed: torch, transformers, tokenizers, safetensors, accelerate" in done.stdout
    assert "note memory        unknown" in done.stdout
    assert "no   embedded      cannot run, missing: accelerate" in done.stdout
    assert "can run:    pytest conformance --base-url URL" in done.stdout
    assert 'cannot run: pytest conformance -m "not gpu"' in done.stdout
    assert len(done.stdout.splitlines()) <= 24


@pytest.mark.parametrize("arguments", [("--help",), ("doctor", "--help")])
def test_help_explains_itself(arguments: tuple[str, ...]) -> None:
    done = _doctor(*arguments)

    assert done.returncode == 0
    assert "say what this machine can run" in done.stdout.lower().replace("says in one screen", "say")


def test_help_documents_the_exit_status() -> None:
    assert "exit status: 0 if at least one kind of run is possible" in _doctor("doctor", "--help").stdout


def test_wrong_option_is_refused_without_a_traceback() -> None:
    done = _doctor("doctor", "--wrong")

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
