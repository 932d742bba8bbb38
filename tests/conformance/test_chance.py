"""No check accuses by chance: which ones draw or repeat is computed, and what a restless text may break is nothing."""

from __future__ import annotations

import math
import re
from collections import Counter

import pytest

from backends.prompt import make_prompt
from fixtures.wire import make_calls
from reports.checks import CheckId, CheckViolation
from reports.findings.rules import _REPEATS_LEVEL
from reports.statistics.asymmetries import LEVEL as ASYMMETRY_LEVEL
from reports.statistics.ceilings import LEVEL as CEILING_LEVEL
from reports.statistics.noise import exceeds
from tests.conformance.checking import find_check, wire_checks
from tests.conformance.scripted_wire import ScriptedRun, message, scripted_wire
from tests.places import ROOT

PAGE = (ROOT / "docs" / "wire.md").read_text(encoding="utf-8")

STOP, LIMIT = CheckId.STOP_STRING_LEFT_OUT, CheckId.LIMIT_KEPT

#: Checks that look at several replies to one request, and compare no texts that chance may part: each reply is looked
#: at by itself, or what is compared is what the server counts of the prompt.
COMPARE_NO_TEXTS = frozenset(
    {
        CheckId.BODIES_STRICT_JSON,
        CheckId.EARLIER_REASONING_DROPPED,
        CheckId.CHARACTERS_WHOLE,
        CheckId.CHUNK_ENVELOPES_WELL_FORMED,
        CheckId.COMPLETION_LIMIT_HONOURED,
        CheckId.PREVIOUS_RESPONSE_KNOWN,
        CheckId.REQUESTS_ANSWERED,
        CheckId.STREAM_COMES_WHOLE,
        CheckId.STREAM_ENDS_BEHIND_DONE,
        CheckId.STREAM_NO_MARKUP,
        CheckId.TEXT_BESIDE_CALL_IS_NO_REASONING,
        CheckId.TOOL_CALLS_HAVE_IDS,
        CheckId.USAGE_REPEATS,
        CheckId.STREAM_USAGE_ALIKE,
        CheckId.STREAM_DELTAS_WELL_FORMED,
        CheckId.STREAM_HAS_LAST_CHUNK,
        CheckId.STREAM_CLOSED_WITH_DONE,
    }
)

#: Checks that compare a text with one that was asked for in another way.
COMPARE_OTHERWISE = frozenset({LIMIT, CheckId.EFFORT_FIELD_READ})


def draw_or_repeat() -> set[CheckId]:
    """Returns the checks that declare a call that is drawn, or several calls with one prompt."""
    calls = make_calls(lambda text: make_prompt(text, "Say 0 or 1."), "", lambda *_: (), lambda: None)  # type: ignore[arg-type, return-value]
    found = set()
    for check in wire_checks().values():
        # One that is made only where the model's context is known is made once.
        prompts = [calls[name].prompt for name in check.exchanges if name in calls]
        asked = Counter(prompt.digest for prompt in prompts)
        if any(prompt.sampling.temperature for prompt in prompts) or max(asked.values(), default=0) > 1:
            found.add(check.check_id)
    return found


def test_page_tells_how_surely_each_check_that_draws_or_repeats_judges() -> None:
    table = PAGE.partition("### How surely")[2].partition("For three models")[0]
    told = {name for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in re.findall("`(.+?)`", row)}

    assert (draw_or_repeat() - COMPARE_NO_TEXTS) | COMPARE_OTHERWISE == told & set(CheckId)
    assert draw_or_repeat() >= COMPARE_NO_TEXTS


# Texts that are other ones --------------------------------------------------------------------------------------------


def run_stop(stopped: str, whole: str = "One two three four.") -> None:
    check = find_check(STOP)
    said = {"no-policy": message(whole), "stop": message(stopped)}
    run = ScriptedRun(messages=said, requests={"stop": '{"stop": ["three"]}'})
    check.run(scripted_wire(check, run))


@pytest.mark.parametrize("stopped", ["One two ", "One two", "One", ""])
def test_text_up_to_the_stop_string_keeps_the_claim(stopped: str) -> None:
    run_stop(stopped)


@pytest.mark.parametrize("stopped", ["Five six.", "One two and four.", "One two. Seven", "Thank you."])
def test_another_text_without_the_stop_string_is_no_evidence(stopped: str) -> None:
    with pytest.raises(pytest.skip.Exception, match="is another one"):
        run_stop(stopped)


@pytest.mark.parametrize("stopped", ["One two three", "Five three six."])
def test_stop_string_in_whatever_text_breaks_the_claim(stopped: str) -> None:
    with pytest.raises(CheckViolation, match="stays in the text"):
        run_stop(stopped)


def run_limit(content: str | None, reason: str, billed: int) -> None:
    check = find_check(LIMIT)
    run = ScriptedRun(
        messages={"cut": message(content, "It is ru" if content is None else "Calm.")},
        reasons={"cut": reason},
        billed={"cut": billed},
    )
    check.run(scripted_wire(check, run))


def test_shorter_text_that_ended_by_itself_is_no_evidence_of_a_limit() -> None:
    with pytest.raises(pytest.skip.Exception, match="ended by itself after 9"):
        run_limit("0", "stop", 9)


@pytest.mark.parametrize(("content", "billed"), [(None, 16), (None, 9), ("0", 16), ("0", 0)])
def test_cut_text_that_is_told_to_have_ended_breaks_the_claim(content: str | None, billed: int) -> None:
    with pytest.raises(CheckViolation, match="the finish_reason is not"):
        run_limit(content, "stop", billed)


# What a page may say --------------------------------------------------------------------------------------------------


def test_noise_accuses_a_faithful_endpoint_less_than_once_in_ten_thousand_runs() -> None:
    """Whatever the share in which texts part, where it is the same on both sides of 20 examples."""
    from scipy.stats import binom  # noqa: PLC0415 - a second that only this test pays

    n = 20
    beyond = [(a, b) for a in range(n + 1) for b in range(n + 1) if exceeds(a, n, b, n, _REPEATS_LEVEL)]
    shares = [step / 50 for step in range(1, 50)]
    chances = [[float(chance) for chance in binom.pmf(range(n + 1), n, share)] for share in shares]
    worst = max(sum(chance[a] * chance[b] for a, b in beyond) for chance in chances)

    assert worst < _REPEATS_LEVEL == 1e-4


def test_page_tells_what_examples_may_cost_a_faithful_endpoint() -> None:
    """Asymmetries are corrected for their number together, and a criterion must lie below each of its ceilings."""
    criteria = 3  # All but the reference's own.
    assert ASYMMETRY_LEVEL == CEILING_LEVEL == 0.01
    assert math.isclose(criteria * CEILING_LEVEL + ASYMMETRY_LEVEL, 0.04)
    assert "at most 0.04" in PAGE
