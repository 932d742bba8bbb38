"""The model in this process: loaded with transformers, and asked in batches.

`LocalBackend` answers `Prompt`s, and `ScoringBackend` says what the same model holds of an answer that somebody else
gave. `loading` brings the model that a `LocalSpec` names, `LocalModelCache` holds one at a time, `batching` puts
prompts together, `halving` halves a batch where memory runs out, `generation` writes and reads the text with
`backends.harmony`, `reading` reads prompt and answer in one forward pass, `scoring` sums that up, and `load_info` tells
what only the loading could. torch and transformers are imported when a model is first needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.lazy_face import lazy_face

if TYPE_CHECKING:
    from backends.local.backend import LocalBackend
    from backends.local.loaded_model import LoadedModel
    from backends.local.model_cache import LOCAL_MODELS, LocalModelCache
    from backends.local.scoring_backend import ScoringBackend
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "backend": ("LocalBackend",),
            "loaded_model": ("LoadedModel",),
            "model_cache": ("LOCAL_MODELS", "LocalModelCache"),
            "scoring_backend": ("ScoringBackend",),
        },
    )

__all__ = [
    "LOCAL_MODELS",
    "LoadedModel",
    "LocalBackend",
    "LocalModelCache",
    "ScoringBackend",
]
