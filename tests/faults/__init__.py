"""Faults on the wire: a reverse proxy in front of a real server that breaks one promise, or several, and no other.

A `Proxy` forwards everything to the letter except what its alterations touch. An `Alteration` may edit the request,
answer in the server's place, edit the head, the body or the events of a reply, and break the connection. `alterations`
makes alterations of one line; `conditions` says for which requests they act.
"""

from __future__ import annotations

from tests.faults.alteration import Alteration
from tests.faults.alterations import (
    answer,
    break_connection,
    drop_field,
    edit_body,
    edit_choice,
    edit_chunks,
    edit_completion,
    edit_content,
    edit_message,
    edit_reasoning,
    edit_reply,
    edit_request,
    edit_streamed_choices,
    edit_usage,
    fail,
    say,
    set_field,
)
from tests.faults.chunks import joined, rechunk
from tests.faults.conditions import chance, repeated, side_by_side, streamed, unstreamed, when
from tests.faults.proxy import AlterationError, Proxy
from tests.faults.reply import ProxiedReply
from tests.faults.request import ProxiedRequest
from tests.faults.sse import DONE

__all__ = [
    "DONE",
    "Alteration",
    "AlterationError",
    "ProxiedReply",
    "ProxiedRequest",
    "Proxy",
    "answer",
    "break_connection",
    "chance",
    "drop_field",
    "edit_body",
    "edit_choice",
    "edit_chunks",
    "edit_completion",
    "edit_content",
    "edit_message",
    "edit_reasoning",
    "edit_reply",
    "edit_request",
    "edit_streamed_choices",
    "edit_usage",
    "fail",
    "joined",
    "rechunk",
    "repeated",
    "say",
    "set_field",
    "side_by_side",
    "streamed",
    "unstreamed",
    "when",
]
