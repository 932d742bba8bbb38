"""Findings as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.text import EXCERPT, cut, excerpt, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.findings import Finding


def finding_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yields what was found, why, and how to see it again; no line where nothing was."""
    for finding in findings:
        yield ""
        yield f"finding: {finding.id}{_whose(finding)}. {finding.title}"
        yield f"  seen in      {_seen(finding)}"
        yield from _best(finding)
        yield f"  likely cause {finding.cause}"
        for switch in finding.switches:
            yield f"  cured by     {switch}"
        if finding.resembles:
            yield f"  like         {', '.join(finding.resembles)}"
        if finding.candidates:
            yield f"  or           {', '.join(finding.candidates)}. {finding.distinguished_by}"
        yield f"  see it with  {finding.reproduce}"


def _seen(finding: Finding) -> str:
    examples, checks = finding.evidence["examples"], finding.evidence["checks"]
    told = [f"{finding.count} example{'' if finding.count == 1 else 's'}"] if examples else []
    told += [f"{len(checks)} wire check{'' if len(checks) == 1 else 's'}"] if checks else []
    return " and ".join(told)


def _whose(finding: Finding) -> str:
    return " (of the local reference)" if finding.side == "local" else ""


def _best(finding: Finding) -> Iterator[str]:
    yield from (f"    {one_line(line)}" for line in finding.evidence.get("lines", ()))
    if finding.side == "local":
        return
    check, example = finding.evidence.get("check"), finding.evidence.get("example")
    if check is not None:
        yield f"    {one_line(cut(str(check['message']), 2 * EXCERPT))}"
    if example is not None:
        yield f"    {example['example_id']}  {excerpt(example['text'])}"
        for side in ("api", "local"):
            said = example[side]
            if said is None:
                continue
            words = said["error"] or said["response"]
            thought = f"; thinks {excerpt(said['reasoning'])}" if said["reasoning"] else "; no reasoning"
            yield f"      {side.upper():<6} {said['outcome']:<10} {excerpt(words)}{thought}"
