"""The lines of transformers, each with the oldest and the newest huggingface_hub and datasets that it allows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping


#: What was tested together on the newest line; each line's own file differs from it in the packages below alone.
NEWEST = ROOT / "constraints.txt"

FOLDER = ROOT / "constraints"

#: The API side of the matrix, and the local reference of the newest line beside it.
RECORDING = Path(__file__).with_name("transformers-serve.rec")

#: Packages whose versions follow from those of a line; pip chooses them.
_FOLLOWING = frozenset({"tokenizers", "fsspec", "dill", "multiprocess", "hf-xet", "httpx2", "httpcore2", "typer"})

_PIN = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One environment of the matrix.

    Attributes:
        name: of the environment, and of its file of constraints.
        transformers: version; None leaves it to pip, pre-releases included.
        huggingface_hub: as above.
        datasets: as above.
    """

    name: str
    transformers: str | None
    huggingface_hub: str | None
    datasets: str | None

    @property
    def pins(self) -> Mapping[str, str | None]:
        """Distribution to version."""
        return {
            "datasets": self.datasets,
            "huggingface_hub": self.huggingface_hub,
            "transformers": self.transformers,
        }

    @property
    def path(self) -> Path:
        """The file of constraints."""
        return FOLDER / f"{self.name}.txt"

    def constraints(self) -> str:
        """Returns the text of the file: the newest set's pins but for those of the line and what follows from them."""
        kept = [
            f"{pin[1]}=={pin[2]}"
            for line in NEWEST.read_text(encoding="utf-8").splitlines()
            if (pin := _PIN.match(line)) and pin[1] not in _FOLLOWING and pin[1] not in self.pins
        ]
        own = [f"{name}=={version}" for name, version in self.pins.items() if version is not None]
        head = "# Written by `python -m tests.versions`: constraints.txt, but for this line's own versions.\n"
        return head + "".join(f"{pin}\n" for pin in sorted([*kept, *own], key=str.lower))


def _line(
    name: str, transformers: str | None = None, huggingface_hub: str | None = None, datasets: str | None = None
) -> Line:
    return Line(name=f"versions-{name}", transformers=transformers, huggingface_hub=huggingface_hub, datasets=datasets)


#: Source: the requirements that each release of transformers and datasets declares. datasets 4.0 is the oldest that
#: this project takes.
LINES = (
    _line("tf455-oldest", "4.55.4", "0.34.0", "4.0.0"),
    _line("tf455-newest", "4.55.4", "0.36.2", "5.0.1"),
    _line("tf457-oldest", "4.57.6", "0.34.0", "4.0.0"),
    _line("tf457-newest", "4.57.6", "0.36.2", "5.0.1"),
    _line("tf500-oldest", "5.0.0", "1.3.0", "4.0.0"),
    _line("tf500-newest", "5.0.0", "1.33.0", "5.2.0"),
    _line("tf523-oldest", "5.23.0", "1.31.0", "4.0.0"),
    _line("tf523-newest", "5.23.0", "2.4.0", "5.2.0"),
    _line("pre"),
)
