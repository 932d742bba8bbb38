"""What each known model needs, against what is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.checkpoints.architecture import KNOWN_ARCHITECTURES
from backends.checkpoints.kernels import MXFP4_CAPABILITY
from backends.doctor.cached import CacheEntry, Stored, find_model
from backends.doctor.check_result import CheckResult, Status
from backends.doctor.hardware import lacking
from backends.local.backend import DEFAULT_BATCH_SIZE
from backends.memory.fitting import Remedy, cheapest_remedy, gigabytes, largest_batch
from backends.memory.footprint import DEFAULT_PROMPT_TOKENS, Footprint, footprint
from backends.prompt import DEFAULT_MAX_NEW_TOKENS
from backends.system.hardware import free_disk_bytes, gpus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from backends.system.hardware import Gpu


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a model finds on this machine.

    Attributes:
        gpus: those that it may use.
        kernels: True where the libraries that MXFP4 needs are installed.
        entry: how much of the model is in the cache.
        disk: bytes that are free for the rest; None where nobody knows.
    """

    gpus: Sequence[Gpu]
    kernels: bool
    entry: CacheEntry
    disk: int | None

    @property
    def quantised(self) -> bool:
        """True where the model would run in MXFP4."""
        return self.kernels and all(gpu.capability >= MXFP4_CAPABILITY for gpu in self.gpus)


def need_of(model: str, *, quantised: bool) -> Footprint:
    """Returns what a known model needs for a run with the default options."""
    return footprint(
        KNOWN_ARCHITECTURES[model],
        quantised=quantised,
        batch_size=DEFAULT_BATCH_SIZE,
        context_tokens=DEFAULT_PROMPT_TOKENS + DEFAULT_MAX_NEW_TOKENS,
    )


def judge_model(model: str, place: Place) -> CheckResult:
    """Says whether a model can be the local side here, and if not, what would help."""
    stored, plain = need_of(model, quantised=True), need_of(model, quantised=False)
    numbers = f"{gigabytes(stored.total_bytes)} MXFP4, {gigabytes(plain.total_bytes)} bfloat16"
    need = stored if place.quantised else plain
    topic = short_name(model)
    if not place.gpus:
        text = f"{numbers}; {place.entry.stored}; no GPU"
        return CheckResult(topic=topic, status=Status.ERROR, text=text, remedy="--local-from FILE")
    batch = largest_batch(need, place.gpus)
    if not batch:
        text = f"{numbers}; too much; {place.entry.stored}"
        return CheckResult(
            topic=topic, status=Status.ERROR, text=text, remedy=_described(cheapest_remedy(need, place.gpus))
        )
    smaller = "" if batch == need.batch_size else f" with --local-batch-size {batch}"
    ways = [f"{gigabytes(stored.total_bytes)} MXFP4", f"{gigabytes(plain.total_bytes)} bfloat16"]
    used, other = ways if place.quantised else reversed(ways)
    text = f"fits{smaller}: {used} ({other}); {place.entry}"
    if place.entry.stored is Stored.WHOLE:
        return CheckResult(topic=topic, status=Status.OK, text=text)
    if place.disk is not None and place.disk < stored.weights_bytes:
        short = f"make room: {gigabytes(stored.weights_bytes)} are to be fetched, or set HF_HOME to a larger disk"
        return CheckResult(topic=topic, status=Status.ERROR, text=text, remedy=short)
    # The repositories hold the weights in other forms too, in folders.
    fetch = f"hf download {model} --exclude '*/*' ({gigabytes(stored.weights_bytes)})"
    return CheckResult(topic=topic, status=Status.NOTE, text=text, remedy=fetch)


def _described(remedy: Remedy) -> str:
    if not remedy.batch_size:
        return f"--local-from FILE, or GPUs with {gigabytes(remedy.least_bytes)}"
    steps = ["see MXFP4"] * remedy.kernels + ["end other programs on the GPU"] * remedy.emptied
    return " and ".join(steps)


def short_name(model: str) -> str:
    """Returns a model's name without what all of them share."""
    return model.partition("/")[2].replace("gpt-oss-safeguard", "safeguard")


def check_model(model: str, cache: Path) -> CheckResult:
    """Looks for a model in the cache, and for the memory that it needs."""
    return judge_model(
        model,
        Place(gpus=gpus(), kernels=not lacking(), entry=find_model(model, cache), disk=free_disk_bytes(cache)),
    )
