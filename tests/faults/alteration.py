"""What may be done to a request and its reply on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.reply import ProxiedReply
    from tests.faults.request import ProxiedRequest
    from tests.faults.sse import Chunk


class Alteration:
    """Changes nothing. Subclasses override what they change.

    A proxy calls each hook of all its alterations in their order before it calls the next hook, for every request,
    whatever its path. Hooks run on the proxy's event loop: they must not wait. One that raises makes the reply a 500,
    and the proxy's `with` block raise.
    """

    def request(self, request: ProxiedRequest) -> None:
        """Edits the body and the headers that the server will be sent."""

    def reply(self, request: ProxiedRequest) -> ProxiedReply | None:  # noqa: ARG002 - for those that override it
        """Answers in the server's place; the first alteration that does so wins. None leaves it to the server.

        Such a reply passes the following hooks as the server's would.
        """
        return None

    def head(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
        """Edits status and headers of any reply, or sets where it breaks; a server's body has not come yet."""

    def response(self, request: ProxiedRequest, reply: ProxiedReply) -> None:
        """Edits an unstreamed reply whose body is a JSON object, an error's included."""

    def chunks(self, request: ProxiedRequest, chunks: list[Chunk]) -> list[Chunk]:  # noqa: ARG002 - as above
        """Edits the events of a streamed reply and returns those to send. The stream waits for it until it is whole."""
        return chunks

    @property
    def edits_chunks(self) -> bool:
        """True where streams must be held back for `chunks`."""
        return type(self).chunks is not Alteration.chunks
