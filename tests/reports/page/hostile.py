"""Texts that would run, load or restyle something, or turn other text about, were they more than text."""

from __future__ import annotations

import pytest

#: What would set a mark on the window if it ran.
_RUN = "window.taken=1"

TEXTS = {
    "script": f"</script><script>{_RUN}</script>",
    "data-island": f'</script><script type="text/javascript">{_RUN}//',
    "image": f'<img src=x onerror="{_RUN}"><img src="http://127.0.0.1:9/x.png">',
    "svg": f"<svg onload={_RUN}><foreignObject><b>x",
    "style": "<style>body{display:none}</style><link rel=stylesheet href=//127.0.0.1:9/x.css>",
    "frame": f"<iframe srcdoc='<script>parent.{_RUN}</script>'></iframe><base href=//127.0.0.1:9/>",
    "attribute": f'" onmouseover="{_RUN}" x="',
    "template": "{{ 7 * 7 }}{% for x in y %}${alert(1)}",
    "broken": "<div><table><tr><td></html><!-- <![CDATA[ &lt; &#0; &amp",
    "comment": "<!--<script>",
    "escapes": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x08\x7f\x9b",
    "table": "| a | b |\n|---|---|\n| `x` | **y** |\n```\n# heading\n```",
    "right-to-left": "a\u202egnp.exe\u202c b\u2066\u2069\u200f",
    "arabic": "\u0645\u0631\u062d\u0628\u0627 1 < 2 (x)",
    "nul": "a\x00b\ufeff\u2028\u2029c",
    "long-line": "x" * 100_000,
    "deep": "[" * 5_000,
}

PARAMETERS = [pytest.param(text, id=name) for name, text in TEXTS.items()]
