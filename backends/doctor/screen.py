"""An diagnosis as text and as JSON."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backends.doctor.check_result import CheckResult
    from backends.doctor.diagnosis import Diagnosis, Run

#: Columns of the screen.
WIDTH = 100

#: Columns that a line's topic, the word before a run, and its command take.
_TOPIC, _RUN, _COMMAND = 14, 12, 36

#: Of the JSON form; a reader that knows another number should not guess.
SCHEMA_VERSION = 1


def as_screen(diagnosis: Diagnosis) -> str:
    """Returns the lines for a terminal, none of them wider than `WIDTH`; an arrow leads to a remedy."""
    lines = [part for line in diagnosis.lines for part in _about(line)]
    runs = [part for run in sorted(diagnosis.runs, key=lambda run: not run.possible) for part in _of(run)]
    return "\n".join([*lines, *runs])


def as_json(diagnosis: Diagnosis) -> str:
    """Returns the same for a program: lines, runs and the exit status."""
    return json.dumps(
        {
            "schema_version": SCHEMA_VERSION,
            "lines": [_as_data(line) for line in diagnosis.lines],
            "runs": [asdict(run) | {"possible": run.possible} for run in diagnosis.runs],
            "exit_status": diagnosis.exit_status,
        },
        indent=2,
    )


def _as_data(line: CheckResult) -> dict[str, str]:
    return {"topic": line.topic, "state": line.status, "text": line.text, "remedy": line.remedy}


def _about(line: CheckResult) -> list[str]:
    text = f"{line.text} -> {line.remedy}" if line.remedy else line.text
    return _wrapped(f"{line.status:<5}{line.topic:<{_TOPIC}}", text)


def _of(run: Run) -> list[str]:
    text = run.name if run.possible else f"{run.name}: see {', '.join(run.lacks)}"
    return _wrapped(f"{'can run' if run.possible else 'cannot run'}: ".ljust(_RUN) + f"{run.command:<{_COMMAND}}", text)


def _wrapped(head: str, text: str) -> list[str]:
    """Returns `text` behind `head`, further lines indented as far."""
    return textwrap.wrap(
        head + text, WIDTH, drop_whitespace=True, subsequent_indent=" " * len(head), break_on_hyphens=False
    )
