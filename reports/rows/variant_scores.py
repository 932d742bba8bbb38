"""What the local reference says of a side's answers under one legitimate change: the floor of scores."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backends.score import Score, Scoring, scoring_data, scoring_from_data

if TYPE_CHECKING:
    from collections.abc import Mapping


_SCORINGS = ("scorings", "readings", "explained")


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantScores:
    """The scores of one changed side's answers.

    Attributes:
        subject: the subject's id.
        side: `api` or `local`.
        change: what was changed: `batch`, `attention`, `dtype`, `repeat`, ...
        scorings: by the id of the example, in the order of the sample.
        readings: what the changed reference says of the API's own answers, likewise; empty for another change.
        explained: what the reference says of a few of them behind every rendering of their prompts; beside a change
            with readings, where the prompt is in doubt.
    """

    subject: str
    side: str
    change: str
    scorings: Mapping[str, Scoring]
    readings: Mapping[str, Scoring] = field(default_factory=dict)
    explained: Mapping[str, Scoring] = field(default_factory=dict)

    @property
    def scores(self) -> dict[str, Score]:
        """Those of the answers that have one, by the id of the example."""
        return {name: one for name, one in self.scorings.items() if isinstance(one, Score)}

    @property
    def read(self) -> dict[str, Score]:
        """The changed reference's scores of the API's answers, by the id of the example."""
        return {name: one for name, one in self.readings.items() if isinstance(one, Score)}

    def as_json(self) -> str:
        """Returns all of it as JSON text, fit to travel on a test report."""
        told: dict[str, object] = {"subject": self.subject, "side": self.side, "change": self.change}
        for name in _SCORINGS:
            told[name] = {example: _data(one) for example, one in getattr(self, name).items()}
        return json.dumps(told)

    @classmethod
    def from_json(cls, text: str) -> VariantScores:
        """Returns what `as_json` wrote."""
        told = json.loads(text)
        for name in _SCORINGS:
            told[name] = {example: scoring_from_data(one) for example, one in told[name].items()}
        return cls(**told)


def _data(scoring: Scoring) -> dict[str, Any]:
    """Returns it as plain data without the texts of all tokens: those stand with the reference's own scores."""
    return {name: value for name, value in scoring_data(scoring).items() if name != "written"}
