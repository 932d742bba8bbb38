"""Whether a prompt that was really fed to a model is one of the legitimate renderings, by the rules alone."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from backends.renderings.prompt_date import date_of
from backends.renderings.rendering import texts_by_rules

if TYPE_CHECKING:
    from backends.prompt import Prompt

#: The date of a prompt without a date line, of which no rendering is the nearest.
_NO_DATE = "0000-00-00"

_BLANK_LINES = re.compile(r"(<\|start\|>developer<\|message\|>.*?)\n*<\|end\|>(?=<\|start\|>)", re.DOTALL)

#: Lines of a difference that are kept.
_LINES = 12

#: Characters of a line that are kept: a user's text is one line.
_WIDTH = 120


def prompt_drift(prompt: Prompt, fed: str) -> tuple[str, ...]:
    """Returns the lines in which a prompt's text deviates from the nearest legitimate rendering.

    Args:
        prompt: the conversation.
        fed: its text as the model saw it, special tokens spelled out.

    Returns:
        Lines that begin with `-` (by the rules) or `+` (as fed); none where the text is a legitimate rendering, or
        where the rules do not cover the conversation.
    """
    right = texts_by_rules(prompt, date_of(fed) or _NO_DATE)
    if right is None or _plain(fed) in map(_plain, right):
        return ()
    nearest = max(right, key=lambda text: difflib.SequenceMatcher(None, _split(text), _split(fed)).ratio())
    changed = [line for line in difflib.ndiff(_split(nearest), _split(fed)) if line[0] in "+-"]
    return tuple(line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..." for line in changed[:_LINES])


def _plain(text: str) -> str:
    """Returns a rendering without the blank lines that may stand at the end of the developer message."""
    return _BLANK_LINES.sub(r"\1<|end|>", text, count=1)


def _split(text: str) -> list[str]:
    """Returns the lines of a rendering, each message beginning a new one; line ends are spelled out."""
    lines = text.replace("<|start|>", "\0<|start|>").replace("\n", "\n\0").split("\0")
    return [line.replace("\n", "\\n") for line in lines if line]
