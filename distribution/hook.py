"""hatchling's view of this folder: a wheel holds the package as it is laid out; an editable install the checkout."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# hatchling loads this file by its path, from the root of the project.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from distribution.rooms import PACKAGE, lay_out


class PackageHook(BuildHookInterface[Any]):  # type: ignore[misc]  # hatchling need not be installed here
    """Gives hatchling a folder with the package's files in the place of the checkout's own."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Lays the package out. An editable install needs none of it: it puts the checkout's root on Python's path."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory(prefix="conformance-wheel-")
        lay_out(Path(self.root), Path(self._folder.name))
        build_data["force_include"][self._folder.name] = PACKAGE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's signature
        """Removes the folder: the wheel is written."""
        if version != "editable":
            self._folder.cleanup()
