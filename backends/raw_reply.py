"""A raw reply: what came back for a raw call, field by field as it stood on the wire, not parsed yet."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """What came back for a raw call, whatever its status; all of it free of credentials.

    Attributes:
        status: the HTTP status.
        headers: the telling ones, lower case.
        body: the response's body as text; None where none came.
        request: the request's body as text.
        attempts: requests sent, 1 for the first.
    """

    status: int
    headers: Mapping[str, str] = field(hash=False)
    body: str | None
    request: str
    attempts: int = 1

    @property
    def evidence(self) -> str:
        """The exchange as JSON text, as it stands in recordings and reports."""
        return json.dumps(
            {"request": self.request, "status": self.status, "headers": dict(self.headers), "response": self.body}
        )

    @classmethod
    def from_evidence(cls, evidence: str, *, attempts: int = 1) -> RawReply:
        """Returns the reply that `evidence` tells.

        Raises:
            ValueError: the text is not such evidence.
        """
        try:
            told = json.loads(evidence)
            reply = cls(
                status=told["status"],
                headers=dict(told["headers"]),
                body=told["response"],
                request=told["request"],
                attempts=attempts,
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"This is no evidence of an exchange: {error}") from error
        if type(reply.status) is int and isinstance(reply.request, str) and isinstance(reply.body, str | None):
            return reply
        raise ValueError("This is no evidence of an exchange: a field has another type than it should.")
