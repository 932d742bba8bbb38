"""What a run ran on: versions, platform, commit."""

from __future__ import annotations

import platform
import subprocess
from typing import TYPE_CHECKING

from backends.installation import IS_PACKAGE
from backends.system.versions import installed_version

if TYPE_CHECKING:
    from pathlib import Path

#: The distributions whose versions can change an answer or a verdict.
DISTRIBUTIONS = (
    "torch",
    "transformers",
    "tokenizers",
    "huggingface_hub",
    "datasets",
    "rapidfuzz",
    "scipy",
    "pyarrow",
    "pytest",
    "pytest-xdist",
)


def environment(root: Path) -> dict[str, str | None]:
    """Returns versions by distribution (None where it is not installed), the platform, and the commit in `root`."""
    facts: dict[str, str | None] = {"python": platform.python_version(), "platform": platform.platform()}
    facts |= {name: installed_version(name) for name in DISTRIBUTIONS}
    return facts | {"commit": _commit(root)}


def _commit(root: Path) -> str | None:
    """Returns the commit of the checkout in `root`; None where the suite lies in no checkout of its own."""
    if IS_PACKAGE:
        return None
    try:
        done = subprocess.run(
            # The prefix is the way down from the top of a checkout: a line with nothing in it at the top itself.
            ["git", "rev-parse", "--show-prefix", "HEAD"],  # noqa: S607 - whichever git the user works with
            cwd=root,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    prefix, _, commit = done.stdout.partition("\n")
    return None if prefix or done.returncode else commit.strip() or None
