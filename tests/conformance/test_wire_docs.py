"""The page about the wire checks lists what there is."""

from __future__ import annotations

import re

from backends.http_api import HttpApi
from conformance.drawing import FEWEST_LISTED, FEWEST_WORDS, OTHER_PLACES, STEADY_TIMES, WORDS
from fixtures.wire import CONCURRENT_COPIES, HOT_WORDS, NARROW_WORDS, REPEATED_CALLS, SEEDED_WORDS
from fixtures.wire.draws import WORDS_QUESTION
from tests.conformance.checking import checks_through, wire_checks
from tests.places import ROOT

PAGE = (ROOT / "docs" / "wire.md").read_text(encoding="utf-8")


def test_page_lists_every_check_with_its_id_its_claim_and_its_price() -> None:
    expected = {}
    for check in wire_checks().values():
        name, claim = check.id.partition("[")[0], str(check.function.__doc__).split("\n")[0]
        cases = sum(1 for other in wire_checks() if other.partition("[")[0] == name)
        expected[name] = (
            str(check.check_id),
            claim,
            f"{cases} x {len(check.exchanges)}" if cases > 1 else str(len(check.exchanges)),
        )
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
    listed = {name: (check_id, claim, price) for check_id, name, claim, price in rows}

    assert listed == expected


def test_page_lists_every_check_that_hangs_on_what_the_model_knows() -> None:
    section = PAGE.partition("### What hangs on the model")[2].partition("The raw route")[0]
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \| .+ \|$", section, re.MULTILINE)

    assert {check_id: set(re.findall("`(.+?)`", names)) for check_id, names in rows} == {
        str(check.check_id): check.known for check in wire_checks().values() if check.known
    }


def test_page_tells_the_numbers_of_the_constants() -> None:
    assert (len(REPEATED_CALLS), CONCURRENT_COPIES * len(REPEATED_CALLS)) == (4, 16)
    assert "Four requests are made six times each" in PAGE
    assert "the sixteen that go out at once" in PAGE


def test_page_tells_how_many_requests_all_checks_cost() -> None:
    names = {api: {name for check in checks_through(api) for name in check.exchanges} for api in HttpApi}

    assert f"({len(names[HttpApi.CHAT])} today, {len(names[HttpApi.RESPONSES])} through the Responses API)" in PAGE


def test_page_tells_the_numbers_of_the_draws() -> None:
    assert f"`{WORDS_QUESTION}`" in PAGE
    assert (len(HOT_WORDS), len(NARROW_WORDS), len(SEEDED_WORDS)) == (3, 5, 6)
    assert (FEWEST_LISTED, WORDS, OTHER_PLACES) == (8, 12, 1)
    assert "a list of eight to twelve words" in PAGE
    assert "all of them but one stand in the same places" in PAGE
    assert f"W / {STEADY_TIMES} at least {FEWEST_WORDS}" in PAGE
