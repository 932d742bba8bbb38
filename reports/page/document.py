"""The page as one text: sections, style, script and data in one template."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reports.page.content_policy import content_policy
from reports.page.script_data import as_script_data
from reports.page.shown import shown
from reports.page.views.checks import checks_view
from reports.page.views.criteria import criteria_view
from reports.page.views.examples import examples_view
from reports.page.views.findings import finding_views
from reports.page.views.headline import facts_of, headline_of, sides_of, words_of
from reports.page.views.labels import confusions
from reports.page.views.outcomes import flow_view
from reports.page.views.partings import partings_view
from reports.page.views.speed import speed_view
from reports.page.views.tokens import tokens_view

if TYPE_CHECKING:
    from jinja2 import Environment

    from reports.page.source import Source, SubjectSource

_TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectView:
    """All that the page shows of one subject."""

    id: str
    anchor: str
    source: SubjectSource
    sections: dict[str, Any]


def page_of(source: Source) -> str:
    """Returns the page as HTML."""
    style, script = (_TEMPLATES.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    examples = examples_view(source)
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            policy=content_policy(style, script),
            style=_trusted(style),
            script=_trusted(script),
            data=_trusted(as_script_data(examples.data)),
            headline=headline_of(source),
            told=source.told,
            subjects=[_subject(place, subject) for place, subject in enumerate(source.subjects)],
            examples=examples,
        )
    )


def _subject(place: int, subject: SubjectSource) -> SubjectView:
    return SubjectView(
        id=subject.id,
        anchor=f"s{place}",
        source=subject,
        sections={
            "words": words_of(subject.told.get("verdict")),
            "facts": facts_of(subject),
            "sides": sides_of(subject),
            "criteria": criteria_view(subject),
            "findings": finding_views(subject),
            "flow": flow_view(subject),
            "labels": confusions(subject),
            "tokens": tokens_view(subject),
            "partings": partings_view(subject),
            "speed": speed_view(subject),
            "checks": checks_view(subject, f"s{place}"),
        },
    )


def _environment() -> Environment:
    """Returns the templates' surroundings: every text is made fit for a page and escaped where it is put in."""
    from jinja2 import ChainableUndefined, Environment, FileSystemLoader  # noqa: PLC0415 - only the end of a run pays

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=_fit,
        # What an earlier version did not tell is nothing, and no error.
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _fit(value: object) -> object:
    return shown(value) if type(value) is str else "" if value is None else value


def _trusted(text: str) -> Any:  # noqa: ANN401 - jinja2 is imported when it is needed
    """Returns a text of this package's own, or one that is escaped, as the template puts it in."""
    from markupsafe import Markup  # noqa: PLC0415 - as above

    return Markup(text)  # noqa: S704 - see above
