"""Texts that make a careless parser slow, each by its size in characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD: Final = "<|channel|>final<|message|>"


def _fill(unit: str, size: int) -> str:
    return unit * (size // len(unit))


PATHOLOGICAL: Final[dict[str, Callable[[int], str]]] = {
    "spaces": lambda size: _fill(" ", size),
    "spaces in content": lambda size: HEAD + _fill(" ", size),
    "spaces in a header": lambda size: "<|channel|>final" + _fill(" ", size) + "<|message|>x",
    "one letter": lambda size: HEAD + _fill("a", size),
    "no marker": lambda size: _fill("no marker at all, ", size),
    "tiny messages": lambda size: _fill(HEAD + "ok<|end|><|start|>assistant", size) + HEAD + "ok",
    "starts": lambda size: _fill("<|start|>", size),
    "starts in content": lambda size: HEAD + _fill("<|start|>", size),
    "starts with roles in content": lambda size: HEAD + _fill("<|start|>assistant", size),
    "spaced starts": lambda size: _fill("<|start|> ", size),
    "channels": lambda size: _fill("<|channel|>", size),
    "named channels": lambda size: _fill("<|channel|>final ", size),
    "channels in content": lambda size: HEAD + _fill("<|channel|>", size),
    "messages": lambda size: _fill("<|message|>", size),
    "stops": lambda size: HEAD + _fill("<|end|>", size),
    "padding": lambda size: _fill("<|endoftext|>", size),
    "padding after text": lambda size: "a" + _fill("<|endoftext|>", size) + "b",
    "text between padding": lambda size: HEAD + "x<|end|>" + _fill("a<|endoftext|>", size),
    "constrains": lambda size: _fill("<|constrain|>", size) + "<|message|>x",
    "constrains after a stop": lambda size: HEAD + "x<|end|>" + _fill("<|constrain|>", size),
    "words in a header": lambda size: _fill("to=a ", size) + "<|message|>x",
    "unfinished stops": lambda size: HEAD + _fill("<|end", size),
    "bars": lambda size: HEAD + _fill("<|", size),
    "brackets in a header": lambda size: _fill("<", size) + "<|message|>x",
    "glued seams": lambda size: "analysisA" + _fill("assistantfinal", size),
    "glued names": lambda size: "analysisA" + _fill("assistant", size),
    "glued calls": lambda size: "analysisA" + _fill("assistantcommentary to=", size),
    "a glued call without end": lambda size: "analysisAassistantcommentary to=" + _fill("a", size),
    "glued calls with arguments": lambda size: _fill('commentary to=f json{"a":1}', size),
    "glued addresses": lambda size: "analysisA" + _fill("assistant to=a", size),
    "a glued call with long arguments": lambda size: 'commentary to=f json{"a":"' + _fill('\\"', size),
    "a glued call with spaces": lambda size: "commentary to=f" + _fill(" ", size) + "json" + _fill(" ", size) + "x",
    "stray channels": lambda size: HEAD + "x<|end|>" + _fill("a<|channel|>b<|end|>", size),
}
