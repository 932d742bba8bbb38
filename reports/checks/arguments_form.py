"""In which form a tool call's arguments came, where they are not the text of a JSON object as they should be."""

from __future__ import annotations

from enum import StrEnum


class ArgumentsForm(StrEnum):
    """One member for each form; `OTHER_TEXT` is the only one that a model itself may have written."""

    ABSENT = "absent"
    NULL = "null"
    OBJECT = "object"
    LIST = "list"
    ANOTHER_TYPE = "another-type"
    ENCODED_TWICE = "encoded-twice"
    OTHER_TEXT = "other-text"
