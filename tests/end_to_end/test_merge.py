"""Parts of one sample make one report, which the judge itself judges as it would have judged the whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reports.changes import read_report
from reports.changes.parts import NoPartsError, merge_parts
from reports.merge import main
from tests.end_to_end.recording import GOOD, NO, YES, recorded_row, write_rows
from tests.end_to_end.running import Finished, finished, run_in

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 40

#: Examples whose id holds these: the first half and a few of the others, and all but the first ones.
FIRST, SECOND = "row-000 or row-001 or row-0020 or row-0021", "row-001 or row-002 or row-003"


def _recording(folder: Path) -> Path:
    pairs = {3: (YES, NO), 25: (YES, NO)}
    rows = [recorded_row(place, pairs.get(place, GOOD), api_error=None, api_raw=None) for place in range(SIZE)]
    rows[30] |= {"api_response": None, "api_error": "answered 500: oops", "api_raw": '{"status": 500}'}
    return write_rows(folder / "made.parquet", rows)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Answers to a sample of 40."""
    return _recording(tmp_path)


def _run(recording: Path, name: str, *arguments: str) -> Finished:
    folder = recording.parent / name
    folder.mkdir()
    return run_in(folder, "--replay", recording, *arguments)


def _edited(done: Finished, **subject: Any) -> Path:  # noqa: ANN401 - fields of the subject
    """Returns the report of a run with these fields in the place of its subject's own."""
    file = done.folder / "report" / "verdict.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    told["subjects"][0] |= subject
    file.write_text(json.dumps(told), encoding="utf-8")
    return file.parent


def test_merged_parts_are_the_report_of_the_whole(recording: Path, tmp_path: Path) -> None:
    whole = _run(recording, "whole")
    facts: dict[str, Any] = {"id": "gpt-oss@there", "api": {"endpoint": "https://there.example/v1", "model": "m"}}
    parts = [_run(recording, "one", "-k", FIRST), _run(recording, "two", "-k", SECOND)]
    assert [len(part.rows) for part in parts] == [22, 30]
    folders = [_renamed(part, facts) for part in parts]

    status = main([*map(str, folders), "-o", str(tmp_path / "report"), "--", "-p", "no:cacheprovider"])

    merged = finished(tmp_path, status, b"")
    assert merged.verdict is not None
    assert whole.verdict is not None
    one, other = merged.verdict["subjects"][0], whole.verdict["subjects"][0]
    assert (status, one["verdict"], one["reason"]) == (whole.status, other["verdict"], other["reason"])
    assert (one["criteria"], one["missing"]) == (other["criteria"], [])
    assert (one["id"], one["sample"]) == ("gpt-oss@there", other["sample"])
    assert one["api"] == facts["api"] | {"recorded": "merged.parquet"}
    by_id = {row["example_id"]: row for row in merged.rows}
    assert sorted(by_id) == [f"row-{place:04}" for place in range(SIZE)]
    assert by_id["row-0030"]["api_error"] == "answered 500: oops"


def _renamed(done: Finished, facts: dict[str, Any]) -> Path:
    """Returns the report of a part as a live run would have written it: its rows have the subject's id."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - one test needs it

    file = done.folder / "report" / "results.parquet"
    table = pq.read_table(file)
    place = table.column_names.index("subject")
    names = table["subject"].combine_chunks().__class__.from_pandas([facts["id"]] * table.num_rows)
    pq.write_table(table.set_column(place, table.schema.field(place), names), file)
    return _edited(done, **facts)


def test_parts_that_lack_an_example_are_refused(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = _run(recording, "one", "-k", FIRST).folder / "report"

    assert main([str(one), "-o", str(tmp_path / "report")]) == 2
    assert capsys.readouterr().err == (
        "The parts hold 22 of the sample's 40 examples, and lack others, such as row-0022, row-0023, row-0024, "
        "row-0025, row-0026: run those, and name their report too.\n"
    )
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"policy": "toxic_detailed"}, "the policy: toxic_simple in the older report, toxic_detailed in the newer"),
        ({"sample": {"size": 40, "seed": 2, "stratify": None, "sha256": "ab" * 32}}, "the sample: "),
        ({"api": {"recorded": "made.parquet", "endpoint": "https://b.example"}}, "the endpoint (endpoint)"),
        ({"local": {"recorded": "made.parquet", "dtype": "bfloat16"}}, "the local reference (dtype)"),
        ({"prompt": {"reasoning_effort": "high"}}, "the settings (reasoning_effort)"),
    ],
)
def test_other_samples_subjects_and_settings_are_no_parts(recording: Path, other: dict[str, Any], told: str) -> None:
    facts: dict[str, Any] = {
        "api": {"recorded": "made.parquet", "endpoint": "https://a.example"},
        "local": {"recorded": "made.parquet", "dtype": "float32"},
        "prompt": {"reasoning_effort": "low"},
    }
    one = _edited(_run(recording, "one", "-k", FIRST), **facts)
    two = _edited(_run(recording, "two", "-k", SECOND), **facts | other)

    with pytest.raises(NoPartsError, match="is no part of the run in") as caught:
        merge_parts([read_report(one), read_report(two)])
    assert told in str(caught.value)


def test_answer_that_came_counts_before_one_that_never_did(recording: Path) -> None:
    silent = recorded_row(0, (None, NO), api_error="not reached", api_raw='{"status": null}')
    rows = [silent, *(recorded_row(place, GOOD, api_error=None, api_raw=None) for place in range(1, 10))]
    answered = [recorded_row(0, GOOD, api_error=None, api_raw=None), *rows[1:]]
    one = _run(write_rows(recording.parent / "silent.parquet", rows), "one").folder / "report"
    two = _run(write_rows(recording.parent / "answered.parquet", answered), "two").folder / "report"

    merged = merge_parts([read_report(one), read_report(two)])

    assert merged.taken == (tuple(range(1, 10)), (0,))
    assert merged.overlapping == 10
