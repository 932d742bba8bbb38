"""The package laid out in a folder, and Python that finds it there and no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from backends.secrets import SECRET_VARIABLES

if TYPE_CHECKING:
    from pathlib import Path

_NOT_INHERITED = (*SECRET_VARIABLES, "PYTHONPATH", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_XDIST_WORKER")


def python(site: Path, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Returns what this Python said with the folder `site` on its path, as a user in `folder` has it."""
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(site)} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
