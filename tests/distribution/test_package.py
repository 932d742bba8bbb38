"""The package as it is laid out, asked from a folder of a user's: no checkout is in reach."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from distribution.rooms import PACKAGE
from tests.distribution.layout import python

if TYPE_CHECKING:
    from pathlib import Path

#: Settings of pytest in the environment that would end any run.
WORSE = {"PYTEST_ADDOPTS": "--no-such-option", "PYTEST_PLUGINS": "no_such_plugin"}


def test_names_of_the_issue_are_there_and_no_room_is_at_the_top(site: Path, hostile: Path) -> None:
    program = (
        "import sys; sys.path.remove(''); from harmony_conformance import *\n"
        "from harmony_conformance import classify, get_model_response, InferenceSettings, harmony, load_policy\n"
        "print(harmony.__name__, load_policy('toxic_simple').name)\n"
        "print({'torch', 'transformers', 'pandas', 'backends', 'fixtures', 'reports'} & set(sys.modules))"
    )
    done = python(site, hostile, "-c", program)

    assert done.stdout.splitlines() == ["harmony_conformance.backends.harmony toxic_simple", "set()"], done.stderr


def test_every_module_can_be_imported_by_its_name_in_the_package(site: Path, tmp_path: Path) -> None:
    modules = [
        ".".join(path.relative_to(site).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((site / PACKAGE).rglob("*.py"))
        if not path.name.startswith(("serve_", "__main__"))
    ]
    program = (
        f"import sys; from importlib import import_module\nfor name in {modules!r}: import_module(name)\n"
        "print(sorted({'backends', 'fixtures', 'conformance', 'reports', 'conftest'} & set(sys.modules)))"
    )
    done = python(site, tmp_path, "-c", program)

    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["plain", "xdist"])
def test_suite_is_collected_with_its_own_settings_alone(site: Path, hostile: Path, more: tuple[str, ...]) -> None:
    asked = ("-m", PACKAGE, "--collect-only", "-q", "-m", "not gpu", "--sample-size", "3", *more)
    done = python(site, hostile, *asked, **WORSE)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "conformance/test_agreement.py::test_final_answer_matches_local[miniature-toxicchat-" in done.stdout


def test_test_of_the_suite_is_found_by_the_id_that_is_printed(site: Path, tmp_path: Path) -> None:
    asked = "conformance/test_usage.py"
    done = python(site, tmp_path, "-m", PACKAGE, "--collect-only", "-q", asked)
    lines = [line for line in done.stdout.splitlines() if "::" in line]

    assert lines, done.stdout + done.stderr
    assert all(line.startswith(asked) for line in lines)


def test_options_of_the_suite_are_explained_behind_the_commands(site: Path, hostile: Path) -> None:
    done = python(site, hostile, "-m", PACKAGE, "--help", **WORSE)

    assert done.returncode == 0, done.stderr
    assert done.stdout.index("doctor") < done.stdout.index("usage: harmony-conformance [options]")
    assert "--sample-size" in done.stdout
    assert "--maxfail" in done.stdout


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("doctr", "there is no command 'doctr': did you mean doctor?"),
        ("zzz", "there is no command 'zzz': there are doctor, show,"),
        ("--sample-sizes=3", "harmony-conformance: error: unrecognized arguments: --sample-sizes=3"),
    ],
)
def test_what_is_misspelt_ends_with_one_sentence(site: Path, tmp_path: Path, typed: str, said: str) -> None:
    done = python(site, tmp_path, "-m", PACKAGE, typed)

    assert done.returncode == 4
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["doctor", "show", "html", "cache", "faults", "expand", "restlessness"])
def test_help_of_a_command_names_what_was_typed(site: Path, tmp_path: Path, name: str) -> None:
    done = python(site, tmp_path, "-m", PACKAGE, name, "--help")

    assert done.returncode == 0, done.stderr
    assert f"harmony-conformance {name}" in done.stdout
    assert "python -m" not in done.stdout


def test_doctor_advises_what_is_there(site: Path, tmp_path: Path) -> None:
    done = python(site, tmp_path, "-m", PACKAGE, "doctor", "--json", HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))
    told = json.loads(done.stdout)

    assert {run["command"].split()[0] for run in told["runs"]} == {"harmony-conformance"}
    assert "-e '" not in done.stdout


def test_missing_library_is_told_with_what_installs_it(site: Path, tmp_path: Path) -> None:
    program = (
        "import sys, importlib.util as util; found = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'torch' else found(name, *more)\n"
        "from harmony_conformance.backends.local.loading import require_local_libraries as require\nrequire()"
    )
    done = python(site, tmp_path, "-c", program)

    assert done.stderr.splitlines()[-1].endswith("needs torch: pip install 'harmony-conformance[local]'.")


def test_an_expanded_checkpoint_and_caches_stay_out_of_the_package(site: Path, tmp_path: Path) -> None:
    program = (
        "from harmony_conformance.backends.compact.expansion import checkpoints_folder\n"
        "from harmony_conformance.backends.installation import home, ROOT\nprint(checkpoints_folder(), home(ROOT))"
    )
    done = python(site, tmp_path, "-c", program, XDG_CACHE_HOME=str(tmp_path / "cache"))

    assert done.stdout.split() == [str(tmp_path / "cache/harmony-conformance/checkpoints"), str(tmp_path)], done.stderr


@pytest.mark.embedded
@pytest.mark.slow
def test_run_from_a_users_folder_judges_and_tells_how_to_run_it_again(site: Path, hostile: Path) -> None:
    """A wire check fails where nothing is known of the server: its line tells the very program."""
    asked = ("conformance/test_parameters.py", "--known-differences", "none", "--no-cache")
    done = python(site, hostile, "-m", PACKAGE, *asked, "-m", "not gpu", "-k", "tool_choice_none", **WORSE)
    before = sorted(path for path in (site / PACKAGE).rglob("*") if "__pycache__" not in path.parts)
    verdict = json.loads((hostile / "conformance-report" / "verdict.json").read_text(encoding="utf-8"))

    assert done.returncode == 1, done.stdout + done.stderr
    assert f"harmony-conformance {' '.join(asked)} -m 'not gpu' -k " in done.stdout
    assert verdict["verdict"] == "differs"
    assert [path for path in before if ".conformance-cache" in path.parts or "conformance-report" in path.parts] == []
    page = hostile / "conformance-report" / "report.html"
    before_again = page.read_text(encoding="utf-8")
    again = python(site, hostile, "-m", PACKAGE, "html", "conformance-report")
    assert (again.returncode, page.read_text(encoding="utf-8")) == (0, before_again)
    shown = python(site, hostile, "-m", PACKAGE, "show", "conformance-report")
    assert shown.returncode == 1
    assert shown.stdout.splitlines()[-1] in done.stdout


def test_python_of_the_tests_is_not_the_package() -> None:
    assert not sys.modules["backends"].__name__.startswith(PACKAGE)
