"""A compact folder made whole: once on a machine, in the cache folder, whoever comes first.

Whole checkpoints lie in `.conformance-cache/checkpoints` of the checkout, or under the user's own cache folder where
there is no checkout or it cannot be written. The options about the cache of answers do not move them: the run, the
server that it starts and every Python caller must find the same place.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock

from backends.compact.tokenizer_file import BUILDER, added_tokens_decoder, tokenizer_json
from backends.compact.weights_file import expand_weights, is_compact
from backends.errors import BackendUnavailable
from backends.installation import IS_PACKAGE, ROOT
from backends.models import digest_of_folder, short_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backends.models import Model

COMPACT_WEIGHTS: Final = "weights.safetensors"
_WEIGHTS: Final = "model.safetensors"
_TOKENIZER: Final = "tokenizer.json"
_TOKENIZER_CONFIG: Final = "tokenizer_config.json"

_PLACE: Final = Path(".conformance-cache", "checkpoints")

#: What is being written carries this ending, and is nobody's once it is this old: writing takes seconds.
_UNFINISHED: Final = ".unfinished"
_ABANDONED_S: Final = 3600.0

_DIGITS: Final = 16


def is_compact_folder(folder: Path) -> bool:
    """Returns whether a folder holds a checkpoint in compact form, which no other program reads."""
    return not (folder / _WEIGHTS).exists() and is_compact(folder / COMPACT_WEIGHTS)


def whole_folder(folder: Path, cache: Path | None = None) -> Path:
    """Returns where the whole checkpoint of `folder` lies, or will lie; `folder` itself where it is not compact.

    Args:
        folder: with a checkpoint in either form.
        cache: where whole checkpoints lie; None for the suite's own place.
    """
    if not is_compact_folder(folder):
        return folder
    digest = digest_of_folder(folder)[:_DIGITS]
    return (checkpoints_folder() if cache is None else cache) / f"{short_name(folder)}-{BUILDER}-{digest}"


def expanded(folder: Path, cache: Path | None = None) -> Path:
    """Returns the folder with the whole checkpoint of `folder`, after writing it where it is not there.

    Raises:
        BackendUnavailable: it cannot be made; the message says what to do.
    """
    target = whole_folder(folder, cache)
    if target == folder or _is_whole(folder, target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # The lock spares the others the work; that nobody sees a half is the renaming's.
        with FileLock(target.with_name(f"{target.name}.lock")):
            if not _is_whole(folder, target):
                _write(folder, target)
    except OSError as error:
        raise BackendUnavailable(
            f"The checkpoint of {short_name(folder)} cannot be written to {target.parent} ({error.strerror or error}): "
            "make room on that disk, or see that the folder can be written."
        ) from error
    except ValueError as error:
        raise BackendUnavailable(f"{folder} cannot be made a whole checkpoint: {error}.") from error
    return target


def served_name(model: Model) -> str:
    """Returns what a server is asked for that was told no other name: a folder goes by the path of its whole form."""
    return str(whole_folder(Path(model.id))) if model.is_path else model.id


def checkpoints_folder() -> Path:
    """Returns where whole checkpoints lie: in the checkout where it can be written, else in the user's cache folder."""
    place = ROOT / _PLACE
    if not IS_PACKAGE and os.access(next(there for there in (place, *place.parents) if there.is_dir()), os.W_OK):
        return place
    own = os.environ.get("XDG_CACHE_HOME")
    return (Path(own) if own else Path.home() / ".cache") / "harmony-conformance" / "checkpoints"


def _is_whole(folder: Path, target: Path) -> bool:
    wanted = {file.name for file in _files(folder)} - {COMPACT_WEIGHTS} | {_WEIGHTS, _TOKENIZER, _TOKENIZER_CONFIG}
    return all((target / name).is_file() for name in wanted)


def _files(folder: Path) -> Iterator[Path]:
    return (entry for entry in folder.iterdir() if entry.is_file())


def _write(folder: Path, target: Path) -> None:
    _remove_abandoned(target.parent)
    with _beside(target) as place:
        (place / _TOKENIZER).write_text(tokenizer_json(), encoding="utf-8")
        for file in _files(folder):
            if file.name != COMPACT_WEIGHTS:
                shutil.copyfile(file, place / file.name)
        _list_special_tokens(place / _TOKENIZER_CONFIG)
        expand_weights(folder / COMPACT_WEIGHTS, place / _WEIGHTS)
        if target.exists():  # somebody took files out of it
            target.rename(_unfinished(target))
        place.rename(target)


def _list_special_tokens(file: Path) -> None:
    """Adds the special tokens to a `tokenizer_config.json`: the compact folder leaves them out."""
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ValueError(f"it has no {file.name}") from error
    whole = {"added_tokens_decoder": added_tokens_decoder(), **config}
    file.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Yields a new folder beside `target`, which is gone afterwards unless it was renamed."""
    place = _unfinished(target)
    place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _unfinished(target: Path) -> Path:
    return target.with_name(f"{target.name}-{uuid.uuid4().hex}{_UNFINISHED}")


def _remove_abandoned(cache: Path) -> None:
    """Removes what a process left that was killed while it wrote, or that was moved aside."""
    for entry in cache.glob(f"*{_UNFINISHED}"):
        with suppress(OSError):
            if time.time() - entry.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(entry, ignore_errors=True)
