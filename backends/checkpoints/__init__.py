"""A model's files: where they are, what they hold, and how this machine can compute with them.

A `LocalSpec` says which model is to be loaded and how. `find_checkpoint` brings its files from a folder or the Hub as a
`Checkpoint`, which tells whether they are whole; `explain` makes one sentence of whatever went wrong on the way. An
`Architecture` is the numbers of a `config.json`, `mxfp4_mode` says whether MXFP4 is computed with as it is stored, and
`kernels` what has to be installed for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.lazy_face import lazy_face

if TYPE_CHECKING:
    from backends.checkpoints.architecture import KNOWN_ARCHITECTURES, Architecture
    from backends.checkpoints.checkpoint import Checkpoint
    from backends.checkpoints.fetch_errors import explain
    from backends.checkpoints.hub import find_checkpoint
    from backends.checkpoints.mxfp4 import mxfp4_mode
    from backends.checkpoints.spec import LocalSpec
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "architecture": ("KNOWN_ARCHITECTURES", "Architecture"),
            "checkpoint": ("Checkpoint",),
            "fetch_errors": ("explain",),
            "hub": ("find_checkpoint",),
            "mxfp4": ("mxfp4_mode",),
            "spec": ("LocalSpec",),
        },
    )

__all__ = [
    "KNOWN_ARCHITECTURES",
    "Architecture",
    "Checkpoint",
    "LocalSpec",
    "explain",
    "find_checkpoint",
    "mxfp4_mode",
]
