"""The pages that are opened, and the browser that opens them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import Browser, chromium
from tests.reports.page.runs import mixed_rows, some_checks, write_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of this machine; it must be there, and a test of the page is none without it."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run that differs, of 100 examples."""
    return write_run(tmp_path_factory.mktemp("run"), mixed_rows(), wire=some_checks())


@pytest.fixture
def opened(browser: Browser, page: Path) -> Browser:
    """The browser with that page open at a desk."""
    browser.open(page)
    return browser


@pytest.fixture(scope="session")
def pages(page: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes the page of each kind of run, once."""
    made = {"examples": page}
    kinds: dict[str, Callable[[Path], Path]] = {
        "wire": lambda folder: write_run(folder, [], wire=some_checks(), wire_alone=True),
        "subjects": lambda folder: write_run(folder, mixed_rows(20), wire=some_checks(), subjects=2),
    }

    def make(kind: str) -> Path:
        if kind not in made:
            made[kind] = kinds[kind](tmp_path_factory.mktemp(kind))
        return made[kind]

    return make
