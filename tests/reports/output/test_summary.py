"""The summary tells what was asked, what was counted, which examples are odd, and why the verdict is what it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backends.errors import FailureKind
from reports.output.summary import SHOWN, colour_of, summary_lines, verdict_line
from reports.verdict.judge import judge
from reports.verdict.judgement import Judgement
from reports.verdict.verdict import SubjectVerdict, Verdict
from tests.reports.material import NO, REFUSAL, YES, about, failed, row, rows, said, steady

if TYPE_CHECKING:
    from backends.completion import Answer

GOOD = (said(YES), said(YES))


def _verdict(*pairs: tuple[Answer, Answer, int]) -> Verdict:
    made = rows(*pairs)
    return Verdict(subjects=(judge(about(len(made)), made, {}),))


def _text(verdict: Verdict) -> str:
    return "\n".join(summary_lines(verdict))


def test_summary_tells_subject_sides_policy_and_sample() -> None:
    text = _text(_verdict((*GOOD, 30)))

    for fact in ("small", "some/model", "toxic_simple", "http://127.0.0.1:1/v1", "float32", "seed 42", "balanced"):
        assert fact in text


def test_every_criterion_has_a_line_with_estimate_threshold_interval_and_n() -> None:
    lines = _text(_verdict((*GOOD, 28), (said(YES), said(NO), 2))).splitlines()

    agreement = next(line for line in lines if line.startswith("label_agreement"))
    assert agreement.split() == ["label_agreement", "0.933", ">=", "0.950", "[0.787,", "0.982]", "28/30", "undecided"]
    assert [line.split()[0] for line in lines if line.endswith(("pass", "undecided"))] == [
        "label_agreement",
        "response_similarity",
        "api_parsed",
        "local_parsed",
    ]


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        (7, "28/35  FAIL, 0.800 beside a ceiling of 1.000 (n = 35)"),
        (6, "29/35  undecided, 0.829 beside a ceiling of 1.000 (n = 35)"),
    ],
)
def test_criterion_that_misses_its_threshold_is_told_beside_its_ceiling(odd: int, told: str) -> None:
    made = rows((*GOOD, 35 - odd), (said(YES), said(NO), odd // 2), (said(NO), said(YES), odd - odd // 2))

    text = _text(Verdict(subjects=(judge(about(35), made, {}, noise=steady(35)),)))

    assert told in text


def test_outcomes_retries_and_cached_answers_are_counted_per_side() -> None:
    retried = said(YES, attempts=3)
    kept = said(YES, cached=True)

    text = _text(_verdict((retried, kept, 2), (said(REFUSAL), said(NO), 1), (failed(FailureKind.SERVER), said(NO), 1)))

    assert "API      2 label, 1 refused, 1 error, 4 retries" in text
    assert "LOCAL    4 label, 2 from the cache" in text


def test_agreement_among_labelled_pairs_is_told_beside_the_other() -> None:
    text = _text(_verdict((*GOOD, 63), (said(YES), said(NO), 1), (said(REFUSAL), said(REFUSAL), 36)))

    assert "among the 64 pairs with two labels, 63 agree (0.984)" in text
    assert "99/100" in text


def test_flow_of_the_answers_is_told_where_not_all_are_labels() -> None:
    pairs = ((*GOOD, 6), (said(NO), said(YES), 1), (said(REFUSAL), said(YES), 2), (said(REFUSAL), said(REFUSAL), 3))

    lines = _text(_verdict(*pairs)).splitlines()

    start = lines.index("what the answers became, API down and LOCAL across:")
    assert [line.split() for line in lines[start + 1 : start + 5]] == [
        ["label", "1", "refused"],
        ["label", "0", "1", "."],
        ["label", "1", "6", "."],
        ["refused", "2", "3"],
    ]
    assert lines[start + 5].startswith("labels given: API 7, LOCAL 9 of 12;")
    assert lines[start + 6] == "where LOCAL gives a label (9), the API comes to: 6 same label, 2 refused, 1 other label"
    assert "what the answers became" not in _text(_verdict((*GOOD, 30)))


def test_example_that_disagrees_is_shown_with_what_both_sides_said() -> None:
    made = [*rows((*GOOD, 29)), row(said("1", "r"), said("0", "r"), 29, "the odd text")]

    text = _text(Verdict(subjects=(judge(about(30), made, {}),)))

    assert "1 of 30 examples do not agree:" in text
    odd = text[text.index("toxicchat-0029") :]
    assert "'the odd text'" in odd
    assert "API    label      '1'" in odd
    assert "LOCAL  label      '0'" in odd


def test_example_with_equal_labels_in_other_words_is_shown_too() -> None:
    text = _text(_verdict((*GOOD, 29), (said("**Answer:** 1"), said(YES), 1)))

    assert "1 of 30 examples do not agree:" in text
    assert "'**Answer:** 1'" in text


@pytest.mark.parametrize("odd", [SHOWN, SHOWN + 1])
def test_only_the_first_odd_examples_are_shown_and_all_are_counted(odd: int) -> None:
    text = _text(_verdict((*GOOD, 30 - odd), (said(YES), said(NO), odd)))

    assert f"{odd} of 30 examples do not agree" in text
    listed = text.partition("examples do not agree")[2].partition("rerun one with")[0]
    assert listed.count("  toxicchat-") == SHOWN
    assert (f"the first {SHOWN}" in text) is (odd > SHOWN)


def test_nothing_odd_means_no_list() -> None:
    assert "do not agree" not in _text(_verdict((*GOOD, 30)))


def test_null_answer_is_told_from_the_word_none_and_from_an_empty_one() -> None:
    text = _text(_verdict((said(None), said("None"), 1), (said(""), said(NO), 1)))

    assert "API    empty      (nothing)" in text
    assert "LOCAL  unreadable 'None'" in text
    assert "API    empty      ''" in text


@pytest.mark.parametrize(("n", "thin"), [(19, True), (20, False)])
def test_few_examples_are_called_thin_evidence(n: int, thin: bool) -> None:  # noqa: FBT001 - a column of the table
    assert ("thin evidence" in _text(_verdict((*GOOD, n)))) is thin


def test_subject_that_was_left_out_is_named_in_one_line() -> None:
    verdict = Verdict(subjects=_verdict((*GOOD, 30)).subjects, left_out=(("gpt-oss-20b", "It needs a CUDA device."),))

    assert "left out: gpt-oss-20b. It needs a CUDA device." in _text(verdict).splitlines()


def test_verdict_line_holds_judgement_and_reason() -> None:
    assert verdict_line(_verdict((*GOOD, 30))) == "verdict: conforms. All 4 criteria pass."


def test_verdict_line_of_several_subjects_tells_each() -> None:
    good = SubjectVerdict(subject=about(1, id="a"), judgement=Judgement.CONFORMS, reason="Fine.")
    bad = SubjectVerdict(subject=about(1, id="b"), judgement=Judgement.DIFFERS, reason="Not fine.")

    line = verdict_line(Verdict(subjects=(good, bad)))

    assert line == "verdict: differs. a: conforms. Fine. b: differs. Not fine."


@pytest.mark.parametrize(
    "text",
    [
        "\ud800",
        "a\x00b",
        "\x1b[2J",
        "\u202eevil",
        "שלום",
        "x" * 100_000,
        "```\n# verdict: conforms\n```",
        "\r\n\u2028\u2029\x85",
    ],
    ids=["surrogate", "nul", "escape", "override", "right-to-left", "long", "fence", "line-breaks"],
)
def test_any_text_stays_on_its_own_short_printable_line(text: str) -> None:
    made = [row(said(text, text), failed(FailureKind.SERVER, text), 0, text)]
    verdict = Verdict(subjects=(judge(about(1), made, {}),))

    lines = list(summary_lines(verdict))

    assert all(line.isprintable() and len(line) < 260 for line in lines)
    assert "\n".join(lines).encode("utf-8")
    assert len(verdict_line(verdict).splitlines()) == 1


def test_several_subjects_stand_side_by_side_in_one_table() -> None:
    good, bad = (_verdict((*GOOD, 30)), _verdict((*GOOD, 20), (said(YES), said(NO), 10)))
    subjects = tuple(
        replace(one.subjects[0], subject=replace(one.subjects[0].subject, id=name))
        for one, name in ((good, "m@a"), (bad, "m@longer-name"))
    )
    verdict = Verdict(subjects=subjects)

    lines = _text(verdict).splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("subject  ") and "findings" in line)
    heading, first, second = (line.split() for line in lines[start : start + 3])

    assert heading == [
        "subject",
        "verdict",
        "label_agreement",
        "response_similarity",
        "api_parsed",
        "local_parsed",
        "findings",
    ]
    assert first[:3] == ["m@a", "conforms", "1.000"]
    assert first[-1] == "0"
    assert second[:4] == ["m@longer-name", str(verdict.subjects[1].judgement), "0.667", "undecided"]
    assert lines[start + 1].index("conforms") == lines[start].index("verdict")
    assert lines[start] not in _text(good)


def test_every_judgement_has_its_colour() -> None:
    assert len({tuple(colour_of(judgement)) for judgement in Judgement}) == len(Judgement)
