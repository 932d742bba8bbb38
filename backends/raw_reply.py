"""A raw reply: what came back for a raw call, field by field as it stood on the wire, not parsed yet."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backends.errors import FailureKind
from backends.statuses import FIRST_ERROR, FIRST_SERVER_ERROR, NOT_THE_ENDPOINTS, PASSING, meant_by_reply
from backends.strict_json import JsonProblem, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping


#: The key of evidence under which it is told where a body is no text; it stands there in no other case.
NO_TEXT_AT = "no_text_at"

#: The same for a stream that did not end behind its last event.
LEFT_OPEN = "left_open"

#: The same for the seconds after which the first token of a stream came.
FIRST_TOKEN = "first_token_s"  # noqa: S105 - tokens of text


def evidence_of(
    *,
    request: str,
    status: int | None,
    headers: Mapping[str, str],
    response: str | None,
    no_text_at: int | None = None,
    left_open: bool = False,
    first_token_s: float | None = None,
) -> str:
    """Returns an exchange as JSON text; the arguments are free of credentials, and None where nothing came."""
    told = {"request": request, "status": status, "headers": dict(headers), "response": response}
    odd: dict[str, float] = {NO_TEXT_AT: no_text_at} if no_text_at is not None else {}
    odd |= {FIRST_TOKEN: first_token_s} if first_token_s is not None else {}
    return json.dumps(told | odd | ({LEFT_OPEN: True} if left_open else {}))


def json_problems_of(evidence: str | None) -> tuple[JsonProblem, ...]:
    """Returns what a strict reader of JSON trips over in the body that evidence tells of, where its status is good."""
    try:
        told = json.loads(evidence or "")
        status, body, headers = told["status"], told["response"], told.get("headers") or {}
        if type(status) is not int or status >= FIRST_ERROR or not isinstance(body, str):
            return ()
        return read_json(body).problems_of_body(told.get(NO_TEXT_AT), str(headers.get("content-type", "")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()


def failure_kind_of(evidence: str | None) -> FailureKind:
    """Returns what evidence says of a request that got no answer. Without evidence, it reached nobody."""
    try:
        told = json.loads(evidence or "")
        status, body = told["status"], told.get("response")
        meant = None if status is None else meant_by_reply(status, body)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return FailureKind.UNREACHABLE
    if status is None or meant in PASSING:
        return FailureKind.UNREACHABLE
    if meant in NOT_THE_ENDPOINTS:
        return FailureKind.ACCOUNT
    if status >= FIRST_SERVER_ERROR:
        return FailureKind.SERVER
    return FailureKind.REFUSED if status >= FIRST_ERROR else FailureKind.UNUSABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """What came back for a raw call, whatever its status; all of it free of credentials.

    Attributes:
        status: the HTTP status.
        headers: the telling ones, lower case.
        body: the response's body as text; None where none came.
        request: the request's body as text.
        attempts: requests sent, 1 for the first; 0 where another call's reply is this one's too.
        no_text_at: offset of the first byte of the body that is no UTF-8, and is replaced in its text; None where all
            is.
        left_open: True where it is a stream that did not end behind its last event.
        first_token_s: seconds from the request to the first token of a stream; None where that is not known.
    """

    status: int
    headers: Mapping[str, str] = field(hash=False)
    body: str | None
    request: str
    attempts: int = field(default=1, compare=False)
    no_text_at: int | None = None
    left_open: bool = False
    first_token_s: float | None = field(default=None, compare=False)

    @property
    def evidence(self) -> str:
        """The exchange as JSON text, as it stands in recordings and reports."""
        return evidence_of(
            request=self.request,
            status=self.status,
            headers=self.headers,
            response=self.body,
            no_text_at=self.no_text_at,
            left_open=self.left_open,
            first_token_s=self.first_token_s,
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
                no_text_at=told.get(NO_TEXT_AT),
                left_open=told.get(LEFT_OPEN) is True,
                first_token_s=told.get(FIRST_TOKEN),
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"This is no evidence of an exchange: {error}") from error
        texts = isinstance(reply.request, str) and isinstance(reply.body, str | None)
        numbers = isinstance(reply.no_text_at, int | None) and isinstance(reply.first_token_s, float | int | None)
        if type(reply.status) is int and texts and numbers:
            return reply
        raise ValueError("This is no evidence of an exchange: a field has another type than it should.")
