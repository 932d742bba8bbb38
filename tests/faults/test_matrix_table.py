"""How a matrix is told: as a table, as data, and in closing sentences."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from tests.faults.catalogue import BY_ID, Fault
from tests.faults.matrix import Record
from tests.faults.matrix_table import as_data, as_markdown, summary
from tests.faults.records import FAITHFUL_ONE, FAULT, TOLD_REASON, record, trials

UNCELLED = re.compile(r"(?<!\\)\|")


TOLD_OF = (
    record(FAULT, "differs", FAULT, "usage-missing"),
    record("other-model", "differs"),
    record("eos-ignored", "conforms", reason="All | pass."),
    record("weights-quantised-8bit", "conforms", reason=TOLD_REASON),
    record("parser-500", None, reason="It died."),
    record(FAITHFUL_ONE, "conforms"),
    record("faithful-no-date", "differs", "template-drift", reason="Found: template-drift."),
    record("faithful-bfloat16", "no-verdict", reason="Too | noisy."),
)
TOLD_TRIALS = trials(*(made.id for made in TOLD_OF))


def test_summary_counts() -> None:
    assert summary(TOLD_OF) == (
        "3 of 5 faults found, 1 named first. False accusations: 1 of 3 faithful servers. Without a verdict: 1. "
        "Runs that failed: 1."
    )
    assert summary(TOLD_OF[:1]) == "1 of 1 faults found, 1 named first."
    assert summary(TOLD_OF[5:6]) == "False accusations: 0 of 1 faithful servers. Without a verdict: 0."
    assert summary(()) == "Nothing was run."


def test_data_counts_what_the_summary_counts_and_holds_every_record() -> None:
    data = json.loads(json.dumps(as_data(TOLD_TRIALS, TOLD_OF)))

    assert data["complete"] is True
    assert data["summary"] == {
        "faults": 5, "found": 3, "named_first": 1, "faithful": 3, "accused": 1, "unjudged": 1, "failed": 1,
    }  # fmt: skip
    assert tuple(Record.from_data(kept) for kept in (*data["faults"], *data["faithful"])) == TOLD_OF
    assert [kept["result"] for kept in data["faults"]] == ["named", "differs", "missed", "told", "failed"]
    assert [kept["result"] for kept in data["faithful"]] == ["cleared", "accused", "unjudged"]
    assert data["faults"][0]["others"] == ["usage-missing"]
    assert data["asked"][FAULT]["arguments"] == list(TOLD_TRIALS[0].arguments)
    assert as_data(TOLD_TRIALS, TOLD_OF[1:])["complete"] is False


def test_table_has_a_row_for_each_run_and_marks_what_is_wrong() -> None:
    lines = as_markdown(TOLD_TRIALS, TOLD_OF).splitlines()
    rows = {made.id: next(line for line in lines if line.startswith(f"| `{made.id}` |")) for made in TOLD_OF}

    assert f"| {BY_ID[FAULT].sees} | named | differs | `usage-missing` | 7 | 1.5 |" in rows[FAULT]
    assert {name for name, row in rows.items() if "**" in row} == {"eos-ignored", "parser-500", "faithful-no-date"}
    assert "| **missed** | conforms |" in rows["eos-ignored"]
    assert "| **failed** |  |" in rows["parser-500"]
    assert "| **accused** | differs | `template-drift` |" in rows["faithful-no-date"]
    assert "sample-size=20 sample-seed=42" in rows[FAITHFUL_ONE]
    assert not any(line.startswith("Not complete") for line in lines)


def test_table_gives_the_reasons_of_all_that_is_wrong_or_without_a_verdict() -> None:
    _, _, reasons = as_markdown(TOLD_TRIALS, TOLD_OF).partition("## Reasons\n")

    assert reasons.split("\n")[1:-1] == [
        "- `eos-ignored` (missed): All \\| pass.",
        "- `parser-500` (failed): It died.",
        "- `faithful-no-date` (accused): Found: template-drift.",
        "- `faithful-bfloat16` (unjudged): Too \\| noisy.",
    ]


def test_table_says_what_is_missing() -> None:
    assert "Not complete: 7 of 8 runs are missing." in as_markdown(TOLD_TRIALS, TOLD_OF[:1])


def test_rows_escape_pipes() -> None:
    texts = {FAULT: "It shows <|channel|> and | too.", FAITHFUL_ONE: "|" * 250}
    piped = [
        replace(trial, shows=Fault(id=trial.id, sees=texts[trial.id], reported=()))
        for trial in trials(FAULT, FAITHFUL_ONE)
    ]

    rows = [line for line in as_markdown(piped, [record(), record(FAITHFUL_ONE)]).splitlines() if line[:1] == "|"]

    assert [len(UNCELLED.findall(row)) for row in rows] == [8, 8, 8, 9, 9, 9]
    assert r"It shows <\|channel\|> and \| too." in rows[2]
    assert r"| \|\|\|" in rows[5]
