"""Endpoints over time are drawn on a page that asks nobody for anything, and told as data."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from backends.errors import FailureKind
from reports.history import main
from reports.output.files import write_report
from tests.reports.changes.material import run_of
from tests.reports.material import YES, failed, rows, said

if TYPE_CHECKING:
    from pathlib import Path

GOOD = rows((said(YES), said(YES), 40))
CRASHING = rows((failed(FailureKind.SERVER, "oops"), said(YES), 15), (said(YES), said(YES), 25))
HOSTILE = "<script>alert(1)</script>\x00\x1b[2J\u202e\"'&"


def _report(folder: Path, *, crashing: bool = False, **told: Any) -> str:  # noqa: ANN401 - fields of the subject
    """Writes a report, with these fields in place of its subject's own, and returns its folder."""
    write_report(run_of(CRASHING if crashing else GOOD), folder)
    file = folder / "verdict.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    started = told.pop("started", None)
    data |= {"run": {"started": started}} if started else {}
    data["subjects"][0] |= told
    file.write_text(json.dumps(data), encoding="utf-8")
    return str(folder)


def _data(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


class _Seen(html.parser.HTMLParser):
    """Keeps the elements of a page, and its texts."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _page(path: Path) -> _Seen:
    seen = _Seen()
    seen.feed(path.read_text(encoding="utf-8"))
    return seen


def test_runs_stand_in_the_order_in_which_they_began(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    later = _report(tmp_path / "a", crashing=True, started="2026-11-29T10:00:00+00:00")
    earlier = _report(tmp_path / "b", started="2026-11-22T10:00:00+00:00")

    told = _data(capsys, later, earlier)

    assert told["by_time"] is True
    (endpoint,) = told["endpoints"]
    assert [moment["report"] for moment in endpoint["moments"]] == [earlier, later]
    assert [moment["verdict"] for moment in endpoint["moments"]] == ["conforms", "differs"]
    assert [moment["findings"] for moment in endpoint["moments"]] == [[], ["server-error"]]
    assert endpoint["moments"][1]["criteria"][0] | {"low": 0, "high": 0} == {
        "name": "label_agreement",
        "observed": 0.625,
        "low": 0,
        "high": 0,
        "threshold": 0.95,
        "passed": False,
    }


def test_time_that_is_not_told_is_not_guessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = _report(tmp_path / "one", started="2026-11-29T10:00:00+00:00"), _report(tmp_path / "two")

    told = _data(capsys, one, two)

    assert told["by_time"] is False
    assert [moment["started"] for moment in told["endpoints"][0]["moments"]] == ["2026-11-29T10:00:00+00:00", None]


def test_endpoints_are_apart_unless_they_live_for_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = ("https://a.example/v1", "https://b.example/v1", "http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1")
    reports = [_report(tmp_path / str(n), api={"endpoint": place}) for n, place in enumerate(places)]

    told = _data(capsys, *reports)

    assert [(one["endpoint"], len(one["moments"])) for one in told["endpoints"]] == [
        ("https://a.example/v1", 1),
        ("https://b.example/v1", 1),
        ("http://127.0.0.1:2/v1", 2),
    ]


def test_page_holds_all_it_needs_and_lets_nothing_else_in(tmp_path: Path) -> None:
    page = tmp_path / "history.html"

    assert main([_report(tmp_path / "a"), _report(tmp_path / "b", crashing=True), "-o", str(page)]) == 0

    seen, text = _page(page), page.read_text(encoding="utf-8")
    policy = next(told["content"] for tag, told in seen.elements if tag == "meta" and "http-equiv" in told) or ""
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not {"script", "link", "img", "iframe", "a"} & {tag for tag, _ in seen.elements}
    assert not {
        name for _, told in seen.elements for name in told if name in ("src", "href", "style") or name[:2] == "on"
    }
    assert "url(" not in style
    assert "@import" not in style
    # Each run's marks, its finding's, and the same numbers as text.
    assert sum(tag == "circle" and "cx" in told and told["r"] == "4" for tag, told in seen.elements) == 8
    assert sum(tag == "rect" for tag, _ in seen.elements) == 1
    assert "0.625 (0.470 to 0.758), not passed" in " ".join(seen.texts)
    assert [told["role"] for tag, told in seen.elements if tag == "svg" and "role" in told] == ["img"]


def test_hostile_texts_stand_as_text(tmp_path: Path) -> None:
    page = tmp_path / "history.html"
    finding = {"id": HOSTILE, "title": HOSTILE, "side": "api", "count": 1, "evidence": {}}

    report = _report(tmp_path / "a", id=HOSTILE, api={"endpoint": HOSTILE}, findings=[finding])
    assert main([report, "-o", str(page)]) == 0

    seen = _page(page)
    assert not {"script", "img"} & {tag for tag, _ in seen.elements}
    assert sum("<script>alert(1)</script>\\x00\\x1b[2J\\u202e" in text for text in seen.texts) >= 4
    assert not re.search(r"[\x00\x1b\u202e]", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("criteria", [[{"name": "label_agreement"}], [3]])
def test_what_is_no_report_is_one_sentence(
    tmp_path: Path, criteria: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    odd = _report(tmp_path / "odd", criteria=criteria)
    (tmp_path / "rows").mkdir()
    (tmp_path / "odd" / "results.parquet").rename(tmp_path / "rows" / "results.parquet")

    for path in (odd, str(tmp_path / "rows"), str(tmp_path / "nowhere")):
        assert main([path, "-o", str(tmp_path / "page.html")]) == 2
        told = capsys.readouterr()
        assert (told.out, told.err.count("\n")) == ("", 1)
    assert not (tmp_path / "page.html").exists()
