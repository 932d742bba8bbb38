"""Which models can be named, and what a name stands for.

An alias is a convenience for the command line and for Python callers; any other text is a Hub id or a path.
Source of the ids: the model cards of the `openai` organisation on the Hugging Face Hub.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from backends.errors import BackendUnavailable
from backends.near_names import did_you_mean, name_meant

GPT_OSS_20B = "openai/gpt-oss-20b"
GPT_OSS_120B = "openai/gpt-oss-120b"
GPT_OSS_SAFEGUARD_20B = "openai/gpt-oss-safeguard-20b"

#: The miniatures lie beside this room; naming a path is not an import of the room it lies in.
_MINIATURES = Path(__file__).resolve().parent.parent / "fixtures" / "miniature"
MINIATURE = str(_MINIATURES / "checkpoint")

#: Two more in gpt-oss's own vocabulary, in compact form: a steady one, and one as restless as gpt-oss.
MINIATURE_O200K = str(_MINIATURES / "o200k")
RESTLESS = str(_MINIATURES / "restless")

#: Alias to Hub id or path.
ALIASES: dict[str, str] = {
    "GPT_OSS_20B": GPT_OSS_20B,
    "GPT_OSS_120B": GPT_OSS_120B,
    "GPT_OSS_SAFEGUARD_20B": GPT_OSS_SAFEGUARD_20B,
    "MINIATURE": MINIATURE,
    "MINIATURE_O200K": MINIATURE_O200K,
    "RESTLESS": RESTLESS,
}

#: The names of the models on the Hub without their owner, each with the whole id.
_HUB_NAMES = {target.partition("/")[2]: target for target in ALIASES.values() if not target.startswith("/")}

#: What the models of this project are called in test ids and tables; a folder of anybody's goes by its own name.
NAMES: dict[str, str] = {MINIATURE: "miniature", MINIATURE_O200K: "miniature-o200k", RESTLESS: "restless"}

#: Files up to this many bytes enter a path's revision by content; larger ones by size and time of change.
_HASHED_WHOLE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Model:
    """A model that a name stands for.

    Attributes:
        id: a Hub id such as `openai/gpt-oss-20b`, or an absolute path.
        name: short ASCII text for test ids and tables.
        revision: the Hub revision asked for, or the digest of a local checkpoint's files.
    """

    id: str
    name: str
    revision: str

    @property
    def is_path(self) -> bool:
        """True where the model is a folder on this machine."""
        return Path(self.id).is_absolute()


def resolve_model(name: str) -> Model:
    """Returns the model that `name` stands for: an alias, a Hub id (`owner/name[@revision]`), or a path.

    An alias, a known model's name without its owner, and its whole id are taken without regard to case, `-` and `_`; a
    folder of such a name comes first, unless the alias is written as it is listed.

    Raises:
        BackendUnavailable: the text is none of these, or the path is not a checkpoint folder.
    """
    target = ALIASES.get(name.upper(), name)
    path = _folder(target)
    if path is None and target == name:
        target = _known(name)
        path = _folder(target)
    if path is not None:
        return _model_at(path)
    owner, slash, rest = target.partition("/")
    if slash and owner and rest.partition("@")[0] and "/" not in rest and not target.startswith((".", "~", "/")):
        short, _, revision = rest.partition("@")
        return Model(id=f"{owner}/{short}", name=short, revision=revision or "main")
    known = ", ".join(ALIASES)
    raise BackendUnavailable(
        f"There is no model {name!r}: give an alias ({known}), a Hub id such as {GPT_OSS_20B}, or the path of a folder."
        + did_you_mean(name, [*ALIASES, *_HUB_NAMES])
    )


def _known(name: str) -> str:
    """Returns the Hub id or the path that is meant by a name, and any other name as it is."""
    bare, at, revision = name.partition("@")
    alias = name_meant(bare, ALIASES)
    ids = dict.fromkeys(_HUB_NAMES.values())
    meant = ALIASES[alias] if alias else _HUB_NAMES.get(name_meant(bare, _HUB_NAMES) or "") or name_meant(bare, ids)
    return name if meant is None else f"{meant}{at}{revision}"


def _folder(name: str) -> Path | None:
    """Returns the absolute path of the folder that `name` is, or None where it cannot be one."""
    try:
        path = Path(name).expanduser()
        return path.resolve() if path.is_dir() else None
    except (OSError, RuntimeError):  # too long for a path, or the home of an unknown user
        return None


def _model_at(path: Path) -> Model:
    if not (path / "config.json").is_file():
        raise BackendUnavailable(
            f"{path} is not a checkpoint: it holds no config.json. Give the folder that holds the model's files."
        )
    return Model(id=str(path), name=short_name(path), revision=digest_of_folder(path))


def short_name(path: Path) -> str:
    """Returns what the checkpoint in a folder is called in test ids and tables."""
    return NAMES.get(str(path), path.name)


def digest_of_folder(path: Path) -> str:
    """Returns a hexadecimal digest of a folder's files: names with contents, or with sizes and times if very large."""
    digest = hashlib.sha256()
    for file in sorted(entry for entry in path.iterdir() if entry.is_file()):
        status = file.stat()
        digest.update(f"{file.name}\0{status.st_size}\0".encode())
        digest.update(file.read_bytes() if status.st_size <= _HASHED_WHOLE else str(status.st_mtime_ns).encode())
    return digest.hexdigest()
