"""Where the process that infers leaves answers for those that wait: one file an answer, in a folder of the run."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.dispatch.whole_file import write_whole
from backends.stored_answer import answer_from_json, answer_to_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from backends.completion import Answer


@dataclass(frozen=True, slots=True)
class AnswerStore:
    """Answers of one run, failures included, under the names of their requests. A file appears whole or not at all.

    Attributes:
        directory: a folder that exists; when it is removed, the run is over.
    """

    directory: Path

    def put(self, group: str, name: str, answer: Answer) -> None:
        """Leaves `answer`, replacing an earlier one."""
        path = self._path(group, name)
        path.parent.mkdir(exist_ok=True)
        write_whole(path, answer_to_json(answer))

    def get(self, group: str, name: str) -> Answer | None:
        """Returns the answer left under `name`, or None while there is none."""
        with contextlib.suppress(FileNotFoundError):
            return answer_from_json(self._path(group, name).read_text(encoding="utf-8"))
        return None

    def count(self, group: str) -> int:
        """Returns how many answers the group holds."""
        with contextlib.suppress(FileNotFoundError):
            return sum(1 for entry in os.scandir(self.directory / group) if entry.name.endswith(".json"))
        return 0

    def expect(self, group: str, requests: Mapping[str, str]) -> None:
        """Notes what the group will hold once all is answered: the names of the requests, and their digests."""
        write_whole(self.directory / f"{group}.expected", json.dumps(dict(requests)))

    def expected(self, group: str) -> dict[str, str]:
        """Returns what `expect` noted; nothing where the group is not asked in this run."""
        with contextlib.suppress(FileNotFoundError):
            noted: dict[str, str] = json.loads((self.directory / f"{group}.expected").read_text(encoding="utf-8"))
            return noted
        return {}

    def refuse(self, reason: str, subject: str = "") -> None:
        """Tells every process of the run that further answers would be of no use, and why; perhaps of one subject."""
        write_whole(self.directory / f"{subject}.refused", reason)

    def refusal_of(self, subject: str) -> str | None:
        """Returns why further answers about a subject would be of no use; None where they are wanted."""
        for whose in ("", subject):
            with contextlib.suppress(FileNotFoundError):
                return (self.directory / f"{whose}.refused").read_text(encoding="utf-8")
        return None

    def say(self, sentence: str) -> None:
        """Leaves a sentence that whoever ends the run tells, once, however many processes say it."""
        folder = self.directory / "said"
        with contextlib.suppress(OSError):
            folder.mkdir(exist_ok=True)
            write_whole(folder / hashlib.sha256(sentence.encode()).hexdigest(), sentence)

    @property
    def said(self) -> list[str]:
        """What `say` left."""
        folder = self.directory / "said"
        return sorted(path.read_text(encoding="utf-8") for path in folder.iterdir()) if folder.is_dir() else []

    def stop(self) -> None:
        """Tells every process of the run that no further answer is wanted."""
        with contextlib.suppress(FileNotFoundError):  # the run is over, and its folder is gone
            (self.directory / "stopped").touch()

    @property
    def stopped(self) -> bool:
        """True once `stop` was called, by any process, and after the folder was removed: then the run is over."""
        return (self.directory / "stopped").exists() or not self.directory.exists()

    def _path(self, group: str, name: str) -> Path:
        return self.directory / group / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"
