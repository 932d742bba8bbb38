"""Faithful servers differ in what they may, and in nothing that the model said or was shown."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from copy import deepcopy
from functools import cache
from http.client import RemoteDisconnected
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from backends.models import MINIATURE, resolve_model
from backends.prompt import EFFORTS, Message, Prompt
from backends.renderings import DatedTokenizer, legitimate_renderings, load_tokenizer, mistaken_renderings
from tests.backends.scripted_server import Reply, ScriptedServer
from tests.faults.alteration import Alteration
from tests.faults.asking import COMPLETION, HELLO, Heard, ask, whole
from tests.faults.checkpoints import edit_template
from tests.faults.chunks import joined
from tests.faults.completions import first_message, reasoning_name
from tests.faults.faithful import ANOTHER_DAY, FAITHFUL, Faithful, faithful_trials, setups
from tests.faults.matrix import Setup
from tests.faults.proxy import Proxy
from tests.faults.sse import DONE, Chunk, read_events, write_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.backends.scripted_server import Call
    from tests.faults.body import Json

HUNDRED = 100

_BY_NAME = {server.name: server for server in FAITHFUL}


def test_hundred_runs_are_all_different() -> None:
    trials = faithful_trials(HUNDRED, 100)

    assert len({trial.id for trial in trials}) == HUNDRED
    assert len({(trial.shows.id, trial.arguments) for trial in trials}) == HUNDRED
    assert all(trial.faithful for trial in trials)


def test_hundred_runs_vary_in_all_that_a_run_asks() -> None:
    arguments = [trial.arguments for trial in faithful_trials(HUNDRED, 100)]
    asked = {option for options in arguments for option in options}

    for option in ("--stratify=natural", "--stratify=balanced", "--policy=toxic_simple", "--policy=toxic_detailed"):
        assert option in asked
    assert sum(option.startswith("--sample-seed=") for option in asked) >= 4
    assert {f"--reasoning-effort={effort}" for effort in ("low", "medium", "high")} <= asked
    assert {"--local-batch-size=1", "--local-batch-size=5", "--local-dtype=bfloat16"} <= asked


def test_setups_never_repeat_and_begin_with_that_of_the_faults() -> None:
    made = list(islice(setups(), 50))

    assert made[0] == Setup()
    assert len(set(made)) == len(made)


def test_every_server_runs_once_before_any_runs_twice() -> None:
    trials = faithful_trials(len(FAITHFUL) + 1, 40)

    assert [trial.shows.id for trial in trials[:-1]] == list(_BY_NAME)
    assert trials[-1].id == f"faithful-{FAITHFUL[0].name}-2"


def test_only_the_unmended_server_comes_with_known_differences() -> None:
    for trial in faithful_trials(len(FAITHFUL), 40):
        assert trial.mended is ("--known-differences=transformers_serve" not in trial.arguments)


@pytest.mark.parametrize("server", FAITHFUL, ids=lambda server: server.name)
def test_each_server_does_something_of_its_own(server: Faithful) -> None:
    own = server.alterations or server.checkpoint or not server.mended or server.dtype != "float32" or server.arguments
    assert own or server.name == "mended"
    assert all(isinstance(alteration, Alteration) for alteration in server.alterations)
    assert server.does.endswith(".")


# What the model said --------------------------------------------------------------------------------------------------

PROXIED = [server for server in FAITHFUL if server.alterations]

#: These turn a request away that then comes again, and change no answer.
TURNING_AWAY = {"busy", "flaky-line"}

#: As many different requests as make it certain that those turn one away.
REQUESTS = 60

_CALL = {"id": "c", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
_SAID: dict[str, Json] = {
    "answer": {"role": "assistant", "content": "An answer of some words.", "refusal": None},
    "call-beside-none": {"role": "assistant", "content": None, "tool_calls": [_CALL]},
    "call-beside-empty": {"role": "assistant", "content": "", "tool_calls": [_CALL]},
}


def made_up(said: str) -> Json:
    """A completion with usage details and with fields that are null."""
    completion = deepcopy(COMPLETION)
    completion["choices"][0] |= {"message": _SAID[said] | {"reasoning_content": "A thought of some words."}}
    completion["usage"] |= {"prompt_tokens_details": {"cached_tokens": 0}}
    return completion | {"system_fingerprint": None}


def streamed(completion: Json) -> Reply:
    """The same in as few pieces as there can be."""
    frame = {name: value for name, value in completion.items() if name not in {"choices", "usage"}}
    message = first_message(completion)
    calls = {"tool_calls": [{"index": 0, **call} for call in message.get("tool_calls", ())]}
    deltas = [
        {"role": "assistant", "content": ""},
        {"reasoning_content": message["reasoning_content"]},
        calls if calls["tool_calls"] else {"content": message["content"]},
        {},
    ]
    chunks: list[Chunk] = [
        frame | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    last = chunks[-1]
    assert isinstance(last, dict)
    last["choices"][0]["finish_reason"] = "stop"
    last["usage"] = completion["usage"]
    return Reply(body=write_events([*chunks, DONE]), headers={"content-type": "text/event-stream"})


def completion_in(heard: Heard, *, stream: bool) -> Json:
    return joined(read_events(heard.raw)) if stream else heard.json


def said_in(heard: Heard, *, stream: bool) -> tuple[object, ...]:
    """Content, where null and none are the same beside calls, reasoning, calls and the reason for the end.

    Of a call it is the name and the arguments as what they are: its id is the server's own, and so is white space.
    """
    completion = completion_in(heard, stream=stream)
    message, choice = first_message(completion), completion["choices"][0]
    functions = [call["function"] for call in message.get("tool_calls") or []]
    calls = [(function["name"], json.loads(function["arguments"])) for function in functions]
    name = reasoning_name(message)
    content = (message.get("content") or "") if calls else message["content"]
    return content, message.get(name or ""), calls, choice["finish_reason"]


@pytest.fixture(scope="module")
def upstream() -> Iterator[ScriptedServer]:
    """A server that says what the request's field `said` names."""

    def reply(call: Call) -> Reply:
        completion = made_up(call.body["said"])
        return streamed(completion) if call.body.get("stream") else whole(completion)

    server = ScriptedServer(reply)
    yield server
    server.stop()
    assert server.surprises == []


@pytest.mark.parametrize("server", PROXIED, ids=lambda server: server.name)
def test_each_proxy_leaves_what_the_model_said_alone(server: Faithful, upstream: ScriptedServer) -> None:
    ways = [(said, stream) for said in _SAID for stream in (False, True)]
    altered = []
    with Proxy(upstream.base_url, server.alterations) as proxy:
        for said, stream in ways:
            body = HELLO | {"said": said, "stream": stream}
            with suppress(RemoteDisconnected):
                ask(proxy.base_url, body)
            heard, direct = ask(proxy.base_url, body), ask(upstream.base_url, body)
            assert said_in(heard, stream=stream) == said_in(direct, stream=stream)
            assert completion_in(heard, stream=stream)["usage"].items() >= _counts(direct, stream=stream).items()
            altered.append(_seen(heard) != _seen(direct))

    assert any(altered) is (server.name not in TURNING_AWAY)


@pytest.mark.parametrize("name", sorted(TURNING_AWAY))
def test_requests_that_are_turned_away_are_few_and_answered_when_they_come_again(
    name: str, upstream: ScriptedServer
) -> None:
    bodies = [HELLO | {"said": "answer", "number": number} for number in range(REQUESTS)]
    with Proxy(upstream.base_url, _BY_NAME[name].alterations) as proxy:
        first = [_status(proxy, body) for body in bodies]
        again = [_status(proxy, body) for body in bodies]

    away = [status for status in first if status != 200]
    assert 0 < len(away) < REQUESTS / 4
    assert set(away) == ({429} if name == "busy" else {None})
    assert set(again) == {200}


def _counts(heard: Heard, *, stream: bool) -> Json:
    usage = completion_in(heard, stream=stream)["usage"]
    return {name: value for name, value in usage.items() if name.endswith("_tokens")}


def _seen(heard: Heard) -> tuple[bytes, set[str]]:
    return heard.raw, {name.lower() for name in heard.headers} - {"content-length", "transfer-encoding", "connection"}


def _status(proxy: Proxy, body: Json) -> int | None:
    try:
        return ask(proxy.base_url, body).status
    except RemoteDisconnected:
        return None


# What the model was shown ---------------------------------------------------------------------------------------------

CHECKPOINT = Path(resolve_model(MINIATURE).id)

#: For each name, the words of the legitimate rendering that its template gives the conversation with all in it.
TEMPLATES = {
    "no-date": "no date line, blank line, json, results as JSON strings",
    "no-blank-line": "date line, no blank line, json, results as JSON strings",
    "other-template": "no date line, no blank line, json, results as JSON strings",
    "other-template-alike": "no date line, no blank line, json, results as JSON strings",
    "library-template": "date line, blank line, constrain json, results verbatim",
    "another-day": "date line, blank line, json, results as JSON strings",
}


def known_tokenizer(name: str) -> Any:  # noqa: ANN401 - transformers is not typed
    """Gives the tokenizer of the checkpoint itself, on the day that the server prints."""
    known = load_tokenizer(str(CHECKPOINT), is_path=True)
    return DatedTokenizer(known, dt.date.fromisoformat(ANOTHER_DAY)) if name == "another-day" else known


_TOOLS = json.dumps([{"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {}}}])
_POLICY = Message(role="system", content="Say 1 for what is toxic, else 0.")
_QUESTION = Message(role="user", content="What a day!\nCurrent date: 2020-01-01\n\n")
_CALLING = (
    Message(role="assistant", content=None, tool_calls=json.dumps([_CALL])),
    Message(role="tool", content=' It is "4".\n', tool_call_id="c"),
)
_TURN = (Message(role="assistant", content="0", thinking="I thought."), Message(role="user", content="And this?"))
_FULL = (_POLICY, _QUESTION, *_CALLING)

CONVERSATIONS = {
    "policy": Prompt(messages=(_POLICY, _QUESTION)),
    "user-alone": Prompt(messages=(_QUESTION,)),
    "turns": Prompt(messages=(_POLICY, _QUESTION, *_TURN)),
    "tools": Prompt(messages=(_POLICY, _QUESTION), tools=_TOOLS),
    "tools-alone": Prompt(messages=(_QUESTION,), tools=_TOOLS),
    "call": Prompt(messages=_FULL),
    "call-with-tools": Prompt(messages=_FULL, tools=_TOOLS),
    **{effort: Prompt(messages=(_POLICY, _QUESTION), reasoning_effort=effort) for effort in EFFORTS},
}


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - transformers is not typed
    """Gives the tokenizer with the template of a server."""

    @cache
    def tokenizer(name: str) -> Any:  # noqa: ANN401 - as above
        make, copy = _BY_NAME[name].checkpoint, tmp_path_factory.mktemp(name) / "checkpoint"
        assert make is not None
        make(CHECKPOINT, copy)
        return load_tokenizer(str(copy), is_path=True)

    return tokenizer


def rendered(tokenizer: Any, prompt: Prompt) -> tuple[int, ...]:  # noqa: ANN401 - as above
    """Returns the tokens that a server with this tokenizer shows its model."""
    messages = prompt.chat_messages()
    for message in messages:
        for call in message.get("tool_calls", ()):
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    made = tokenizer.apply_chat_template(
        messages,
        tools=None if prompt.tools is None else json.loads(prompt.tools),
        reasoning_effort=prompt.reasoning_effort,
        add_generation_prompt=True,
        return_dict=True,
    )
    return tuple(made["input_ids"])


def test_every_other_template_is_looked_at(tmp_path: Path) -> None:
    changed = set()
    for server in FAITHFUL:
        if server.checkpoint is not None:
            server.checkpoint(CHECKPOINT, tmp_path / server.name)
            name = "chat_template.jinja"
            if (tmp_path / server.name / name).read_text() != (CHECKPOINT / name).read_text():
                changed.add(server.name)

    assert changed == set(TEMPLATES)


@pytest.mark.embedded
@pytest.mark.parametrize("conversation", CONVERSATIONS)
@pytest.mark.parametrize("name", TEMPLATES)
def test_other_templates_render_a_legitimate_form_and_no_mistaken_one(
    name: str,
    conversation: str,
    variants: Any,  # noqa: ANN401 - as above
) -> None:
    known, prompt = known_tokenizer(name), CONVERSATIONS[conversation]

    shown = rendered(variants(name), prompt)

    assert shown in {rendering.token_ids for rendering in legitimate_renderings(known, prompt)}
    assert shown not in {rendering.token_ids for rendering in mistaken_renderings(known, prompt)}


@pytest.mark.embedded
@pytest.mark.parametrize("name", TEMPLATES)
def test_other_templates_render_the_form_that_they_are_named_for(
    name: str,
    variants: Any,  # noqa: ANN401 - as above
) -> None:
    known, prompt = known_tokenizer(name), CONVERSATIONS["call"]

    forms = {rendering.token_ids: rendering.name for rendering in legitimate_renderings(known, prompt)}

    assert forms[rendered(variants(name), prompt)] == TEMPLATES[name]


@pytest.mark.embedded
def test_a_template_that_loses_a_line_renders_no_legitimate_form(tmp_path: Path) -> None:
    known, prompt = load_tokenizer(str(CHECKPOINT), is_path=True), CONVERSATIONS["policy"]
    edit_template(CHECKPOINT, tmp_path / "copy", edit=lambda text: text.replace("# Valid channels: ", ""))

    shown = rendered(load_tokenizer(str(tmp_path / "copy"), is_path=True), prompt)

    assert shown not in {rendering.token_ids for rendering in legitimate_renderings(known, prompt)}
