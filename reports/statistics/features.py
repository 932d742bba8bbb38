"""What can be counted: of one answer, whatever the other side says, and of the two answers to one example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from backends.completion import FinishReason
from backends.outcome import BROKEN, FORMAT_TOKENS, OutcomeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reports.rows.row import Row, RowSide

#: The text of an example, and what its two answers have of a feature.
Pair: TypeAlias = tuple[str, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """What of one answer can be counted or measured.

    Attributes:
        name: ASCII.
        says: what is told of it: of a share what a side does, of a size whose size it is.
        kind: a share of the examples, or a size.
        value: of one answer; None where it is not known.
        slack: a difference up to this says nothing.
        of_text: True where the answer's text decides it, and so its tokens, whatever they are.
    """

    name: str
    says: str
    kind: Literal["share", "size"]
    value: Callable[[RowSide], float | None]
    slack: float = 0.0
    of_text: bool = True


def _length(text: str | None) -> float | None:
    """Returns the length without the white space around it, which servers keep or strip."""
    return None if text is None else float(len(text.strip()))


def _cut(side: RowSide) -> float | None:
    known = side.finish_reason not in (None, FinishReason.UNKNOWN)
    return float(side.finish_reason is FinishReason.LENGTH) if known else None


FEATURES: tuple[Feature, ...] = (
    Feature(name="labels", says="gives a label on", kind="share", value=lambda side: float(side.has_label)),
    Feature(
        name="refusals",
        says="refuses",
        kind="share",
        value=lambda side: float(side.outcome is OutcomeKind.REFUSED),
    ),
    Feature(
        name="toxic-labels",
        says="says toxic to",
        kind="share",
        value=lambda side: None if side.label is None else float(side.label),
    ),
    Feature(name="cut-answers", says="is cut off by a limit on", kind="share", value=_cut, of_text=False),
    Feature(
        name="reasoning-length",
        says="reasoning, in characters,",
        kind="size",
        value=lambda side: _length(side.reasoning),
    ),
    Feature(
        name="answer-length", says="answer, in characters,", kind="size", value=lambda side: _length(side.response)
    ),
    Feature(
        name="completion-tokens",
        says="completion, in tokens as billed,",
        kind="size",
        value=lambda side: None if side.completion_tokens is None else float(side.completion_tokens),
        slack=FORMAT_TOKENS,
        of_text=False,
    ),
)
if len({feature.name for feature in FEATURES}) != len(FEATURES):
    raise ImportError("two features have the same name")


#: What two answers have in common, 0 to 1, by the criterion that asks for it.
IN_COMMON: Mapping[str, Callable[[Row], float]] = {
    "label_agreement": lambda row: float(row.outcomes_match),
    "response_similarity": lambda row: row.response_similarity,
}


def pairs_of(rows: Iterable[Row]) -> dict[str, tuple[Pair, ...]]:
    """Returns by feature what the two answers have of it, for each row in which both are known.

    Broken answers are left out on either side: what broke them is another question, and a word of nobody's model.
    """
    whole = [row for row in rows if not {row.api.outcome, row.local.outcome} & BROKEN]
    return {feature.name: tuple(_pairs(feature, whole)) for feature in FEATURES}


def _pairs(feature: Feature, rows: Iterable[Row]) -> Iterable[Pair]:
    for row in rows:
        api, local = feature.value(row.api), feature.value(row.local)
        if api is not None and local is not None:
            yield row.text, api, local
