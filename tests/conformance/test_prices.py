"""Which checks run by default, and what they cost, is told where one looks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.http_api import HttpApi
from fixtures.config.options import add_options
from fixtures.session.wire_tests import BEYOND_CORE, OF_BOTH_APIS, OF_ONE_API, ids_without_meaning
from reports.checks import CheckId
from tests.conformance.checking import checks_through, wire_checks
from tests.end_to_end.running import run_in
from tests.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

BEYOND = {
    CheckId.TEMPERATURE_HONOURED,
    CheckId.TOP_P_HONOURED,
    CheckId.SEED_HONOURED,
    CheckId.OVERFLOW_REFUSED,
}

ALL = checks_through(HttpApi.CHAT)
CORE = [check for check in ALL if check.check_id not in BEYOND]
CORE_PRICE = len({name for check in CORE for name in check.exchanges})
PRICE = len({name for check in ALL for name in check.exchanges})


def test_core_leaves_out_what_names_no_fault_that_was_reported_and_what_is_long() -> None:
    assert {str(check_id) for check_id in BEYOND} == BEYOND_CORE


def test_checks_that_say_nothing_through_an_api_are_known_by_their_markers() -> None:
    checks = wire_checks().values()
    of_one = {api: {str(one.check_id) for one in checks if one.apis == (api,) and not one.compares} for api in HttpApi}

    assert of_one == OF_ONE_API
    assert {str(one.check_id) for one in checks if one.compares} == OF_BOTH_APIS
    assert ids_without_meaning(HttpApi.CHAT, is_compared=True) == OF_ONE_API[HttpApi.RESPONSES] | OF_BOTH_APIS
    assert ids_without_meaning(HttpApi.RESPONSES, is_compared=True) == OF_ONE_API[HttpApi.CHAT]
    assert ids_without_meaning(HttpApi.RESPONSES, is_compared=False) == OF_ONE_API[HttpApi.CHAT] | OF_BOTH_APIS


def test_all_checks_cost_at_most_eighty_requests_and_core_fewer() -> None:
    assert CORE_PRICE < PRICE <= 80


def test_help_tells_both_prices() -> None:
    parser = pytest.Parser(_ispytest=True)
    add_options(parser)
    told = " ".join(parser.optparser.format_help().split())

    assert f"costs {CORE_PRICE} requests" in told
    assert f"costs {PRICE}." in told


def test_page_and_readme_tell_the_price_of_a_default_run() -> None:
    page = (ROOT / "docs" / "wire.md").read_text(encoding="utf-8")

    assert f"leaves four of them out and costs {CORE_PRICE} requests" in page
    assert all(
        f"`{check_id}`" in page.partition("Left out are")[2].partition("A skipped check")[0] for check_id in BEYOND
    )
    assert f"no GPU, {CORE_PRICE} requests" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_collection_tells_what_is_selected_and_what_it_costs(tmp_path: Path) -> None:
    core = run_in(tmp_path, "-m", "wire", "--collect-only")
    every = run_in(tmp_path, "-m", "wire", "--collect-only", "--checks", "all", "-v")

    assert f"{len(CORE)} wire checks, which share {CORE_PRICE} requests to each endpoint" in core.text
    assert "price" not in core.text
    assert f"{len(ALL)} wire checks, which share {PRICE} requests to each endpoint" in every.text
    assert "price   2  conformance/test_context.py::test_prompt_beyond_the_context_is_refused[miniature]" in every.text
    assert every.text.count("price ") == len(ALL)


@pytest.mark.parametrize(
    "asked", [("-k", "test_seed_is_honoured"), ("-k", "test_seed_is_honoured and miniature"), ("--checks", "all")]
)
def test_check_that_is_named_is_never_left_out(asked: tuple[str, ...], tmp_path: Path) -> None:
    done = run_in(tmp_path, "-m", "wire", "--collect-only", "-q", *asked)

    assert "test_seed_is_honoured" in done.text
