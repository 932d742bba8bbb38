"""Which version of a distribution is installed, and what it requires, without importing it."""

from __future__ import annotations

import importlib.metadata


def installed_version(distribution: str) -> str | None:
    """Returns the version of an installed distribution, without importing it; None where it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def requirements_of(distribution: str) -> list[str]:
    """Returns the requirements that an installed distribution states, those of its extras too; none where it is not."""
    try:
        return importlib.metadata.requires(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return []
