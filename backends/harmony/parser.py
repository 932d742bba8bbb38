"""The front door of parsing."""

from __future__ import annotations

from backends.harmony.lenient import parse_lenient
from backends.harmony.message import Role
from backends.harmony.problem import Parsed
from backends.harmony.strict import parse_strict


def parse(text: str, *, role: Role | None = Role.ASSISTANT, strict: bool = True) -> Parsed:
    """Parses a Harmony text.

    Args:
        text: What the model wrote, special tokens included.
        role: The role that the prompt ended with, so that the text begins inside that role's header; None for a text
            that starts with `<|start|>`.
        strict: Agree with oss-harmony's strict mode. Otherwise never raise, and recover what can be recovered.

    Returns:
        The messages; in lenient mode also the problems and the leftover text.

    Raises:
        HarmonyError: The text is not Harmony (strict mode only).
    """
    if strict:
        return Parsed(messages=parse_strict(text, role))
    return parse_lenient(text, role)
