"""The package, laid out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from distribution.rooms import PACKAGE, lay_out
from tests.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the package as site-packages does, and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    lay_out(ROOT, folder / PACKAGE)
    return folder


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder of somebody whose own settings, plugins and modules must not take part."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n", encoding="utf-8")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('conftest of the user')\n", encoding="utf-8")
    for room in ("backends", "fixtures", "conformance", "reports"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text(f"raise RuntimeError('{room} of the user')\n", encoding="utf-8")
    return tmp_path
