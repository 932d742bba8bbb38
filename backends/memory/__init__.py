"""How much memory a model needs, and whether this machine has it.

A `Footprint` is computed from the numbers of an architecture before anything is loaded, for a `Workload`: the largest
batch and the longest prompt with its answer. `fits` compares it with GPUs, `cheapest_remedy` says what would help, and
`requirement` refuses what cannot fit with one sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.lazy_face import lazy_face

if TYPE_CHECKING:
    from backends.memory.fitting import Remedy, cheapest_remedy, fits
    from backends.memory.footprint import Footprint
    from backends.memory.workload import Workload
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "fitting": ("Remedy", "cheapest_remedy", "fits"),
            "footprint": ("Footprint",),
            "workload": ("Workload",),
        },
    )

__all__ = [
    "Footprint",
    "Remedy",
    "Workload",
    "cheapest_remedy",
    "fits",
]
