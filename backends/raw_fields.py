"""Raw evidence field by field, as the struct columns of results hold it, and back as the text that completions carry.

What was kept in another form, such as another suite's, stands whole under `other`: nothing is lost on either way.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from backends.evidence import LocalEvidence, read_local_evidence
from backends.raw_reply import LEFT_OPEN, NO_TEXT_AT, evidence_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Fields: TypeAlias = dict[str, Any]

_OTHER = "other"

_EXCHANGE = ("request", "status", "headers", "response")


def exchange_fields(raw: str | None) -> Fields | None:
    """Returns what evidence of an exchange holds: both bodies as they were sent, the status and the telling headers.

    Args:
        raw: as `backends.raw_reply.evidence_of` writes it; None or empty where there is none.
    """
    told = _object(raw)
    if told is not None and _holds_an_exchange(told):
        headers = [{"name": name, "value": value} for name, value in told["headers"].items()]
        found = {name: told[name] for name in _EXCHANGE} | {"headers": headers}
        fields = {**found, NO_TEXT_AT: told.get(NO_TEXT_AT), LEFT_OPEN: LEFT_OPEN in told, _OTHER: None}
        if exchange_raw(fields) == raw:
            return fields
    return _otherwise(raw, (*_EXCHANGE, NO_TEXT_AT, LEFT_OPEN))


def exchange_raw(fields: Fields | str | None) -> str | None:
    """Returns the evidence of an exchange that `exchange_fields` took apart; text, as earlier files hold it, stays."""

    def text(kept: Fields) -> str:
        return evidence_of(
            request=kept["request"],
            status=kept["status"],
            headers={one["name"]: one["value"] for one in kept["headers"]},
            response=kept["response"],
            no_text_at=kept[NO_TEXT_AT],
            left_open=bool(kept[LEFT_OPEN]),
        )

    return _text(fields, text)


def local_fields(raw: str | None) -> Fields | None:
    """Returns what a local answer was made of: the prompt as fed, the text as written, and how, as text of JSON."""
    kept = read_local_evidence(raw)
    if kept is not None:
        fields = {"prompt": kept.prompt, "text": kept.text, "made": json.dumps(dict(kept.runtime_info)), _OTHER: None}
        if local_raw(fields) == raw:
            return fields
    return _otherwise(raw, ("prompt", "text", "made"))


def local_raw(fields: Fields | str | None) -> str | None:
    """Returns the evidence of a local answer that `local_fields` took apart; text, as earlier files hold it, stays."""
    return _text(fields, lambda kept: LocalEvidence(kept["prompt"], kept["text"], json.loads(kept["made"])).as_raw())


def _otherwise(raw: str | None, names: tuple[str, ...]) -> Fields | None:
    return None if not raw else {**dict.fromkeys(names), _OTHER: raw}


def _text(fields: Fields | str | None, made: Callable[[Fields], str]) -> str | None:
    """Returns the evidence that fields hold.

    Raises:
        ValueError: they are not such fields.
    """
    if fields is None or isinstance(fields, str):
        return fields
    try:
        return made(fields) if fields[_OTHER] is None else str(fields[_OTHER])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("a raw exchange has other fields than it should") from error


def _object(raw: str | None) -> Fields | None:
    try:
        told = json.loads(raw or "")
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _holds_an_exchange(told: Mapping[str, Any]) -> bool:
    """Returns whether the fields are there, each of the type that its column has."""
    headers, status, place = told.get("headers"), told.get("status"), told.get(NO_TEXT_AT)
    return (
        set(_EXCHANGE) <= told.keys()
        and isinstance(headers, dict)
        and all(isinstance(value, str) for value in headers.values())
        and (status is None or type(status) is int)
        and (place is None or type(place) is int)
        and isinstance(told["request"], str)
        and isinstance(told["response"], str | None)
    )
