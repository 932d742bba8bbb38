"""A checkpoint's folder: its configuration, and whether its files are there and whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.errors import BackendUnavailable

if TYPE_CHECKING:
    from pathlib import Path

_INDEX = "model.safetensors.index.json"
_WEIGHTS = "model.safetensors"

#: A safetensors file begins with the length of its header in 8 bytes, little-endian; the header is JSON and at most
#: this long. Source: the format's documentation in the safetensors repository.
_LENGTH_BYTES = 8
_LONGEST_HEADER = 100_000_000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder with a model's files.

    Attributes:
        folder: where they are.
        commit: of the Hub repository that they came from; None for a folder of the user's.
    """

    folder: Path
    commit: str | None = None

    @property
    def config(self) -> dict[str, Any]:
        """What `config.json` says.

        Raises:
            BackendUnavailable: it cannot be read.
        """
        try:
            config = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BackendUnavailable(f"{self.folder}/config.json cannot be read: {_first_line(error)}") from error
        return config if isinstance(config, dict) else {}

    def weight_files(self) -> tuple[Path, ...]:
        """Returns the files of the weights, as the index names them; none where they are of another kind.

        Raises:
            BackendUnavailable: the index cannot be read.
        """
        index = self.folder / _INDEX
        if not index.is_file():
            whole = self.folder / _WEIGHTS
            return (whole,) if whole.is_file() else ()
        try:
            names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise BackendUnavailable(f"{index} cannot be read: {_first_line(error)}") from error
        return tuple(self.folder / name for name in sorted(names))

    def require_whole(self) -> None:
        """Looks for every file of the weights, and at its length.

        Raises:
            BackendUnavailable: one is missing or cut short; the message says what to do.
        """
        remedy = (
            "give a folder that is complete"
            if self.commit is None
            else "run again with a connection to the Hub, which fetches what is missing and keeps the rest"
        )
        files = self.weight_files()
        if not files and not any(self.folder.glob("*.bin")):
            raise BackendUnavailable(f"The checkpoint in {self.folder} holds no weights: {remedy}.")
        for file in files:
            if not file.is_file():
                raise BackendUnavailable(
                    f"The checkpoint in {self.folder} lacks {file.name}, which its index names: {remedy}."
                )
            wanted, there = safetensors_bytes(file), file.stat().st_size
            if wanted != there:
                told = "no safetensors file" if wanted is None else f"cut short: {there} of {wanted} bytes"
                raise BackendUnavailable(
                    f"{file.name} in {self.folder} is damaged, it is {told}: remove it, then {remedy}."
                )


def safetensors_bytes(file: Path) -> int | None:
    """Returns how long a safetensors file is by its own header, or None where it has none that can be read.

    The library's own `safe_open` refuses a file that was cut, but tells neither that it was nor how long it should be.
    """
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(_LENGTH_BYTES), "little")
            if length > _LONGEST_HEADER:
                return None
            header = json.loads(opened.read(length))
            ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None
    return _LENGTH_BYTES + length + max(ends, default=0)


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
