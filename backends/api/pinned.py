"""Inference Providers where no provider is named: one is chosen at the start, and every request goes to that one.

The router would choose anew for each request, by speed or by price, and one run could judge several servers as if they
were one. That happens only where it is asked for by name, with the provider `auto`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from backends.errors import BackendError, BackendUnavailable, BackendUnreachable
from backends.secrets import redact

if TYPE_CHECKING:
    from backends.api.endpoint import Endpoint

#: What a provider is called that has the router choose anew for each request.
ROUTED = "auto"

#: How the router may be told behind a model's name to choose. Source: Hugging Face, "Inference Providers", "Provider
#: selection".
POLICIES = frozenset({ROUTED, "fastest", "cheapest", "preferred"})

#: Where the router is.
ROUTER_HOST = "router.huggingface.co"

#: Seconds that the Hub may take to tell who serves a model.
_TIMEOUT_S = 10.0

#: What is asked of a provider, and how the Hub calls one that works.
_TASK, _LIVE = "conversational", "live"


@dataclass(slots=True)
class PinnedEndpoint:
    """An endpoint whose provider is chosen when it is first needed.

    Attributes:
        unpinned: without a provider.
    """

    unpinned: Endpoint
    _chosen: Endpoint | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    @property
    def identity(self) -> str:
        """That of the provider's endpoint; where none can be chosen, nothing is answered that it could stand for."""
        try:
            self.check()
            return self.resolve().identity
        except BackendError:
            return self.unpinned.identity

    def check(self) -> None:
        """Raises BackendUnavailable where there is no token, or nobody who serves the model."""
        self.check_token()
        self.resolve()

    def check_token(self) -> None:
        """Raises BackendUnavailable where the environment lacks what requests say of who asks."""
        self.unpinned.check_token()

    def resolve(self) -> Endpoint:
        """Returns the endpoint of the first provider that serves the model, in the order that the Hub tells."""
        with self._lock:
            if self._chosen is None:
                self._chosen = replace(self.unpinned, provider=first_provider(self.unpinned))
            return self._chosen

    def describe(self) -> dict[str, Any]:
        """Returns what it is, for the report; before it is chosen, that it will be."""
        chosen = self._chosen
        if chosen is not None:
            return chosen.describe()
        return self.unpinned.describe() | {"endpoint": "the first provider that the Hub tells"}


def first_provider(endpoint: Endpoint) -> str:
    """Returns the first provider that serves an endpoint's model; the Hub tells them in the order of the account.

    Raises:
        BackendUnavailable, BackendUnreachable: there is none, or the Hub does not tell.
    """
    from huggingface_hub import HfApi  # noqa: PLC0415 - half a second that collecting tests must not pay

    try:
        info = HfApi(token=endpoint.who.key()).model_info(
            endpoint.model, expand=["inferenceProviderMapping"], timeout=_TIMEOUT_S
        )
    except Exception as error:
        said = redact(next(iter(str(error).strip().splitlines()), type(error).__name__))
        raise BackendUnreachable(
            f"The Hub does not tell which provider serves {endpoint.model} ({said}): name one with --provider."
        ) from error
    there = info.inference_provider_mapping or []
    live = [one.provider for one in there if one.task == _TASK and one.status == _LIVE]
    if not live:
        raise BackendUnavailable(f"No provider serves {endpoint.model} now: name a server with --base-url.")
    return str(live[0])
