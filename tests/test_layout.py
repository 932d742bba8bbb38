"""What import-linter's contracts cannot say: nothing heavy is imported early, and every module tells what it is."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.places import ROOT, tracked_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOMS = ("backends", "fixtures", "conformance", "reports", "harmony_conformance", "distribution")

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


def _imports(path: Path) -> Iterator[str]:
    """Yields the modules that are imported where a file is."""
    body: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while body:
        node = body.pop()
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        inner = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not (inner or typing_only):
            body.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_imports_a_models_libraries_before_it_is_needed(room: str) -> None:
    early = {
        f"{path.relative_to(ROOT)}: {module}"
        for path in _sources(room)
        if not str(path.relative_to(ROOT).as_posix()).startswith(BY_HAND)
        for module in _imports(path)
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


def test_no_file_names_the_machine_that_it_was_written_on() -> None:
    texts = {path: path.read_bytes().decode("utf-8", "replace") for path in tracked_files()}
    named = {
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path, text in texts.items()
        if "\0" not in text[:8192] and (found := _MACHINE.search(text))
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
