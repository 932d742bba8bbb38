"""Named assertions about one example.

The message alone is enough: which example, what was expected, what came. How to run just this one again is the
report's to say, which knows the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from backends.completion import text_or_none
from backends.score import Score
from reports.findings.decisive import NONSENSE
from reports.session.statuses import DISAGREED, ILL_FORMED, UNANSWERED, ExampleMismatch, ExampleStatus

if TYPE_CHECKING:
    from backends.outcome import Outcome
    from backends.score import Scoring
    from reports.rows.comparison import Comparison


def assert_well_formed(*, got: Outcome, example_id: str, side: str) -> None:
    """Asserts that an answer came, holds no markup and ended by itself. What it says is another question."""
    __tracebackhide__ = True
    if got.is_well_formed:
        return
    status = UNANSWERED if got.completion is None else ILL_FORMED
    why = got.why or "the token limit cut it"
    _odd(status, example_id, f"the {side} answer is {got.kind}: {why}", f"it says {_content(got)}")


def assert_same_outcome(*, got: Comparison) -> None:
    """Asserts that both sides come to the same: one label, two refusals, two unreadable answers, or two equal cuts."""
    __tracebackhide__ = True
    if got.outcomes_match:
        return
    status = UNANSWERED if got.api.completion is None or got.local.completion is None else DISAGREED
    told = f"the API's answer comes to {_outcome(got.api)}", f"the local reference's to {_outcome(got.local)}"
    _odd(status, got.example.example_id, *told)


def assert_similar(*, got: Comparison, least: float) -> None:
    """Asserts that the final answers are alike enough."""
    __tracebackhide__ = True
    if got.response_similarity >= least:
        return
    _odd(
        DISAGREED,
        got.example.example_id,
        f"the final answers are {got.response_similarity:.3f} alike, less than {least:.3f}",
        f"the API says {_content(got.api)}, the local reference {_content(got.local)}",
    )


def assert_likely(*, got: Scoring | None, example_id: str) -> None:
    """Asserts that the local model has read an answer, and held no other token for a thousand times likelier."""
    __tracebackhide__ = True
    if not isinstance(got, Score):
        why = "the local model was not asked" if got is None else got.why
        _odd(UNANSWERED, example_id, f"the API's answer could not be read: {why.rstrip('.')}")
    if got.greatest_margin <= NONSENSE:
        return
    worst = max(got.unlikely, key=lambda token: token.margin)
    told = f"{worst.written!r}, where {worst.likeliest!r} is likelier by {worst.margin:.2f} nats"
    _odd(DISAGREED, example_id, f"token {worst.position} of the API's answer is {told}")


def _odd(status: ExampleStatus, example_id: str, *told: str) -> NoReturn:
    __tracebackhide__ = True
    raise ExampleMismatch(status, f"{example_id}: {'; '.join(told)}.", selector=example_id)


def _outcome(outcome: Outcome) -> str:
    return f"no label ({outcome.kind}: {outcome.why})" if outcome.label is None else f"label {int(outcome.label)}"


def _content(outcome: Outcome) -> str:
    content = None if outcome.completion is None else text_or_none(outcome.completion.content)
    return "nothing" if content is None else repr(content)
