from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from fixtures.miniature import CHECKPOINT
from fixtures.miniature.architecture import generation_config, model_config
from fixtures.miniature.special_tokens import SPECIAL_TOKENS

VOCABULARY = 1000
MEGABYTES = 8
FILES = {
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
}
IDS = {token: VOCABULARY - len(SPECIAL_TOKENS) + place for place, token in enumerate(SPECIAL_TOKENS)}


def read_json(name: str) -> dict[str, Any]:
    return json.loads((CHECKPOINT / name).read_text(encoding="utf-8"))


def test_checkpoint_is_small_enough_to_commit() -> None:
    sizes = {path.name: path.stat().st_size for path in CHECKPOINT.iterdir()}
    assert set(sizes) == FILES
    assert sum(sizes.values()) < MEGABYTES * 1_000_000


def test_configurations_are_the_ones_written_by_hand() -> None:
    assert read_json("config.json") == model_config(IDS, VOCABULARY)
    assert read_json("generation_config.json") == generation_config(IDS)


def test_rope_is_spelled_as_version_4_and_5_both_read_it() -> None:
    config = read_json("config.json")
    assert config["rope_theta"]
    assert config["rope_scaling"]["rope_type"] == "yarn"
    assert "rope_parameters" not in config


def test_generation_samples_and_stops_at_three_tokens() -> None:
    config = read_json("generation_config.json")
    assert config["do_sample"] is True
    assert config["eos_token_id"] == [IDS["<|return|>"], IDS["<|endoftext|>"], IDS["<|call|>"]]
    assert config["pad_token_id"] == IDS["<|endoftext|>"]
    assert config["bos_token_id"] == IDS["<|startoftext|>"]


def test_naming_the_checkpoint_imports_no_torch() -> None:
    code = "import sys, fixtures.miniature; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=CHECKPOINT.parents[2])
