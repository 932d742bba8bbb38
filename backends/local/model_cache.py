"""Holds the local model of this process, one at a time."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from backends.local.loading import load_model
from backends.system.out_of_memory import release_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backends.checkpoints.spec import LocalSpec
    from backends.local.loaded_model import LoadedModel
    from backends.memory.workload import Workload


class LocalModelCache:
    """Holds one loaded model per process.

    Asking for another one unloads the first. A model in use cannot be unloaded: `use` holds the lock for as long as
    the caller works with it, so threads that ask for different models take turns.

    Attributes:
        loads: how many models were loaded.
        largest_batch: of a model for which memory ran out, the most prompts of a batch ever since.
    """

    def __init__(self, load: Callable[[LocalSpec, Workload | None], LoadedModel] | None = None) -> None:
        self._load = load or load_model
        self._lock = threading.RLock()
        self._held: LoadedModel | None = None
        self.loads = 0
        self.largest_batch: dict[LocalSpec, int] = {}

    @contextmanager
    def use(self, spec: LocalSpec, workload: Workload | None = None) -> Iterator[LoadedModel]:
        """Yields the model that `spec` names, loading it if it is not the one held.

        Args:
            spec: what to load.
            workload: what it will be asked to hold, for which memory is looked for first.

        Raises:
            BackendUnavailable: it cannot be loaded; the message says why and what to do.
        """
        with self._lock:
            if self._held is None or self._held.spec != spec:
                self.unload()
                self._held = self._load(spec, workload)
                self.loads += 1
            yield self._held

    def unload(self) -> None:
        """Lets the held model go and returns its memory, on the GPU too."""
        with self._lock:
            if self._held is None:
                return
            self._held = None
            release_memory()


#: The cache of this process.
LOCAL_MODELS = LocalModelCache()
