"""What was run: when, with which command line, by which version of the suite, and what was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What was run.

    Attributes:
        id: of this run and no other.
        started: when pytest had read its options, in UTC.
        finished: when the verdict was made, in UTC.
        command: the command line as it was typed, without credentials.
        suite_version: of the suite itself.
        commit: of the checkout that the suite lies in; None where it is installed.
        asked: what the options and their defaults came to, as plain data without credentials; see docs/verdict.md.
    """

    id: str
    started: dt.datetime
    finished: dt.datetime
    command: str
    suite_version: str
    commit: str | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def took_s(self) -> float:
        """Seconds from start to finish."""
        return (self.finished - self.started).total_seconds()

    def as_data(self) -> dict[str, Any]:
        """Returns the `run` block of `verdict.json`."""
        return {
            "id": self.id,
            "started": self.started.isoformat(timespec="seconds"),
            "finished": self.finished.isoformat(timespec="seconds"),
            "command": self.command,
            "suite_version": self.suite_version,
            "commit": self.commit,
            **self.asked,
        }
