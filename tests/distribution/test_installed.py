"""The wheel in a fresh environment, from an empty folder: what a user who has no checkout gets."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from typing import TYPE_CHECKING, Final

import pytest

from distribution.rooms import PACKAGE
from tests.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.package, pytest.mark.slow]

#: Left to the user's own: the caches, the proxy, and where pip finds packages.
_KEPT: Final = ("PATH", "HOME", "TMPDIR", "LANG", "HTTP_PROXY", "HTTPS_PROXY", "SSL_CERT_FILE", "OMP_NUM_THREADS")

#: Installing torch takes a minute with a warm cache, and ten on a busy machine.
_TIME_S: Final = 3600


def run(folder: Path, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Returns what a program said in `folder`, without anything of the environment that tests run in."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("PIP_")}
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIME_S,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made by way of the source distribution, as a package index would have both."""
    folder = tmp_path_factory.mktemp("dist")
    done = run(folder, sys.executable, "-m", "build", "--outdir", folder, ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """The folder of an environment's programs that holds the wheel with its extra `embedded`, and nothing else."""
    place = tmp_path_factory.mktemp("venv")
    venv.create(place, with_pip=True)
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    asked = ("install", "--quiet", "--no-compile", "-c", ROOT / "constraints.txt", f"{wheel}[embedded]")
    done = run(place, programs / "python", "-m", "pip", *asked)
    assert done.returncode == 0, done.stdout + done.stderr
    return programs


def test_nothing_but_the_package_is_put_at_the_top(wheel: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    top = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert top == {PACKAGE, f"{PACKAGE}-{version}.dist-info"}


def test_run_in_an_empty_folder_conforms(bare: Path, tmp_path: Path) -> None:
    done = run(tmp_path, bare / "harmony-conformance", "--sample-size", "20")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "\nverdict: conforms. All 4 criteria pass." in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"conformance-report", ".conformance-cache"}
    shown = run(tmp_path, bare / "harmony-conformance", "show")
    assert (shown.returncode, shown.stdout.splitlines()[-1]) == (0, "verdict: conforms. All 4 criteria pass.")


def test_advice_installs_what_is_missing_from_what_is_there(bare: Path, tmp_path: Path) -> None:
    """An index need not know this distribution: the installed one says what its parts need."""
    asked = ("install", "--quiet", "--dry-run", "harmony-conformance[embedded]")
    done = run(tmp_path, bare / "python", "-m", "pip", *asked, "-c", str(ROOT / "constraints.txt"))

    assert done.returncode == 0, done.stderr


def test_python_users_get_typed_names(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(
        "from harmony_conformance import InferenceSettings, classify, get_model_response, harmony, load_policy\n"
        "here = InferenceSettings(base_url='http://127.0.0.1:9/v1')\n"
        "label = classify('a', load_policy('toxic_simple'), settings=here).label\n"
        "reveal_type(label)\n"
        "reveal_type(harmony.parse)\n",
        encoding="utf-8",
    )
    asked = ("--strict", "--python-executable", str(bare / "python"), "use.py")
    done = run(tmp_path, sys.executable, "-m", "mypy", *asked)

    assert done.returncode == 0, done.stdout
    assert 'note: Revealed type is "bool | None"' in done.stdout
    assert "Any" not in done.stdout.splitlines()[0]
