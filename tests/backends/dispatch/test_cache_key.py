"""The key of an answer hangs on all that determined it: API and LOCAL never share one."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.api.access import Access
from backends.api.backend import ApiBackend
from backends.api.endpoint import Endpoint
from backends.checkpoints.spec import LocalSpec
from backends.dispatch.cache import key_of
from backends.http_api import HttpApi
from backends.local.backend import LocalBackend
from backends.prompt import Message, Prompt, Sampling

SAMPLING = Sampling(temperature=0.5, top_p=0.9, seed=1)
PROMPT = Prompt(messages=(Message(role="user", content="hello"),), sampling=SAMPLING)
ENDPOINT = Endpoint(model="m", base_url="http://one/v1")
SPEC = LocalSpec(model="m", device="cpu")

OTHER_PROMPTS = {
    "another text": replace(PROMPT, messages=(Message(role="user", content="Hello"),)),
    "another role": replace(PROMPT, messages=(Message(role="system", content="hello"),)),
    "another message more": replace(PROMPT, messages=(*PROMPT.messages, Message(role="assistant", content="hi"))),
    "null content": replace(PROMPT, messages=(Message(role="user", content=None),)),
    "thinking": replace(PROMPT, messages=(Message(role="user", content="hello", thinking=""),)),
    "tool calls": replace(PROMPT, messages=(Message(role="user", content="hello", tool_calls="[]"),)),
    "tool call id": replace(PROMPT, messages=(Message(role="user", content="hello", tool_call_id="1"),)),
    "effort": replace(PROMPT, reasoning_effort="high"),
    "temperature": replace(PROMPT, sampling=replace(SAMPLING, temperature=0.6)),
    "top_p": replace(PROMPT, sampling=replace(SAMPLING, top_p=0.8)),
    "seed": replace(PROMPT, sampling=replace(SAMPLING, seed=2)),
    "no seed": replace(PROMPT, sampling=replace(SAMPLING, seed=None)),
    "token limit": replace(PROMPT, max_new_tokens=5),
    "tools": replace(PROMPT, tools="[]"),
}
OTHER_ENDPOINTS = {
    "model": replace(ENDPOINT, model="n"),
    "address": replace(ENDPOINT, base_url="http://two/v1"),
    "port": replace(ENDPOINT, base_url="http://one:81/v1"),
    "path": replace(ENDPOINT, base_url="http://one/v2"),
    "scheme": replace(ENDPOINT, base_url="https://one/v1"),
    "providers": replace(ENDPOINT, base_url=None),
    "provider": replace(ENDPOINT, base_url=None, provider="groq"),
    "another provider": replace(ENDPOINT, base_url=None, provider="novita"),
    "api": replace(ENDPOINT, api=HttpApi.RESPONSES),
    "effort in the template": replace(ENDPOINT, effort_in_template=True),
    "headers": replace(ENDPOINT, access=Access(headers=(("x-team", "MY_TEAM"),))),
    "further fields": replace(ENDPOINT, extra_body='{"a": 1}'),
}
OTHER_SPECS = {
    "model": replace(SPEC, model="n"),
    "revision": replace(SPEC, revision="abc"),
    "path": replace(SPEC, is_path=True),
    "dtype": replace(SPEC, dtype="float32"),
    "attention": replace(SPEC, attention="eager"),
    "device": replace(SPEC, device="cuda"),
    "gpu": replace(SPEC, needs_gpu=True),
    "form": replace(SPEC, form=("no date line",)),
}


def key_at(endpoint: Endpoint, prompt: Prompt) -> str:
    return key_of(ApiBackend(endpoint).cache_inputs(prompt))


def local_key(spec: LocalSpec, prompt: Prompt) -> str:
    return key_of(LocalBackend(spec).cache_inputs(prompt))


def test_every_field_of_what_determines_an_answer_is_varied_above() -> None:
    """A new field must be added to the tables above, or this fails."""
    varied = {
        type(base): {f.name for f in fields(base) if any(getattr(o, f.name) != getattr(base, f.name) for o in others)}
        for base, others in (
            (PROMPT, OTHER_PROMPTS.values()),
            (PROMPT.messages[0], [message for other in OTHER_PROMPTS.values() for message in other.messages]),
            (SAMPLING, [other.sampling for other in OTHER_PROMPTS.values()]),
            (ENDPOINT, OTHER_ENDPOINTS.values()),
            (SPEC, OTHER_SPECS.values()),
        )
    }
    assert varied == {kind: {f.name for f in fields(kind)} for kind in (Prompt, Message, Sampling, Endpoint, LocalSpec)}


@pytest.mark.parametrize("what", OTHER_PROMPTS)
def test_key_changes_with_every_part_of_the_prompt_on_both_sides(what: str) -> None:
    assert key_at(ENDPOINT, OTHER_PROMPTS[what]) != key_at(ENDPOINT, PROMPT)
    assert local_key(SPEC, OTHER_PROMPTS[what]) != local_key(SPEC, PROMPT)


def test_every_endpoint_and_every_local_model_has_a_key_of_its_own() -> None:
    keys = [
        *(key_at(endpoint, PROMPT) for endpoint in (ENDPOINT, *OTHER_ENDPOINTS.values())),
        *(local_key(spec, PROMPT) for spec in (SPEC, *OTHER_SPECS.values())),
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("library", ["transformers", "torch", "tokenizers"])
def test_local_key_changes_with_the_version_of_every_library(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    before = local_key(SPEC, PROMPT)
    asked = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.0.1" if name == library else asked(name))
    assert local_key(SPEC, PROMPT) != before


def test_automatic_device_is_keyed_by_what_it_means_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    automatic = replace(SPEC, device="auto")
    monkeypatch.setattr("backends.local.backend.cuda_device_count", lambda: 0)
    on_cpu = local_key(automatic, PROMPT)
    monkeypatch.setattr("backends.local.backend.cuda_device_count", lambda: 1)
    assert local_key(automatic, PROMPT) != on_cpu


@given(st.lists(st.tuples(st.sampled_from(["user", "system"]), st.text()), min_size=1, max_size=3, unique=True))
def test_key_is_the_same_for_the_same_and_hangs_on_every_character(messages: list[tuple[str, str]]) -> None:
    prompt = Prompt(messages=tuple(Message(role=role, content=text) for role, text in messages))
    last = prompt.messages[-1]
    longer = replace(prompt, messages=(*prompt.messages[:-1], replace(last, content=f"{last.content} ")))
    assert key_at(ENDPOINT, prompt) == key_at(replace(ENDPOINT), replace(prompt))
    assert key_at(ENDPOINT, prompt) != key_at(ENDPOINT, longer)


def test_key_does_not_hang_on_the_order_in_which_determinants_are_told() -> None:
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})


def test_key_holds_the_day_since_templates_print_it() -> None:
    assert ApiBackend(ENDPOINT).cache_inputs(PROMPT)["day"] == dt.datetime.now().astimezone().date().isoformat()
    assert LocalBackend(SPEC).cache_inputs(PROMPT)["day"] == dt.datetime.now().astimezone().date().isoformat()
