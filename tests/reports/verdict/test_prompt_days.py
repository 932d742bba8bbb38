"""Prompts that print different dates: what another date alters is nobody's fault, and excuses nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reports.output.statistics_lines import statistics_of
from reports.output.summary import subject_lines
from reports.statistics.noise import counting, legitimate_floor, precision_floor
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement
from tests.reports.material import YES, about, measured, rows, said, tokens

if TYPE_CHECKING:
    from reports.statistics.noise import NoiseMeasurement

USED = tokens(100, 20)
THOUGHT = "I see an insult, so it is toxic."
SAME = said(YES, THOUGHT, usage=USED)
OTHER = said(YES, f"{THOUGHT[:-1]} here.", usage=USED)

QUIET = (measured("batch"), measured("attention"), measured("repeat", side="api"))
APART = {"prompt_days": {"api": "2026-11-25", "local": "2026-10-09"}}


def _judge(others: int, noise: tuple[NoiseMeasurement, ...], **more: Any) -> tuple[Judgement, str]:  # noqa: ANN401 - fields of the subject
    made = judge(about(100, **more), rows((OTHER, SAME, others), (SAME, SAME, 100 - others)), {}, noise=noise)
    return made.judgement, made.reason


def test_another_date_counts_only_between_prompts_that_print_different_ones() -> None:
    noise = (*QUIET, measured("day", 12))

    assert counting(noise, days_apart=False) == QUIET
    assert counting(noise, days_apart=True) == noise
    assert precision_floor(noise) == legitimate_floor(noise) == (12, 40)
    assert precision_floor(QUIET) == (0, 120)


@pytest.mark.parametrize(
    ("others", "noise", "days", "judged"),
    [
        (30, QUIET, {}, Judgement.DIFFERS),
        (30, (*QUIET, measured("day", 12)), {}, Judgement.DIFFERS),
        (30, (*QUIET, measured("day", 12)), APART, Judgement.CONFORMS),
        (100, (*QUIET, measured("day", 12)), APART, Judgement.DIFFERS),
        (30, (*QUIET, measured("day", 0)), APART, Judgement.DIFFERS),
        (30, QUIET, APART, Judgement.CONFORMS),
        (100, QUIET, APART, Judgement.CONFORMS),
        (100, (), APART, Judgement.CONFORMS),
    ],
    ids=[
        "one-day",
        "one-day-excuses-nothing",
        "within-what-a-date-alters",
        "beyond-it",
        "a-date-alters-nothing",
        "not-measured",
        "not-measured-and-all-differ",
        "nothing-measured",
    ],
)
def test_texts_accuse_only_beyond_what_another_date_alters(
    others: int, noise: tuple[NoiseMeasurement, ...], days: dict[str, Any], judged: Judgement
) -> None:
    judgement, reason = _judge(others, noise, **days)

    assert judgement is judged, reason
    assert (judged is Judgement.DIFFERS) is reason.startswith("Found: ")


@pytest.mark.parametrize(("days", "counted"), [({}, ["reasoning-length"]), (APART, [])], ids=["one-day", "apart"])
def test_verdict_tells_no_asymmetry_that_it_does_not_count(days: dict[str, Any], counted: list[str]) -> None:
    made = judge(about(100, **days), rows((OTHER, SAME, 100)), {}, noise=QUIET)

    assert [found["feature"] for found in statistics_of(made)["asymmetries"]] == counted


def test_faithful_endpoint_on_another_day_is_not_called_of_another_precision() -> None:
    assert _judge(30, (*QUIET, measured("day", 12)), **APART)[1] == "All 4 criteria pass."


def test_summary_tells_both_days_and_verdict_keeps_them() -> None:
    made = judge(about(100, **APART), rows((SAME, SAME, 100)), {}, noise=QUIET)

    told = "the prompts print 2026-11-25 (API) and 2026-10-09 (LOCAL): texts may part by that alone"
    assert f"dates    as far as clocks tell, {told}" in list(subject_lines(made))
    assert made.subject.as_data()["prompt_days"] == APART["prompt_days"]
    assert not [line for line in subject_lines(judge(about(100), rows((SAME, SAME, 100)), {})) if "dates" in line]


def test_whoever_knows_counts_the_tokens_that_texts_share() -> None:
    made = judge(
        about(100), rows((OTHER, SAME, 2), (SAME, SAME, 98)), {}, counter=lambda: lambda text: len(text.split())
    )
    unknown = judge(about(100), rows((OTHER, SAME, 2), (SAME, SAME, 98)), {}, counter=lambda: lambda _: None)

    shared = len(THOUGHT[:-1].split())
    assert [one["token"] for one in statistics_of(made)["partings"]["examples"]] == [shared, shared]
    assert [one["token"] for one in statistics_of(unknown)["partings"]["examples"]] == [None, None]
