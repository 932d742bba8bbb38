"""What is no text, no backend or no policy is said so, alone, and nobody is asked in its place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from backends import (
    Completion,
    Failure,
    FailureKind,
    InferenceBackend,
    InferenceSettings,
    NotAText,
    OutcomeKind,
    classify,
    get_model_response,
)
from backends.given import is_policy_name, no_text, read_backend, texts_of
from fixtures.policies import PolicyError, load_policy
from harmony_conformance import classify as classify_by_name
from tests.backends.scripted_server import Script, ScriptedServer, message

if TYPE_CHECKING:
    from collections.abc import Callable

    Serve = Callable[[Script], ScriptedServer]

MODEL = "owner/model"

BARE = "Answer 0 or 1."

#: Each with what the message calls it.
NO_TEXTS: dict[str, tuple[Any, str]] = {
    "nan": (math.nan, "nan at position 1 of the list is no text but a missing value"),
    "none": (None, "None at position 1 of the list is no text but None"),
    "bytes": (b"text", "b'text' at position 1 of the list is no text but bytes: decode it first"),
    "number": (7, "7 at position 1 of the list is no text but int"),
    "missing": (pd.NA, "<NA> at position 1 of the list is no text but NAType"),
    "list": (["a"], "['a'] at position 1 of the list is no text but list"),
}


@pytest.mark.parametrize("kind", NO_TEXTS)
def test_what_is_no_text_fails_alone(serve: Serve, kind: str) -> None:
    given, told = NO_TEXTS[kind]
    server = serve(lambda _: message(content="1"))
    settings = InferenceSettings(base_url=server.base_url)
    texts = ["a", given, *"bcdefgh"]

    outcomes = classify(texts, BARE, model=MODEL, settings=settings)
    answers = get_model_response(MODEL, texts, settings=settings)

    assert [one.label for one in outcomes] == [True, None, *[True] * 7]
    assert (outcomes[1].kind, outcomes[1].prompt) == (OutcomeKind.ERROR, None)
    assert outcomes[1].why.startswith(told)
    assert [type(one) for one in answers] == [Completion, Failure, *[Completion] * 7]
    assert isinstance(answers[1], Failure)
    assert (answers[1].kind, answers[1].attempts) == (FailureKind.NOT_A_TEXT, 0)
    assert len(server.calls) == 2 * 8


@pytest.mark.parametrize("given", [None, math.nan, b"text", 7, {"a": "b"}, pd.DataFrame({"text": ["a"]})])
def test_single_thing_that_is_no_text_is_an_error(serve: Serve, given: Any) -> None:  # noqa: ANN401 - whatever it is
    server = serve([])
    settings = InferenceSettings(base_url=server.base_url)

    outcome = classify(given, BARE, model=MODEL, settings=settings)

    assert (getattr(outcome, "kind", None), getattr(outcome, "label", 0)) == (OutcomeKind.ERROR, None)
    with pytest.raises(NotAText, match="is no text but"):
        get_model_response(MODEL, given, settings=settings)
    with pytest.raises(TypeError):
        get_model_response(MODEL, given, settings=settings)
    assert server.calls == []


def test_series_generator_and_texts_of_numpy_are_lists_of_texts() -> None:
    for given in (pd.Series(["a", "b"]), (one for one in "ab"), pd.Series(["a", "b"], dtype="string").to_numpy()):
        texts, single = texts_of(given)
        assert (list(texts), single) == (["a", "b"], False)
        assert [no_text(one) for one in texts] == [None, None]


def test_long_value_is_told_short() -> None:
    failure = no_text(["long"] * 1000)
    assert failure is not None
    assert len(failure.message) < 160


@pytest.mark.parametrize("name", ["local", "LOCAL", " Local ", InferenceBackend.LOCAL])
def test_backend_is_taken_by_its_name(name: str) -> None:
    assert read_backend(name) is InferenceBackend.LOCAL


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("locale", "There is no backend 'locale': give 'api' or 'local'. Did you mean local?"),
        ("gpu", "There is no backend 'gpu': give 'api' or 'local'."),
        (None, "There is no backend None: give 'api' or 'local'."),
    ],
)
def test_backend_that_is_none_is_refused_and_nobody_asked(serve: Serve, name: Any, told: str) -> None:  # noqa: ANN401 - whatever it is
    server = serve([])
    settings = InferenceSettings(base_url=server.base_url)

    for call in (
        lambda: get_model_response(MODEL, "a", settings=settings, backend=name),
        lambda: classify("a", BARE, model=MODEL, settings=settings, backend=name),
    ):
        with pytest.raises(ValueError, match="There is no backend") as caught:
            call()
        assert str(caught.value) == told
    assert server.calls == []


@pytest.mark.embedded
def test_local_by_its_name_asks_the_local_model_and_no_api() -> None:
    settings = InferenceSettings(max_new_tokens=2, device="cpu", dtype="float32", base_url="http://127.0.0.1:9/v1")

    answer = get_model_response("MINIATURE", "hello", settings=settings, backend="local")

    assert answer.latency_s is not None
    assert '"endpoint"' not in answer.raw


# Policies -------------------------------------------------------------------------------------------------------------


def test_name_of_a_policy_is_never_sent_as_its_text(serve: Serve) -> None:
    server = serve([])
    settings = InferenceSettings(base_url=server.base_url)

    with pytest.raises(ValueError, match=r"'toxic_simple' is a policy's name .* give load_policy\('toxic_simple'\)"):
        classify("a", "toxic_simple", model=MODEL, settings=settings)
    with pytest.raises(ValueError, match="The policy is empty"):
        classify("a", " ", model=MODEL, settings=settings)
    with pytest.raises(TypeError, match="for a policy there is classify"):
        get_model_response(MODEL, "a", load_policy("toxic_simple"), settings=settings)  # type: ignore[call-overload]
    assert server.calls == []


def test_package_finds_a_policy_by_its_name_or_its_file(serve: Serve, tmp_path: Any) -> None:  # noqa: ANN401 - a path
    own = tmp_path / "my policy.md"
    own.write_text("---\nlabels: {unsafe: 1, safe: 0}\n---\nSay safe or unsafe.")
    server = serve(lambda call: message(content="unsafe" if "unsafe" in str(call.body["messages"][0]) else "1"))
    settings = InferenceSettings(base_url=server.base_url)

    outcomes = [
        classify_by_name("a", policy, model=MODEL, settings=settings)
        for policy in ("toxic_simple", str(own), "Answer 0 or 1.", load_policy("toxic_simple"))
    ]

    assert [one.label for one in outcomes] == [True] * 4
    told = [call.body["messages"][0]["content"] for call in server.calls]
    instructions = load_policy("toxic_simple").instructions
    assert told == [instructions, "Say safe or unsafe.", "Answer 0 or 1.", instructions]


def test_package_refuses_a_name_that_stands_for_nothing(serve: Serve) -> None:
    server = serve([])

    with pytest.raises(PolicyError, match="There is no policy 'toxic_simpel'"):
        classify_by_name("a", "toxic_simpel", model=MODEL, settings=InferenceSettings(base_url=server.base_url))
    assert server.calls == []


@pytest.mark.parametrize(
    ("text", "named"),
    [("toxic_simple", True), ("a b.md", True), ("Answer 0 or 1.", False), ("Say 0 or 1\nas in a.md", False)],
)
def test_single_word_and_file_are_names(text: str, named: bool) -> None:  # noqa: FBT001 - a case
    assert is_policy_name(text) is named
