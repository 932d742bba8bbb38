"""What the tests of the matrix share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults import matrix_store

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the digest that stands for the code."""

    def set_digest(digest: str) -> None:
        monkeypatch.setattr(matrix_store, "code_digest", lambda: digest)

    set_digest("now")
    return set_digest
