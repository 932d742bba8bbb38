"""One raw HTTP call to an endpoint, made to look at a claim.

A `Prompt` says all that determines an answer and goes out through a client. A `RawCall` says what stands in one
request body, field by field, and the `RawReply` to it what stood in the response: a missing field and a null one are
two different things there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from backends.api.endpoint import Endpoint, chat_body
from backends.api.responses_request import RESPONSES_ROUTE, UNSTREAMED, responses_request
from backends.http_api import HttpApi

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply
    from backends.prompt import Prompt

CHAT_ROUTE = "chat/completions"
COMPLETIONS_ROUTE = "completions"

#: Fields to set in a request body; None takes a field out.
Changes: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCall:
    """One request, by name.

    Attributes:
        name: ASCII, unique in a run.
        prompt: what the body says, in the words of the whole suite.
        changes: fields that the body says otherwise. `stream` at None leaves it to the server whether it streams.
        route: below the base URL; `CHAT_ROUTE` stands for the route of whichever API the endpoint is asked through.
        exclusive: True where no other request of this run may be under way at the same time.
        batch: calls of the same batch go out at once; None for no batch.
        depends_on: name of the call whose reply `build` needs.
        build: returns further changes, from the reply to `depends_on`, or the reason why the call makes no sense.
        reusable: True where an earlier call with the very same body may answer for this one.
    """

    name: str
    prompt: Prompt
    changes: Changes = field(default_factory=dict)
    route: str = CHAT_ROUTE
    exclusive: bool = False
    batch: str | None = None
    depends_on: str | None = None
    build: Callable[[ParsedReply], Changes | str] | None = None
    reusable: bool = False

    @property
    def digest(self) -> str:
        """A hexadecimal name of what is asked, equal on every machine; what follows from a reply is not in it."""
        asked = [self.prompt.as_dict(), dict(self.changes), self.route, self.depends_on]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    def route_at(self, endpoint: Endpoint) -> str:
        """Returns the route below the base URL of `endpoint`."""
        return RESPONSES_ROUTE if self._is_translated(endpoint) else self.route

    def body(self, endpoint: Endpoint, further: Changes | None = None) -> dict[str, Any]:
        """Returns the request body for `endpoint`, as plain data, in the words of the API that it is asked through.

        Raises:
            UnsayableError: it has a field for which that API has no words.
        """
        changes = {**self.changes, **(further or {})}
        body = chat_body(endpoint, self.prompt, changes)
        if not self._is_translated(endpoint):
            return endpoint.with_more(body)
        return endpoint.with_more(({} if "stream" in changes else dict(UNSTREAMED)) | responses_request(body))

    def _is_translated(self, endpoint: Endpoint) -> bool:
        return self.route == CHAT_ROUTE and endpoint.api is HttpApi.RESPONSES
