"""The page about the wire checks lists what there is."""

from __future__ import annotations

import re

from fixtures.wire import CONCURRENT_COPIES, REPEATED_CALLS
from tests.conformance.checking import wire_checks
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


def test_page_tells_the_numbers_of_the_constants() -> None:
    assert (len(REPEATED_CALLS), CONCURRENT_COPIES * len(REPEATED_CALLS)) == (4, 16)
    assert "Four requests are made twice" in PAGE
    assert "Of sixteen requests" in PAGE
