"""Each way of failing, on real sockets, ends in an answer or a classified failure, in bounded memory."""

from __future__ import annotations

import resource
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from backends.api.access import access_to
from backends.api.backend import ApiBackend
from backends.api.endpoint import Endpoint
from backends.api.watched_body import KEPT_OF_TOO_LONG
from backends.completion import Completion
from backends.errors import Failure, FailureKind
from backends.prompt import make_prompt
from tests.backends.asking import api_at, completed, failed
from tests.backends.misbehaving_server import ODD, WAYS, MisbehavingServer, bomb, completion, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from backends.completion import Answer

    Misbehave = Callable[..., MisbehavingServer]

PROMPT = make_prompt("hello", "be brief")
SECRET = "hf_" + "Secret0" * 5

#: By the way of failing that each attempt takes, what becomes of the request.
BECOMES = {
    **dict.fromkeys(
        ("429, seconds", "429, a date", "408", "425", "502 in HTML", "503", "504", "closed without a word"),
        FailureKind.UNREACHABLE,
    ),
    **dict.fromkeys(("reset in the body", "body that ends early", "truncated gzip"), FailureKind.UNREACHABLE),
    **dict.fromkeys(("slow drip", "hang before headers", "hang in the body"), FailureKind.OVERDUE),
    **dict.fromkeys(
        ("truncated JSON", "truncated JSON, open end", "HTML with 200", "gzip bomb", "empty choices", "null message"),
        FailureKind.UNUSABLE,
    ),
    **dict.fromkeys(("deep nesting", "10 MB", "100 MB", "endless body"), FailureKind.UNUSABLE),
    "409": FailureKind.REFUSED,
    "500": FailureKind.SERVER,
    "redirect elsewhere": FailureKind.ACCOUNT,
    "closed under reuse": None,
}

#: Those that are tried again at once.
AT_ONCE = {
    *("429, seconds", "429, a date", "408", "409", "425", "502 in HTML", "503", "504"),
    *("reset in the body", "body that ends early", "truncated JSON, open end", "truncated gzip"),
    "closed without a word",
}


@pytest.fixture
def misbehave() -> Iterator[Misbehave]:
    """Starts servers that misbehave."""
    servers: list[MisbehavingServer] = []

    def start(*args: Any, **options: Any) -> MisbehavingServer:  # noqa: ANN401 - whatever the server takes
        servers.append(MisbehavingServer(*args, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def test_what_becomes_of_each_way_is_said() -> None:
    assert BECOMES.keys() == WAYS.keys()


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_failing_is_classified_and_tried_again_where_it_may_pass(misbehave: Misbehave, way: str) -> None:
    server = misbehave(share=1.0, ways={way: WAYS[way]})

    got = api_at(server.base_url, timeout_s=0.7 if BECOMES[way] is FailureKind.OVERDUE else 20, max_attempts=2).answer(
        PROMPT
    )

    kind = got.kind if isinstance(got, Failure) else None
    assert kind == BECOMES[way], got
    assert isinstance(got, Completion | Failure)
    attempts = 2 if way in AT_ONCE else 1
    assert (got.attempts, server.failed[way]) == (attempts, attempts)
    if isinstance(got, Failure):
        assert got.message
        assert "\n" not in got.message
        assert len(got.raw) < 2 * KEPT_OF_TOO_LONG


@pytest.mark.parametrize("way", ODD)
def test_odd_answers_are_answers(misbehave: Misbehave, way: str) -> None:
    server = misbehave(share=1.0, ways={way: ODD[way]})
    assert completed(api_at(server.base_url).answer(PROMPT)).content == "0"


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "deflate, gzip"])
def test_bomb_takes_little_memory_however_often_it_is_coded(misbehave: Misbehave, coding: str) -> None:
    import gzip  # noqa: PLC0415 - beside the one that is measured
    import zlib  # noqa: PLC0415 - as above

    packed = {
        "gzip": lambda: bomb(512),
        "gzip, gzip": lambda: gzip.compress(bomb(512)),
        "deflate, gzip": lambda: gzip.compress(zlib.compress(gzip.decompress(bomb(32)))),
    }[coding]()
    server = misbehave(
        share=1.0, ways={"": lambda asked: asked.connection.sendall(whole(packed, content_encoding=coding)) or True}
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    got = failed(api_at(server.base_url).answer(PROMPT))

    assert (got.kind, got.attempts) == (FailureKind.UNUSABLE, 1)
    assert "answered with more than 8388608 bytes" in got.message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024


def test_coding_that_nobody_asked_for_is_no_answer(misbehave: Misbehave) -> None:
    server = misbehave(
        share=1.0, ways={"": lambda asked: asked.connection.sendall(whole(asked.good, content_encoding="br")) or True}
    )

    assert completed(api_at(server.base_url).answer(PROMPT)).content == "0"
    assert b"accept-encoding: gzip, deflate\r\n" in server.heads[0].lower() + b"\r\n"


def test_token_never_follows_a_redirect_to_another_origin(
    misbehave: Misbehave, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = misbehave()
    elsewhere = other.base_url.removesuffix("/v1")
    server = misbehave(share=1.0, ways={"": WAYS["redirect elsewhere"]}, elsewhere=elsewhere)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    endpoint = Endpoint(model="m", base_url=server.base_url, access=access_to(server.base_url, None))

    got = failed(ApiBackend(endpoint, first_wait_s=0.01).answer(PROMPT))

    assert (got.kind, got.status, got.attempts) == (FailureKind.ACCOUNT, 307, 1)
    assert f"leads to {elsewhere}, another server: nothing was sent there" in got.message
    assert other.heads == []
    assert SECRET.encode() in server.heads[0]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_to_the_same_origin_is_followed_where_the_request_stays_whole(
    misbehave: Misbehave, status: int
) -> None:
    def lead(asked: Any) -> bool:  # noqa: ANN401 - what a way takes
        if server.heads[-1].startswith(b"POST /v1/"):
            asked.connection.sendall(whole(b"", status, location="/v2/chat/completions?key=private"))
        else:
            asked.connection.sendall(whole(asked.good))
        return True

    server = misbehave(share=1.0, ways={"": lead})

    got = api_at(server.base_url).answer(PROMPT)

    is_followed = status in {307, 308}
    assert len(server.heads) == 1 + is_followed
    if is_followed:
        assert completed(got).content == "0"
    else:
        assert "/v2/chat/completions, another address" in failed(got).message
        assert "private" not in failed(got).message


def test_certificate_that_is_not_trusted_is_told_plainly_and_tried_once(misbehave: Misbehave) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = misbehave(context=context)

    got = failed(api_at(server.base_url).answer(PROMPT))

    assert (got.kind, got.attempts) == (FailureKind.UNREACHABLE, 1)
    assert f"The certificate of {server.base_url} is not trusted" in got.message
    assert "SSL_CERT_FILE" in got.message
    assert server.heads == []


def test_authority_of_ones_own_is_trusted_where_it_is_named(
    misbehave: Misbehave, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import close_session  # noqa: PLC0415 - heavy, as in the code under test

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    close_session()

    server = misbehave(context=context)

    assert completed(api_at(server.base_url).answer(PROMPT)).content == "0"
    close_session()


# A storm


def _echo(body: Mapping[str, Any]) -> bytes:
    """Returns the answer to a question, which tells it from all others."""
    return completion(f"answer to {body['messages'][-1]['content']}")


def _asked_all(server: MisbehavingServer, size: int) -> dict[int, list[Answer]]:
    got: dict[int, list[Answer]] = {}
    api = api_at(server.base_url, timeout_s=5.0, first_wait_s=0.01)
    prompts = [make_prompt(f"question {number}") for number in range(size)]
    api.answer_all(prompts, lambda at, answer: got.setdefault(at, []).append(answer), lambda: False)
    return got


def test_storm_loses_and_doubles_nothing(misbehave: Misbehave) -> None:
    size = 150
    server = misbehave(_echo, share=0.2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    got = _asked_all(server, size)

    assert sorted(got) == list(range(size))
    assert {len(answers) for answers in got.values()} == {1}
    answered = [at for at, (answer,) in got.items() if isinstance(answer, Completion)]
    assert {completed(got[at][0]).content for at in answered} == {f"answer to question {at}" for at in answered}
    assert len(answered) >= 0.99 * size
    assert server.attempts.total() >= size * 1.1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600 * 1024


def test_failure_of_the_text_is_asked_again_while_that_helps_and_stays(misbehave: Misbehave) -> None:
    def way(asked: Any) -> bool:  # noqa: ANN401 - what a way takes
        is_bad = b"question 3" in asked.good
        asked.connection.sendall(whole(b'{"error": "oh"}', 500) if is_bad else whole(asked.good))
        return True

    server = misbehave(_echo, share=1.0, ways={"": way})

    got = _asked_all(server, 20)

    assert failed(got[3][0]).kind is FailureKind.SERVER
    assert (failed(got[3][0]).attempts, server.attempts["question 3"]) == (2, 2)
    assert server.attempts.total() == 21


def test_endpoint_that_answers_nothing_has_no_second_chance(misbehave: Misbehave) -> None:
    server = misbehave(_echo, share=1.0, ways={"": WAYS["500"]})

    got = _asked_all(server, 20)

    assert {failed(answer).kind for (answer,) in got.values()} == {FailureKind.SERVER}
    assert server.attempts.total() == 20
