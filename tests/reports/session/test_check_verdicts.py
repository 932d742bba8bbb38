"""Wire checks under pytest, alone and beside examples: their verdict, its exit status, and where its report goes."""

from __future__ import annotations

import json

import pytest

from backends.installation import DEFAULT_REPORT
from reports.session.reporter import EXIT_NO_VERDICT
from tests.reports.session.wire_project import in_every_mode, run_checks

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.usefixtures("end_of_run_is_loaded", "no_worker")


@in_every_mode
@pytest.mark.parametrize(
    ("pieces", "status", "verdict"),
    [
        (("kept", "skipped"), 0, "conforms"),
        (("kept", "broken"), 1, "differs"),
        (("kept", "unanswered"), EXIT_NO_VERDICT, "no-verdict"),
        (("kept", "unanswered", "broken"), 1, "differs"),
        (("kept", "error"), 1, "no-verdict"),
    ],
    ids=str,
)
def test_run_with_examples_ends_with_the_status_of_its_verdict(
    pytester: pytest.Pytester, mode: str, pieces: tuple[str, ...], status: int, verdict: str
) -> None:
    done = run_checks(pytester, *pieces, mode=mode, examples=20)

    assert done.status == status, done.text
    assert done.verdict is not None
    assert (done.verdict["verdict"], done.verdict["complete"]) == (verdict, True)
    assert f"verdict: {verdict}." in done.text


@in_every_mode
@pytest.mark.parametrize(
    ("pieces", "status", "verdict"),
    [
        (("kept", "known", "skipped"), 0, "conforms"),
        (("kept", "broken"), 1, "differs"),
        (("kept", "stale"), 1, "conforms"),
        (("kept", "unanswered", "unanswered-in-setup"), EXIT_NO_VERDICT, "no-verdict"),
        (("kept", "unanswered", "broken"), 1, "differs"),
        (("unanswered", "error"), 1, "no-verdict"),
        (("skipped",), EXIT_NO_VERDICT, "no-verdict"),
    ],
    ids=str,
)
def test_run_of_wire_checks_alone_has_a_verdict_of_its_own_kind(
    pytester: pytest.Pytester, mode: str, pieces: tuple[str, ...], status: int, verdict: str
) -> None:
    done = run_checks(pytester, *pieces, mode=mode)

    assert done.status == status, done.text
    assert done.verdict is not None
    assert (done.verdict["kind"], done.verdict["verdict"], done.verdict["complete"]) == ("wire", verdict, True)
    assert [(one["id"], one["kind"]) for one in done.verdict["subjects"]] == [("small", "wire"), ("small-two", "wire")]
    assert f"verdict: {verdict}. small: {done.verdict['subjects'][0]['verdict']}. " in done.text
    assert "subject  small (model some/model)" in done.text
    assert "subject  small-two (model some/model)" in done.text
    files = ["exchanges.json", "report.html", "summary.md", "verdict.json"]
    assert sorted(path.name for path in done.folder.iterdir()) == files
    assert f"# Conformance: {verdict}\n" in (done.folder / "summary.md").read_text(encoding="utf-8")


@in_every_mode
def test_exchanges_of_a_run_of_wire_checks_alone_are_kept_also_when_all_is_well(
    pytester: pytest.Pytester, mode: str
) -> None:
    done = run_checks(pytester, "kept", mode=mode)

    assert done.status == 0, done.text
    assert done.exchanges == {
        name: {"exchanges": {"policy": {"status": 200, "of": name}}} for name in ("small", "small-two")
    }


@in_every_mode
def test_verdict_of_wire_checks_alone_looks_at_no_example(pytester: pytest.Pytester, mode: str) -> None:
    done = run_checks(pytester, "kept", mode=mode)

    assert done.verdict is not None
    told = done.verdict["subjects"][0]
    assert [told[name] for name in ("sample", "flow", "pairs_with_two_labels", "token_evidence")] == [None] * 4
    assert [told[name] for name in ("criteria", "missing", "noise", "checks_not_selected")] == [[]] * 4
    assert told["criteria_not_looked_at"] == ["label_agreement", "response_similarity", "api_parsed", "local_parsed"]
    assert told["reason"].startswith("1 of 1 wire check kept. No example was asked")


@in_every_mode
@pytest.mark.parametrize(
    ("chosen", "left_out"),
    [("kept", ["prompt-length-legitimate"]), ("kept or plain", ["prompt-length-legitimate"]), ("broken", [])],
    ids=str,
)
def test_part_of_the_checks_passes_nobody_and_is_told(
    pytester: pytest.Pytester, mode: str, chosen: str, left_out: list[str]
) -> None:
    pieces = ("kept", "broken") if left_out else ("broken",)
    done = run_checks(pytester, *pieces, mode=mode, more=("-k", chosen))

    broken = "plain" in chosen or not left_out
    assert done.verdict is not None
    assert done.verdict["complete"] is not bool(left_out)
    for told in done.verdict["subjects"]:
        assert told["checks_not_selected"] == left_out
        assert told["verdict"] == ("differs" if broken else "no-verdict")
        assert ("1 claim was not selected, wholly or in part (prompt-length-legitimate)" in told["reason"]) is bool(
            left_out
        )
    assert done.status == (1 if broken else EXIT_NO_VERDICT)
    assert ("1 claim was not selected" in done.text) is bool(left_out)


def test_report_about_examples_is_not_overwritten_by_one_about_wire_checks_alone(pytester: pytest.Pytester) -> None:
    whole = run_checks(pytester, "kept", examples=20)
    kept = {path.name: path.read_bytes() for path in whole.folder.iterdir()}

    done = pytester.runpytest_inprocess("-p", "reports.plugin", "-p", "no:benchmark", "-k", "kept")

    assert {path.name: path.read_bytes() for path in whole.folder.iterdir() if path.is_file()} == kept
    told = json.loads((whole.folder / "wire" / "verdict.json").read_text(encoding="utf-8"))
    assert (told["kind"], told["verdict"]) == ("wire", "conforms")
    done.stdout.fnmatch_lines([f"wrote {DEFAULT_REPORT}/wire/verdict.json"])


def test_report_about_all_checks_is_not_overwritten_by_one_about_a_part(pytester: pytest.Pytester) -> None:
    whole = run_checks(pytester, "kept", "known")
    before = (whole.folder / "verdict.json").read_bytes()

    for again in ("kept", "known"):
        pytester.runpytest_inprocess("-p", "reports.plugin", "-p", "no:benchmark", "-k", again)

        assert (whole.folder / "verdict.json").read_bytes() == before
        told = json.loads((whole.folder / "partial" / "verdict.json").read_text(encoding="utf-8"))
        assert told["subjects"][0]["checks"][0]["id"].startswith(f"test_fields.py::test_{again}")


def test_selection_without_any_check_prints_no_section(pytester: pytest.Pytester) -> None:
    done = run_checks(pytester, "kept", more=("-k", "nothing_of_that_name"))

    assert done.status == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "= conformance =" not in done.text


def test_subject_of_which_only_checks_are_selected_has_a_verdict_of_another_kind_beside_one_that_has_examples(
    pytester: pytest.Pytester,
) -> None:
    done = run_checks(
        pytester,
        "unanswered",
        examples=20,
        more=("--deselect", "conformance/test_fields.py::test_unanswered[small]", "-k", "unanswered or not small-two"),
    )

    assert done.verdict is not None
    assert done.verdict["kind"] == "examples"
    assert [(one["id"], one["kind"], one["verdict"]) for one in done.verdict["subjects"]] == [
        ("small", "examples", "conforms"),
        ("small-two", "wire", "no-verdict"),
    ]
    assert "wire     1 check: 1 unanswered" in done.text
    assert done.status == EXIT_NO_VERDICT


def test_evidence_that_cannot_be_written_is_told_and_fails_therun_checks(pytester: pytest.Pytester) -> None:
    (pytester.path / DEFAULT_REPORT).write_text("in the way", encoding="utf-8")

    done = run_checks(pytester, "broken")

    assert done.status == 1
    assert "The report could not be written" in done.text
