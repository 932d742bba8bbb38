"""A plugin (`-p tests.end_to_end.scripted`) that puts the same answer into the mouth of each side of every subject.

What to say stands as JSON in the environment variable `SCRIPT`: `{"api": [content, reasoning], "local": ...}`. JSON can
hold what no parquet file can, such as lone surrogates. An API side that the script leaves out is asked, and nobody
reads its answers.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from backends.api.backend import ApiBackend
from backends.completion import Answer, Completion, FinishReason
from backends.local.backend import LocalBackend
from backends.local.scoring_backend import ScoringBackend
from backends.score import NothingToScore, Unscored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backends.prompt import Prompt

SCRIPT = "SCRIPT"


def script(api: Sequence[str], local: Sequence[str]) -> dict[str, str]:
    """Returns the environment in which the sides say these contents and reasonings."""
    return {SCRIPT: json.dumps({"api": api, "local": local})}


def _say(self: Any, prompts: Sequence[Prompt], deliver: Callable[[int, Answer], None], _: object) -> None:  # noqa: ANN401 - either side
    content, reasoning = json.loads(os.environ[SCRIPT])[str(self.kind)]
    for position in range(len(prompts)):
        deliver(position, Completion(content=content, reasoning=reasoning, finish_reason=FinishReason.STOP))


def _read_nothing(_: Any, requests: Sequence[object], deliver: Callable[[int, Answer], None], *__: object) -> None:  # noqa: ANN401 - of the scores
    for position in range(len(requests)):
        deliver(position, Unscored(kind=NothingToScore.UNAVAILABLE, why="Nobody reads it."))


def pytest_configure() -> None:
    """Takes the place of inference, and of nothing else."""
    LocalBackend.answer_all = _say  # type: ignore[method-assign, assignment]
    if "api" in json.loads(os.environ[SCRIPT]):
        ApiBackend.answer_all = _say  # type: ignore[method-assign, assignment]
    else:
        ScoringBackend.answer_all = _read_nothing  # type: ignore[method-assign, assignment]
