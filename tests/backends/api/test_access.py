"""Who is sent which key, header and field, and who is not."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from backends.api.access import Access, access_to, read_headers, read_variable
from backends.api.backend import ApiBackend
from backends.api.endpoint import Endpoint
from backends.api.extra_body import OWN_FIELDS, read_extra_body
from backends.api.raw_backend import RawBackend
from backends.api.raw_call import RawCall
from backends.errors import AccountRefused, BackendUnavailable, Failure, FailureKind
from backends.http_api import HttpApi
from backends.prompt import make_prompt
from backends.secrets import redact
from tests.backends.scripted_server import Reply, ScriptedServer, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.backends.scripted_server import Call, Script

    Serve = Callable[[Script], ScriptedServer]

PROMPT = make_prompt("Hello", "Be kind.")
CALL = RawCall(name="a", prompt=PROMPT)
KEY, TOKEN, OTHER = "key-of-the-server", "hf_of-hugging-face", "value-of-another"


@pytest.fixture
def all_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"OPENAI_API_KEY": KEY, "HF_TOKEN": TOKEN, "MY_KEY": OTHER}.items():
        monkeypatch.setenv(name, value)


def _heard(server: ScriptedServer, endpoint: Endpoint) -> list[Call]:
    """Returns what a server hears of an endpoint's two ways of asking."""
    api = ApiBackend(endpoint)
    api.answer(PROMPT)
    RawBackend(api).answer_all([CALL], lambda *_: None, lambda: False)
    return server.calls


@pytest.mark.usefixtures("all_set")
def test_server_with_an_address_hears_its_own_key_and_nothing_of_hugging_faces(serve: Serve) -> None:
    server = serve(lambda _: message(content="1"))

    calls = _heard(server, Endpoint(model="m", base_url=server.base_url))

    assert [call.headers["authorization"] for call in calls] == [f"Bearer {KEY}"] * 2
    assert not any(TOKEN in str(call) for call in calls)


@pytest.mark.usefixtures("all_set")
def test_server_of_another_variable_hears_that_alone(serve: Serve) -> None:
    server = serve(lambda _: message(content="1"))
    access = access_to(server.base_url, "MY_KEY", read_headers([("X-Team", "MY_KEY")]))

    calls = _heard(server, Endpoint(model="m", base_url=server.base_url, access=access))

    assert [call.headers["authorization"] for call in calls] == [f"Bearer {OTHER}"] * 2
    assert [call.headers["x-team"] for call in calls] == [OTHER] * 2
    assert not any(secret in str(call) for call in calls for secret in (TOKEN, KEY))


@pytest.mark.usefixtures("all_set")
def test_header_of_the_users_own_takes_the_place_of_the_bearer_token(serve: Serve) -> None:
    server = serve(lambda _: message(content="1"))
    access = access_to(server.base_url, None, read_headers([("Authorization", "MY_KEY")]))

    calls = _heard(server, Endpoint(model="m", base_url=server.base_url, access=access))

    assert [call.headers["authorization"] for call in calls] == [OTHER] * 2


@pytest.mark.usefixtures("all_set")
def test_credentials_in_an_address_are_sent_as_they_are_meant(serve: Serve) -> None:
    server = serve(lambda _: message(content="1"))
    url = server.base_url.replace("http://", "http://ann:p%40ss-word@") + "?key=4711abc&api-version=2"

    calls = _heard(server, Endpoint(model="m", base_url=url))

    wanted = "Basic " + base64.b64encode(b"ann:p@ss-word").decode()
    assert [call.headers["authorization"] for call in calls] == [wanted] * 2
    assert [call.path for call in calls] == ["/v1/chat/completions?key=4711abc&api-version=2"] * 2


def test_credentials_in_an_address_are_shown_nowhere() -> None:
    endpoint = Endpoint(model="m", base_url="http://ann:p%40ss-word@h:1/v1?key=4711abc&api-version=2")

    assert endpoint.place == "http://h:1/v1?key=[redacted]&api-version=2"
    for shown in (repr(endpoint), endpoint.identity, json.dumps(endpoint.describe())):
        assert not any(secret in shown for secret in ("ss-word", "4711abc", "ann:"))


@pytest.mark.parametrize("api", list(HttpApi))
def test_further_fields_stand_in_every_request_and_the_suites_own_stay(serve: Serve, api: HttpApi) -> None:
    server = serve(lambda _: message(content="1"))
    more = read_extra_body('{"provider": {"order": ["groq"]}}')

    calls = _heard(server, Endpoint(model="m", base_url=server.base_url, api=api, extra_body=more))

    assert [call.body["provider"] for call in calls] == [{"order": ["groq"]}] * 2
    assert {call.body["model"] for call in calls} == {"m"}


@pytest.mark.parametrize(
    "told",
    [{"api_key": "swordfish-9"}, {"route": [{"accessToken": "swordfish-9"}]}, {"credentials": {"user": "swordfish-9"}}],
)
def test_credential_in_a_further_field_is_written_down_nowhere(
    told: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.secrets._values", set())

    read_extra_body(json.dumps(told))

    assert "swordfish" not in redact(f"pytest --extra-body '{json.dumps(told)}'")


@pytest.mark.parametrize("name", ["tokenizer", "stop_token", "prompt_cache_key", "order"])
def test_other_further_field_is_no_credential(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backends.secrets._values", set())

    read_extra_body(json.dumps({name: "openai/gpt-oss"}))

    assert redact("openai/gpt-oss") == "openai/gpt-oss"


def test_further_fields_and_headers_make_another_endpoint_of_the_cache() -> None:
    plain = Endpoint(model="m", base_url="http://h/v1")
    more = Endpoint(model="m", base_url="http://h/v1", extra_body=read_extra_body('{"a": 1}'))
    team = Endpoint(model="m", base_url="http://h/v1", access=Access(headers=(("x-team", "MY_KEY"),)))

    assert len({plain.identity, more.identity, team.identity}) == 3
    assert more.describe()["extra_body"] == '{"a": 1}'
    assert team.describe()["header_variables"] == {"x-team": "MY_KEY"}


@pytest.mark.parametrize("text", ["", "[]", "1", "{", '{"a": NaN}', "[" * 100_000])
def test_further_fields_are_an_object(text: str) -> None:
    with pytest.raises(ValueError, match="must be a JSON object"):
        read_extra_body(text)


@pytest.mark.parametrize("name", sorted(OWN_FIELDS))
def test_further_fields_say_nothing_that_the_suite_says_itself(name: str) -> None:
    with pytest.raises(ValueError, match=f"says {name}, which the suite says itself"):
        read_extra_body(json.dumps({name: 1}))


@pytest.mark.parametrize("name", ["sk-abc123", "", "a b", "A=B", "$A"])
def test_key_in_the_place_of_a_variable_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(ValueError, match="never the key itself") as caught:
        read_variable(name)
    assert not name or name not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([("X Y", "A")], "must be NAME=VARIABLE"),
        ([("X", "")], "must be NAME=VARIABLE"),
        ([("Host", "A")], "sets Host"),
        ([("X-A", "A"), ("x-a", "B")], "sets x-a, twice"),
        ([("X", "secret value")], "never the key itself"),
    ],
)
def test_header_that_cannot_be_sent_is_refused(given: list[tuple[str, str]], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_headers(given)


def test_variable_that_was_named_must_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    for access in (access_to("http://h/v1", "MY_KEY"), access_to("http://h/v1", None, (("x-a", "MY_KEY"),))):
        with pytest.raises(BackendUnavailable, match="The environment variable MY_KEY is not set"):
            access.check()
    access_to("http://h/v1", None).check()


@pytest.mark.parametrize("value", ["two\nlines", "k\u00e4y-of-mine"])
def test_value_that_cannot_stand_in_a_header_is_told_and_not_repeated(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", value)
    server = serve([])
    api = ApiBackend(Endpoint(model="m", base_url=server.base_url))

    answer = api.answer(PROMPT)

    assert isinstance(answer, Failure)
    assert answer.kind is FailureKind.UNAVAILABLE
    assert "OPENAI_API_KEY cannot stand in a header" in answer.message
    assert value not in answer.message
    assert server.calls == []


# Redirects


@pytest.mark.usefixtures("all_set")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_another_origin_gets_no_key_no_header_and_no_prompt(serve: Serve, status: int) -> None:
    elsewhere = serve(lambda _: message(content="1"))
    gone = {"location": f"{elsewhere.base_url}/chat/completions?stolen={KEY}"}
    server = serve(lambda _: Reply(status=status, headers=gone))
    server.models = Reply(status=status, headers=gone)
    access = access_to(server.base_url, None, (("x-team", "MY_KEY"),))
    api = ApiBackend(Endpoint(model="m", base_url=server.base_url, access=access))

    answers = [api.answer(PROMPT)]
    RawBackend(api).answer_all([CALL], lambda _, answer: answers.append(answer), lambda: False)
    with pytest.raises(AccountRefused):
        api.check()

    assert elsewhere.calls == []
    assert len(server.calls) == 2
    for answer in answers:
        assert isinstance(answer, Failure)
        assert (answer.kind, answer.status) == (FailureKind.ACCOUNT, status)
        assert "another server: nothing was sent there" in answer.message
        assert KEY not in answer.message


def test_redirect_within_the_origin_is_followed(serve: Serve) -> None:
    def answer(call: Call) -> Reply:
        moved = Reply(status=307, headers={"location": "/v2/chat/completions"})
        return moved if call.path.startswith("/v1") else message(content="1")

    server = serve(answer)

    assert not isinstance(ApiBackend(Endpoint(model="m", base_url=server.base_url)).answer(PROMPT), Failure)
