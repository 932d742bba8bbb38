"""What is left of a tool call where none should be: header words in its name, data for text, a call in a thought."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any, Final

from backends import harmony
from conformance.json_answers import is_json_object
from reports.checks.arguments_form import ArgumentsForm

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

#: What a header of Harmony says of a call beside the tool's own name, with its special tokens and without them.
_HEADER_WORDS: Final = re.compile(
    r"<\|\w+\|>|functions?|to=|assistant|analysis|commentary|final|json|code|[\s.:/_-]", re.IGNORECASE
)

#: An address, wherever it stands; what follows must be arguments.
_ADDRESS: Final = "to=functions."

#: What ends a sentence.
_ENDS: Final = frozenset(".!?\u2026")

#: So many brackets from the end of a text are tried as the beginning of a call's arguments: they nest no deeper.
_TRIED: Final = 8

_FORMS: Final = {type(None): ArgumentsForm.NULL, dict: ArgumentsForm.OBJECT, list: ArgumentsForm.LIST}


def keeps_header_words(name: str, tool: str) -> bool:
    """Returns whether a called name is words of Harmony's header and nothing else but the tool's own name, if that."""
    before, _, after = name.partition(tool)
    return name not in {"", tool} and not _HEADER_WORDS.sub("", before + after)


def form_of_arguments(function: Mapping[str, Any]) -> ArgumentsForm | None:
    """Returns the form of a call's arguments; None where they are the text of a JSON object, as they should be."""
    if "arguments" not in function:
        return ArgumentsForm.ABSENT
    arguments = function["arguments"]
    if not isinstance(arguments, str):
        return _FORMS.get(type(arguments), ArgumentsForm.ANOTHER_TYPE)
    if is_json_object(arguments):
        return None
    return ArgumentsForm.ENCODED_TWICE if _holds_an_object(arguments) else ArgumentsForm.OTHER_TEXT


def call_in(text: str, keys: Collection[str]) -> str | None:
    """Returns what of a call a thought ends with: its glued header and arguments, or the arguments alone.

    A thought may end by quoting JSON. So arguments alone are a call's where they have an argument of the offered tool,
    or where they are put behind the end of a sentence.

    Args:
        text: the thought.
        keys: what the offered tool's arguments are called.
    """
    parsed = harmony.parse(text, strict=False)
    if parsed.has(harmony.ProblemKind.GLUED_CHANNELS) or (harmony.find_markup(text) and _ADDRESS in text):
        return text[max(text.rfind("to="), 0) :]
    stripped = text.rstrip()
    starts = [match.start() for match in re.finditer(r"\{", stripped)][-_TRIED:]
    return next((stripped[at:] for at in starts if _are_arguments(stripped, at, keys)), None)


def _are_arguments(text: str, at: int, keys: Collection[str]) -> bool:
    """Returns whether a text is the arguments of a call from this place on."""
    if not is_json_object(text[at:]):
        return False
    before = text[:at].rstrip()
    behind = not text[:at].endswith(" ") and (not before or before[-1] in _ENDS)
    return behind or bool(set(json.loads(text[at:])) & set(keys))


def _holds_an_object(text: str) -> bool:
    """Returns whether a text is an object, written down once more as JSON or as Python's literal."""
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, dict) or (isinstance(value, str) and is_json_object(value)):
            return True
    return False
