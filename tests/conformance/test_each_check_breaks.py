"""Each wire check fails where just its claim is broken, and tells what it saw; none fails where all are kept."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backends.api.endpoint import Endpoint
from backends.http_api import HttpApi
from backends.models import Model
from fixtures.faults import Proxy, edit_content, fail, side_by_side, when
from fixtures.faults.edits.corrections import CORRECTIONS
from fixtures.faults.gateway import Gateway, gateway_around
from fixtures.known_differences import load_known_differences
from fixtures.servers import EmbeddedServer
from fixtures.subjects.factory import make_subjects
from fixtures.toxicchat import draw_sample, load_examples
from fixtures.wire import calls_for
from reports.checks import CheckId, CheckViolation
from reports.session.statuses import ExampleMismatch
from tests.conformance.breaks import BREAKS, Break
from tests.conformance.checking import checks_through, find_check, wire_at, wire_checks
from tests.plain_settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixtures.wire import Wire
    from tests.conformance.checking import WireCheck

#: A run against a paid service costs no more than this.
MOST_REQUESTS = 80


def all_exchanges(api: HttpApi = HttpApi.CHAT) -> tuple[str, ...]:
    """Returns the calls that the wire checks declare which have a meaning through an API, each once."""
    return tuple(dict.fromkeys(name for check in checks_through(api) for name in check.exchanges))


def test_every_wire_check_has_a_server_that_breaks_its_claim() -> None:
    # Those that compare both APIs have a scripted endpoint each: see test_both_apis.py.
    alone = {check for check in wire_checks().values() if not check.compares}

    assert {find_check(entry.check, entry.case) for entry in BREAKS} == alone


@pytest.mark.parametrize("api", HttpApi)
def test_whole_wire_part_costs_at_most_eighty_requests(api: HttpApi) -> None:
    assert 40 < len(all_exchanges(api)) <= MOST_REQUESTS


def test_every_call_that_goes_through_the_responses_api_can_be_said_there() -> None:
    (subject, _) = make_subjects(SETTINGS, draw_sample(load_examples("bundled"), size=2, seed=1), EmbeddedServer())
    calls = calls_for(subject, SETTINGS.prompt, lambda _: None, lambda *_: None)
    endpoint = Endpoint(model="m", base_url="http://127.0.0.1:9/v1", api=HttpApi.RESPONSES)

    for name in all_exchanges(HttpApi.RESPONSES):
        calls[name].body(endpoint)


@pytest.mark.embedded
@pytest.mark.parametrize("entry", BREAKS, ids=lambda entry: entry.id)
def test_check_fails_where_just_its_claim_is_broken(entry: Break, upstream: str) -> None:
    check = find_check(entry.check, entry.case)
    mended = [alteration for name, alteration in CORRECTIONS.items() if name not in entry.unmended]
    does = [*mended, *entry.does]
    api = HttpApi.CHAT if entry.gateway is None else HttpApi.RESPONSES

    with (
        Proxy(upstream, does if entry.gateway is None else gateway_around(does, entry.gateway)) as proxy,
        wire_at(proxy.base_url, check.exchanges, api) as wire,
        pytest.raises(CheckViolation) as raised,
    ):
        check.run(wire)

    facts = raised.value.facts
    assert facts.include(entry.facts), facts
    assert all(getattr(facts, name) is not None for name in entry.told), facts
    # A request that was refused, or answered with no completion, is told by the check that is about just that.
    assert (facts.status, facts.unusable) == (entry.facts.status, None)


@pytest.mark.embedded
@pytest.mark.parametrize("always", [True, False], ids=["alone-too", "beside-others"])
def test_markup_is_the_companys_doing_only_where_it_is_not_there_alone(upstream: str, always: bool) -> None:  # noqa: FBT001 - a column of the table
    check = find_check(CheckId.CONCURRENT_CALLS_ANSWER_ALIKE)
    leak = edit_content(lambda text: f"{text}<|channel|>")

    with (
        Proxy(upstream, [*CORRECTIONS.values(), leak if always else when(side_by_side, leak)]) as proxy,
        wire_at(proxy.base_url, check.exchanges) as wire,
        nullcontext() if always else pytest.raises(CheckViolation) as raised,
    ):
        check.run(wire)

    assert raised is None or raised.value.facts.leaked is not None


@pytest.mark.embedded
@pytest.mark.parametrize("api", HttpApi)
def test_every_check_passes_where_all_claims_are_kept(upstream: str, api: HttpApi) -> None:
    kept = list(CORRECTIONS.values())
    does = kept if api is HttpApi.CHAT else gateway_around(kept, Gateway())
    with Proxy(upstream, does) as proxy, wire_at(proxy.base_url, all_exchanges(api), api) as wire:
        skipped = set()
        for check in checks_through(api):
            try:
                check.run(wire)
            except pytest.skip.Exception:
                skipped.add(check.check_id)
        asked = [request for request in proxy.requests if request.method == "POST"]

    # The miniature of the small vocabulary answers a request for random words with a sentence.
    assert skipped == {CheckId.TEMPERATURE_HONOURED}
    # Calls that share a body with another one cost nothing.
    assert len(asked) <= len(all_exchanges(api))


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("check_id", "case"), [(CheckId.PROMPT_LENGTH_LEGITIMATE, "policy"), (CheckId.USAGE_COUNTS_REASONING, None)]
)
def test_check_that_lacks_the_tokenizer_is_unanswered_and_accuses_nobody(
    check_id: CheckId, case: str | None, upstream: str
) -> None:
    chosen = find_check(check_id, case)

    with wire_at(upstream, chosen.exchanges) as wire:
        nowhere = replace(wire.subject, reference=Model(id="/nowhere", name="nowhere", revision="none"))
        with pytest.raises(ExampleMismatch, match="cannot be had"):
            chosen.run(replace(wire, subject=nowhere))


@pytest.mark.embedded
def test_check_that_nobody_answers_is_unanswered() -> None:
    check = find_check(CheckId.USAGE_ADDS_UP)

    with (
        wire_at("http://127.0.0.1:9/v1", check.exchanges) as wire,
        pytest.raises(ExampleMismatch, match="got no answer"),
    ):
        check.run(wire)


@pytest.mark.embedded
@pytest.mark.parametrize("status", [401, 402, 403, 404, 429])
def test_status_about_the_account_or_the_address_accuses_nobody(status: int, upstream: str) -> None:
    check = find_check(CheckId.USAGE_ADDS_UP)

    with (
        Proxy(upstream, [fail(status, "no")]) as proxy,
        wire_at(proxy.base_url, check.exchanges) as wire,
        pytest.raises(ExampleMismatch),
    ):
        check.run(wire)


def ids_that_fail(wire: Wire, checks: Iterable[WireCheck]) -> set[str]:
    """Returns the ids of the checks whose claims are broken."""
    failed = set()
    for check in checks:
        with suppress(pytest.skip.Exception):
            try:
                check.run(wire)
            except CheckViolation:
                failed.add(check.id)
    return failed


@pytest.mark.embedded
def test_known_differences_of_the_embedded_server_are_exactly_the_checks_that_fail_there(upstream: str) -> None:
    listed = {entry.test.removeprefix("conformance/") for entry in load_known_differences("transformers_serve").entries}
    # What the suite sends the embedded server: the effort where it reads it, besides the field of its own, and no
    # prompt longer than the context.
    both = [CORRECTIONS["effort"], CORRECTIONS["context"]]
    with Proxy(upstream, both) as proxy, wire_at(proxy.base_url, all_exchanges()) as wire:
        failed = ids_that_fail(wire, checks_through(HttpApi.CHAT))

    assert failed == listed - {find_check(CheckId.EFFORT_FIELD_READ).id}


@pytest.mark.embedded
def test_known_differences_through_the_responses_api_are_exactly_the_checks_that_fail_there(upstream: str) -> None:
    known = load_known_differences("transformers_serve_responses")
    assert known.no_context_limit
    checks = [one for one in checks_through(HttpApi.RESPONSES) if one.check_id is not CheckId.OVERFLOW_REFUSED]
    asked = tuple(dict.fromkeys(name for check in checks for name in check.exchanges))
    with wire_at(upstream, asked, HttpApi.RESPONSES) as wire:
        failed = ids_that_fail(wire, checks)

    assert failed == {entry.test.removeprefix("conformance/") for entry in known.entries}
