"""Tells whether an error means that memory ran out, and gives back what can be given back."""

from __future__ import annotations

import gc
import sys

#: What torch says where memory runs out and the error is a plain RuntimeError: its allocator on a CPU (Linux and
#: macOS, Windows), and CUDA's libraries. Source: c10/core/impl/alloc_cpu.cpp and aten/src/ATen/cuda of PyTorch.
_SAYS = (
    "DefaultCPUAllocator: can't allocate memory",
    "DefaultCPUAllocator: not enough memory",
    "CUDA out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDA error: out of memory",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Returns whether `error` says that the memory of a GPU or of the machine did not suffice."""
    if isinstance(error, MemoryError):
        return True
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(said in str(error) for said in _SAYS)


def release_memory() -> None:
    """Returns the memory of what nobody refers to any more, on the GPU too."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
