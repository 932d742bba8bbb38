"""Which version of a distribution is installed."""

from __future__ import annotations

import importlib.metadata


def installed_version(distribution: str) -> str | None:
    """Returns the version of an installed distribution, without importing it; None where it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
