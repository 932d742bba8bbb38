"""Answers as another machine can use them: folders of this one have placeholders, and credentials stay behind."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from backends.errors import Failure
from backends.raw_reply import RawReply
from backends.score import Score, Unscored
from backends.secrets import redact, without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from backends.completion import Answer

#: How often JSON text may stand inside JSON text: a request's body in the evidence about it.
_NESTED = 3


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders of a machine, and what stands for each in a recording.

    Within JSON text a path may be escaped, within JSON text in JSON text twice. Each form has a placeholder of its own,
    so that what is read back on the same machine is to the letter what was written.

    Attributes:
        paths: placeholder to path, wherever it stands, such as `model` to where the checkpoint lies.
        prose: further ones, that are looked for in error messages and descriptions alone: a path as short as `/tmp` may
            stand in anybody's text.
    """

    paths: Mapping[str, str] = field(default_factory=dict)
    prose: Mapping[str, str] = field(default_factory=dict)

    def hidden(self, text: str, *, prose: bool = False) -> str:
        """Returns `text` with placeholders for the folders."""
        first: dict[str, str] = {}
        for name, path in self._forms(prose=prose):
            first.setdefault(path, name)
        # The longest first: one folder may lie in another.
        for path in sorted(first, key=len, reverse=True):
            text = text.replace(path, first[path])
        return text

    def shown(self, text: str, *, prose: bool = False) -> str:
        """Returns `text` with the folders for their placeholders."""
        for name, path in self._forms(prose=prose):
            text = text.replace(name, path)
        return text

    def _forms(self, *, prose: bool) -> Iterator[tuple[str, str]]:
        """Yields all placeholders with the form of the path that each stands for."""
        for name, path in [*self.paths.items(), *(self.prose.items() if prose else ())]:
            form = path
            for depth in range(_NESTED + 1):
                yield f"{{{name}-folder{'+' * depth}}}", form
                form = json.dumps(form)[1:-1]


def portable_answer(answer: Answer, folders: Folders, clear: Callable[[str], str]) -> Answer:
    """Returns an answer fit to be kept: no folder of this machine, no credential.

    The texts of a model are its own: of them only this environment's credentials are taken out.

    Args:
        answer: as it came.
        folders: of this machine.
        clear: takes further credentials out of a text.
    """

    def told(text: str, *, prose: bool = False) -> str:
        return folders.hidden(clear(redact(text)), prose=prose)

    if isinstance(answer, Failure):
        return replace(answer, message=told(answer.message, prose=True), raw=told(answer.raw))
    if isinstance(answer, Unscored):
        return replace(answer, why=told(answer.why, prose=True))
    if isinstance(answer, Score):
        return answer
    if isinstance(answer, RawReply):
        return RawReply.from_evidence(told(answer.evidence), attempts=answer.attempts)
    own: dict[str, Any] = {
        name: clear(without_secrets(text))
        for name in ("content", "reasoning")
        if isinstance(text := getattr(answer, name), str)
    }
    described: dict[str, Any] = {
        name: told(text) for name in ("model", "provider", "malformed") if (text := getattr(answer, name)) is not None
    }
    return replace(answer, raw=told(answer.raw), **own, **described)


def localise(answer: Answer, folders: Folders) -> Answer:
    """Returns a kept answer with this machine's folders."""
    if isinstance(answer, Failure):
        return replace(answer, message=folders.shown(answer.message, prose=True), raw=folders.shown(answer.raw))
    if isinstance(answer, Unscored):
        return replace(answer, why=folders.shown(answer.why, prose=True))
    if isinstance(answer, Score):
        return answer
    if isinstance(answer, RawReply):
        return RawReply.from_evidence(folders.shown(answer.evidence), attempts=answer.attempts)
    described: dict[str, Any] = {
        name: folders.shown(text)
        for name in ("model", "provider", "malformed")
        if (text := getattr(answer, name)) is not None
    }
    return replace(answer, raw=folders.shown(answer.raw), **described)


def unmask_paths(data: Any, folders: Folders) -> Any:  # noqa: ANN401 - plain data
    """Returns plain data with this machine's folders in its texts."""
    return _mapped(data, lambda text: folders.shown(text, prose=True))


def mask_paths(data: Any, folders: Folders, clear: Callable[[str], str]) -> Any:  # noqa: ANN401 - plain data
    """Returns plain data fit to be kept: no folder of this machine, no credential."""
    return _mapped(data, lambda text: folders.hidden(clear(redact(text)), prose=True))


def _mapped(data: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - plain data
    if isinstance(data, str):
        return change(data)
    if isinstance(data, dict):
        return {name: _mapped(value, change) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_mapped(value, change) for value in data]
    return data
