"""How a wire check tells that an endpoint breaks its claim, and how it tells that it could not look.

A wire check has three ways to end without a claim that holds. `CheckViolation`: the endpoint was seen to break the
claim, which is an ordinary failure and evidence against it. `reports.session.statuses.ExampleMismatch` with the mark
`UNANSWERED`: an exchange that the check needs could not be had (no connection, no end in time, a status about the
account, the address, a limit or a gateway), which accuses nobody. Any other exception: a fault of the suite or of how
it was used, which accuses nobody either, and fails the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.checks.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class CheckViolation(AssertionError):  # noqa: N818 - an observation about an endpoint, not an error of the suite
    """The endpoint breaks the claim of a wire check. The message alone tells what was seen, and may have many lines.

    Attributes:
        evidence: name of an exchange to the JSON text of the raw exchange, of any length. It is written to
            `exchanges.json` with credentials cleared, and stays out of the message.
        shown_by: names of the exchanges that show it, all of which it takes; the others stand beside them. Empty where
            no exchange shows it alone, as where requests must run side by side.
        facts: what was seen, for the rules that name a fault: they never read the message.
    """

    def __init__(
        self,
        message: str,
        *,
        evidence: Mapping[str, str] | None = None,
        shown_by: Sequence[str] | None = None,
        facts: Facts | None = None,
    ) -> None:
        super().__init__(message)
        self.evidence: dict[str, str] = dict(evidence or {})
        self.shown_by = tuple(self.evidence if shown_by is None else shown_by)
        self.facts = Facts() if facts is None else facts
