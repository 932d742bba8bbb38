"""What this machine has: devices, memory, disk, and the versions of libraries, asked without importing torch.

`gpus`, `memory` and `cuda_device_count` ask the drivers, `installed_version` asks the distributions' metadata,
`is_cuda` and `require_device` say what the name of a device means here. `import_transformers` is the one place where
the heavy library is imported, and `is_out_of_memory` tells a lack of memory from other errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.lazy_face import lazy_face

if TYPE_CHECKING:
    from backends.system.device import is_cuda, require_device
    from backends.system.hardware import Gpu, cuda_device_count, gpus, memory
    from backends.system.lazy_import import import_transformers
    from backends.system.out_of_memory import is_out_of_memory
    from backends.system.versions import installed_version
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "device": ("is_cuda", "require_device"),
            "hardware": ("Gpu", "cuda_device_count", "gpus", "memory"),
            "lazy_import": ("import_transformers",),
            "out_of_memory": ("is_out_of_memory",),
            "versions": ("installed_version",),
        },
    )

__all__ = [
    "Gpu",
    "cuda_device_count",
    "gpus",
    "import_transformers",
    "installed_version",
    "is_cuda",
    "is_out_of_memory",
    "memory",
    "require_device",
]
