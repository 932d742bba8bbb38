"""The questions that the reports ask of whoever knows what is under test: this room does not import the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fixtures.known_differences import KnownDifferences


@pytest.hookspec(firstresult=True)
def pytest_conformance_subjects(config: pytest.Config) -> list[dict[str, Any]] | None:
    """Returns the subjects of the run as plain data: `id`, `model`, `api`, `local`, `policy`, `sample`, `examples`."""


@pytest.hookspec(firstresult=True)
def pytest_conformance_left_out(config: pytest.Config) -> Sequence[tuple[str, str]] | None:
    """Returns the subjects that this machine cannot run: id and reason."""


@pytest.hookspec(firstresult=True)
def pytest_conformance_known_differences(config: pytest.Config) -> Mapping[str, KnownDifferences] | None:
    """Returns, by a subject's id, what its server is known to do otherwise."""
