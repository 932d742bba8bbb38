"""The rooms import one way and load no model's libraries early, and no file names the machine it was written on."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOMS = ("backends", "fixtures", "conformance", "reports")

#: Room to the rooms that it may import. `fixtures.plugin` and `reports.plugin` meet in the root conftest alone.
MAY_USE = {
    "backends": {"backends"},
    "fixtures": {"fixtures", "backends"},
    "reports": {"reports", "backends", "fixtures"},
    "conformance": {"conformance", "backends", "fixtures", "reports"},
}

#: Folder to the single module of another room that it may import besides.
MAY_ALSO_USE = {"fixtures/faults/": "reports.findings.catalogue"}  # which owns what a fault is called

HEAVY = {"torch", "transformers", "datasets", "pandas", "scipy"}

#: Programs that are run by hand to make the committed parts, and are never imported by a run.
BY_HAND = (
    "fixtures/miniature/training/",
    "fixtures/miniature/train.py",
    "fixtures/miniature/evaluate.py",
    "fixtures/miniature/answers.py",
)

_MACHINE = re.compile(r"(?<![\w.])/(?:work|home|root|Users)/[\w.-]+")


@cache
def _sources(room: str) -> tuple[Path, ...]:
    return tuple(sorted((ROOT / room).rglob("*.py")))


def _imports(path: Path, *, anywhere: bool) -> Iterator[str]:
    """Yields the modules that a file imports; unless `anywhere`, only where importing the file imports them too."""
    body: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while body:
        node = body.pop()
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        inner = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if anywhere or not (inner or typing_only):
            body.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("room", ROOMS)
def test_room_imports_only_the_rooms_that_it_may_use(room: str) -> None:
    assert len(_sources(room)) > 1
    wrong = {
        f"{path.relative_to(ROOT)}: {module}"
        for path in _sources(room)
        for module in _imports(path, anywhere=True)
        if module.partition(".")[0] in {*ROOMS, "tests", "conftest"} - MAY_USE[room]
        if not any(path.is_relative_to(ROOT / folder) and module == allowed for folder, allowed in MAY_ALSO_USE.items())
    }

    assert wrong == set()


@pytest.mark.parametrize("room", ["backends"])
def test_room_knows_nothing_of_pytest(room: str) -> None:
    modules = {module.partition(".")[0] for path in _sources(room) for module in _imports(path, anywhere=True)}

    assert not modules & {"pytest", "_pytest", "xdist", "pluggy"}


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_imports_a_models_libraries_before_it_is_needed(room: str) -> None:
    early = {
        f"{path.relative_to(ROOT)}: {module}"
        for path in _sources(room)
        if not str(path.relative_to(ROOT).as_posix()).startswith(BY_HAND)
        for module in _imports(path, anywhere=False)
        if module.partition(".")[0] in HEAVY
    }

    assert early == set()


def test_importing_every_public_module_loads_none_of_the_heavy_libraries() -> None:
    modules = [
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for room in ("backends", "reports", "conformance")
        for path in _sources(room)
    ] + ["fixtures.plugin", "fixtures.recordings.replay", "fixtures.servers.embedded", "fixtures.toxicchat"]
    program = f"import sys\nfor name in {modules!r}: __import__(name)\nprint(sorted({HEAVY!r} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_root_conftest_is_wiring_alone() -> None:
    tree = ast.parse((ROOT / "conftest.py").read_text(encoding="utf-8"))

    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]


def _texts() -> Iterator[Path]:
    """Yields the text files that belong to the project, as git sees them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - whichever git is there
        cwd=ROOT,
        capture_output=True,
        check=False,
    ).stdout.decode()
    for name in listed.split("\0"):
        path = ROOT / name
        if name and path.is_file() and b"\0" not in path.read_bytes()[:8192]:
            yield path


def test_no_file_names_the_machine_that_it_was_written_on() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("git tells which files belong to the project, and this is no checkout")
    named = {
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in _texts()
        if (found := _MACHINE.search(path.read_text(encoding="utf-8", errors="replace")))
    }

    assert named == set()


@pytest.mark.parametrize("room", ROOMS)
def test_every_package_and_module_says_what_it_is(room: str) -> None:
    mute = [
        str(path.relative_to(ROOT))
        for path in _sources(room)
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert mute == []
