"""The second attention computes what gpt-oss's own does, sinks and padding included."""

from __future__ import annotations

import pytest

from backends.checkpoints.spec import LocalSpec
from backends.local.attention import SINK_AS_KEY
from backends.local.generation import encode_prompt
from backends.local.loading import load_model
from backends.models import MINIATURE, resolve_model
from backends.prompt import make_prompt


@pytest.mark.embedded
def test_logits_are_those_of_eager_attention_with_padding_and_the_sinks_matter() -> None:
    import torch  # noqa: PLC0415 - heavy

    spec = {"model": resolve_model(MINIATURE).id, "is_path": True, "dtype": "float32", "device": "cpu"}
    eager, other = (load_model(LocalSpec(**spec, attention=name)) for name in ("eager", SINK_AS_KEY))  # type: ignore[arg-type]
    ids = [encode_prompt(eager, make_prompt(text)) for text in ("hi", "a long text " * 20)]
    batch = eager.tokenizer.pad({"input_ids": ids}, return_tensors="pt")
    seen = batch["attention_mask"].bool()

    with torch.inference_mode():
        expected, got = (loaded.model(**batch).logits[seen] for loaded in (eager, other))
        torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)
        for layer in other.model.model.layers:
            layer.self_attn.sinks.fill_(-100.0)
        assert (other.model(**batch).logits[seen] - expected).abs().max() > 0.01
