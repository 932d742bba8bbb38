"""What the lines of transformers are known to do otherwise, as strict expectations; docs/versions.md tells it."""

from __future__ import annotations

from typing import Any

#: What the committed checkpoint's generation config says, on every line.
_FROM_THE_CHECKPOINT: dict[str, Any] = {
    "bos_token_id": 990,
    "do_sample": True,
    "eos_token_id": [992, 991, 998],
    "pad_token_id": 991,
}

#: What a line fills in where the checkpoint says nothing, from its first release on. Seen by loading the miniature.
_FILLED_IN: tuple[tuple[tuple[int, int], dict[str, Any]], ...] = (
    (
        (4, 55),
        {
            "max_length": 20,
            "num_beams": 1,
            "repetition_penalty": 1.0,
            "temperature": 1.0,
            "top_k": 50,
            "top_p": 1.0,
            "use_cache": True,
        },
    ),
    (
        (5, 0),
        dict.fromkeys(
            ("max_length", "num_beams", "repetition_penalty", "temperature", "top_k", "top_p", "use_cache"), None
        ),
    ),
)

#: The values that are compared.
COMPARED = (*_FROM_THE_CHECKPOINT, *_FILLED_IN[0][1])


def generation_defaults(version: str) -> dict[str, Any]:
    """Returns the generation defaults of a loaded miniature that are known of a version of transformers."""
    major, minor = (int(part) for part in version.split(".")[:2])
    filled = [values for first, values in _FILLED_IN if first <= (major, minor)]
    return _FROM_THE_CHECKPOINT | filled[-1]
