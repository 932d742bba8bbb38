"""Python and the installed libraries, against what was tested together and what is supported."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from backends.checkpoints.kernels import is_met
from backends.doctor.check_result import CheckResult, Status
from backends.installation import DISTRIBUTION, IS_PACKAGE, ROOT, install_command
from backends.system.versions import installed_version, requirements_of, suite_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

#: The libraries that every run needs and that shape it.
BASE = ("huggingface_hub", "datasets", "pandas", "pyarrow", "scipy", "pytest", "pytest-xdist")

#: Those of the local side.
LOCAL = ("torch", "transformers", "tokenizers", "safetensors", "accelerate")

#: Those of llama.cpp's server.
LLAMA_CPP = ("xllamacpp", "gguf")

#: How many libraries a line names before it counts the rest.
_NAMED = 2


def install_tested() -> str:
    """Returns what installs the tested set."""
    return install_command("embedded", tested=True)


@dataclass(frozen=True, slots=True)
class Library:
    """One library.

    Attributes:
        name: of the distribution.
        installed: its version; None where it is not installed.
        tested: the version that was tested with the others; None where there is no record.
        supported: the versions that are allowed.
    """

    name: str
    installed: str | None
    tested: str | None = None
    supported: SpecifierSet = field(default_factory=SpecifierSet)

    @property
    def is_tested(self) -> bool:
        """True where the version is the tested one; a build such as `+cu130` is no other version."""
        if self.installed is None or self.tested is None:
            return False
        return Version(self.installed).public == Version(self.tested).public

    @property
    def is_supported(self) -> bool:
        """True where the version is allowed."""
        return is_met(Requirement(f"{self.name}{self.supported}"), self.installed)


def judge_python(version: tuple[int, int, int], allowed: SpecifierSet) -> CheckResult:
    """Says whether the suite runs on this Python."""
    text = ".".join(str(part) for part in version)
    if allowed.contains(text):
        return CheckResult(topic="Python", status=Status.OK, text=text)
    return CheckResult(topic="Python", status=Status.ERROR, text=text, remedy=f"use a Python {allowed}")


def judge_libraries(topic: str, libraries: Sequence[Library], absence: str = "") -> CheckResult:
    """Says whether libraries are a tested set, a supported one, or neither.

    Args:
        topic: the line's.
        libraries: those to look at.
        absence: what still runs without the missing ones; empty where nothing does.
    """
    missing = [one for one in libraries if one.installed is None]
    unsupported = [one for one in libraries if one.installed is not None and not one.is_supported]
    untested = [one for one in libraries if one.installed is not None and not one.is_tested]
    if unsupported:
        named = _named(f"{one.name} {one.installed} (needs {one.supported})" for one in unsupported)
        return CheckResult(topic=topic, status=Status.ERROR, text=f"unsupported: {named}", remedy=install_tested())
    if missing:
        text = f"not installed: {', '.join(one.name for one in missing)}{absence and '; ' + absence}"
        return CheckResult(topic=topic, status=Status.ERROR, text=text, remedy=install_tested())
    if untested:
        named = _named(f"{one.name} {one.installed} (tested {one.tested or 'never'})" for one in untested)
        return CheckResult(
            topic=topic, status=Status.NOTE, text=f"supported, not the tested set: {named}", remedy=install_tested()
        )
    named = ", ".join(f"{one.name} {one.installed}" for one in libraries)
    return CheckResult(topic=topic, status=Status.OK, text=f"tested set: {named}")


def check_suite() -> CheckResult:
    """Says which version of the suite this is, and where it lies."""
    where = f"installed in {ROOT}" if IS_PACKAGE else f"checkout {ROOT}"
    return CheckResult(topic="suite", status=Status.OK, text=f"{DISTRIBUTION} {suite_version()}, {where}")


def check_python(root: Path) -> CheckResult:
    """Looks at the Python that runs this."""
    allowed = SpecifierSet(_project(root)["requires-python"])
    return judge_python(sys.version_info[:3], allowed)


def check_base(root: Path) -> CheckResult:
    """Looks at the libraries that every run needs."""
    return judge_libraries("libraries", read_libraries(root, BASE))


def check_local(root: Path) -> CheckResult:
    """Looks at the libraries of the local side."""
    return judge_libraries("local side", read_libraries(root, LOCAL), "APIs and recordings need none")


def check_llama_cpp() -> CheckResult:
    """Looks at the libraries of llama.cpp's server, which only `--serve llama-cpp` needs."""
    found = {name: installed_version(name) for name in LLAMA_CPP}
    if None in found.values():
        return CheckResult(
            topic="llama.cpp",
            status=Status.NOTE,
            text="not installed",
            remedy=install_command("llama-cpp", tested=True),
        )
    named = ", ".join(f"{name} {version}" for name, version in found.items())
    return CheckResult(topic="llama.cpp", status=Status.OK, text=named)


def read_libraries(root: Path, names: Iterable[str]) -> tuple[Library, ...]:
    """Reads versions from the metadata, from constraints.txt and from pyproject.toml in the checkout `root`."""
    project = _project(root)
    stated = [*project["dependencies"], *project["optional-dependencies"]["local"], *requirements_of("transformers")]
    return libraries_of(
        names,
        installed={name: installed_version(name) for name in names},
        pins=(root / "constraints.txt").read_text(encoding="utf-8").splitlines(),
        stated=stated,
    )


def libraries_of(
    names: Iterable[str], *, installed: Mapping[str, str | None], pins: Iterable[str], stated: Iterable[str]
) -> tuple[Library, ...]:
    """Returns the libraries with these names.

    Args:
        names: of the distributions.
        installed: the version of each.
        pins: the lines of a constraints file.
        stated: requirements; several of one library all hold.
    """
    tested = {canonicalize_name(one.name): _pinned(one) for one in _requirements(pins)}
    supported: dict[str, SpecifierSet] = {}
    for one in _requirements(stated):
        key = canonicalize_name(one.name)
        supported[key] = supported.get(key, SpecifierSet()) & one.specifier
    return tuple(
        Library(name, installed.get(name), tested.get(key), supported.get(key, SpecifierSet()))
        for name in names
        for key in [canonicalize_name(name)]
    )


def _project(root: Path) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def _requirements(texts: Iterable[str]) -> Iterator[Requirement]:
    """Yields those lines that are requirements and hold on this machine without an extra."""
    for text in texts:
        try:
            requirement = Requirement(text.partition("#")[0].strip())
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def _pinned(requirement: Requirement) -> str | None:
    return next((one.version for one in requirement.specifier if one.operator == "=="), None)


def _named(texts: Iterable[str]) -> str:
    every = list(texts)
    rest = len(every) - _NAMED
    return ", ".join(every[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
