"""A part of the matrix, run for real."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.faults.__main__ import main
from tests.faults.catalogue import BY_ID
from tests.faults.faithful import FAITHFUL, faithful_trials
from tests.faults.matrix import CI_PART, CI_SAMPLE_SIZE

if TYPE_CHECKING:
    from pathlib import Path


def test_the_part_has_ten_faults_and_three_faithful_servers() -> None:
    faithful = {trial.id for trial in faithful_trials(len(FAITHFUL), CI_SAMPLE_SIZE)}

    assert len(set(CI_PART)) == len(CI_PART) == 13
    assert sum(name in BY_ID for name in CI_PART) == 10
    assert sum(name in faithful for name in CI_PART) == 3


@pytest.mark.embedded
@pytest.mark.slow
def test_part_of_the_matrix(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status = main(
        [
            "matrix",
            f"--only={','.join(CI_PART)}",
            f"--sample-size={CI_SAMPLE_SIZE}",
            "--jobs=2",
            f"--output={tmp_path}",
        ]
    )

    told = (tmp_path / "matrix.md").read_text()
    data = json.loads((tmp_path / "matrix.json").read_text())
    assert status == 0, f"{told}\n{capfd.readouterr().err}"
    assert {kept["id"]: kept["result"] for kept in data["faults"]} == dict.fromkeys(CI_PART[:10], "named"), told
    assert (len(data["faithful"]), data["summary"]["accused"]) == (3, 0), told
