"""Credentials of the environment, and whatever is shaped like one, do not get past `redact`."""

from __future__ import annotations

import pytest

from backends.secrets import (
    SECRET_VARIABLES,
    access_token,
    keep_address_secret,
    keep_secret,
    redact,
    secret_variables,
    without_credentials,
    without_secrets,
)


@pytest.mark.parametrize("variable", SECRET_VARIABLES)
def test_every_known_variable_is_covered_at_every_place(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "my(secret)+word")
    text = "my(secret)+word at the start, Bearer my(secret)+word, my(secret)+wordmy(secret)+word"
    for cleared in (redact(text), without_secrets(text)):
        assert "secret" not in cleared
        assert cleared.count("[redacted]") == 4


def test_surrounding_white_space_of_a_variable_is_no_part_of_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", " my-secret-word\n")
    assert access_token() == "my-secret-word"
    assert redact("is my-secret-word here") == "is [redacted] here"


@pytest.mark.parametrize("value", ["", "  ", None])
def test_unset_or_blank_token_is_none(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    if value is not None:
        monkeypatch.setenv("HF_TOKEN", value)
    assert access_token() is None
    assert redact("plain text") == "plain text"


def test_secret_of_eight_characters_is_hidden_and_a_shorter_word_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "abcdefgh")
    assert redact("abcdefgh") == "[redacted]"
    monkeypatch.setenv("HF_TOKEN", "abcdefg")
    assert redact("abcdefg") == "abcdefg"


@pytest.mark.parametrize(
    "shape", ["hf_" + "a1B2" * 8, "sk-" + "a1B2-_" * 5, "sk-proj-" + "a1B2" * 8], ids=["hub", "long", "project"]
)
def test_text_shaped_like_a_token_is_hidden_wherever_it_came_from(shape: str) -> None:
    assert redact(f"it says {shape}.") == "it says [redacted]."
    assert without_secrets(shape) == shape


@pytest.mark.parametrize("text", ["Authorization: Bearer abcDEF123456.xyz789", "bearer abcDEF123456.xyz789=="])
def test_bearer_header_is_hidden(text: str) -> None:
    assert redact(text).lower().endswith("bearer [redacted]")


@pytest.mark.parametrize("text", ["the bearer certificates", "standard Bearer responsible", "hf_model", "sk-learn"])
def test_ordinary_words_stay(text: str) -> None:
    assert redact(text) == text


def test_variable_that_was_named_is_covered_in_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_HEADER", "Basic YW5uOnBhc3M=")
    assert redact("YW5uOnBhc3M=") == "YW5uOnBhc3M="
    keep_secret("MY_HEADER")
    assert "MY_HEADER" in secret_variables()
    assert redact("Basic YW5uOnBhc3M= and YW5uOnBhc3M=") == "[redacted] and [redacted]"


def test_credentials_in_an_address_are_covered_as_written_and_as_meant() -> None:
    keep_address_secret("http://ann:p%40ss-1@h/v1?key=4711%2Fabc&api-version=2024-02-01")
    for said in ("ann:p%40ss-1", "p%40ss-1", "p@ss-1", "4711%2Fabc", "4711/abc", "YW5uOnBAc3MtMQ=="):
        assert "[redacted]" in redact(f"so {said} it is"), said
    assert redact("ann, at 2024-02-01") == "ann, at 2024-02-01"


def test_credentials_of_a_proxy_are_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://ann:of-the-proxy@h:3128")
    assert redact("ann:of-the-proxy, of-the-proxy") == "[redacted], [redacted]"


@pytest.mark.parametrize("word", ["pass", "key", "12345", ""])
def test_word_of_any_text_is_not_replaced_for_standing_in_an_address(word: str) -> None:
    keep_address_secret(f"http://{word}@h/v1?key={word}")
    assert redact(f"so {word} it is") == f"so {word} it is"


def test_address_is_shown_without_credentials() -> None:
    shown = without_credentials("https://ann:pass@h:1/v1?key=k&api-version=2&flag#ann")
    assert shown == "https://h:1/v1?key=[redacted]&api-version=2&[redacted]"
