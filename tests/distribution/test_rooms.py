"""What the layout of the package changes in a module, and what it leaves."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from distribution.rooms import BESIDE, PACKAGE, ROOMS, below_package
from tests.places import ROOT, tracked_files

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Functions that turn a module's name in a checkout into what it is called here.
_TRANSLATING = {"module_name", "command", "Command"}

_MODULE = re.compile(rf"(?:{'|'.join(ROOMS)})(?:\.\w+)*")


@pytest.mark.parametrize(
    ("source", "below"),
    [
        ("from backends.errors import Failure\n", "from harmony_conformance.backends.errors import Failure\n"),
        ("from reports import (\n    rows,\n)\n", "from harmony_conformance.reports import (\n    rows,\n)\n"),
        ("if x:\n    from  fixtures import y\n", "if x:\n    from  harmony_conformance.fixtures import y\n"),
        ("from conformance_of import x\n", "from conformance_of import x\n"),
        ("from os import path\nimport reporting\n", "from os import path\nimport reporting\n"),
        ("from . import backends\n", "from . import backends\n"),
        ('x = "from backends import y"\n', 'x = "from backends import y"\n'),
        ('"""Says.\n\nfrom backends import y\n"""\n', '"""Says.\n\nfrom backends import y\n"""\n'),
        ("# ä\r\nfrom backends import y\r\n", "# ä\r\nfrom harmony_conformance.backends import y\r\n"),
    ],
)
def test_imports_of_rooms_alone_are_written_anew(source: str, below: str) -> None:
    assert below_package(source.encode(), "x.py").decode() == below


@pytest.mark.parametrize(
    "source", ["import backends\n", "import os, reports.rows\n", "from \\\n    backends import x\n"]
)
def test_what_cannot_be_written_anew_stops_the_build(source: str) -> None:
    with pytest.raises(ValueError, match=r"x\.py, line 1: write"):
        below_package(source.encode(), "x.py")


def test_every_module_can_be_written_anew_and_keeps_its_lines() -> None:
    for path in _modules():
        source = (ROOT / path).read_bytes()
        below = below_package(source, path)

        assert len(below.splitlines()) == len(source.splitlines()), path
        assert {name for name in _imported(below) if name.partition(".")[0] in ROOMS} == set(), path


def test_no_text_holds_the_name_of_a_module_that_is_another_in_the_package() -> None:
    known = {path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in _modules()} - set(ROOMS)
    told = {f"{path}: {name}" for path in _modules() for name in _named_in_texts(path) if name in known}

    assert told == set()


def test_rooms_and_files_are_those_of_the_checkout() -> None:
    there = {path.relative_to(ROOT).parts[0] for path in tracked_files() if path.suffix == ".py"}

    assert there == {*ROOMS, PACKAGE, "conftest.py", "distribution", "docs", "tests"}
    assert [name for name in BESIDE if not (ROOT / name).is_file()] == []


def _modules() -> tuple[str, ...]:
    names = (path.relative_to(ROOT).as_posix() for path in tracked_files())
    return tuple(name for name in names if name.endswith(".py") and name.partition("/")[0] in {*ROOMS, PACKAGE})


def _imported(source: bytes) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def _named_in_texts(path: str) -> Iterator[str]:
    tree = ast.parse((ROOT / path).read_bytes())
    translated = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _TRANSLATING
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in translated:
            yield from _MODULE.findall(node.value) if _MODULE.fullmatch(node.value) else ()
