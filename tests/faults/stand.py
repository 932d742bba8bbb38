"""A real server with a fault, or several."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from backends.models import digest_of_folder, resolve_model
from tests.faults.alteration import Alteration
from tests.faults.mended import MENDED
from tests.faults.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from tests.faults.catalogue import Fault
    from tests.faults.reply import ProxiedReply
    from tests.faults.request import ProxiedRequest
    from tests.faults.sse import Chunk

MINIATURE = Path(resolve_model("miniature").id)


class FaultyServer:
    """Stands in front of a running embedded server, in a `with` block, and shows the given faults together.

    Whatever model a client names is the miniature, or what the faults make of it.

    Args:
        upstream_base_url: of the embedded server.
        faults: none is a server without fault.
        port: to listen on; 0 is any free one.
        folder: keeps the changed checkpoints for the next server; None removes them at the end.
        mended: False leaves what the embedded server itself does otherwise.
    """

    def __init__(
        self,
        upstream_base_url: str,
        *faults: Fault,
        port: int = 0,
        folder: Path | None = None,
        mended: bool = True,
    ) -> None:
        self.model = str(MINIATURE)
        self.faults = faults
        self._folder = folder
        self._mended = mended
        self._proxy = Proxy(upstream_base_url, port=port)
        self._stack = ExitStack()

    @property
    def base_url(self) -> str:
        """The address under which `/chat/completions` lies."""
        return self._proxy.base_url

    @property
    def requests(self) -> list[ProxiedRequest]:
        """All requests so far, in the order in which they came."""
        return self._proxy.requests

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = self._folder or Path(stack.enter_context(TemporaryDirectory(prefix="conformance-faults-")))
            # The model is chosen and told around all that else is done, which need not know of it.
            own = [alteration for fault in self.faults for alteration in fault.alterations]
            self._proxy.alterations = [*self._mends(), _Served(_checkpoints(self.faults, folder)), *own]
            stack.enter_context(self._proxy)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def _mends(self) -> list[Alteration]:
        left = {name for fault in self.faults for name in fault.unmended}
        return [mend for name, mend in MENDED.items() if self._mended and name not in left]


@dataclass(frozen=True, slots=True)
class _Served(Alteration):
    """Asks for the checkpoint that answers a request, on every route, and tells the model that the client named."""

    choose: Callable[[ProxiedRequest], Path]

    def request(self, request: ProxiedRequest) -> None:
        if request.body is not None and "model" in request.body:
            request.body["model"] = str(self.choose(request))

    def response(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
        if isinstance(reply.body, dict):
            _restore(request, reply.body)

    def chunks(self, request: ProxiedRequest, chunks: list[Chunk]) -> list[Chunk]:
        for chunk in chunks:
            if isinstance(chunk, dict):
                _restore(request, chunk)
        return chunks


def _restore(request: ProxiedRequest, told: dict[str, Any]) -> None:
    """Puts the client's name of the model where the server's stands; what it adds, such as a revision, stays."""
    served, named = str((request.body or {}).get("model")), request.original.get("model")
    if isinstance(told.get("model"), str) and isinstance(named, str):
        told["model"] = told["model"].replace(served, named)


def _checkpoints(faults: Sequence[Fault], folder: Path) -> Callable[[ProxiedRequest], Path]:
    """Makes all checkpoints that the faults can need together; returns the choice among them."""
    changing = [fault for fault in faults if fault.checkpoint is not None]
    some = [fault for fault in changing if fault.concerns is not None]
    paths: dict[frozenset[str], Path] = {}
    for number in range(2 ** len(some)):
        left = {fault.id for bit, fault in enumerate(some) if number >> bit & 1}
        paths[frozenset(left)] = _made([fault for fault in changing if fault.id not in left], folder)

    def choose(request: ProxiedRequest) -> Path:
        return paths[frozenset(fault.id for fault in some if fault.concerns and not fault.concerns(request))]

    return choose


def _made(faults: Sequence[Fault], folder: Path) -> Path:
    """Returns the miniature with the changes of all `faults`, one upon the other, from `folder` where it is there."""
    source = MINIATURE
    for count, fault in enumerate(faults, start=1):
        target = folder / "+".join([_recipe(), *(before.id for before in faults[:count])])
        if not target.exists() and fault.checkpoint is not None:
            _make(fault.checkpoint, source, target)
        source = target
    return source


def _make(checkpoint: Callable[[Path, Path], None], source: Path, target: Path) -> None:
    """Makes a checkpoint that is whole as soon as it is there, also where another process makes the same one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=".making-") as making:
        made = Path(making) / "checkpoint"
        checkpoint(source, made)
        try:
            made.rename(target)
        except OSError:
            if not target.exists():
                raise


def _recipe() -> str:
    """Names the miniature and the code that changes it: what either made before it changed is not found again."""
    code = sorted(Path(__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in code))
    digest.update(digest_of_folder(MINIATURE).encode())
    return digest.hexdigest()[:12]
