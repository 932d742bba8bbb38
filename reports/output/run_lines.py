"""What was run, told short: pure functions from the record of a run to lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.run_record import RunRecord


def run_lines(run: RunRecord | None) -> Iterator[str]:
    """Yields when and by what a run was made, and what it asked; no line where nobody kept it."""
    if run is None:
        return
    yield f"run      {_made(run)}"
    if told := _asked(run):
        yield f"asked    {told}"


def run_cells(run: RunRecord) -> Iterator[tuple[str, str]]:
    """Yields the same and the command line, each with its name."""
    yield "when, and by what", _made(run)
    if told := _asked(run):
        yield "asked", told
    yield "command", run.command


def _made(run: RunRecord) -> str:
    made = [f"harmony-conformance {run.suite_version}"] + ([f"commit {run.commit[:12]}"] if run.commit else [])
    return f"{run.started:%Y-%m-%d %H:%M:%S} UTC, {run.took_s:.0f} s, {', '.join(made)}"


def _asked(run: RunRecord) -> str:
    told = [*_policy(run.asked.get("policy", {})), *_prompt(run.asked.get("prompt", {}))]
    told += _data(run.asked.get("data_set", {}))
    return one_line(", ".join(told))


def _policy(policy: Mapping[str, Any]) -> Iterator[str]:
    if policy:
        yield f"policy {policy['name']} (sha256 {policy['sha256'][:12]}, {reading_in_words(policy['reading'])})"


def _prompt(prompt: Mapping[str, Any]) -> Iterator[str]:
    if prompt:
        yield f"effort {prompt['reasoning_effort']}"
        yield f"temperature {prompt['temperature']:g}"
        yield f"at most {prompt['max_new_tokens']} tokens"


def _data(data_set: Mapping[str, Any]) -> Iterator[str]:
    if data_set:
        yield f"data set {data_set['source']}"


def reading_in_words(reading: Mapping[str, Any]) -> str:
    """Returns how the answers to a policy are read, in a few words."""
    labels, pointer = reading.get("labels"), reading.get("pointer")
    words = ", ".join(f"{word}: {int(label)}" for word, label in sorted((labels or {}).items()))
    if pointer:
        return f"read at {pointer}{words and ' as ' + words}"
    return f"read as {words or '0 or 1'}"
