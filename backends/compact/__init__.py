"""Checkpoints in compact form: what is kept of a model with gpt-oss's vocabulary, and how it becomes whole again.

Of the 201,088 tokens a small model knows a few thousand; all others share one row of its embeddings. A compact folder
holds the rows in use (`weights.safetensors`, see `weights_file`), the configuration files, and no tokenizer: that is
built by `tokenizer_file` from the vocabulary, which `vocabulary` finds on this machine. `expanded` makes a whole folder
of it, which every program reads, in the cache folder; `write_compact` goes the other way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.lazy_face import lazy_face

if TYPE_CHECKING:
    from backends.compact.expansion import COMPACT_WEIGHTS, expanded, is_compact_folder, served_name, whole_folder
    from backends.compact.tokenizer_file import tokenizer_json
    from backends.compact.weights_file import write_compact
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "expansion": ("COMPACT_WEIGHTS", "expanded", "is_compact_folder", "served_name", "whole_folder"),
            "tokenizer_file": ("tokenizer_json",),
            "weights_file": ("write_compact",),
        },
    )

__all__ = [
    "COMPACT_WEIGHTS",
    "expanded",
    "is_compact_folder",
    "served_name",
    "tokenizer_json",
    "whole_folder",
    "write_compact",
]
