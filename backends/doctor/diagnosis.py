"""All topics, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from backends.checkpoints.architecture import KNOWN_ARCHITECTURES
from backends.doctor.cached import hub_cache
from backends.doctor.check_result import Line, State, look
from backends.doctor.embedded import examine_embedded
from backends.doctor.hardware import examine_gpus, examine_kernels, examine_memory
from backends.doctor.hub import examine_dataset, examine_hub, examine_token, read_pin
from backends.doctor.libraries import examine_base, examine_local, examine_python
from backends.doctor.models import examine_model, short_name

#: The checkout, whose files say what was tested and what is needed.
ROOT = Path(__file__).resolve().parents[2]


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
class Examination:
    """What was found."""

    lines: tuple[Line, ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        """The kinds of run, the easiest first."""
        base = self._in_the_way("Python", "libraries")
        models = self._models()
        return (
            Run(
                name="embedded default",
                command='pytest conformance -m "not gpu"',
                lacks=base + self._in_the_way("local side", "embedded"),
            ),
            Run(
                name="a server of yours (-m wire, --local-from)",
                command="pytest conformance --base-url URL",
                lacks=base,
            ),
            Run(
                name="Inference Providers",
                command="pytest conformance --provider NAME",
                lacks=base + self._in_the_way("token", "Hub", notes=True),
            ),
            Run(
                name=f"real model here{models and ': ' + models}",
                command="pytest conformance -m gpu",
                lacks=base + (self._in_the_way("local side", "GPU") or (() if models else self._without_models())),
            ),
        )

    def _in_the_way(self, *topics: str, notes: bool = False) -> tuple[str, ...]:
        """Returns those of the topics that keep a run from starting; `notes` count as well where it needs them good."""
        bad = {State.NO, State.NOTE} if notes else {State.NO}
        return tuple(line.topic for line in self.lines if line.topic in topics and line.state in bad)

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


def examine(root: Path = ROOT) -> Examination:
    """Looks at every topic; each costs its own line alone, whatever goes wrong."""
    return Examination(
        (
            look("Python", lambda: examine_python(root)),
            look("libraries", lambda: examine_base(root)),
            look("local side", lambda: examine_local(root)),
            look("memory", lambda: examine_memory(hub_cache())),
            look("GPU", examine_gpus),
            look("MXFP4", examine_kernels),
            *(_look_for(model) for model in KNOWN_ARCHITECTURES),
            look("token", examine_token),
            look("Hub", lambda: examine_hub(read_pin(root))),
            look("data set", lambda: examine_dataset(read_pin(root))),
            look("embedded", lambda: examine_embedded(root)),
        )
    )


def _look_for(model: str) -> Line:
    return look(short_name(model), lambda: examine_model(model, hub_cache()))
