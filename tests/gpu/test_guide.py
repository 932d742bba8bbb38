"""The guide's numbers are those of the code."""

from __future__ import annotations

import re

import pytest

from backends.checkpoints.architecture import KNOWN_ARCHITECTURES
from backends.memory.footprint import footprint
from backends.models import GPT_OSS_20B, GPT_OSS_120B
from tests.places import ROOT

GUIDE = (ROOT / "docs" / "gpu.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", [GPT_OSS_20B, GPT_OSS_120B])
@pytest.mark.parametrize(("form", "quantised"), [("MXFP4 by kernels", True), ("bfloat16", False)])
def test_memory_table_is_what_the_footprint_computes(model: str, form: str, *, quantised: bool) -> None:
    one, sixteen = (
        footprint(
            KNOWN_ARCHITECTURES[model], quantised=quantised, batch_size=size, context_tokens=1536, prompt_tokens=512
        )
        for size in (1, 16)
    )
    numbers = [one.weights_bytes, one.total_bytes, sixteen.total_bytes]
    cells = [model.partition("/")[2], form, *(f"{number / 1e9:.1f}" for number in numbers)]

    assert f"| {' | '.join(cells)} |" in GUIDE


def test_options_of_the_guide_exist() -> None:
    settings = (ROOT / "fixtures" / "config" / "options.py").read_text(encoding="utf-8")
    named = set(re.findall(r"--(?:local|noise)-[a-z-]+", GUIDE)) - {"--local-from"}

    assert named == {option for option in named if f'"{option}"' in settings}
    assert len(named) >= 5
