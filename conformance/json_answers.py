"""Named assertions about JSON: what must be an object, and what a model may write inside one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from backends.completion import FinishReason
from conformance.wire_assertions import assert_no_markup
from conformance.wire_replies import content_of, reasoning_of

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply

#: A JSON string, to its end or to that of the text.
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)

#: An object with its strings taken out, to its end or cut anywhere: signs, numbers, true, false, null.
_AROUND_STRINGS: Final = re.compile(r"\s*\{[\s{}\[\]:,0-9eE+.truefalsn-]*")


def is_json_object(text: str) -> bool:
    """Returns whether a text is one JSON object, and nothing beside it."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def assert_no_markup_around_json(reply: ParsedReply) -> None:
    """Asserts that no markup shows, except inside the strings of a JSON object whose reasoning came apart.

    What stands there the model wrote under a grammar: channels that were mixed up leave no such object behind.
    """
    __tracebackhide__ = True
    apart = bool(reasoning_of(reply)) and _is_object(reply)
    assert_no_markup(reply, content="" if apart else None)


def _is_object(reply: ParsedReply) -> bool:
    """Returns whether the answer is a JSON object, or one as far as the token limit let it come."""
    content = content_of(reply)
    if reply.completion.finish_reason is FinishReason.LENGTH:
        return _AROUND_STRINGS.fullmatch(_STRING.sub("", content)) is not None
    return is_json_object(content)
