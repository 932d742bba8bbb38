"""The examples: a line of the table for each, and what is behind it as data that the page's script lays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from backends.secrets import redact
from reports.page.pieces import parting_marks, pieces_of, spans_of
from reports.page.pool import Pool
from reports.page.script_data import as_script_data
from reports.page.shown import shortened, shown
from reports.page.views.findings import is_toxic
from reports.page.views.outcomes import kind_of
from reports.page.views.raw import raw_texts
from reports.text import cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.page.source import Source

#: Characters of a text that the table shows.
_EXCERPT: Final = 110

#: Characters of a text and of a raw exchange, from the most generous limits to the tightest.
_LIMITS: Final = (
    (20_000, 20_000),
    (20_000, 6_000),
    (8_000, 3_000),
    (4_000, 1_500),
    (2_000, 800),
    (800, 400),
    (200, 100),
)

#: What the examples may take in a page, in bytes: of a few together, and of each where there are many.
_MOST, _MOST_EACH = 1_400_000, 11_500

#: The columns of texts that the page shows whole.
_TEXTS: Final = ("text", "api_reasoning", "api_response", "local_reasoning", "local_response")

#: Behind what a page shows of a text it is cleared of credentials too, so that none is shown up to where it is cut.
_BEYOND: Final = 1_000

#: What a side's answer is told by, behind the side's name.
_FACTS: Final = {
    "finish_reason": "finish reason",
    "prompt_tokens": "prompt tokens",
    "completion_tokens": "completion tokens",
    "latency_s": "seconds",
    "attempts": "requests",
    "provider": "provider",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleLine:
    """An example as a line of the table."""

    place: int
    subject: str
    id: str
    text: str
    truth: int | None
    api: str
    local: str
    same: bool | None
    similarity: float | None
    margin: float | None
    kind: str
    covered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplesView:
    """All lines, the data behind them, and what the filters offer."""

    lines: Sequence[ExampleLine]
    data: Mapping[str, Any]
    subjects: Sequence[str]
    of_api: Sequence[str]
    of_local: Sequence[str]
    has_margins: bool


def examples_view(source: Source) -> ExamplesView:
    """Returns all examples of a run; where their texts are too long for a page, these are cut."""
    rows = [row for subject in source.subjects for row in subject.rows]
    lines = [_line(place, row) for place, row in enumerate(rows)]
    return ExamplesView(
        lines=lines,
        data=_data(rows),
        subjects=list(dict.fromkeys(line.subject for line in lines)),
        of_api=sorted({line.api for line in lines}),
        of_local=sorted({line.local for line in lines}),
        has_margins=any(line.margin is not None for line in lines),
    )


def _line(place: int, row: Mapping[str, Any]) -> ExampleLine:
    return ExampleLine(
        place=place,
        subject=str(row.get("subject")),
        id=str(row.get("example_id")),
        text=cut(" ".join(redact(str(row.get("text") or "")).split()), _EXCERPT),
        truth=row.get("ground_truth"),
        api=kind_of(row, "api"),
        local=kind_of(row, "local"),
        same=row.get("outcome_match"),
        similarity=row.get("response_similarity"),
        margin=row.get("api_score_margin_greatest"),
        kind=str(row.get("api_unlikely_kind") or ""),
        covered=is_toxic(row),
    )


def _data(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns the data under the most generous limits with which the page does not grow too large."""
    most = max(_MOST, _MOST_EACH * len(rows))
    data: dict[str, Any] = {}
    for text, raw in _LIMITS:
        if _least(rows, text) > most and (text, raw) != _LIMITS[-1]:
            continue
        data = _pooled(rows, text, raw)
        if len(as_script_data(data).encode("utf-8", "replace")) <= most:
            break
    return data


def _least(rows: Sequence[Mapping[str, Any]], most: int) -> int:
    """Returns the fewest bytes that the texts take, so that no time is spent on what cannot fit."""
    return sum(min(most, len(row.get(name) or "")) for row in rows for name in _TEXTS)


def _pooled(rows: Sequence[Mapping[str, Any]], most: int, most_raw: int) -> dict[str, Any]:
    raws = [raw_texts(row, most_raw) for row in rows]
    pool = Pool.of(piece for raw in raws for _, pieces in raw for piece in pieces)
    examples = [_example(row, most) for row in rows]
    for example, raw in zip(examples, raws, strict=True):
        example["raw"] = [[name, [pool.refer(piece) for piece in pieces]] for name, pieces in raw]
    return {"pool": pool.strings, "examples": examples}


def _example(row: Mapping[str, Any], most: int) -> dict[str, Any]:
    texts = {
        (side, name): _cleared(str(row.get(f"{side}_{name}") or ""), most)
        for side in ("api", "local")
        for name in ("reasoning", "response")
    }
    told: dict[str, Any] = {"text": shown(_cleared(str(row.get("text") or ""), most)), "api": {}, "local": {}}
    parted = row.get("local_outcome") is None
    for name, part in (("reasoning", "reasoning"), ("response", "answer")):
        api, local = texts["api", name], texts["local", name]
        # Behind the first parting every word may differ: it alone is marked.
        marks = None if parted else parting_marks(api, local)
        parted = parted or marks is not None
        spans = spans_of(row, part, api)
        told["api"][part] = pieces_of(api, spans or (), None if marks is None else marks[0])
        told["local"][part] = pieces_of(local, (), None if marks is None else marks[1])
    return told | {"parting": _parting(row)} | _facts(row)


def _cleared(text: str, most: int) -> str:
    head = redact(text[: most + _BEYOND])
    return head if len(text) <= most else shortened(head + " " * (len(text) - len(head)), most)


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    facts = {}
    for side in ("api", "local"):
        values = [(said, row.get(f"{side}_{name}")) for name, said in _FACTS.items()]
        told = [[said, _number(value)] for said, value in values if value is not None]
        error = row.get(f"{side}_error")
        facts[f"{side}_facts"] = [*told, ["error", shown(str(error))]] if error else told
    return facts


def _number(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else shown(str(value))


def _parting(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Returns where the API's answer leaves what the local model would have written; None where it does not."""
    if row.get("api_unlikely_margin") is None:
        return None
    names = ("at", "in", "written", "likeliest", "margin", "rank", "kind")
    return {name: _plain(row.get(f"api_unlikely_{name}")) for name in names}


def _plain(value: object) -> object:
    return shown(value) if isinstance(value, str) else round(value, 3) if isinstance(value, float) else value
