"""What a job of GitHub Actions shows of a verdict: annotations, and a summary of the step.

Source: GitHub's pages on workflow commands. A step shows ten annotations of a kind and at most 1 MiB of summary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backends.secrets import redact
from reports.output.markdown_summary import summary_markdown
from reports.output.summary import verdict_line
from reports.text import cut, one_line
from reports.verdict.judgement import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.verdict.verdict import Verdict

#: Annotations of a step that are shown, and characters of one.
_MOST, _WIDTH = 10, 500

#: Bytes of a summary: beyond GitHub's limit the whole step's would not be shown.
_ROOM: Final = 1_000_000

#: The kind of annotation that suits a judgement.
_KINDS: Final = {Judgement.CONFORMS: "notice", Judgement.DIFFERS: "error", Judgement.NO_VERDICT: "warning"}


def annotation_lines(verdict: Verdict) -> Iterator[str]:
    """Yields the workflow commands that show a verdict and, as far as there is room, its findings."""
    yield _command(_KINDS[verdict.judgement], f"conformance: {verdict.judgement}", verdict_line(verdict))
    found = [(judged.subject.id, finding) for judged in verdict.subjects for finding in judged.findings]
    for subject, finding in found[: _MOST - 1]:
        kind = "warning" if finding.side == "local" else "error"
        yield _command(
            kind, finding.id, f"{subject}: {finding.title}. {finding.cause} See it with: {finding.reproduce}"
        )


def append_step_summary(verdict: Verdict, file: Path) -> None:
    """Appends the summary to the file that GITHUB_STEP_SUMMARY names, without what was printed: the log shows that.

    Raises:
        OSError: it cannot be written.
    """
    text = redact(summary_markdown(verdict, printed=False)).encode("utf-8", "replace")
    if len(text) > _ROOM:
        text = text[:_ROOM].rpartition(b"\n")[0] + b"\n\nThe rest is in summary.md of the report.\n"
    with file.open("ab") as end:
        end.write(text + b"\n")


def _command(kind: str, title: str, told: str) -> str:
    said = cut(one_line(redact(told)), _WIDTH)
    return f"::{kind} title={_escaped(title, ':,')}::{_escaped(said)}"


def _escaped(text: str, further: str = "") -> str:
    """Returns a text as a workflow command holds it; its property holds no colon and no comma either."""
    for sign in f"%\r\n{further}":
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text
