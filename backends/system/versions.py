"""Which version of a distribution is installed, and what it requires, without importing it."""

from __future__ import annotations

import importlib.metadata
import tomllib
from functools import cache

from backends.installation import DISTRIBUTION, IS_PACKAGE, ROOT


def installed_version(distribution: str) -> str | None:
    """Returns the version of an installed distribution, without importing it; None where it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


@cache
def suite_version() -> str:
    """Returns the suite's own version: that of the installed package, or what a checkout's `pyproject.toml` says."""
    installed = installed_version(DISTRIBUTION)
    if IS_PACKAGE and installed is not None:
        return installed
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def requirements_of(distribution: str) -> list[str]:
    """Returns the requirements that an installed distribution states, those of its extras too; none where it is not."""
    try:
        return importlib.metadata.requires(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return []
