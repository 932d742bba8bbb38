"""All topics, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.checkpoints.architecture import KNOWN_ARCHITECTURES
from backends.doctor.cached import hub_cache
from backends.doctor.check_result import CheckResult, Status, run_check
from backends.doctor.embedded import check_embedded
from backends.doctor.endpoint import check_endpoint
from backends.doctor.hardware import check_gpus, check_kernels, check_memory
from backends.doctor.hub import check_dataset, check_hub, check_token, read_pin
from backends.doctor.libraries import check_base, check_llama_cpp, check_local, check_python, check_suite
from backends.doctor.models import check_model, short_name
from backends.installation import ROOT, suite_command

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A kind of run.

    Attributes:
        name: what it is.
        command: how it is started.
        lacks: the topics that keep it from running; none where it can.
    """

    name: str
    command: str
    lacks: tuple[str, ...]

    @property
    def possible(self) -> bool:
        """True where nothing is lacking."""
        return not self.lacks


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found."""

    lines: tuple[CheckResult, ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        """The kinds of run, the easiest first."""
        suite = suite_command()
        base = self._in_the_way("Python", "libraries")
        models = self._models()
        return (
            Run(
                name="embedded default",
                command=f'{suite} -m "not gpu"',
                lacks=base + self._in_the_way("local side", "embedded"),
            ),
            Run(
                name="a server of yours (-m wire, --local-from)",
                command=f"{suite} --base-url URL",
                lacks=base + self._in_the_way("endpoint"),
            ),
            Run(
                name="Inference Providers",
                command=f"{suite} --provider NAME",
                lacks=base + self._in_the_way("token", "Hub", notes=True),
            ),
            Run(
                name=f"real model here{models and ': ' + models}",
                command=f"{suite} -m gpu",
                lacks=base + (self._in_the_way("local side", "GPU") or (() if models else self._without_models())),
            ),
        )

    def _in_the_way(self, *topics: str, notes: bool = False) -> tuple[str, ...]:
        """Returns those of the topics that keep a run from starting; `notes` count as well where it needs them good."""
        bad = {Status.ERROR, Status.NOTE} if notes else {Status.ERROR}
        return tuple(line.topic for line in self.lines if line.topic in topics and line.status in bad)

    def _models(self) -> str:
        """Returns the models that fit and are here or can be fetched, as text."""
        fetchable = not self._in_the_way("Hub", notes=True)
        names = [short_name(model) for model in KNOWN_ARCHITECTURES]
        return ", ".join(name for name in names if not self._in_the_way(name, notes=not fetchable))

    def _without_models(self) -> tuple[str, ...]:
        """Returns what keeps the smallest model from running on the GPU that is there."""
        return self._in_the_way(short_name(next(iter(KNOWN_ARCHITECTURES)))) or ("Hub",)

    @property
    def exit_status(self) -> int:
        """0 where any kind of run is possible, else 1."""
        return 0 if any(run.possible for run in self.runs) else 1


def diagnose(root: Path = ROOT, base_url: str | None = None) -> Diagnosis:
    """Checks every topic; each costs its own line alone, whatever goes wrong.

    Args:
        root: whose files say what was tested and what is needed.
        base_url: of an endpoint that is asked too.
    """
    return Diagnosis(
        (
            run_check("suite", check_suite),
            run_check("Python", lambda: check_python(root)),
            run_check("libraries", lambda: check_base(root)),
            run_check("local side", lambda: check_local(root)),
            run_check("memory", lambda: check_memory(hub_cache())),
            run_check("GPU", check_gpus),
            run_check("MXFP4", check_kernels),
            *(_look_for(model) for model in KNOWN_ARCHITECTURES),
            run_check("token", check_token),
            run_check("Hub", lambda: check_hub(read_pin(root))),
            run_check("data set", lambda: check_dataset(read_pin(root))),
            run_check("embedded", lambda: check_embedded(root)),
            run_check("llama.cpp", check_llama_cpp),
            *_look_at_endpoint(base_url),
        )
    )


def _look_at_endpoint(base_url: str | None) -> tuple[CheckResult, ...]:
    return () if base_url is None else (run_check("endpoint", lambda: check_endpoint(base_url)),)


def _look_for(model: str) -> CheckResult:
    return run_check(short_name(model), lambda: check_model(model, hub_cache()))
