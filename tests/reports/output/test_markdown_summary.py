"""The summary as Markdown, as a renderer of Markdown reads it: tables and sentences, and no text is more than text."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from backends.errors import FailureKind
from reports.checks.check import CheckOutcome
from reports.markdown import prose
from reports.output.markdown_summary import summary_markdown
from reports.output.summary import subject_lines
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement
from reports.verdict.verdict import SubjectVerdict, Verdict
from tests.markdown_reader import kinds_in, rendered
from tests.reports.material import NO, REFUSAL, YES, about, check, failed, row, rows, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

RAW_HARMONY = "<|channel|>analysis<|message|>Toxic.<|end|><|start|>assistant<|channel|>final<|message|>1<|return|>"

#: What steers whoever renders it, if anything does.
STEERING = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.invalid/x.png)",
    "[conforms](http://evil.invalid)",
    "http://evil.invalid www.evil.invalid",
    "| a | b |\n|---|---|\n| conforms | 1 |",
    "```\n# conforms\n```",
    "# conforms",
    "- conforms",
    "1. conforms",
    "====",
    "**conforms** __conforms__ ~~no~~ `code`",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egnp",
    "a\x00b\ud800",
    "&lt;script&gt; &#60;b&#62;",
    "x" * 100_000,
)


def _headings(tokens: Sequence[Token]) -> list[str]:
    return [f"{one.tag} {after.content}" for one, after in itertools.pairwise(tokens) if one.type == "heading_open"]


def _cells(tokens: Sequence[Token]) -> list[str]:
    """Returns the texts of all cells of tables, as a reader sees them."""
    inline = [after for one, after in itertools.pairwise(tokens) if one.type in ("td_open", "th_open")]
    return ["".join(part.content for part in one.children or ()) for one in inline]


def test_reader_sees_verdict_sides_criteria_and_flow_in_tables() -> None:
    made = rows((said(YES), said(YES), 63), (said(REFUSAL), said(NO), 37))
    tokens = rendered(summary_markdown(Verdict(subjects=(judge(about(100), made, {}),))))

    cells = _cells(tokens)
    assert cells[:2] == ["", "what was asked"]
    for told in ("some/model", "toxic_simple", "label_agreement", ">= 0.950", "63/100", "label 1", "refused", "37"):
        assert told in cells
    assert any("http://127.0.0.1:1/v1" in told for told in cells)


def test_finding_has_a_section_with_its_command_and_the_checks_their_rows() -> None:
    made = rows((said(RAW_HARMONY), said(YES), 30))
    broken = check(CheckOutcome.BROKEN, message="the server says <|end|>")
    judged = judge(about(30), made, {}, checks=[broken])
    (finding, *_) = judged.findings

    tokens = rendered(summary_markdown(Verdict(subjects=(judged,))))

    assert f"h3 Finding: {finding.id}" in _headings(tokens)
    assert f"{finding.reproduce}\n" in [token.content for token in tokens if token.info == "sh"]
    assert {"broken", "the server says <|end|>", broken.claim} <= set(_cells(tokens))


def test_several_subjects_stand_side_by_side() -> None:
    good = judge(about(30, id="a"), rows((said(YES), said(YES), 30)), {})
    bad = judge(about(30, id="b"), rows((said(RAW_HARMONY), said(YES), 30)), {})

    cells = _cells(rendered(summary_markdown(Verdict(subjects=(good, bad)))))

    assert cells[0] == "subject"
    assert {"a", "b", "conforms", "differs", "1: raw-harmony-in-content"} <= set(cells)


def test_what_was_printed_stands_at_the_end_to_the_letter() -> None:
    judged = judge(about(30), rows((said(YES), said(YES), 30)), {})

    last = rendered(summary_markdown(Verdict(subjects=(judged,))))[-1]

    assert last.type == "fence"
    assert last.content.splitlines() == list(subject_lines(judged))


def test_subject_that_was_left_out_is_named_with_the_reason() -> None:
    judged = judge(about(30), rows((said(YES), said(YES), 30)), {})
    verdict = Verdict(subjects=(judged,), left_out=(("gpt-oss-20b", "It needs a CUDA device."),))

    assert {"gpt-oss-20b", "It needs a CUDA device."} <= set(_cells(rendered(summary_markdown(verdict))))


@pytest.mark.parametrize("text", STEERING)
def test_no_text_from_outside_is_more_than_text(text: str) -> None:
    made = [row(said(text, text), failed(FailureKind.SERVER, text), 0, text)]
    seen = judge(about(1), made, {}, checks=[check(CheckOutcome.BROKEN, message=text)])
    told = SubjectVerdict(subject=about(1, id=f"<b>{text[:20]}"), judgement=Judgement.DIFFERS, reason=text)

    page = summary_markdown(Verdict(subjects=(seen, told), left_out=(("x", text),), environment={"torch": text}))

    tokens = rendered(page)
    allowed = {
        "heading",
        "paragraph",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "strong",
        "bullet_list",
        "list_item",
    }
    assert kinds_in(page) <= allowed | {"inline", "text", "fence"}
    assert [heading.split(" ", 1)[0] for heading in _headings(tokens)].count("h1") == 1
    assert "conforms" not in {heading.split(" ", 1)[1] for heading in _headings(tokens)}
    assert all(line.isprintable() for line in page.splitlines())
    assert max(map(len, page.splitlines())) < 5_000


@pytest.mark.parametrize("text", STEERING)
def test_escaped_text_is_read_as_it_was(text: str) -> None:
    plain = " ".join(text.split())
    if not plain.isprintable():
        return

    (_, inline, _) = rendered(prose(text))

    assert "".join(part.content for part in inline.children or ()) == plain
