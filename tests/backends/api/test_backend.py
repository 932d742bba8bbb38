"""Requests go out side by side, one costs the others nothing, they end when told, and no secret is written down."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

import huggingface_hub
import pytest

from backends.api.endpoint import Endpoint
from backends.api.gone import GIVE_UP_AFTER
from backends.completion import Answer, InferenceBackend
from backends.dispatch.cache import AnswerCache
from backends.errors import BackendUnreachable, Failure, FailureKind
from backends.prompt import Prompt, make_prompt
from backends.stored_answer import answer_to_json
from tests.backends.asking import api_at, completed, failed
from tests.backends.scripted_server import Call, Reply, Script, ScriptedServer, message

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from backends.api.backend import ApiBackend

    Serve = Callable[[Script], ScriptedServer]

PROMPT = make_prompt("hello", "be brief")
SECRET = "hf_" + "Secret0" * 5

#: Before 1.0 huggingface_hub sent with requests, which escapes half a surrogate pair; httpx cannot write it down.
ESCAPES_HALF_PAIRS = int(huggingface_hub.__version__.partition(".")[0]) < 1


def answers_of(api: ApiBackend, prompts: list[Prompt]) -> list[Answer]:
    """All answers in the order of their prompts; a missing or repeated one is a KeyError or an AssertionError."""
    got: dict[int, Answer] = {}

    def deliver(position: int, answer: Answer) -> None:
        assert position not in got
        got[position] = answer

    api.answer_all(prompts, deliver, lambda: False)
    return [got[position] for position in range(len(prompts))]


def test_text_that_no_request_can_hold_costs_no_other_text_its_answer(serve: Serve) -> None:
    server = serve(lambda _: message(content="1"))
    broken = make_prompt("half a pair: \ud83d")
    first, second, third = answers_of(api_at(server.base_url, concurrency=1), [broken, PROMPT, PROMPT])
    if ESCAPES_HALF_PAIRS:
        assert completed(first).content == "1"
    else:
        assert failed(first).kind is FailureKind.REFUSED
    assert completed(second).content == completed(third).content == "1"


def numbered(count: int) -> list[Prompt]:
    return [make_prompt(str(number)) for number in range(count)]


def test_requests_run_side_by_side_up_to_the_concurrency(serve: Serve) -> None:
    together = threading.Event()

    def reply(call: Call) -> Reply:
        if server.underway == 4:
            together.set()
        return Reply(body=message(content=call.text).body, after=together)

    server = serve(reply)
    answers = answers_of(api_at(server.base_url, concurrency=4), numbered(20))
    assert [completed(answer).content for answer in answers] == [str(number) for number in range(20)]
    assert server.most_at_once == 4


def test_one_failed_request_costs_the_others_nothing(serve: Serve) -> None:
    server = serve(lambda call: Reply(status=500) if call.text == "3" else message(content=call.text))
    answers = answers_of(api_at(server.base_url), numbered(8))
    assert failed(answers[3]).kind is FailureKind.SERVER
    assert [completed(answer).content for answer in answers[:3] + answers[4:]] == list("0124567")


def test_rest_is_not_asked_when_the_endpoint_goes_away(serve: Serve) -> None:
    server = serve(lambda call: message(content=call.text) if len(server.calls) < 5 else Reply(breaks="before"))
    api = api_at(server.base_url, concurrency=2, max_attempts=2)

    answers = answers_of(api, numbered(200))

    kinds = [failed(answer).kind for answer in answers if isinstance(answer, Failure)]
    unreachable = kinds.count(FailureKind.UNREACHABLE)
    assert GIVE_UP_AFTER <= unreachable <= GIVE_UP_AFTER + 1  # the one that was under way beside the last
    assert kinds.count(FailureKind.NOT_ASKED) == len(kinds) - unreachable
    assert len(server.calls) == 4 + 2 * unreachable
    assert "not asked" in failed(answers[-1]).message
    assert failed(answers[-1]).attempts == 0


def test_stopping_ends_quickly_although_the_server_hangs(serve: Serve) -> None:
    never = threading.Event()
    server = serve(lambda _: Reply(body=message(content="1").body, after=never))
    stop = threading.Event()
    got: list[int] = []
    threading.Timer(0.3, stop.set).start()
    started = time.monotonic()

    api_at(server.base_url, concurrency=3).answer_all(
        numbered(50), lambda position, _: got.append(position), stop.is_set
    )

    assert 0.2 < time.monotonic() - started < 2
    never.set()
    time.sleep(0.3)
    assert got == []
    assert len(server.calls) == 3


def test_requests_end_with_an_interrupt_of_the_caller(serve: Serve) -> None:
    held = threading.Event()
    server = serve(lambda _: Reply(body=message(content="1").body, after=held))

    def interrupted() -> bool:
        if threading.current_thread() is threading.main_thread() and len(server.calls) >= 2:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        api_at(server.base_url, concurrency=2).answer_all(numbered(50), lambda *_: None, interrupted)

    held.set()
    time.sleep(0.3)
    assert len(server.calls) == 2


def test_error_of_the_receiver_reaches_the_caller(serve: Serve) -> None:
    server = serve(lambda _: message(content="1"))

    def deliver(_position: int, _answer: Answer) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        api_at(server.base_url).answer_all(numbered(20), deliver, lambda: False)


# Secrets


def echo(call: Call) -> Reply:
    heard = call.headers["authorization"]
    body = message(content=heard, reasoning=f"I heard {heard}", heard=heard).body
    return Reply(body=body, headers={"x-request-id": heard})


def refuse(call: Call) -> Reply:
    # The token lies across the place where long bodies are cut in messages.
    return Reply(status=401, body=b"x" * 280 + call.headers["authorization"].encode())


def babble(call: Call) -> Reply:
    return Reply(body=b"x" * 180 + call.headers["authorization"].encode())


def assert_hidden(text: str, secret: str) -> None:
    """No part of the secret longer than a few characters stands in the text."""
    for start in range(len(secret) - 5):
        assert secret[start : start + 6] not in text


@pytest.mark.parametrize("secret", [SECRET, "plain-pass/word+1"])
@pytest.mark.parametrize("reply", [echo, refuse, babble])
def test_secret_is_never_written_down(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reply: Callable[[Call], Reply], secret: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", secret)
    server = serve(reply)
    api = api_at(server.base_url)

    answer = api.answer(PROMPT)
    cache = AnswerCache(tmp_path)
    cache.put(api.cache_inputs(PROMPT), answer)
    cache.close()

    assert secret in server.calls[0].headers["authorization"]
    assert "[redacted]" in answer_to_json(answer)
    assert_hidden(answer_to_json(answer), secret)
    for file in tmp_path.iterdir():
        assert_hidden(file.read_bytes().decode("latin-1"), secret)


def test_credentials_in_the_address_are_not_written_down(dead_url: str) -> None:
    url = dead_url.replace("http://", "http://user:s3cret-word@")
    api = api_at(url, max_attempts=1)
    told = [answer_to_json(api.answer(PROMPT)), json.dumps(api.describe()), json.dumps(api.cache_inputs(PROMPT))]
    with pytest.raises(BackendUnreachable) as caught:
        api.check()
    assert "s3cret-word" not in "".join([*told, str(caught.value)])


# Identity


def test_kind_is_api_and_answers_may_be_kept() -> None:
    api = api_at("http://127.0.0.1:1/v1")
    assert (api.kind, api.cacheable) == (InferenceBackend.API, True)


def test_places_with_an_at_sign_in_the_path_stay_apart() -> None:
    one, other = (Endpoint(model="m", base_url=f"http://{host}/v1@2") for host in ("one", "other"))
    assert one.place == "http://one/v1@2"
    assert one.identity != other.identity
