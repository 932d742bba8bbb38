"""How a test of one example tells that the example is odd, without failing the run.

A single example that disagrees does not fail the run: the criteria do. Its test still fails in pytest's own books, so
that `-x` stops at it and `--lf` reruns it, but it has its own letter and word, no traceback, and no say in the exit
status.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Names under which things ride on a test report. xdist carries plain JSON text only.
ROW_PROPERTY = "conformance_row"
STATUS_PROPERTY = "conformance_mark"

#: Under these names the JUnit file tells the kind of an odd example, and what came of a wire check.
ODD_PROPERTY, CHECK_ID_PROPERTY, CHECK_OUTCOME_PROPERTY = "odd", "check", "outcome"

#: Under these names ride a sentence, and the facts as JSON text, that a wire check tells though it passes.
NOTE_PROPERTY = "note"
FACTS_PROPERTY = "facts"
CHECK_PROPERTY = "conformance_check"
NOISE_PROPERTY = "conformance_noise"
SCORES_PROPERTY = "conformance_scores"

#: What the JUnit file is amended by.
JUNIT_PROPERTIES = {
    "row": ROW_PROPERTY,
    "odd": ODD_PROPERTY,
    "dropped": f"{NOISE_PROPERTY} {SCORES_PROPERTY} {FACTS_PROPERTY}",
}


@dataclass(frozen=True, slots=True)
class ExampleStatus:
    """A kind of odd example: pytest's category, the letter of the progress line, and the word of the verbose one."""

    category: str
    letter: str
    word: str


DISAGREED = ExampleStatus("disagreed", "d", "DISAGREED")
ILL_FORMED = ExampleStatus("ill-formed", "i", "ILL-FORMED")
UNANSWERED = ExampleStatus("unanswered", "n", "UNANSWERED")
UNSTABLE = ExampleStatus("unstable", "v", "UNSTABLE")

#: By category.
STATUSES: dict[str, ExampleStatus] = {
    status.category: status for status in (DISAGREED, ILL_FORMED, UNANSWERED, UNSTABLE)
}


class ExampleMismatch(AssertionError):  # noqa: N818 - an observation about one example, not an error of the suite
    """One example is odd. The message alone tells what and where; the report adds how to run just that again.

    A wire check raises it too, with `UNANSWERED`, where an exchange that it needs could not be had: see
    `reports.checks.check_violation`.
    """

    def __init__(self, status: ExampleStatus, message: str, *, selector: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.selector = selector
