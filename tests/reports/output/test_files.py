"""The report folder holds what the contract says, and nothing that must not be written down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from backends.errors import FailureKind
from reports.checks.check import CheckOutcome
from reports.output.files import SCHEMA_VERSION, verdict_as_data, write_exchanges, write_report
from reports.verdict.judge import judge
from reports.verdict.verdict import Verdict
from tests.reports.material import NO, YES, about, check, checks, failed, rows, said

if TYPE_CHECKING:
    from pathlib import Path


def _verdict(*, missing: int = 0, message: str = "", environment: dict[str, Any] | None = None) -> Verdict:
    made = rows((said(YES), said(YES), 28), (failed(FailureKind.SERVER, message), said(NO), 2))
    judged = judge(about(30), made[: 30 - missing], {})
    return Verdict(
        subjects=(judged,),
        left_out=(("gpt-oss-20b", "It needs a CUDA device."),),
        environment=environment or {"python": "3.11", "commit": None},
    )


def test_report_is_a_parquet_a_json_and_a_markdown_file(tmp_path: Path) -> None:
    paths = write_report(_verdict(), tmp_path / "deep" / "folder")

    assert [path.name for path in paths] == ["results.parquet", "verdict.json", "summary.md", "report.html"]
    assert sorted(path.name for path in (tmp_path / "deep" / "folder").iterdir()) == sorted(p.name for p in paths)
    assert pq.read_table(paths[0]).num_rows == 30


def test_verdict_file_holds_the_contracts_fields(tmp_path: Path) -> None:
    _, path, *_ = write_report(_verdict(), tmp_path)

    told = json.loads(path.read_text(encoding="utf-8"))

    assert {"schema_version", "verdict", "subjects", "complete", "environment"} <= set(told)
    assert (told["schema_version"], told["verdict"], told["complete"]) == (SCHEMA_VERSION, "differs", True)
    subject = told["subjects"][0]
    assert {"id", "model", "api", "local", "policy", "sample", "verdict", "criteria", "findings"} <= set(subject)
    assert set(subject["sample"]) == {"size", "seed", "stratify", "sha256"}
    assert "examples" not in subject


def test_criteria_in_the_verdict_file_have_the_contracts_names_and_fields() -> None:
    criteria = verdict_as_data(_verdict())["subjects"][0]["criteria"]

    assert [one["name"] for one in criteria] == ["label_agreement", "response_similarity", "api_parsed", "local_parsed"]
    fields = {"name", "observed", "threshold", "n", "successes", "interval", "standing", "ceiling", "passed"}
    assert [set(one) for one in criteria] == [fields] * 4
    assert criteria[0] | {"interval": None} == {
        "name": "label_agreement",
        "observed": 28 / 30,
        "threshold": 0.95,
        "n": 30,
        "successes": 28,
        "interval": None,
        "standing": "undecided",
        "ceiling": None,
        "passed": False,
    }
    assert criteria[1]["successes"] is None
    assert all(one["interval"][0] <= one["observed"] <= one["interval"][1] for one in criteria)


def test_both_numbers_of_the_agreement_are_told() -> None:
    subject = verdict_as_data(_verdict())["subjects"][0]

    assert subject["pairs_with_two_labels"] == {"n": 28, "agreeing": 28}
    assert subject["criteria"][0]["n"] == 30


def test_missing_rows_are_named_and_the_run_is_not_complete(tmp_path: Path) -> None:
    _, path, summary, _ = write_report(_verdict(missing=2), tmp_path)

    told = json.loads(path.read_text(encoding="utf-8"))

    assert told["complete"] is False
    assert told["verdict"] == told["subjects"][0]["verdict"] == "no-verdict"
    assert told["subjects"][0]["missing"] == ["toxicchat-0028", "toxicchat-0029"]
    assert "not complete" in summary.read_text(encoding="utf-8")


def test_left_out_subjects_are_told_with_their_reason() -> None:
    assert verdict_as_data(_verdict())["left_out"] == [{"id": "gpt-oss-20b", "reason": "It needs a CUDA device."}]


def test_run_without_any_row_still_leaves_all_files(tmp_path: Path) -> None:
    empty = Verdict(subjects=(judge(about(3), [], {}),))

    paths = write_report(empty, tmp_path)

    assert pq.read_table(paths[0]).num_rows == 0
    assert json.loads(paths[1].read_text(encoding="utf-8"))["subjects"][0]["criteria"] == []


def test_later_report_replaces_the_earlier_one(tmp_path: Path) -> None:
    write_report(_verdict(missing=2), tmp_path)
    write_report(_verdict(), tmp_path)

    assert pq.read_table(tmp_path / "results.parquet").num_rows == 30
    assert json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["complete"] is True


@pytest.mark.parametrize("secret", ["plain-secret-value", "hf_abcdefghijklmnopqrstuvwxyz", "sk-abcdefghijklmnopqrstuv"])
def test_no_file_holds_a_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("HF_TOKEN", "plain-secret-value")
    judged = judge(about(1), rows((failed(FailureKind.REFUSED, f"401: {secret}"), said(NO), 1)), {})

    paths = write_report(Verdict(subjects=(judged,), environment={"note": secret}), tmp_path)

    assert not [path.name for path in paths if secret.encode() in path.read_bytes()]


def test_lone_surrogates_in_a_message_break_no_file(tmp_path: Path) -> None:
    judged = judge(about(1), rows((failed(FailureKind.SERVER, "500: \ud800"), said("\udfff"), 1)), {})

    for path in write_report(Verdict(subjects=(judged,)), tmp_path)[1:]:
        assert path.read_text(encoding="utf-8")


# Checks ---------------------------------------------------------------------------------------------------------------

EVIDENCE = {"policy": '{"status": 200, "body": {"usage": null}}', "policy-again": "no JSON at all"}


def test_verdict_file_tells_the_checks_without_their_evidence(tmp_path: Path) -> None:
    broken = check(CheckOutcome.BROKEN, message="No usage.", exchanges=("policy",), evidence=EVIDENCE)
    judged = judge(about(1), rows((said(YES), said(YES), 1)), {}, checks=[broken, *checks(kept=1)])

    told = json.loads(write_report(Verdict(subjects=(judged,)), tmp_path)[1].read_text(encoding="utf-8"))

    assert told["schema_version"] == 1
    assert [one["outcome"] for one in told["subjects"][0]["checks"]] == ["broken", "kept"]
    assert told["subjects"][0]["checks"][0] == {
        "id": "test_fields.py::test_usage_adds_up",
        "check": "usage-adds-up",
        "claim": "The counts of tokens add up.",
        "outcome": "broken",
        "message": "No usage.",
        "exchanges": ["policy"],
        "link": "",
        "facts": {},
    }


def test_run_without_checks_has_an_empty_list_of_them() -> None:
    assert verdict_as_data(_verdict())["subjects"][0]["checks"] == []


def test_evidence_is_written_by_subject_check_and_exchange(tmp_path: Path) -> None:
    made = [check(CheckOutcome.BROKEN, subject=subject, evidence=EVIDENCE) for subject in ("small", "large")]

    (path,) = write_exchanges([*made, *checks(kept=3, broken=1)], tmp_path / "new" / "folder")

    assert path.name == "exchanges.json"
    raw = {"policy": {"status": 200, "body": {"usage": None}}, "policy-again": "no JSON at all"}
    of_one = {"test_fields.py::test_usage_adds_up": raw}
    assert json.loads(path.read_text(encoding="utf-8")) == {"small": of_one, "large": of_one}


def test_without_evidence_no_file_and_no_folder_is_made(tmp_path: Path) -> None:
    assert write_exchanges(checks(kept=3, broken=1), tmp_path / "new") == []
    assert list(tmp_path.iterdir()) == []


def test_report_names_the_evidence_and_a_later_one_without_any_removes_it(tmp_path: Path) -> None:
    broken = judge(about(1), [], {}, checks=[check(CheckOutcome.BROKEN, evidence=EVIDENCE)])

    first = write_report(Verdict(subjects=(broken,)), tmp_path)
    second = write_report(_verdict(), tmp_path)

    assert [path.name for path in first] == [
        "results.parquet",
        "verdict.json",
        "summary.md",
        "exchanges.json",
        "report.html",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in second)


@pytest.mark.parametrize(
    "raw", ["[" * 100_000 + "]" * 100_000, "[" * 900 + "]" * 900, "9" * 10_000, "\ud800", '"\\ud800"', "NaN"]
)
def test_no_evidence_is_too_odd_to_be_written(tmp_path: Path, raw: str) -> None:
    (path,) = write_exchanges([check(CheckOutcome.BROKEN, evidence={"policy": raw})], tmp_path)

    assert "policy" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("secret", ["plain-secret-value", "hf_abcdefghijklmnopqrstuvwxyz"])
def test_evidence_and_messages_hold_no_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("HF_TOKEN", "plain-secret-value")
    broken = check(CheckOutcome.BROKEN, message=f"got {secret}", evidence={"policy": json.dumps({"echo": secret})})

    paths = write_report(Verdict(subjects=(judge(about(1), [], {}, checks=[broken]),)), tmp_path)

    assert len(paths) == 5
    assert not [path.name for path in paths if secret.encode() in path.read_bytes()]
