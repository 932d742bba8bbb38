"""The report folder holds what the contract says, and nothing that must not be written down."""

from __future__ import annotations

import contextlib
import errno
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from backends.errors import FailureKind
from reports.checks.check import CheckOutcome
from reports.output.files import SCHEMA_VERSION, verdict_as_data, write_exchanges, write_report
from reports.output.places import place_of
from reports.output.replacement import replace_files
from reports.verdict.judge import judge
from reports.verdict.verdict import Verdict
from tests.places import ROOT
from tests.reports.material import NO, YES, about, check, checks, failed, rows, said


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


# Whole or not at all --------------------------------------------------------------------------------------------------


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


FULL_DISK = """
import json, resource, sys
from pathlib import Path
from reports.output.files import write_report
from tests.reports.output.test_files import _verdict
folder = Path(sys.argv[1])
full = write_report(_verdict(), folder)
before = {path.name: path.read_bytes() for path in folder.iterdir()}
sizes = sorted(path.stat().st_size for path in full)
for limit in (1, *(size - 1 for size in sizes)):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        write_report(_verdict(), folder)
    except OSError as error:
        told = error
    else:
        raise SystemExit(f"nothing was refused at {limit}")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before, limit
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
write_report(_verdict(missing=2), folder)
"""


def test_full_disk_leaves_the_earlier_report_as_it_is_whichever_file_it_stops(tmp_path: Path) -> None:
    """The system itself lets no file grow beyond a limit, so that each file in turn is cut short."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["complete"] is False
    assert pq.read_table(tmp_path / "results.parquet").num_rows == 28


def test_disk_that_fails_at_the_last_moment_leaves_the_earlier_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(_verdict(), tmp_path)
    before = _files(tmp_path)

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        write_report(_verdict(missing=2), tmp_path)

    assert _files(tmp_path) == before


@pytest.mark.parametrize("moved", range(4))
def test_report_of_which_a_killed_run_moved_some_files_is_put_in_its_place_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    """The process ends between two moves: nothing of it runs any more, not even what cleans up."""
    broken = judge(about(1), [], {}, checks=[check(CheckOutcome.BROKEN, evidence=EVIDENCE)])
    write_report(Verdict(subjects=(broken,)), tmp_path)
    expected = tmp_path / "expected"
    write_report(_verdict(missing=2), expected)
    left = iter(range(moved))
    move = Path.replace

    def moves(self: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return move(self, target)

    with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
        patch.setattr(Path, "replace", moves)
        write_report(_verdict(missing=2), tmp_path)

    def look(folder: Path) -> list[Path]:
        kept = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
        assert kept == _files(expected)
        raise OSError(f"no more of it in {folder}")

    with pytest.raises(OSError, match="no more"):
        replace_files(tmp_path, look, ())


def test_report_on_the_whole_removes_the_one_on_a_part_and_no_file_of_the_users(tmp_path: Path) -> None:
    write_report(replace(_verdict(missing=2), is_part=True), tmp_path / "partial")
    (tmp_path / "partial" / "mine.txt").write_text("kept", encoding="utf-8")
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")

    write_report(_verdict(), tmp_path)

    assert list(_files(tmp_path / "partial")) == ["mine.txt"]
    (tmp_path / "partial" / "mine.txt").unlink()
    write_report(_verdict(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "mine.txt",
        "report.html",
        "results.parquet",
        "summary.md",
        "verdict.json",
    ]


@pytest.mark.parametrize(
    ("earlier", "asked", "place"),
    [
        (None, "part", "."),
        ({"complete": True, "part": False}, "part", "partial"),
        ({"complete": True}, "part", "partial"),
        ({"complete": False, "part": False}, "part", "partial"),
        ({"complete": False, "part": True}, "part", "."),
        ({"complete": True, "part": True}, "part", "."),
        ({"complete": True, "part": False}, "whole", "."),
        ({"kind": "wire", "complete": True}, "part", "partial"),
        ({"kind": "wire", "complete": False}, "part", "."),
    ],
)
def test_part_goes_beside_the_whole(tmp_path: Path, earlier: dict[str, Any] | None, asked: str, place: str) -> None:
    if earlier is not None:
        (tmp_path / "verdict.json").write_text(json.dumps({"kind": "examples"} | earlier), encoding="utf-8")

    made = replace(_verdict(missing=2), is_part=True) if asked == "part" else _verdict()
    assert place_of(made, tmp_path) == tmp_path / place


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
