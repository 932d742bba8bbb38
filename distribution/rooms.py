"""Lays the package out as the wheel holds it."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE: Final = "harmony_conformance"

#: What lies below the package.
ROOMS: Final = ("backends", "conformance", "fixtures", "reports")

#: What lies in a checkout's root and is needed beside the rooms.
BESIDE: Final = ("conftest.py", "constraints.txt", "pyproject.toml")

_BYTECODE: Final = "__pycache__"

_FROM: Final = re.compile(rb"from\s+(?=\w)")


def lay_out(root: Path, target: Path) -> None:
    """Writes all that belongs below the package into a folder.

    Args:
        root: the checkout's, or that of an unpacked source distribution.
        target: becomes the package's folder.

    Raises:
        ValueError: a module imports a room in a way that cannot be written anew.
    """
    for source, place in _files(root):
        file = target / place
        file.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".py":
            file.write_bytes(below_package(source.read_bytes(), source.relative_to(root).as_posix()))
        else:
            shutil.copyfile(source, file)


def below_package(source: bytes, name: str) -> bytes:
    """Returns a module that imports the rooms from below the package, line by line the same otherwise.

    Args:
        source: the module.
        name: what a message calls it.

    Raises:
        ValueError: it says `import backends`, whose bare name would have to stand for another module.
    """
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import) and any(_is_of_a_room(one.name) for one in node.names):
            raise ValueError(f"{name}, line {node.lineno}: write `from ... import ...` where a room is imported.")
        if isinstance(node, ast.ImportFrom) and node.level == 0 and _is_of_a_room(node.module or ""):
            line = lines[node.lineno - 1]
            start = _FROM.match(line, node.col_offset)
            if start is None:
                raise ValueError(f"{name}, line {node.lineno}: write the room behind `from` in one line.")
            lines[node.lineno - 1] = line[: start.end()] + PACKAGE.encode() + b"." + line[start.end() :]
    return b"".join(lines)


def _files(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yields the files that belong to the package, each with its place below it."""
    yield from ((root / name, Path(name)) for name in BESIDE)
    for room in (PACKAGE, *ROOMS):
        top = root / room
        for file in sorted(top.rglob("*")):
            if file.is_file() and _BYTECODE not in file.parts and not file.name.startswith("."):
                yield file, file.relative_to(top if room == PACKAGE else root)


def _is_of_a_room(module: str) -> bool:
    return module.partition(".")[0] in ROOMS
