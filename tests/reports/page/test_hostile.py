"""Whatever a model, a server or a user wrote stands on the page as text."""

from __future__ import annotations

import json
from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from backends.errors import FailureKind
from reports.checks import CheckOutcome
from reports.page import write_page
from reports.page.script_data import as_script_data
from reports.page.shown import shown
from tests.reports.material import check, failed, row, said
from tests.reports.page.hostile import PARAMETERS, TEXTS
from tests.reports.page.runs import data_of, mixed_rows, scored_row, some_checks, write_run

if TYPE_CHECKING:
    from pathlib import Path


class Outline(HTMLParser):
    """Counts the elements of a page, and keeps its text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def outline_of(page: str) -> Outline:
    outline = Outline()
    outline.feed(page)
    return outline


def _page(folder: Path, text: str) -> str:
    rows = [scored_row(0, text=text, api=(text, text), local=("Because.", text), margins={0: 1.0}, raw=text)]
    rows.append(row(failed(FailureKind.SERVER, text), said("1", text, raw=text), 1, text=text))
    broken = check(
        CheckOutcome.BROKEN,
        f"test_x.py::test_{text[:50]}",
        claim=text,
        message=text,
        link=text,
        evidence={"plain": text},
    )
    return write_run(folder, rows, wire=[broken]).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Outline:
    """The same page with a harmless text."""
    return outline_of(_page(tmp_path_factory.mktemp("plain"), "A plain text of some words."))


@pytest.mark.parametrize("text", PARAMETERS)
def test_hostile_text_adds_no_element_and_no_attribute(tmp_path: Path, plain: Outline, text: str) -> None:
    page = _page(tmp_path, text)
    outline = outline_of(page)

    allowed = set(plain.elements) | {"circle", "rect", "text", "pre", "a", "b", "ul", "li", "dl", "dt", "dd"}
    assert set(outline.elements) <= allowed
    assert outline.elements["script"] == 2
    assert outline.elements["style"] == outline.elements["html"] == outline.elements["body"] == 1
    assert outline.attributes <= plain.attributes | {"width", "height", "x", "y", "rx", "cx", "cy", "r", "tabindex"}


@pytest.mark.parametrize("text", PARAMETERS)
def test_hostile_text_can_be_read_on_the_page(tmp_path: Path, text: str) -> None:
    page = _page(tmp_path, text)
    beginning = shown(text)[:60]

    assert any(beginning in one for one in outline_of(page).texts)
    assert data_of(page)["examples"][0]["text"].startswith(beginning)


def test_data_in_the_page_has_nothing_that_ends_a_script() -> None:
    written = as_script_data(list(TEXTS.values()))

    assert not set("<>&\u2028\u2029") & set(written)


@pytest.mark.parametrize("name", ["script", "image", "attribute"])
def test_hostile_ids_and_names_add_nothing_either(tmp_path: Path, name: str) -> None:
    write_run(tmp_path, mixed_rows(2), wire=some_checks())
    file, text = tmp_path / "verdict.json", TEXTS[name]
    told = json.loads(file.read_text(encoding="utf-8"))
    subject = told["subjects"][0]
    subject |= {"model": text, "reason": text, "api": {text: text, "endpoint": text}}
    told |= {"environment": {text: text}, "left_out": [{"id": text, "reason": text}], "run": {"command": text}}
    file.write_text(json.dumps(told), encoding="utf-8")

    outline = outline_of(write_page(tmp_path).read_text(encoding="utf-8"))

    assert (outline.elements["img"], outline.elements["script"]) == (0, 2)
    assert "onmouseover" not in outline.attributes
    assert sum(text in one for one in outline.texts) >= 5
