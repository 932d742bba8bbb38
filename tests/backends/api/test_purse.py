"""A run never costs more than it may, and what tokens cost is read from what an endpoint tells."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from backends.api.backend import ApiBackend
from backends.api.endpoint import Endpoint
from backends.api.price import FREE, Price, price_in, told_price
from backends.api.purse import Purse
from backends.api.raw_backend import RawBackend
from backends.api.raw_call import RawCall
from backends.completion import Answer, Completion
from backends.errors import Failure, FailureKind
from backends.prompt import make_prompt
from backends.raw_reply import RawReply
from tests.backends.scripted_server import Call, Reply, ScriptedServer, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.backends.scripted_server import Script

    Serve = Callable[[Script], ScriptedServer]

#: An answer of a scripted server has 7 tokens of a prompt and 3 of its own.
PRICE = Price(1_000.0, 10_000.0)
OF_ONE = 0.037


def asked(server: ScriptedServer, purse: Purse, count: int, **more: Any) -> list[Answer]:  # noqa: ANN401 - of the backend
    api = ApiBackend(
        Endpoint(model="m", base_url=server.base_url),
        price=PRICE,
        purse=purse,
        first_wait_s=0.01,
        **{"concurrency": 4, **more},
    )
    got: dict[int, Answer] = {}
    prompts = [make_prompt(str(number), max_new_tokens=20) for number in range(count)]
    api.answer_all(prompts, got.__setitem__, lambda: False)
    return [got[number] for number in range(count)]


def test_run_stops_asking_before_it_costs_more_than_it_may(serve: Serve) -> None:
    server = serve(lambda call: message(content=call.text))
    purse = Purse(3.0)

    got = asked(server, purse, 200)

    answered = [one for one in got if isinstance(one, Completion)]
    refused = [one for one in got if isinstance(one, Failure)]
    assert len(server.calls) == len(answered)
    assert purse.spent == pytest.approx(OF_ONE * len(answered))
    assert 1.5 < purse.spent <= 3.0, "one request may cost no more than 1.5: until then all are made"
    assert {(one.kind, one.attempts) for one in refused} == {(FailureKind.NOT_ASKED, 0)}
    assert "Of the 3 US dollars that this run may cost" in refused[-1].message


def test_two_endpoints_pay_from_one_purse(serve: Serve) -> None:
    first, second = (serve(lambda call: message(content=call.text)) for _ in range(2))
    purse = Purse(2.0)

    asked(first, purse, 10)
    before = purse.spent
    asked(second, purse, 100)

    assert before == pytest.approx(0.37)
    assert purse.spent <= 2.0
    assert len(second.calls) < 100


def test_refused_request_costs_nothing_and_one_that_does_not_end_the_most(serve: Serve) -> None:
    refusing = Purse(100.0)
    asked(serve(lambda _: Reply(status=400, body=b"{}")), refusing, 3)
    assert refusing.spent == 0.0

    silent = Purse(100.0)
    hangs = threading.Event()
    asked(serve(lambda _: Reply(body=b"{}", after=hangs)), silent, 1, timeout_s=0.3, max_attempts=1)
    hangs.set()
    assert silent.spent > 20 * PRICE.completion / 1e6

    untold = Purse(100.0)
    body = json.dumps({"choices": [{"index": 0, "message": {"content": "1"}, "finish_reason": "stop"}]}).encode()
    asked(serve(lambda _: Reply(body=body)), untold, 1)
    assert untold.spent > 20 * PRICE.completion / 1e6, "nobody knows what it cost"


def test_requests_wait_for_money_that_others_may_give_back(serve: Serve) -> None:
    def reply(call: Call) -> Reply:
        time.sleep(0.05)
        return message(content=call.text)

    server = serve(reply)
    purse = Purse(1.5)

    got = asked(server, purse, 12, concurrency=8)

    assert sum(isinstance(one, Completion) for one in got) == 12
    assert server.most_at_once < 8, "all at once could cost more than there is"


def test_wire_calls_are_paid_from_the_same_purse(serve: Serve) -> None:
    server = serve(lambda _: message(content="1"))
    purse = Purse(1.2)
    api = ApiBackend(Endpoint(model="m", base_url=server.base_url), price=PRICE, purse=purse)
    calls = [RawCall(name=str(number), prompt=make_prompt("x", max_new_tokens=20)) for number in range(40)]
    got: dict[int, Answer] = {}

    RawBackend(api).answer_all(calls, got.__setitem__, lambda: False)

    assert purse.spent <= 1.2
    kinds = {one.kind if isinstance(one, Failure) else type(one) for one in got.values()}
    assert kinds == {RawReply, FailureKind.NOT_ASKED}
    assert len(got) == 40


def test_server_of_this_machine_costs_nothing(serve: Serve) -> None:
    purse = Purse(0.01)
    server = serve(lambda call: message(content=call.text))
    api = ApiBackend(Endpoint(model="m", base_url=server.base_url), price=FREE, purse=purse)
    assert isinstance(api.answer(make_prompt("x", max_new_tokens=2000)), Completion)


ROUTER = {
    "object": "list",
    "data": [
        {"id": "other", "providers": [{"provider": "groq", "pricing": {"input": 9, "output": 9}}]},
        {
            "id": "m",
            "providers": [
                {"provider": "novita", "pricing": {"input": 0.05, "output": 0.2}},
                {"provider": "groq", "pricing": {"input": 0.1, "output": 0.5}},
                {"provider": "silent"},
            ],
        },
    ],
}


@pytest.mark.parametrize(
    ("told", "provider", "expected"),
    [
        (ROUTER, "groq", Price(0.1, 0.5)),
        (ROUTER, "silent", None),
        (ROUTER, "absent", None),
        (ROUTER, None, None),
        ([{"id": "m", "pricing": {"input": 0.05, "output": 0.2, "hourly": 0}}], None, Price(0.05, 0.2)),
        (
            {"data": [{"id": "m", "pricing": {"prompt": "0.00000005", "completion": "0.0000002"}}]},
            None,
            Price(0.05, 0.2),
        ),
        ({"data": [{"id": "m", "pricing": {"prompt": "free", "completion": "0"}}]}, None, None),
        ({"data": [{"id": "m", "pricing": {"input": -1, "output": 0}}]}, None, None),
        ({"data": [{"id": "m"}]}, None, None),
        ({"data": "m"}, None, None),
        (None, None, None),
    ],
)
def test_price_is_read_from_a_list_of_models(told: object, provider: str | None, expected: Price | None) -> None:
    got = price_in(told, "m", provider)
    assert (got is None) == (expected is None)
    if got is not None and expected is not None:
        assert (got.prompt, got.completion) == pytest.approx((expected.prompt, expected.completion))


def test_endpoint_is_asked_for_its_list_and_one_that_tells_none_is_told_of(serve: Serve, dead_url: str) -> None:
    server = serve([])
    assert told_price(Endpoint(model="m", base_url=server.base_url)) is None
    server.models = Reply(body=json.dumps({"data": [{"id": "m", "pricing": {"input": 1, "output": 2}}]}).encode())
    assert told_price(Endpoint(model="m", base_url=server.base_url)) == Price(1.0, 2.0)
    server.models = Reply(body=b"<html>")
    assert told_price(Endpoint(model="m", base_url=server.base_url)) is None
    assert told_price(Endpoint(model="m", base_url=dead_url)) is None
