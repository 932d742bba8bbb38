"""One text gives one result and a list gives a list in its order, without torch where only an API is asked."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from backends import (
    BackendUnavailable,
    BackendUnreachable,
    Completion,
    Failure,
    FailureKind,
    InferenceBackend,
    InferenceSettings,
    OutcomeKind,
    ServerFailed,
    classify,
    get_model_response,
)
from backends.api.backend import ApiBackend
from backends.inference import make_backend
from backends.local.backend import LocalBackend
from fixtures.policies import load_policy
from tests.backends.scripted_server import Call, Reply, Script, ScriptedServer, message
from tests.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Serve = Callable[[Script], ScriptedServer]

MODEL = "owner/model"

BARE = "Answer 0 or 1."


def at(server: ScriptedServer, **options: object) -> InferenceSettings:
    return InferenceSettings(base_url=server.base_url, **options)  # type: ignore[arg-type]  # any of its fields


def echo_late(call: Call) -> Reply:
    """The later a text comes in the alphabet, the sooner its answer: order cannot come from arrival."""
    time.sleep(0.01 * (ord("z") - ord(call.text[0])) / 10)
    return message(content=call.text.upper())


def test_single_text_gives_a_completion(serve: Serve) -> None:
    server = serve([message(content="fine", reasoning="hm")])
    answer = get_model_response(MODEL, "how are you?", "be brief", settings=at(server))
    assert isinstance(answer, Completion)
    assert (answer.content, answer.reasoning) == ("fine", "hm")
    assert server.calls[0].body["messages"] == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "how are you?"},
    ]
    assert server.calls[0].body["model"] == MODEL


@pytest.mark.parametrize("wrap", [list, tuple])
def test_several_texts_give_a_list_in_their_order(serve: Serve, wrap: Callable[[str], list[str]]) -> None:
    texts = wrap("hgfedcbaabc")
    answers = get_model_response(MODEL, texts, settings=at(serve(echo_late)))
    assert [getattr(answer, "content", None) for answer in answers] == [text.upper() for text in texts]


def test_list_of_one_text_gives_a_list_and_no_text_gives_an_empty_one(serve: Serve) -> None:
    server = serve([message(content="1")])
    assert len(get_model_response(MODEL, ["one"], settings=at(server))) == 1
    assert get_model_response(MODEL, [], settings=at(server)) == []
    assert classify([], BARE, settings=at(server)) == []


def test_failure_stands_in_a_list_and_is_raised_for_a_single_text(serve: Serve) -> None:
    server = serve(lambda call: Reply(status=500, body=b"oh") if call.text == "bad" else message(content="1"))
    good, bad = get_model_response(MODEL, ["good", "bad"], settings=at(server))
    assert isinstance(good, Completion)
    assert isinstance(bad, Failure)
    with pytest.raises(ServerFailed, match="500: oh") as caught:
        get_model_response(MODEL, "bad", settings=at(server))
    assert (caught.value.kind, caught.value.status, caught.value.attempts) == (FailureKind.SERVER, 500, 1)


def test_settings_reach_the_request(serve: Serve) -> None:
    server = serve([message(content="1")])
    settings = at(
        server, reasoning_effort="high", temperature=0.3, top_p=0.8, seed=3, max_new_tokens=9, api_model="served-name"
    )
    get_model_response(MODEL, "hello", settings=settings)
    names = ("reasoning_effort", "temperature", "top_p", "seed", "max_tokens", "model")
    assert tuple(server.calls[0].body[name] for name in names) == ("high", 0.3, 0.8, 3, 9, "served-name")


@pytest.mark.parametrize("policy", ["Answer 0 or 1.", load_policy("toxic_simple")], ids=["text", "policy"])
def test_classify_reads_labels_under_a_policy_or_its_bare_text(serve: Serve, policy: object) -> None:
    server = serve(lambda call: message(content={"a": "1", "b": " **0**", "c": "well"}[call.text]))
    outcomes = classify(["a", "b", "c"], policy, settings=at(server))  # type: ignore[call-overload]  # either kind
    assert [outcome.label for outcome in outcomes] == [True, False, None]
    assert [outcome.kind for outcome in outcomes][2] is OutcomeKind.UNREADABLE
    assert outcomes[0].prompt.messages[0].content == getattr(policy, "instructions", policy)
    assert [call.body["messages"][0]["role"] for call in server.calls] == ["system"] * 3


def test_classify_gives_one_outcome_for_one_text_and_an_error_where_none_came(serve: Serve) -> None:
    server = serve([message(content="1"), Reply(status=400, body=b"no")])
    outcome = classify("text", BARE, settings=at(server))
    assert (outcome.kind, outcome.label) == (OutcomeKind.LABEL, True)
    failed = classify("text", BARE, settings=at(server))
    assert (failed.kind, failed.label) == (OutcomeKind.ERROR, None)


def test_dead_port_is_told_within_seconds(dead_url: str) -> None:
    started = time.monotonic()
    settings = InferenceSettings(base_url=dead_url)
    with pytest.raises(BackendUnreachable, match="Is the server running"):
        get_model_response(MODEL, "hello", settings=settings)
    assert classify(["a", "b"], BARE, settings=settings)[1].kind is OutcomeKind.ERROR
    assert time.monotonic() - started < 10


def test_missing_token_is_named_and_nothing_is_asked() -> None:
    with pytest.raises(BackendUnavailable, match="HF_TOKEN"):
        get_model_response("GPT_OSS_20B", "hello")
    (outcome,) = classify(["hello"], BARE)
    assert outcome.kind is OutcomeKind.ERROR
    assert "HF_TOKEN" in outcome.why


def test_cache_folder_spares_the_second_request(serve: Serve, tmp_path: Path) -> None:
    server = serve([message(content="1"), message(content="0")])
    settings = at(server, cache_dir=tmp_path / "cache")
    first, second = (get_model_response(MODEL, "hello", settings=settings) for _ in range(2))
    assert (first.content, first.cached, second.content, second.cached) == ("1", False, "1", True)
    assert get_model_response(MODEL, "other", settings=settings).content == "0"
    assert len(server.calls) == 2


def test_backend_is_made_of_the_names_given(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    settings = InferenceSettings(dtype="float32", device="cpu", base_url="http://127.0.0.1:1/v1", api_model="x")
    local = make_backend(str(tmp_path), settings, InferenceBackend.LOCAL)
    assert isinstance(local, LocalBackend)
    assert (local.spec.model, local.spec.is_path, local.spec.dtype, local.spec.device) == (
        str(tmp_path.resolve()),
        True,
        "float32",
        "cpu",
    )
    api = make_backend("gpt_oss_20b", settings, InferenceBackend.API)
    assert isinstance(api, ApiBackend)
    assert api.describe() == {"endpoint": "http://127.0.0.1:1/v1", "model": "x", "provider": None}
    with pytest.raises(BackendUnavailable, match="base_url"):
        make_backend(str(tmp_path), InferenceSettings(), InferenceBackend.API)


WITHOUT_TORCH = """
import importlib.abc, json, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "tokenizers"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from backends import InferenceBackend, InferenceSettings, classify
settings = InferenceSettings(base_url=sys.argv[1])
outcomes = classify(["one", "two"], "Answer 0 or 1.", model="owner/model", settings=settings)
print(json.dumps([outcome.label for outcome in outcomes]))
assert not {"torch", "transformers", "tokenizers", "pytest"} & set(sys.modules)
"""


def test_api_only_callers_need_no_torch(serve: Serve) -> None:
    server = serve(lambda call: message(content="1" if call.text == "one" else "0"))
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, server.base_url], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, False]


def test_import_of_the_room_loads_no_heavy_library() -> None:
    code = "import backends, sys; print(sorted({'torch', 'transformers', 'datasets', 'pytest'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
