"""One line of the screen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from backends.plain_text import printable
from backends.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Callable


#: A user name and a password in an address.
_USER_INFORMATION = re.compile(r"//[^/@\s]+@")

#: Characters of an error that are shown.
_LONGEST = 100


class Status(StrEnum):
    """How good a topic is: `note` keeps nothing from running that was not chosen, an error does."""

    OK = "ok"
    NOTE = "note"
    ERROR = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What is known of one topic.

    Attributes:
        topic: a word.
        status: how good it is.
        text: what was found, without a full stop.
        remedy: what to do, where the status is not ok.
    """

    topic: str
    status: Status
    text: str
    remedy: str = ""

    def __post_init__(self) -> None:
        if self.status is not Status.OK and not self.remedy:
            raise ValueError(f"the line of {self.topic} is not good and names no remedy")


def run_check(topic: str, check: Callable[[], CheckResult]) -> CheckResult:
    """Returns what `check` says, or, where it raises, a line that says that it could not."""
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever one topic meets, the others are still told
        return CheckResult(
            topic=topic,
            status=Status.NOTE,
            text=f"could not be looked at ({in_a_line(error)})",
            remedy="please report this line; the others hold",
        )


def in_a_line(error: Exception) -> str:
    """Returns an error as a short line without secrets, also without those that stand in an address."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = f"{type(error).__name__}: {lines[0] if lines else 'no message'}"
    return printable(_USER_INFORMATION.sub("//", redact(said)))[:_LONGEST]
