"""Named assertions about one example.

The message alone is enough: which example, what was expected, what came, how to rerun just this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from reports.session.statuses import DISAGREED, UNANSWERED, UNLABELLED, ExampleMismatch, ExampleStatus

if TYPE_CHECKING:
    from backends.outcome import Outcome
    from reports.rows.comparison import Comparison


def assert_labelled(*, got: Outcome, example_id: str, side: str) -> None:
    """Asserts that an answer is well-formed and that the policy reads a label in it."""
    __tracebackhide__ = True
    if got.label is not None:
        return
    status = UNANSWERED if got.completion is None else UNLABELLED
    said = got.completion.content if got.completion is not None else "nothing"
    _odd(status, example_id, f"the {side} answer is {got.kind}: {got.why}", f"it says {said!r}")


def assert_same_label(*, got: Outcome, expected: Outcome, example_id: str) -> None:
    """Asserts that both sides give a label, and the same one."""
    __tracebackhide__ = True
    if got.label is not None and got.label == expected.label:
        return
    status = UNANSWERED if got.completion is None or expected.completion is None else DISAGREED
    _odd(status, example_id, f"the API's label is {_label(got)}", f"the local reference's is {_label(expected)}")


def assert_similar(*, got: Comparison, least: float) -> None:
    """Asserts that the final answers are alike enough."""
    __tracebackhide__ = True
    if got.response_similarity >= least:
        return
    _odd(
        DISAGREED,
        got.example.example_id,
        f"the final answers are {got.response_similarity:.3f} alike, less than {least:.3f}",
        f"the API says {_content(got.api)!r}, the local reference {_content(got.local)!r}",
    )


def _odd(status: ExampleStatus, example_id: str, *told: str) -> NoReturn:
    __tracebackhide__ = True
    raise ExampleMismatch(
        status, f"{example_id}: {'; '.join(told)}.\nRerun just this one: pytest conformance -k {example_id}"
    )


def _label(outcome: Outcome) -> str:
    return f"missing ({outcome.kind}: {outcome.why})" if outcome.label is None else str(int(outcome.label))


def _content(outcome: Outcome) -> object:
    return None if outcome.completion is None else outcome.completion.content
