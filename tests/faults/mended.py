"""The embedded server as a server that keeps every promise: what it is known to do otherwise is put right on the way.

What a fault breaks can then be told from what the server itself does not do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.faults.alterations import answer, edit_body, edit_chunks, edit_completion
from tests.faults.completions import first_message
from tests.faults.reply import ProxiedReply
from tests.faults.sse import DONE

if TYPE_CHECKING:
    from tests.faults.alteration import Alteration
    from tests.faults.request import ProxiedRequest


def _pass_effort_on(body: dict[str, Any]) -> None:
    if "reasoning_effort" in body:
        body.setdefault("chat_template_kwargs", {})["reasoning_effort"] = body["reasoning_effort"]


def _leave_stop_out(request: ProxiedRequest, completion: dict[str, Any]) -> None:
    message = first_message(completion)
    for word in request.original.get("stop", ()):
        message["content"] = message["content"].partition(word)[0]


def _refuse_format(request: ProxiedRequest) -> ProxiedReply | None:
    if "response_format" not in request.original:
        return None
    return ProxiedReply(status=400, body={"error": {"message": "response_format is not supported", "code": 400}})


#: By the name of what is mended.
MENDED: dict[str, Alteration] = {
    "effort": edit_body(_pass_effort_on),
    "stop": edit_completion(_leave_stop_out),
    "response_format": answer(_refuse_format),
    "done": edit_chunks(lambda chunks: [*chunks, DONE]),
}
