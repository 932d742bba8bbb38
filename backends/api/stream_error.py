"""An error that a stream tells of after it has begun with a good status.

Servers write it in several shapes: as the field `error` of an event, text or object, beside empty `choices` or without
any; as an event whose name is `error`; as an object of the kind `error`; and through the Responses API as an event of
the type `error`, or inside the response that failed. Sources: OpenRouter, "Errors", mid-stream errors; vLLM's
`create_streaming_error_response`; the OpenAI client, which looks at the event's name and at the field; the OpenAI API
reference, "Streaming events".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.statuses import meant_by_error
from backends.strict_json import whole_characters

if TYPE_CHECKING:
    from backends.statuses import Meant

_ERROR, _FAILED = "error", "response.failed"

#: Characters of an error without a message that are told.
_TOLD = 300


@dataclass(frozen=True, slots=True)
class StreamError:
    """What a stream says went wrong.

    Attributes:
        words: its code and message.
        meant: whom it is about, as far as it tells; None where it does not.
    """

    words: str
    meant: Meant | None = None


def error_of_event(name: str, data: str, value: Any) -> StreamError | None:  # noqa: ANN401 - whatever a server sent
    """Returns the error that an event tells of, None where it tells of none.

    Args:
        name: of the event.
        data: of the event, to the letter.
        value: the data as JSON; None where it is none.
    """
    said = _said(value)
    if said is None and name == _ERROR:
        said = value if isinstance(value, dict) else data
    if not said:
        return None
    if not isinstance(said, dict):
        return StreamError(whole_characters(str(said)[:_TOLD]))
    message = str(said.get("message") or said)[:_TOLD]
    code = said.get("code") or said.get("type")
    words = f"{code}: {message}" if code else message
    return StreamError(whole_characters(words), meant_by_error(said))


def _said(value: Any) -> Any:  # noqa: ANN401 - as above
    """Returns the error in a value, None where there is none."""
    if not isinstance(value, dict):
        return None
    if _ERROR in (value.get("object"), value.get("type")):
        return value
    response = value.get("response") if value.get("type") == _FAILED else None
    return (response.get(_ERROR) or "the response failed") if isinstance(response, dict) else value.get(_ERROR)
