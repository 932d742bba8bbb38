"""A report's page works in a real browser, from the disk, by mouse and by keyboard, at a desk and on a phone."""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING

import pytest

from reports.page.shown import shown
from tests.browser.chromium import WIDTHS
from tests.reports.page.hostile import TEXTS
from tests.reports.page.runs import scored_row, write_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.chromium import Browser

pytestmark = pytest.mark.browser

#: Rows of the table that can be seen, by their ids.
LINES = "tr.line button.open"


def _choose(browser: Browser, name: str, value: str) -> None:
    browser.run(
        """const field = document.getElementById("filters").elements[arguments[0]]; field.value = arguments[1];
        field.dispatchEvent(new Event("input", {bubbles: true}));""",
        name,
        value,
    )


@pytest.mark.parametrize("kind", ["examples", "wire", "subjects"])
@pytest.mark.parametrize("width", WIDTHS)
def test_page_opens_from_disk_without_a_complaint_or_a_request(
    browser: Browser, pages: Callable[[str], Path], kind: str, width: int
) -> None:
    browser.open(pages(kind), width=width)

    assert browser.texts("h1")
    assert browser.complaints() == []
    assert browser.requests() == []


@pytest.mark.parametrize("kind", ["examples", "wire", "subjects"])
def test_nothing_reaches_beyond_a_phones_screen(browser: Browser, pages: Callable[[str], Path], kind: str) -> None:
    browser.open(pages(kind), width=390)
    browser.run("""document.querySelector("button.open")?.click();
        document.querySelectorAll("details").forEach(one => one.open = true)""")

    assert browser.run("return document.documentElement.scrollWidth") == 390


def test_filters_show_the_examples_that_fit(opened: Browser) -> None:
    _choose(opened, "same", "other")
    assert len(opened.texts(LINES)) == 25
    assert opened.texts("#shown") == ["25 of 100 examples"]
    _choose(opened, "kind", "decisive")
    assert len(opened.texts(LINES)) == 20
    _choose(opened, "words", "question 4:")
    assert opened.texts(LINES) == ["toxicchat-0004"]
    _choose(opened, "truth", "1")
    assert opened.texts(LINES) == []
    opened.run("""document.querySelector("#filters [type=reset]").click()""")
    assert opened.driver.execute_async_script("setTimeout(arguments[0], 50)") is None
    assert len(opened.texts(LINES)) == 100


def test_search_reads_the_answers_too(opened: Browser) -> None:
    _choose(opened, "words", "GLAD to help")

    assert len(opened.texts(LINES)) == 25


def test_columns_sort_upwards_downwards_and_back(opened: Browser) -> None:
    def sort() -> list[float]:
        opened.run("""document.querySelector("[data-sort=margin]").click()""")
        margins: list[float] = opened.run(
            """return [...document.querySelectorAll("tr.line")].map(one => Number(one.dataset.margin))"""
        )
        return margins

    before = opened.texts(LINES)
    up, down = sort(), sort()
    assert up == sorted(up)
    assert down == sorted(down, reverse=True)
    assert opened.run("""return document.querySelector("th[aria-sort]").getAttribute("aria-sort")""") == "descending"
    sort()
    assert opened.texts(LINES) == before


def test_opened_example_shows_both_arms_and_where_they_part(opened: Browser) -> None:
    opened.run("""document.querySelector("button.open").click()""")

    assert opened.texts(".detail .arm") == ["API: unreadable", "LOCAL: label 0"]
    assert opened.texts(".detail mark") == ["I", "No"]
    assert opened.texts(".detail .alternative") == ["LOCAL: No", "API: I"]
    assert opened.texts(".detail .text .m3") == ["to"]
    assert any("a near-tie" in one for one in opened.texts(".detail p"))
    assert opened.texts(".detail summary")[0] == "API: request and response as sent"
    opened.run("""document.querySelector("button.open").click()""")
    assert opened.texts(".detail") == []


def test_raw_exchange_is_folded_and_whole(opened: Browser) -> None:
    opened.run(
        """document.querySelector("button.open").click(); document.querySelector(".detail details").open = true"""
    )

    told = opened.texts(".detail details pre")[0]
    assert '"content": "You classify."' in told
    assert '"content": "Question 0: how do I keep basil alive?"' in told


def test_toxic_text_is_covered_until_somebody_asks(opened: Browser) -> None:
    toxic = "Question 1: how do I keep basil alive?"
    shown_texts = opened.run("""document.querySelectorAll("button.open")[1].click(); return document.body.innerText""")
    assert toxic not in shown_texts
    opened.run("""document.querySelector("#detail-1 .cover").open = true""")
    assert toxic in opened.texts("#detail-1 .text")


def test_number_of_the_flow_shows_its_examples(opened: Browser) -> None:
    opened.run("""document.querySelector('.jump[data-api="unreadable"]').click()""")
    opened.driver.execute_async_script("setTimeout(arguments[0], 100)")

    assert len(opened.texts(LINES)) == 25


def test_page_can_be_used_by_keyboard_alone(opened: Browser) -> None:
    from selenium.webdriver.common.keys import Keys  # noqa: PLC0415 - no other test needs it

    active = opened.driver.switch_to.active_element
    active.send_keys(Keys.TAB)
    assert opened.run("return document.activeElement.className") == "skip"
    outlines = set()
    for _ in range(60):
        opened.driver.switch_to.active_element.send_keys(Keys.TAB)
        outlines.add(opened.run("return getComputedStyle(document.activeElement).outlineStyle"))
        if opened.run("return document.activeElement.className") == "open":
            break
    assert outlines == {"solid"}
    opened.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert len(opened.texts(".detail")) == 1
    assert opened.run("return document.activeElement.getAttribute('aria-expanded')") == "true"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", ["examples", "wire", "subjects"])
def test_axe_finds_no_violation(
    browser: Browser,
    pages: Callable[[str], Path],
    kind: str,
    width: int,
    dark: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    browser.open(pages(kind), width=width, dark=dark)
    browser.run("""[...document.querySelectorAll("button.open")].slice(0, 3).forEach(one => one.click());
        const folds = document.querySelectorAll(".finding details, .detail details, #s0-checks details");
        folds.forEach(one => one.open = true)""")
    # Through the debugger, since the page's own policy lets no other script run.
    axe = importlib.resources.files("selenium_axe_python").joinpath("axe-core/axe.min.js").read_text(encoding="utf-8")
    browser.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": axe})

    found = browser.driver.execute_async_script("const done = arguments[0]; axe.run().then(done)")

    assert [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    assert {"color-contrast", "bypass", "document-title"} <= {one["id"] for one in found["passes"]}


def test_dark_scheme_turns_ground_and_charts(browser: Browser, page: Path) -> None:
    seen = {}
    for dark in (False, True):
        browser.open(page, dark=dark)
        seen[dark] = browser.run(
            """return [getComputedStyle(document.body).backgroundColor,
            getComputedStyle(document.querySelector("rect.api")).fill,
            getComputedStyle(document.querySelector(".track")).color]"""
        )
    assert all(light != dark for light, dark in zip(seen[False], seen[True], strict=True))


def test_hostile_texts_run_load_and_restyle_nothing(browser: Browser, tmp_path: Path) -> None:
    rows = [
        scored_row(place, text=text, api=(text, text), local=("Because.", text), margins={0: 1.0}, raw=text)
        for place, text in enumerate(TEXTS.values())
    ]
    browser.open(write_run(tmp_path, rows))
    browser.run("""document.querySelectorAll("button.open").forEach(one => one.click());
        document.querySelectorAll("details").forEach(one => one.open = true)""")
    browser.driver.execute_async_script("setTimeout(arguments[0], 300)")

    assert browser.run("return window.taken ?? null") is None
    assert (
        browser.run("""return document.querySelectorAll("img, iframe, link, base, main script, main style").length""")
        == 0
    )
    assert browser.complaints() == []
    assert browser.requests() == []
    read = browser.run("""return [...document.querySelectorAll(".detail")].map(one => one.textContent)""")
    for text, told in zip(TEXTS.values(), read, strict=True):
        assert shown(text)[:200] in told
