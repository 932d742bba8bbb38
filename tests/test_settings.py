"""The command line's options are checked once, frozen, and refused in one sentence that says what to do."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from backends.errors import BackendError
from backends.models import GPT_OSS_20B
from fixtures.options import DEFAULT_CACHE, add_options
from fixtures.settings import read_settings

if TYPE_CHECKING:
    from fixtures.settings import Settings

ROOT = Path("/the/root/folder")


class _Config:
    """What `read_settings` asks of pytest's configuration, without a run."""

    rootpath = ROOT

    def __init__(self, *arguments: str) -> None:
        parser = pytest.Parser(_ispytest=True)
        add_options(parser.getgroup("conformance"))
        self._options = parser.parse(arguments)

    def getoption(self, name: str) -> Any:  # noqa: ANN401 - pytest's signature
        return getattr(self._options, name.removeprefix("--").replace("-", "_"))


def _settings(*arguments: str | Path) -> Settings:
    return read_settings(cast("pytest.Config", _Config(*map(str, arguments))))


def test_defaults_are_the_contracts() -> None:
    got = _settings()

    assert (got.sample_size, got.sample_seed, got.stratify) == (100, 42, "balanced")
    assert (got.dataset, got.policy.name, got.reasoning_effort) == ("bundled", "toxic_simple", "medium")
    assert (got.temperature, got.cache_dir, got.replay) == (0.0, ROOT / DEFAULT_CACHE, None)
    assert (got.model, got.providers, got.base_url, got.asked) == (None, (), None, False)


def test_every_option_of_the_contract_is_read(tmp_path: Path) -> None:
    got = _settings(
        *("--sample-size", "7", "--sample-seed", "1", "--stratify", "natural", "--policy", "toxic_detailed"),
        *("--model", "GPT_OSS_20B", "--dataset", "hub", "--provider", "groq", "--provider", "together"),
        *("--reasoning-effort", "low", "--max-new-tokens", "64", "--temperature", "0.5", "--cache-dir", tmp_path),
    )

    assert (got.sample_size, got.sample_seed, got.stratify, got.dataset) == (7, 1, "natural", "hub")
    assert got.model is not None
    assert (got.policy.name, got.model.id, got.providers) == ("toxic_detailed", GPT_OSS_20B, ("groq", "together"))
    assert (got.reasoning_effort, got.max_new_tokens, got.temperature) == ("low", 64, 0.5)
    assert got.cache_dir == tmp_path


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        _settings().sample_size = 3  # type: ignore[misc]


def test_provider_named_twice_is_one_subject() -> None:
    assert _settings("--provider", "groq", "--provider", "groq").providers == ("groq",)


def test_no_cache_keeps_nothing() -> None:
    assert _settings("--no-cache").cache_dir is None


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ((), False),
        (("--sample-size", "3"), False),
        (("--model", "GPT_OSS_20B"), True),
        (("--provider", "groq"), True),
        (("--base-url", "http://127.0.0.1:1/v1"), True),
    ],
    ids=str,
)
def test_naming_a_model_or_an_endpoint_is_asking_for_it(arguments: tuple[str, ...], asked: bool) -> None:  # noqa: FBT001 - a column of the table
    assert _settings(*arguments).asked is asked


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--sample-size", "0"), "--sample-size must be at least 1, not 0"),
        (("--sample-size", "-5"), "--sample-size must be at least 1, not -5"),
        (("--local-batch-size", "0"), "--local-batch-size must be at least 1, not 0"),
        (
            ("--local-rendering", "no dates"),
            "'no dates' is no form of the prompt: give words of date line, no date line",
        ),
        (("--local-rendering", "date line, no date line"), "'date line' and 'no date line' contradict each other"),
        (("--prompt-date", "yesterday"), "--prompt-date: give a date such as 20"),
        (("--prompt-date", "2025-08-05", "--api-from", "a.rec"), "--api-from knows the date of its prompts: leave out"),
        (("--temperature", "-1"), "temperature must be 0 or more, not -1"),
        (("--temperature", "nan"), "temperature must be 0 or more, not nan"),
        (("--temperature", "inf"), "temperature must be 0 or more, not inf"),
        (("--max-new-tokens", "0"), "max_new_tokens must be at least 1, not 0"),
        (("--policy", "no-such"), "There is no policy 'no-such': give one of toxic_detailed, toxic_simple"),
        (("--policy", "."), "There is no policy '.'"),
        (("--model", "no-such"), "There is no model 'no-such': give an alias"),
        (("--model", "/no/such"), "There is no model '/no/such'"),
        (("--base-url", "127.0.0.1:8000"), "--base-url must begin with http:// or https://"),
        (("--base-url", "ftp://host/v1"), "--base-url must begin with http:// or https://"),
        (("--base-url", "http://"), "'http://' names no server"),
        (("--base-url", "http:///v1"), "names no server"),
        (("--base-url", "http://host:port/v1"), "names no server"),
        (("--base-url", "http://host:99999/v1"), "names no server"),
        (("--base-url", "http://[::1/v1"), "names no server"),
        (("--base-url", "http://host/v1", "--provider", "groq"), "name two different API sides"),
        (("--api-model", "x"), "name the server with --base-url"),
        (("--cache-dir", "x", "--no-cache"), "contradict each other"),
        (("--replay", "x", "--model", "GPT_OSS_20B"), "--replay asks nobody"),
        (("--replay", "x", "--provider", "groq"), "--replay asks nobody"),
        (("--replay", "x", "--base-url", "http://host/v1"), "--replay asks nobody"),
        (("--record", "x", "--api-from", "y"), "--record keeps what a run asks, and --api-from asks nobody"),
        (("--record", "x", "--replay", "y"), "--replay judges its own answers: leave out --record"),
        (("--local-from", "x", "--replay", "y"), "--replay judges its own answers: leave out --local-from"),
        (("--api-from", "x", "--base-url", "http://host/v1"), "--api-from asks no server"),
        (("--api-from", "x", "--provider", "groq"), "--api-from asks no server"),
        (("--provider", "groq", "--model", "MINIATURE"), "MINIATURE is a folder on this machine"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistake_is_refused_in_a_sentence_that_names_it(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises((ValueError, BackendError)) as caught:
        _settings(*arguments)

    assert sentence in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/v1",
        "https://example.org",
        "http://localhost/v1/",
        "http://[::1]:8000/v1",
        "http://u:p@h/v1",
    ],
)
def test_address_of_a_server_is_taken_as_it_is(url: str) -> None:
    assert _settings("--base-url", url).base_url == url


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "is empty"), (b"  \n ", "is empty"), (b"\xff\xfe\x00", "cannot be read as UTF-8 text")],
    ids=["empty", "blank", "binary"],
)
def test_policy_file_that_holds_no_text_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "policy.md"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=sentence):
        _settings("--policy", path)


def test_prompt_holds_the_policy_the_text_and_the_settings() -> None:
    got = _settings("--temperature", "0.25", "--max-new-tokens", "9", "--reasoning-effort", "high").prompt("a text")

    assert [(message.role, message.content) for message in got.messages][-1] == ("user", "a text")
    assert _settings().policy.instructions in {message.content for message in got.messages}
    assert (got.sampling.temperature, got.max_new_tokens, got.reasoning_effort) == (0.25, 9, "high")


def test_local_reference_is_loaded_as_the_options_say() -> None:
    got = _settings("--local-attention", "eager", "--local-device", "cuda:1")

    assert (got.local_attention, got.local_device) == ("eager", "cuda:1")
    assert (_settings().local_attention, _settings().local_device) == (None, None)
    kernel = "kernels-community/vllm-flash-attn3"
    assert _settings("--local-attention", kernel).local_attention == kernel


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--local-attention", "eagre", "There is no attention implementation 'eagre': give one of eager, sdpa,"),
        ("--local-attention", "a/b/c", "There is no attention implementation 'a/b/c'"),
        ("--local-device", "gpu", "There is no device 'gpu': give auto, cpu, cuda, or cuda:N"),
        ("--local-device", "cuda:", "There is no device 'cuda:'"),
    ],
)
def test_unknown_attention_or_device_is_refused_in_one_sentence(option: str, value: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        _settings(option, value)
