"""Wire checks under pytest: every outcome is told, known differences are strict, and what is lost is told."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch

import pytest

from backends.installation import DEFAULT_REPORT
from reports.session.reporter import EXIT_NO_VERDICT
from tests.reports.session.wire_project import EVIDENCE, MODES, TOKEN, in_every_mode, run_checks

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.usefixtures("end_of_run_is_loaded", "no_worker")


EVERY = ("kept", "broken", "known", "skipped", "unanswered", "unanswered-in-setup", "error", "error-in-setup")


@in_every_mode
def test_every_outcome_is_told_in_every_mode(pytester: pytest.Pytester, mode: str) -> None:
    done = run_checks(pytester, *EVERY, mode=mode, examples=20)

    assert done.outcomes() == {
        "test_broken[plain]": "broken",
        "test_broken[unicode]": "broken",
        "test_error": "error",
        "test_error_in_setup": "error",
        "test_kept": "kept",
        "test_known[even]": "kept",
        "test_known[odd]": "known-difference",
        "test_skipped": "skipped",
        "test_skipped_by_mark": "skipped",
        "test_unanswered": "unanswered",
        "test_unanswered_in_setup": "unanswered",
    }
    assert done.outcomes("small-two")["test_known[odd]"] == "kept"
    assert done.status == 1
    counts = {name: done.counts[name] for name in ("failed", "errors", "xfailed", "skipped", "unanswered")}
    assert counts == {"failed": 6, "errors": 2, "xfailed": 1, "skipped": 4, "unanswered": 4}


@in_every_mode
def test_check_in_the_verdict_file_has_claim_message_exchanges_and_link(pytester: pytest.Pytester, mode: str) -> None:
    done = run_checks(pytester, *EVERY, mode=mode, examples=20)

    assert done.verdict is not None
    told = {check["id"].rpartition("::")[2]: check for check in done.verdict["subjects"][0]["checks"]}
    assert told["test_kept"] == {
        "id": "test_fields.py::test_kept",
        "check": "usage-adds-up",
        "claim": "The counts of /v1/usage add up, e.g. these two.",
        "outcome": "kept",
        "message": "Seen.",
        "exchanges": ["policy", "policy-again"],
        "link": "",
        "facts": {"offset": 0},
    }
    assert told["test_broken[plain]"]["message"] == "expected:\n  one\ngot:\n  [redacted]"
    known = told["test_known[odd]"]
    assert (known["message"], known["link"]) == ("It counts twice.", "https://example.org/1")
    assert told["test_skipped"]["message"] == "no /v1/completions"
    assert told["test_skipped_by_mark"]["message"] == "no logprobs"
    for name in ("test_error", "test_error_in_setup"):
        assert re.fullmatch(r"KeyError: 'usage' \(test_fields\.py, line \d+\)", told[name]["message"])


@in_every_mode
def test_evidence_of_broken_claims_alone_is_written_without_credentials(pytester: pytest.Pytester, mode: str) -> None:
    done = run_checks(pytester, *EVERY, mode=mode, examples=20, more=("--junitxml", "junit.xml"))

    of_one = {f"test_fields.py::test_broken[{case}]": {"policy": json.loads(EVIDENCE)} for case in ("plain", "unicode")}
    wanted = json.loads(json.dumps({"small": of_one, "small-two": of_one}).replace(TOKEN, "[redacted]"))
    assert done.counts["passed"] == 40 + 5
    assert done.exchanges == wanted
    assert f"wrote {DEFAULT_REPORT}/exchanges.json" in done.text
    for path in (*done.folder.iterdir(), pytester.path / "junit.xml", pytester.path / "properties.txt"):
        assert TOKEN.encode() not in path.read_bytes(), path.name


@in_every_mode
def test_summary_tells_the_checks_of_each_subject(pytester: pytest.Pytester, mode: str) -> None:
    done = run_checks(pytester, *EVERY, mode=mode, examples=20)

    assert done.text.count("subject  small (") == 1
    counts = "2 kept, 2 broken, 1 known difference, 2 skipped, 2 unanswered, 2 errors; 3 requests"
    of_small = done.text[done.text.index("subject  small (") : done.text.index("subject  small-two")].splitlines()
    assert f"wire     11 checks: {counts}" in of_small
    for line in (
        "broken: The prompt is rendered.",
        "      one",
        "known difference: Tokens are counted once. It counts twice. https://example.org/1",
        "skipped: 1 check, no /v1/completions",
        "skipped: 1 check, no logprobs",
        "unanswered: 2 checks, http://x could not be reached.",
    ):
        assert line in of_small, line
    errors = [line for line in of_small if line.startswith("error: It is judged. KeyError: 'usage' (test_fields.py, ")]
    assert [line.rpartition(" ")[2] for line in errors] == [
        "(test_fields.py::test_error)",
        "(test_fields.py::test_error_in_setup)",
    ]
    (rerun,) = (line for line in of_small if line.startswith("  rerun it with: ") and "unicode" in line)
    assert rerun.endswith(' -k "test_broken and unicode"')
    assert all(word in rerun for word in MODES[mode])
    assert "broken: The prompt is rendered." in (done.folder / "summary.md").read_text(encoding="utf-8")
    assert "small: differs. 2 of 11 wire checks fail: The prompt is rendered. small-two: differs." in done.text


def test_failure_of_a_broken_claim_is_told_by_claim_and_message_without_a_traceback(
    pytester: pytest.Pytester,
) -> None:
    done = run_checks(pytester, "broken", more=("-v",))

    failures = done.text[done.text.index("= FAILURES =") : done.text.index("= conformance =")]
    assert (
        "conformance/test_fields.py::test_broken[small-unicode]\nThe prompt is rendered.\nexpected:\n  one" in failures
    )
    assert "raise CheckViolation" not in failures
    assert "test_broken[small-plain] FAILED" in done.text
    assert TOKEN not in done.text


# Strictness -----------------------------------------------------------------------------------------------------------


@in_every_mode
def test_known_difference_that_differs_as_expected_fails_nothing(pytester: pytest.Pytester, mode: str) -> None:
    done = run_checks(pytester, "known", mode=mode, examples=20)

    assert done.status == 0, done.text
    assert done.verdict is not None
    assert done.verdict["verdict"] == "conforms"
    assert done.exchanges is None


@in_every_mode
def test_known_difference_that_no_longer_differs_fails_the_run_and_names_its_file(
    pytester: pytest.Pytester, mode: str
) -> None:
    done = run_checks(pytester, "stale", mode=mode, examples=20)

    assert done.status == 1
    assert done.counts["failed"] == 1
    assert done.verdict is not None
    assert done.verdict["verdict"] == "conforms"
    assert done.outcomes() == {"test_known[odd]": "stale"}
    assert done.outcomes("small-two") == {"test_known[odd]": "kept"}
    assert f"This known difference no longer differs: remove its entry from {pytester.path / 'known.toml'}" in done.text
    assert "stale: Tokens are counted once. This known difference no longer differs" in done.text
    assert "conformance/test_fields.py::test_known[small-odd]\nTokens are counted once.\nThis known" in done.text


@in_every_mode
@pytest.mark.parametrize(("breaks", "outcome"), [("", "kept"), ("yes", "known-difference")])
def test_known_difference_that_the_model_may_keep_by_itself_fails_nothing_where_it_does(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, mode: str, breaks: str, outcome: str
) -> None:
    monkeypatch.setenv("BREAKS", breaks)

    done = run_checks(pytester, "kept-at-times", mode=mode, examples=20)

    assert done.verdict is not None
    assert (done.status, done.verdict["verdict"]) == (0, "conforms")
    assert done.outcomes() == {"test_json[odd]": outcome}
    assert ("stale" in done.text) is False


@pytest.mark.parametrize(
    ("piece", "outcome", "status"),
    [("other-fault-of-known", "error", 1), ("unanswered-known", "unanswered", EXIT_NO_VERDICT)],
)
def test_known_difference_excuses_nothing_but_a_broken_claim(
    pytester: pytest.Pytester, piece: str, outcome: str, status: int
) -> None:
    done = run_checks(pytester, piece, examples=20)

    assert done.outcomes() == {"test_known[odd]": outcome}
    assert done.status == status
    assert ("ValueError: no such exchange (test_fields.py, line " in done.text) is (outcome == "error")


def test_expectations_can_be_switched_off_as_with_pytest_itself(pytester: pytest.Pytester) -> None:
    done = run_checks(pytester, "known", examples=20, more=("--runxfail",))

    assert done.outcomes() == {"test_known[odd]": "broken", "test_known[even]": "kept"}
    assert done.status == 1


def test_module_that_cannot_be_imported_is_pytests_to_tell(pytester: pytest.Pytester) -> None:
    done = run_checks(pytester, "unimportable")

    assert done.status == pytest.ExitCode.INTERRUPTED
    assert "ERROR conformance/test_fields.py" in done.text
    assert "No module named 'nothing_of_that_name'" in done.text


@pytest.mark.parametrize(
    ("piece", "told"),
    [
        ("without-id", "test_without_id[small]: the marker wire takes the check's id, *, and is given nothing."),
        (
            "unknown-id",
            "test_unknown_id[small]: the marker wire takes the check's id, *, and is given 'usage-adds-down'.",
        ),
        ("same-id", "*::test_kept and *::test_same_id are both the wire check 'usage-adds-up'."),
    ],
)
def test_wire_check_without_an_id_of_its_own_is_refused(pytester: pytest.Pytester, piece: str, told: str) -> None:
    done = run_checks(pytester, "kept", piece)

    assert done.status == pytest.ExitCode.USAGE_ERROR
    assert fnmatch(done.text, f"*{told.replace('[', '[[]')}*")


def test_check_that_was_selected_and_never_ran_leaves_no_verdict(pytester: pytest.Pytester) -> None:
    done = run_checks(pytester, "kept", "interrupting", examples=20)

    assert done.status == pytest.ExitCode.INTERRUPTED
    assert "small-two: no-verdict. 1 wire check never came to an end: run it again." in done.text
    assert "small: conforms." in done.text


@pytest.mark.slow
def test_check_whose_process_died_is_lost_and_leaves_no_verdict(pytester: pytest.Pytester) -> None:
    done = run_checks(pytester, "kept", "broken", "crashing", mode="xdist", examples=20)

    assert done.verdict is not None
    assert done.verdict["verdict"] == "no-verdict"
    assert "1 test was lost with the process that ran it: run it again." in done.text
    assert "test_crashing" not in done.outcomes()
