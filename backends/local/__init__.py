"""The model in this process: loaded with transformers, and asked in batches.

`LocalBackend` answers `Prompt`s. `loading` brings the model that a `LocalSpec` names, `LocalModelCache` holds one at a
time, `batching` halves a batch where memory runs out, `generation` writes and reads the text with `backends.harmony`,
and `load_info` tells what only the loading could. torch and transformers are imported when a model is first needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.lazy_face import lazy_face

if TYPE_CHECKING:
    from backends.local.backend import LocalBackend
    from backends.local.loaded_model import LoadedModel
    from backends.local.model_cache import LOCAL_MODELS, LocalModelCache
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "backend": ("LocalBackend",),
            "loaded_model": ("LoadedModel",),
            "model_cache": ("LOCAL_MODELS", "LocalModelCache"),
        },
    )

__all__ = [
    "LOCAL_MODELS",
    "LoadedModel",
    "LocalBackend",
    "LocalModelCache",
]
