"""Findings as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.printable import cut, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.findings import Finding

#: Characters of a text that are shown.
_EXCERPT = 160


def finding_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yields what was found, why, and how to see it again; no line where nothing was."""
    for finding in findings:
        yield ""
        yield f"finding: {finding.id}. {finding.title}"
        yield f"  seen in      {_seen(finding)}"
        yield from _best(finding)
        yield f"  likely cause {finding.cause}"
        yield f"  like         {', '.join(finding.resembles)}"
        if finding.candidates:
            yield f"  or           {', '.join(finding.candidates)}. {finding.apart}"
        yield f"  see it with  {finding.reproduce}"


def _seen(finding: Finding) -> str:
    examples, checks = finding.evidence["examples"], finding.evidence["checks"]
    told = [f"{finding.count} example{'' if finding.count == 1 else 's'}"] if examples else []
    told += [f"{len(checks)} wire check{'' if len(checks) == 1 else 's'}"] if checks else []
    return " and ".join(told)


def _best(finding: Finding) -> Iterator[str]:
    check, example = finding.evidence.get("check"), finding.evidence.get("example")
    if check is not None:
        yield f"    {one_line(cut(str(check['message']), 2 * _EXCERPT))}"
    if example is not None:
        yield f"    {example['example_id']}  {_shown(example['text'])}"
        for side in ("api", "local"):
            said = example[side]
            words = said["error"] or said["response"]
            thought = f"; thinks {_shown(said['reasoning'])}" if said["reasoning"] else "; no reasoning"
            yield f"      {side.upper():<6} {said['outcome']:<10} {_shown(words)}{thought}"


def _shown(text: str | None) -> str:
    return "(nothing)" if text is None else repr(cut(text, _EXCERPT)).encode("utf-8", "backslashreplace").decode()
