"""The page tells what the report's files tell, and what it is not told it says in a line."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backends.labels import read_label
from backends.outcome import read_outcome
from fixtures.toxicchat import Example
from reports.html import main
from reports.page import NoReportError, file, page_of, read_source, write_page
from reports.rows.comparison import audited_row
from tests.places import ROOT
from tests.reports.material import CONTEXT, NO, said
from tests.reports.page.runs import REASONING, data_of, mixed_rows, score_of, scored_row, some_checks, write_run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that differs."""
    folder = tmp_path_factory.mktemp("run")
    write_run(folder, mixed_rows(), wire=some_checks())
    return folder


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    """Its page."""
    return (run / "report.html").read_text(encoding="utf-8")


def words(page: str) -> str:
    """Returns what stands on a page outside of its script and style, as one line."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", bare).split())


def test_verdict_stands_at_the_head(page: str, run: Path) -> None:
    told = json.loads((run / "verdict.json").read_text(encoding="utf-8"))

    assert "<bdi>small differs</bdi></h1>" in page
    assert f"{told['subjects'][0]['findings'][0]['title']}." in words(page)


def test_every_section_is_there(page: str) -> None:
    names = ("criteria", "findings", "flow", "asymmetries", "tokens", "labels", "partings", "speed", "checks")
    assert [name for name in names if f'id="s0-{name}"' not in page] == []
    assert 'id="examples"' in page


def test_criteria_are_drawn_against_threshold_and_ceiling(page: str) -> None:
    assert re.search(r'aria-label="label_agreement: 0\.750, 95% interval 0\.\d+ to 0\.\d+, threshold 0\.95', page)
    assert page.count('<svg class="track') == 4 + 6 + 2  # criteria, measures of the labels, latencies


def test_charts_have_a_text_and_follow_the_style_sheet(page: str) -> None:
    charts = re.findall(r"<svg [^>]*>", page)
    assert charts
    assert all('role="img"' in chart and re.search(r'aria-label="[^"]{10,}"', chart) for chart in charts)
    drawn = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert not re.search(r'style=|fill="|stroke="|#[0-9a-f]{3,6}\b', drawn)


def test_margins_of_the_api_stand_beside_those_of_the_floor(page: str) -> None:
    chart = re.search(r'aria-label="Tokens by margin in nats\. ([^"]*)"', page)
    assert chart is not None
    api, floor = html.unescape(chart[1]).split("; ")
    assert api.startswith("API: \u2264 0.1: 0, \u2264 0.25: 5, \u2264 0.5: 0, \u2264 1: 25, \u2264 2: 0, \u2264 4: 20")
    assert floor.startswith("floor of the reference: \u2264 0.1: 0, \u2264 0.25: 100")


def test_labels_are_held_against_the_ground_truth(page: str) -> None:
    text = words(page)
    assert "toxic 50 0 0" in text  # the reference is right throughout
    assert "harmless 0 25 25" in text  # the API gives no label on a quarter, all of them harmless


def test_checks_have_their_exchanges_folded_under(page: str) -> None:
    assert "1 broken" in words(page)
    assert re.search(r'<details id="s0-exchange-0"><summary>Exchange plain</summary><pre[^>]*>\{', page)
    assert "&#34;status&#34;: 500" in page


def test_examples_hold_both_arms_with_the_parting_marked(page: str) -> None:
    example = data_of(page)["examples"][0]

    api, local = ([one for one in example[side]["reasoning"] if isinstance(one, dict)] for side in ("api", "local"))
    assert {"x": " ", "m": 1, "n": 0.1, "l": " likelier"} in api
    assert {"x": "I", "m": 1, "n": 0.1, "l": " likelier", "p": "No"} in api
    assert [one["p"] for one in local] == ["I"]
    assert example["parting"]["kind"] == "near-tie"
    assert [name for name, _ in example["raw"]] == [
        "API: request and response as sent",
        "LOCAL: prompt as fed",
        "LOCAL: text as written",
    ]


def test_texts_that_are_called_toxic_are_covered(page: str) -> None:
    lines = re.findall(r'<tr class="line.*?</tr>', page, re.DOTALL)

    covered = [line for line in lines if "data-covered" in line]
    assert len(lines) == 100
    assert len(covered) == 50
    assert all('<details class="cover"><summary>covered</summary>' in line for line in covered)
    assert all('data-truth="1"' in line for line in covered)


def test_page_lets_its_own_script_and_style_run_and_nothing_else(page: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    style, script = (
        re.search(r"<style>(.*?)</style>", page, re.DOTALL),
        re.search(r"<script>(.*?)</script>", page, re.DOTALL),
    )
    assert policy is not None
    assert style is not None
    assert script is not None
    sums = [base64.b64encode(hashlib.sha256(one[1].encode()).digest()).decode() for one in (script, style)]
    assert policy[1].replace("&#39;", "'") == (
        f"default-src 'none'; script-src 'sha256-{sums[0]}'; style-src 'sha256-{sums[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert "unsafe" not in policy[1]
    assert not re.search(
        r"\bon\w+=|javascript:|(?:src|href)=\"(?!#)", re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    )


def test_page_of_the_parquet_alone_tells_what_the_rows_come_to(run: Path, tmp_path: Path) -> None:
    (tmp_path / "results.parquet").write_bytes((run / "results.parquet").read_bytes())

    text = words(page_of(read_source(tmp_path)))

    assert "Results without a verdict" in text
    assert "label_agreement" in text
    assert "0.750 75 of 100" in text
    assert "Findings stand in verdict.json, which does not lie beside these rows." in text


def test_page_can_be_made_again_and_is_the_same(
    run: Path, page: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = tmp_path / "again.html"

    assert main([str(run), "--output", str(again)]) == 0

    assert again.read_text(encoding="utf-8") == page
    assert capsys.readouterr().out == f"wrote {again}\n"


def test_checkout_makes_it_by_its_room(run: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    made = subprocess.run(
        [sys.executable, "-m", "reports", "html", str(run / "results.parquet"), "--output", str(again)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert (made.returncode, made.stderr) == (0, "")
    assert again.is_file()


def test_folder_without_a_report_is_told_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 4
    assert capsys.readouterr().err == f"{tmp_path} holds no report: name the folder of one, or its results.parquet.\n"


@pytest.mark.parametrize("name", ["results.parquet", "verdict.json"])
def test_file_that_is_something_else_is_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x00 something else")

    with pytest.raises(NoReportError, match="name the folder of a report"):
        write_page(tmp_path)


def test_place_that_takes_no_page_is_told_in_a_sentence(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(run), "--output", str(tmp_path / "no" / "page.html")]) == 4
    assert "name another file with --output" in capsys.readouterr().err


def test_run_of_wire_checks_alone_says_so_in_a_line(tmp_path: Path) -> None:
    exchange = json.dumps({"request": "{}", "status": 200, "response": "{}"})
    page = write_run(
        tmp_path, [], wire=some_checks(), wire_alone=True, exchanges={"small": {"plain": exchange}}
    ).read_text(encoding="utf-8")

    assert "No examples were asked in this run: it looked at the wire alone" in words(page)
    assert "<svg" not in page
    assert 'id="examples"' not in page


def test_answers_that_nobody_read_draw_no_chart_of_tokens(tmp_path: Path) -> None:
    rows = [replace(scored_row(place), api_scoring=None) for place in range(3)]
    page = write_run(tmp_path, rows).read_text(encoding="utf-8")

    assert "No answer was read by a local model in this run, so no token was weighed." in words(page)
    assert "Tokens by margin" not in page


def test_several_subjects_stand_side_by_side(tmp_path: Path) -> None:
    page = write_run(tmp_path, mixed_rows(20), subjects=2).read_text(encoding="utf-8")

    assert "Of 2 subjects, 2 " in words(page)
    assert all(f'href="#s{place}"' in page and f'id="s{place}-criteria"' in page for place in (0, 1))
    assert page.count('<tr class="line') == 40
    assert 'name="subject"' in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_audit_has_one_arm_and_says_so(tmp_path: Path) -> None:
    made = read_outcome(said(NO, REASONING, raw="{}"), read_label)
    asked = [
        Example(example_id=f"toxicchat-{n:04}", conv_id=str(n), user_input="A text.", toxicity=0) for n in range(3)
    ]
    rows = [audited_row(one, made, score_of((REASONING, NO), {8: 1.5}), **CONTEXT) for one in asked]

    page = write_run(tmp_path, rows, audit=True).read_text(encoding="utf-8")

    text = words(page)
    assert "An audit asks one side alone." in text
    assert "There are not two texts to hold side by side in this run." in text
    assert "label 0 3 3" in text
    assert data_of(page)["examples"][0]["local"] == {"reasoning": [], "answer": []}
    assert page.count('data-local="not asked"') == 3 + 1  # each example, and the number that shows them


def test_page_that_cannot_be_made_takes_no_verdict_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(source: object) -> str:
        raise ZeroDivisionError(f"<b>{type(source).__name__}</b>")

    monkeypatch.setattr(file, "page_of", broken)
    page = write_run(tmp_path, mixed_rows(4)).read_text(encoding="utf-8")

    assert "ZeroDivisionError: &lt;b&gt;Source&lt;/b&gt;" in page
    assert "verdict.json" in page
    assert json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["subjects"]


def test_texts_that_never_part_draw_no_chart(tmp_path: Path) -> None:
    page = write_run(tmp_path, [scored_row(place) for place in range(3)]).read_text(encoding="utf-8")

    assert "3 pairs of texts are equal to the letter." in words(page)
    assert "where their texts part" not in page
