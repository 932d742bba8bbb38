"""A matrix as a table to read and as data."""

from __future__ import annotations

import json
import platform
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from tests.faults.matrix import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.faults.matrix import Record, Trial

#: Of `matrix.json`; raised when a field changes its meaning.
SCHEMA_VERSION: Final = 1

TABLE, DATA = "matrix.md", "matrix.json"

_SHOWN = 240

_LEGEND: Final = {
    Result.NAMED: "the first finding is the fault",
    Result.CANDIDATE: "the fault stands among the findings or their candidates",
    Result.DIFFERS: "the verdict is `differs`, the fault is not named",
    Result.TOLD: "one of the two roundings: nobody is accused, the reason tells of other weights or precision",
    Result.MISSED: "the server passes, or there is no verdict",
    Result.FAILED: "the run came to no verdict.json, or the server was never heard",
}


def write_matrix(trials: Sequence[Trial], records: Sequence[Record], folder: Path) -> list[Path]:
    """Writes `matrix.md` and `matrix.json` and returns their paths.

    Raises:
        OSError: a file cannot be written.
    """
    table, data = folder / TABLE, folder / DATA
    table.write_text(as_markdown(trials, records), encoding="utf-8")
    data.write_text(json.dumps(as_data(trials, records), indent=2) + "\n", encoding="utf-8")
    return [table, data]


def summary(records: Sequence[Record]) -> str:
    """Returns the closing sentences."""
    faults, faithful = _apart(records)
    told = []
    if faults:
        named = sum(1 for record in faults if record.result is Result.NAMED)
        found = sum(1 for record in faults if record.is_found)
        told.append(f"{found} of {len(faults)} faults found, {named} named first.")
    if faithful:
        counts = Counter(record.result for record in faithful)
        told.append(f"False accusations: {counts[Result.ACCUSED]} of {len(faithful)} faithful servers.")
        told.append(f"Without a verdict: {counts[Result.UNJUDGED]}.")
    if failed := sum(1 for record in records if record.result is Result.FAILED):
        told.append(f"Runs that failed: {failed}.")
    return " ".join(told) or "Nothing was run."


def as_markdown(trials: Sequence[Trial], records: Sequence[Record]) -> str:
    """Returns the table."""
    faults, faithful = _apart(records)
    lines = ["# Faults and faithful servers", "", summary(records), ""]
    if left := len(trials) - len(records):
        lines += [f"Not complete: {left} of {len(trials)} runs are missing.", ""]
    if faults:
        lines += ["## Faults", "", *_fault_table(trials, faults), ""]
        lines += [f"- `{result}`: {meaning}" for result, meaning in _LEGEND.items()] + [""]
    if faithful:
        lines += ["## Faithful servers", "", *_faithful_table(trials, faithful), ""]
    if wanting := [record for record in records if not record.is_right or record.result is Result.UNJUDGED]:
        lines += [
            "## Reasons",
            "",
            *(f"- `{record.id}` ({record.result}): {_cell(record.reason)}" for record in wanting),
        ]
        lines += [""]
    return "\n".join(lines)


def as_data(trials: Sequence[Trial], records: Sequence[Record]) -> dict[str, Any]:
    """Returns the matrix as plain data."""
    faults, faithful = _apart(records)
    return {
        "schema_version": SCHEMA_VERSION,
        "complete": len(trials) == len(records),
        "summary": {
            "faults": len(faults),
            "found": sum(1 for record in faults if record.is_found),
            "named_first": sum(1 for record in faults if record.result is Result.NAMED),
            "faithful": len(faithful),
            "accused": sum(1 for record in faithful if record.result is Result.ACCUSED),
            "unjudged": sum(1 for record in faithful if record.result is Result.UNJUDGED),
            "failed": sum(1 for record in records if record.result is Result.FAILED),
        },
        "faults": [record.as_data() | {"others": list(record.others)} for record in faults],
        "faithful": [record.as_data() for record in faithful],
        "asked": {trial.id: trial.asked() for trial in trials},
        "environment": {"python": platform.python_version(), "platform": platform.platform()},
    }


def _apart(records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    return [r for r in records if not r.faithful], [r for r in records if r.faithful]


def _fault_table(trials: Sequence[Trial], records: Sequence[Record]) -> Iterator[str]:
    shows = {trial.id: trial.shows for trial in trials}
    yield "| fault | what a client sees | found | verdict | other findings | requests | seconds |"
    yield "|---|---|---|---|---|---:|---:|"
    for record in records:
        cells = (f"`{record.id}`", _cell(shows[record.id].sees), _emphatic(record), record.verdict or "")
        others = ", ".join(f"`{name}`" for name in record.others)
        yield f"| {' | '.join(cells)} | {others} | {record.requests} | {record.seconds:.1f} |"


def _faithful_table(trials: Sequence[Trial], records: Sequence[Record]) -> Iterator[str]:
    by_id = {trial.id: trial for trial in trials}
    yield "| server | what it does | asked with | result | verdict | findings | requests | seconds |"
    yield "|---|---|---|---|---|---|---:|---:|"
    for record in records:
        trial = by_id[record.id]
        options = " ".join(option.removeprefix("--") for option in trial.arguments)
        cells = (f"`{record.id}`", _cell(trial.shows.sees), options, _emphatic(record), record.verdict or "")
        others = ", ".join(f"`{name}`" for name in record.others)
        yield f"| {' | '.join(cells)} | {others} | {record.requests} | {record.seconds:.1f} |"


def _emphatic(record: Record) -> str:
    return str(record.result) if record.is_right else f"**{record.result}**"


def _cell(text: str) -> str:
    line = " ".join(text.split())
    shown = line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."
    return shown.replace("|", "\\|")
