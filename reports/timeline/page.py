"""The page of endpoints over time: one file that asks nobody for anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from backends.plain_text import printable
from backends.secrets import redact
from reports.page.content_policy import content_policy
from reports.timeline import chart as drawing
from reports.timeline.chart import chart_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.timeline.series import Series

_TEMPLATES: Final = Path(__file__).parent / "templates"


def history_page(found: Sequence[Series], *, by_time: bool) -> str:
    """Returns the page as HTML, free of credentials.

    Args:
        found: endpoints over time.
        by_time: False where the reports do not tell when their runs began.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only this page needs it
    from markupsafe import Markup  # noqa: PLC0415 - as above

    style = (_TEMPLATES / "history.css").read_text(encoding="utf-8")
    surroundings = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=_fit,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return surroundings.get_template("history.html.jinja").render(
        policy=content_policy(style),
        style=Markup(style),  # noqa: S704 - the package's own
        endpoints=[(one, chart_of(one)) for one in found],
        by_time=by_time,
        drawing=drawing,
    )


def _fit(value: object) -> object:
    """Returns what a template puts in: texts without credentials, and with what cannot be printed written out."""
    return printable(redact(value)) if type(value) is str else "" if value is None else value
