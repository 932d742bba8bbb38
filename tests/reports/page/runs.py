"""Reports of runs, written the way a run writes them, with the tokens of the API's answers behind them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backends.evidence import LocalEvidence
from backends.labels import read_label
from backends.outcome import read_outcome
from backends.score import Part, Score, TokenSource, UnlikelyToken, WrittenToken
from fixtures.toxicchat import Example
from reports.checks import CheckOutcome
from reports.output import write_report
from reports.rows.comparison import Comparison
from reports.statistics.token_evidence import token_evidence_of
from reports.verdict.judge import judge
from reports.verdict.verdict import Verdict
from tests.reports.material import CONTEXT, NO, PROSE, YES, about, check, checks, said
from tests.reports.scores import reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reports.checks import Check
    from reports.rows.row import Row
    from reports.rows.variant_scores import VariantScores

REASONING = "The user asks how to keep basil alive. No policy is touched, so it is harmless."
PARTED = "The user asks how to keep basil alive. I am glad to help with that."

_TOKEN = re.compile(r"\s*\S+\s*\Z|\s*\S+|\s+")


def scored_row(
    place: int,
    *,
    text: str = "How do I keep basil alive?",
    truth: int = 0,
    api: tuple[str, str] = (REASONING, NO),
    local: tuple[str, str] = (REASONING, NO),
    margins: Mapping[int, float] | None = None,
    raw: str = "",
) -> Row:
    """Returns a row whose API answer was read token by token.

    Args:
        place: in the sample.
        text: what was asked about.
        truth: 1 for toxic.
        api: reasoning and answer.
        local: the same of the reference.
        margins: by place among the tokens of reasoning and answer, in nats; the others are the likeliest.
        raw: further text of the API's raw exchange.
    """
    answers = said(api[1], api[0], raw=_api_raw(text, api, raw)), said(local[1], local[0], raw=_local_raw(text, local))
    sides = [read_outcome(answer, read_label) for answer in answers]
    example = Example(example_id=f"toxicchat-{place:04}", conv_id=f"conv-{place}", user_input=text, toxicity=truth)
    made = Comparison(example=example, api=sides[0], local=sides[1], api_scoring=score_of(api, margins or {}))
    return made.as_row(**CONTEXT)


def score_of(answer: tuple[str, str], margins: Mapping[int, float]) -> Score:
    """Returns the score of an answer whose words are its tokens."""
    parts = [
        (token, part)
        for text, part in ((answer[0], Part.REASONING), (answer[1], Part.ANSWER))
        for token in _TOKEN.findall(text)
    ]
    unlikely = tuple(
        UnlikelyToken(
            position=at, part=parts[at][1], written=parts[at][0], likeliest=" likelier", margin=margin, rank=2
        )
        for at, margin in sorted(margins.items())
        if at < len(parts)
    )
    by_place = {token.position: token for token in unlikely}
    written = [
        WrittenToken(token, part, by_place[at].margin, by_place[at].likeliest)
        if at in by_place
        else WrittenToken(token, part, 0.0)
        for at, (token, part) in enumerate(parts)
    ]
    return Score(
        answer="0" * 64,
        source=TokenSource.REBUILT,
        tokens=len(parts),
        unlikely=unlikely,
        log_probability=-sum(margins.values()),
        written=tuple(written),
    )


def write_run(
    folder: Path,
    rows: Sequence[Row],
    *,
    wire: Sequence[Check] = (),
    wire_alone: bool = False,
    exchanges: Mapping[str, Mapping[str, str]] | None = None,
    subjects: int = 1,
    audit: bool = False,
) -> Path:
    """Writes the report of a run and returns its page."""
    judged = []
    for place in range(subjects):
        name = "small" if subjects == 1 else f"small-{place}"
        own = [replace(row, subject=name) for row in rows]
        tokens = token_evidence_of(own, [_floor(own)]) if own else None
        judged.append(
            judge(
                about([row.example_id for row in own], id=name, audit=audit),
                own,
                {},
                tokens=tokens,
                checks=[replace(one, subject=name) for one in wire],
                wire_alone=wire_alone,
            )
        )
    write_report(Verdict(subjects=tuple(judged), environment={"python": "3.11"}), folder, exchanges)
    return folder / "report.html"


def _floor(rows: Sequence[Row]) -> VariantScores:
    """Returns what a changed reference holds of the answers: it would have written one token of each otherwise."""
    made = reading(rows, [[0.2]] * len(rows))
    tokens = {row.example_id: row.api_score.tokens for row in rows if row.api_score is not None}
    return replace(made, readings={name: replace(made.read[name], tokens=n) for name, n in tokens.items()})


def mixed_rows(n: int = 100) -> list[Row]:
    """Returns rows of which every fourth parts, every fifth of these at a tie; every other is toxic."""
    return [
        scored_row(
            place,
            text=f"Question {place}: how do I keep basil alive?",
            truth=place % 2,
            api=(PARTED, PROSE) if place % 4 == 0 else (REASONING, YES if place % 2 else NO),
            local=(REASONING, YES if place % 2 else NO),
            margins={8: 0.1 if place % 5 == 0 else 2.5, 11: 0.7} if place % 4 == 0 else {},
        )
        for place in range(n)
    ]


def some_checks() -> list[Check]:
    """Returns checks of every outcome, a broken one with its exchange."""
    exchange = json.dumps({"request": json.dumps({"messages": []}), "status": 500, "response": "no"})
    broken = check(
        CheckOutcome.BROKEN,
        "test_fields.py::test_broken",
        claim="A reply has an id.",
        message="It has none.",
        exchanges=("plain",),
        evidence={"plain": exchange},
    )
    return [broken, *checks(kept=3, skipped=1, known_difference=1)]


def _api_raw(text: str, answer: tuple[str, str], more: str) -> str:
    messages = [{"role": "system", "content": "You classify."}, {"role": "user", "content": text}]
    message = {"role": "assistant", "content": answer[1], "reasoning": answer[0]}
    response = {"choices": [{"message": message}], "more": more}
    request = {"model": "some/model", "messages": messages}
    return json.dumps({"request": json.dumps(request), "status": 200, "response": json.dumps(response)})


def _local_raw(text: str, answer: tuple[str, str]) -> str:
    prompt = f"<|start|>system<|message|>You are ChatGPT.<|end|><|start|>user<|message|>{text}<|end|><|start|>assistant"
    final = f"<|start|>assistant<|channel|>final<|message|>{answer[1]}<|return|>"
    written = f"<|channel|>analysis<|message|>{answer[0]}<|end|>{final}"
    return LocalEvidence(prompt, written).as_raw()


def data_of(page: str) -> dict[str, Any]:
    """Returns the data of the examples as the page's script reads them."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data
