"""A name is taken without regard to case, `-` and `_`, and a mistyped one is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.local.attention import read_attention
from backends.models import ALIASES, GPT_OSS_20B, resolve_model
from backends.near_names import did_you_mean, name_meant
from backends.system.device import read_device
from fixtures.config.names import one_of, read_providers
from fixtures.known_differences import load_known_differences
from fixtures.policies import load_policy
from fixtures.toxicchat import load_examples

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("toxic_simple", "toxic_detailed")

WAYS = ("GPT_OSS_20B", "gpt-oss-20b", "Gpt_Oss-20b", "openai/gpt-oss-20b", "OpenAI/GPT-OSS-20B", "openai/gpt_oss_20b")


@pytest.mark.parametrize("given", ["toxic_simple", "Toxic-Simple", " TOXIC_SIMPLE "])
def test_name_is_taken_without_regard_to_case_and_dashes(given: str) -> None:
    assert name_meant(given, NAMES) == "toxic_simple"


def test_other_name_is_none_and_asked_about_where_one_comes_close() -> None:
    assert name_meant("toxic", NAMES) is None
    assert did_you_mean("Toxic-Simpel", NAMES) == " Did you mean toxic_simple?"
    assert did_you_mean("weather", NAMES) == ""


@pytest.mark.parametrize("given", WAYS)
def test_model_is_taken_without_regard_to_case_and_dashes(given: str) -> None:
    assert resolve_model(given).id == GPT_OSS_20B


def test_revision_stays_as_it_is_and_other_ids_too() -> None:
    assert resolve_model("gpt-oss-20b@Refs-Pr-1").revision == "Refs-Pr-1"
    assert resolve_model("Some-Owner/My_Model").id == "Some-Owner/My_Model"


def test_folder_comes_before_a_name_that_is_only_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve_model("miniature-o200k").id == ALIASES["MINIATURE_O200K"]
    (tmp_path / "miniature-o200k").mkdir()
    (tmp_path / "miniature-o200k" / "config.json").write_text("{}")

    assert resolve_model("miniature-o200k").id == str(tmp_path.resolve() / "miniature-o200k")
    assert resolve_model("MINIATURE_O200K").id == ALIASES["MINIATURE_O200K"]


@pytest.mark.parametrize("alias", ALIASES)
def test_every_alias_is_taken_with_dashes(alias: str) -> None:
    assert resolve_model(alias.lower().replace("_", "-")) == resolve_model(alias)


def test_names_of_options_are_taken_so_too() -> None:
    assert load_policy("Toxic-Simple").name == "toxic_simple"
    assert load_known_differences("llama-cpp").name == "llama_cpp"
    assert load_examples("Bundled").name == "bundled/test"
    assert read_attention("Flash-Attention-2") == "flash_attention_2"
    assert read_device("CUDA:1") == "cuda:1"
    assert read_providers(["Groq", "groq", "fireworks_ai", "auto"]) == ("groq", "fireworks-ai", "auto")
    assert one_of(("llama-cpp", "vllm"))["type"]("Llama_CPP") == "llama-cpp"


def test_provider_that_nobody_knows_is_asked_about() -> None:
    with pytest.raises(ValueError, match=r"There is no provider 'grok' .* Did you mean groq\?"):
        read_providers(["grok"])
