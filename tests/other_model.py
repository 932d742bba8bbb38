"""What makes a proxy serve another checkpoint than the one that it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.faults import Alteration

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.faults.proxy.request import ProxiedRequest


class OtherModel(Alteration):
    """Asks every route for a model in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)

    def request(self, request: ProxiedRequest) -> None:
        """Names the folder in the place of the model."""
        if request.body is not None and "model" in request.body:
            request.body["model"] = self._folder
