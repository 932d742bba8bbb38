"""Runs wire checks of `conformance` against a server, without a pytest of their own."""

from __future__ import annotations

import importlib
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.api.backend import ApiBackend
from backends.api.endpoint import Endpoint
from backends.checkpoints.spec import LocalSpec
from backends.dispatch.answer_store import AnswerStore
from backends.http_api import HttpApi
from backends.local.backend import LocalBackend
from backends.models import MINIATURE, resolve_model
from fixtures.servers import EmbeddedServer
from fixtures.session.run import Run
from fixtures.subjects.subject import Subject
from fixtures.toxicchat import draw_sample, load_examples
from fixtures.wire import Wire
from reports.checks import CheckId
from tests.places import ROOT
from tests.plain_settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONFORMANCE = ROOT / "conformance"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireCheck:
    """One wire check of `conformance`.

    Attributes:
        check_id: which claim it is about.
        id: such as `test_prompt.py::test_x[unicode]`.
        function: the test.
        case: its case, or None.
        exchanges: the calls that it declares.
        known: those of which it declares that it hangs on what the model knows.
        apis: through which it has a meaning.
        compares: True where it compares what one endpoint says through both.
    """

    check_id: CheckId
    id: str
    function: Callable[..., None]
    case: str | None
    exchanges: tuple[str, ...]
    known: frozenset[str]
    apis: tuple[HttpApi, ...] = tuple(HttpApi)
    compares: bool = False

    def run(self, wire: Wire) -> None:
        """Calls the test; it raises as it would under pytest."""
        self.function(wire, *(() if self.case is None else (self.case,)))


@cache
def wire_checks() -> dict[str, WireCheck]:
    """Returns all wire checks by id, in the order of files and lines."""
    return {check.id: check for path in sorted(CONFORMANCE.glob("test_*.py")) for check in _checks_of(path)}


def _checks_of(path: Path) -> Iterator[WireCheck]:
    module = importlib.import_module(f"conformance.{path.stem}")
    of_all = getattr(module, "pytestmark", [])
    for name, function in vars(module).items():
        marks = getattr(function, "pytestmark", [])
        if name.startswith("test_") and any(mark.name == "wire" for mark in marks):
            own = [*marks, *(of_all if isinstance(of_all, list) else [of_all])]
            only = tuple(api for mark in own if mark.name == "only_api" for api in mark.args)
            compares = any(mark.name == "both_apis" for mark in own)
            for check in _cases(f"{path.name}::{name}", function):
                yield replace(check, apis=only or tuple(HttpApi), compares=compares)


def checks_through(api: HttpApi) -> list[WireCheck]:
    """Returns the wire checks that have a meaning where an endpoint is asked through one API alone."""
    return [check for check in wire_checks().values() if api in check.apis and not check.compares]


def find_check(check_id: CheckId, case: str | None = None) -> WireCheck:
    """Returns the wire check of this id, and of this case where there are several."""
    (found,) = (one for one in wire_checks().values() if (one.check_id, one.case) == (check_id, case))
    return found


def _cases(name: str, function: Any) -> Iterator[WireCheck]:  # noqa: ANN401 - pytest does not publish the types
    (check_id,) = (CheckId(*mark.args) for mark in function.pytestmark if mark.name == "wire")
    known = frozenset(name for mark in function.pytestmark if mark.name == "knows" for name in mark.args)
    parametrized = [mark for mark in function.pytestmark if mark.name == "parametrize"]
    always = [name for mark in function.pytestmark if mark.name == "exchanges" for name in mark.args]
    if not parametrized:
        exchanges = tuple(dict.fromkeys(always))
        yield WireCheck(check_id=check_id, id=name, function=function, case=None, exchanges=exchanges, known=known)
        return
    for case in parametrized[0].args[1]:
        names = dict.fromkeys([*(name for mark in case.marks for name in mark.args), *always])
        yield WireCheck(
            check_id=check_id,
            id=f"{name}[{case.id}]",
            function=function,
            case=case.values[0],
            exchanges=tuple(names),
            known=known,
        )


@contextmanager
def wire_at(base_url: str, exchanges: tuple[str, ...], api: HttpApi = HttpApi.CHAT) -> Iterator[Wire]:
    """Makes these calls at a server that serves the miniature, and hands out their replies."""
    model = resolve_model(MINIATURE)
    sample = draw_sample(load_examples("bundled"), size=10, seed=1, stratify="balanced")
    subject = Subject(
        id="proxied",
        model=model.name,
        api=ApiBackend(Endpoint(model=model.id, base_url=base_url, api=api), max_attempts=2, first_wait_s=0.01),
        local=LocalBackend(LocalSpec(model=model.id, is_path=True)),
        policy=SETTINGS.policy.name,
        sample=sample,
        reference=model,
    )
    with tempfile.TemporaryDirectory() as folder:
        run = Run(
            settings=SETTINGS,
            subjects=(subject,),
            left_out=(),
            answer_store=AnswerStore(Path(folder)),
            server=EmbeddedServer(),
        )
        run.start((), [(subject.id, name) for name in exchanges])
        try:
            known = frozenset(name for check in wire_checks().values() for name in check.known)
            yield Wire(subject, frozenset(exchanges), run, known=known)
        finally:
            run.close(stop=True)
