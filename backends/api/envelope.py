"""What stands around every answer: an id, what kind of object it is, and when it was made.

Law: the OpenAI API reference, "The chat completion object" and "The chat completion chunk object": `id` is text and the
same in each chunk, `object` names the kind, `created` is a whole number of seconds. Clients with types refuse a reply
that lacks one. Chunks without choices are left alone: Azure's first one, with what its filters made of the prompt, has
empty fields, and no client looks for an answer there. When a chunk was made may change from chunk to chunk: llama.cpp
tells the time of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WHOLE: Final = "chat.completion"
PART: Final = "chat.completion.chunk"


def envelope_problems(body: Mapping[str, Any], kind: str) -> Iterator[str]:
    """Yields what is wrong around an answer, each as a clause.

    Args:
        body: of a reply or of a chunk.
        kind: `WHOLE` or `PART`.
    """
    name, made = body.get("id"), body.get("created")
    if not isinstance(name, str) or not name:
        yield f"the id is {_told(body, 'id')} and not a text"
    if body.get("object") != kind:
        yield f"the object is {_told(body, 'object')} and not {kind!r}"
    if type(made) is not int or made <= 0:
        yield f"created is {_told(body, 'created')} and not a number of seconds"


def _told(body: Mapping[str, Any], field: str) -> str:
    return repr(body[field])[:80] if field in body else "missing"
