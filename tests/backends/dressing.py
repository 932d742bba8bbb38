"""Dresses in which a server may repeat a text."""

from __future__ import annotations

import base64
import html
import json
import urllib.parse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _escaped(text: str, way: str) -> str:
    return "".join(way.format(ord(one)) for one in text)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


DRESSES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper case": str.upper,
    "one letter escaped": lambda text: json.dumps(text, ensure_ascii=False).replace("e", "\\u0065"),
    "JSON escapes": lambda text: _escaped(text, "\\u{:04x}"),
    "JSON escapes in upper case": lambda text: _escaped(text, "\\u{:04X}"),
    "JSON in JSON": lambda text: json.dumps(json.dumps(_escaped(text, "\\u{:04x}"))),
    "escaped slashes": lambda text: json.dumps(text).replace("/", "\\/"),
    "escaped slashes in JSON": lambda text: json.dumps(json.dumps(text).replace("/", "\\/")),
    "JavaScript's braces": lambda text: _escaped(text, "\\u{{{:x}}}"),
    "Python's bytes": lambda text: _escaped(text, "\\x{:02x}"),
    "octal": lambda text: _escaped(text, "\\{:03o}"),
    "percent": lambda text: urllib.parse.quote(text, safe=""),
    "percent, every letter": lambda text: "".join(f"%{one:02x}" for one in text.encode()),
    "percent twice": lambda text: urllib.parse.quote(urllib.parse.quote(text, safe=""), safe=""),
    "entities": html.escape,
    "decimal entities": lambda text: _escaped(text, "&#{};"),
    "hexadecimal entities": lambda text: _escaped(text, "&#x{:x};"),
    "base64": _base64,
    "base64 one byte later": lambda text: _base64("u" + text + "x"),
    "base64 two bytes later": lambda text: _base64("u:" + text + "xy"),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 in JSON": lambda text: json.dumps(_base64(text)).replace("/", "\\/"),
    "base64 in an address": lambda text: urllib.parse.quote(_base64(text), safe=""),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal in upper case": lambda text: text.encode().hex().upper(),
}
