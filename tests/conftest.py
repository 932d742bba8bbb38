"""What all of the suite's own tests share: warnings are errors, and one hypothesis profile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

#: How many examples each property is tried on, where it does not say so itself. `PROPERTY_EXAMPLES=5000` digs deeper.
EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "100"))

settings.register_profile(
    "harmony-conformance", max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("harmony-conformance")

# Many tests start this suite in processes of their own, each of which would compile it again without bytecode.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Makes warnings errors here alone: a library's deprecation must never decide about somebody's endpoint."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.filterwarnings("error"), append=False)
