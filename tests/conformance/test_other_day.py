"""A server whose prompts print another day's date breaks no claim by it, and hides no other fault behind it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from backends.clock import today
from backends.models import MINIATURE, resolve_model
from backends.renderings import load_tokenizer
from fixtures.faults import Alteration, Proxy, edit_reasoning, edit_usage
from fixtures.faults.edits.checkpoints import print_day
from fixtures.faults.edits.corrections import CORRECTIONS
from fixtures.wire import RENDERED
from reports.checks import CheckId, CheckViolation
from tests.conformance.checking import find_check, wire_at, wire_checks
from tests.other_model import OtherModel

if TYPE_CHECKING:
    from fixtures.faults.proxy.reply import ProxiedReply
    from fixtures.faults.proxy.request import ProxiedRequest

pytestmark = pytest.mark.embedded

RAW = find_check(CheckId.RAW_ROUTE_ANSWERS_ALIKE)
OF_LENGTHS = (CheckId.PROMPT_LENGTH_LEGITIMATE, CheckId.PROMPT_LENGTHS_NOT_OFFSET)
LENGTHS = [check for check in wire_checks().values() if check.check_id in OF_LENGTHS]
ASKED = tuple(dict.fromkeys(name for check in LENGTHS for name in check.exchanges))


class _DatedRawText(Alteration):
    """Makes the raw route's text depend on the date that its prompt prints."""

    def response(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
        prompt = request.original.get("prompt")
        if prompt is not None and isinstance(reply.body, dict):
            is_today = f"Current date: {today()}" in prompt
            for choice in reply.body["choices"]:
                choice["text"] = choice["text"].replace("message", "text" if is_today else "line")


@pytest.fixture(scope="module", params=[True, False], ids=["longer-or-shorter", "as-long"])
def other_day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Alteration]:
    """What makes a proxy serve the miniature with another day's date, of another number of tokens or of as many."""
    copy = tmp_path_factory.mktemp("day") / "checkpoint"
    print_day(Path(resolve_model(MINIATURE).id), copy, day=_day(as_long=not request.param).isoformat())
    return [*CORRECTIONS.values(), OtherModel(copy)]


def _day(*, as_long: bool) -> dt.date:
    tokenizer = load_tokenizer(resolve_model(MINIATURE).id, is_path=True)

    def length(day: dt.date) -> int:
        return len(tokenizer.encode(f"\nCurrent date: {day}\n", add_special_tokens=False))

    days = (dt.date(2025, 1, 1) + dt.timedelta(number) for number in range(365))
    return next(day for day in days if (length(day) == length(today())) is as_long)


def test_date_of_another_day_breaks_no_claim_and_is_noted_where_it_shows(
    upstream: str, other_day: list[Alteration]
) -> None:
    seen: list[Any] = []
    with Proxy(upstream, other_day) as proxy, wire_at(proxy.base_url, ASKED) as wire:
        for check in LENGTHS:
            check.run(replace(wire, fact=seen.append))
        shift = wire.possible_forms().shift

    assert len(seen) == len(RENDERED)
    assert {form.another_day for facts in seen for form in facts.forms} == {shift != 0}


def test_tokens_that_no_date_accounts_for_break_every_claim(upstream: str, other_day: list[Alteration]) -> None:
    more = edit_usage(lambda usage: usage.update(prompt_tokens=usage["prompt_tokens"] + 40))
    with Proxy(upstream, [*other_day, more]) as proxy, wire_at(proxy.base_url, ASKED) as wire:
        for check in LENGTHS:
            with pytest.raises(CheckViolation):
                check.run(wire)


def test_answer_that_depends_on_the_date_is_not_judged_by_the_raw_route(upstream: str) -> None:
    other_text = edit_reasoning(lambda text: text.replace("message", "word"))
    with (
        Proxy(upstream, [*CORRECTIONS.values(), other_text, _DatedRawText()]) as proxy,
        wire_at(proxy.base_url, RAW.exchanges) as wire,
        pytest.raises(pytest.skip.Exception, match="the answer depends on the date"),
    ):
        RAW.run(wire)
