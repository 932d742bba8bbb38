"""The folder of a matrix: what it keeps of each run, so that one that was interrupted goes on where it was."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from tests.faults.matrix import Record, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.matrix import Trial

ROOT: Final = Path(__file__).parents[2]

#: Which earlier runs count: none, those that this very code made, or those of other code too.
Keep: TypeAlias = Literal["none", "same-code", "all"]

_OWN = "tests/faults"
_ROOMS = ("backends", "conformance", "fixtures", "reports", _OWN)
_KINDS = frozenset({".py", ".toml", ".jinja", ".md", ".json", ".parquet", ".safetensors"})

#: In `tests/faults`, beside its tests: these choose runs and tell of them, and change none.
_BESIDE_THE_RUN = frozenset({"__main__.py", "matrix.py", "matrix_store.py", "matrix_table.py"})


class RunStore:
    """Keeps records under `runs`, reports under `reports` and answers under `cache`.

    Args:
        folder: made where it is missing.
        keep: which earlier runs count; where none do, all of them are removed.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path, keep: Keep = "same-code") -> None:
        self.folder = folder.absolute()
        self.cache = self.folder / "cache"
        self._keep = keep
        self._code = code_digest()
        if keep == "none":
            for name in ("runs", "reports", "cache", "addresses"):
                shutil.rmtree(self.folder / name, ignore_errors=True)
        for name in ("runs", "reports", "addresses"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def get(self, trial: Trial) -> Record | None:
        """Returns the record of an earlier run of this very trial that did not fail; None where there is none."""
        try:
            kept = json.loads(self._path(trial.id).read_text(encoding="utf-8"))
            known = kept["asked"] == trial.asked() and (self._keep == "all" or kept["code"] == self._code)
            record = Record.from_data(kept["record"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return record if known and record.result is not Result.FAILED else None

    def put(self, trial: Trial, record: Record) -> None:
        """Keeps a record; a reader never sees half of it."""
        data = {"asked": trial.asked(), "code": self._code, "record": record.as_data()}
        half = self._path(trial.id).with_suffix(".half")
        half.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
        half.replace(self._path(trial.id))

    def report(self, trial: Trial) -> Path:
        """Returns the folder for a run's report, emptied."""
        folder = self.folder / "reports" / trial.id
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def claim(self, trial: Trial, port: int) -> bool:
        """Takes an address for a run; False where an earlier run of the same id had it.

        The suite keeps answers by the endpoint's address and model name, for a day: a run at the address of an earlier
        one of the same id would be served the answers of a server that is gone.
        """
        try:
            (self.folder / "addresses" / f"{trial.id}-{port}").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _path(self, name: str) -> Path:
        return self.folder / "runs" / f"{name}.json"


def code_digest() -> str:
    """Returns what stands for the code and the data that make a verdict and the servers that it is about."""
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    for room in _ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.suffix in _KINDS and not (room == _OWN and _is_beside_the_run(path.name)):
                yield path


def _is_beside_the_run(name: str) -> bool:
    return name in _BESIDE_THE_RUN or name.startswith("test_")
