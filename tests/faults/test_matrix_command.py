"""How the command of the matrix runs, goes on and ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.faults.__main__ import main
from tests.faults.catalogue import BY_ID
from tests.faults.faithful import FAITHFUL
from tests.faults.records import FAITHFUL_ONE, FAULT, TOLD_REASON, UNHEARD_REASON, record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.matrix import Record, Trial


class Suite:
    """Stands where the suite would be run: gives each trial the record that was made for it, else a right one."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.ran: list[str] = []

    def __call__(self, trial: Trial, *_: object) -> Record:
        self.ran.append(trial.id)
        right = record(trial.id, "conforms") if trial.faithful else record(trial.id, "differs", trial.id)
        return self.records.get(trial.id, right)


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> Suite:
    made = Suite()
    monkeypatch.setattr("tests.faults.matrix_run._run", made)
    return made


def run(output: Path, *options: str, only: str = f"{FAULT},{FAITHFUL_ONE}") -> int:
    """Runs the command in process."""
    return main(["matrix", f"--only={only}", "--jobs=1", f"--output={output}", *options])


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (None, 0),
        (record(FAULT, "differs"), 0),
        (record(FAULT, "conforms"), 1),
        (record(FAULT, "no-verdict"), 1),
        (record(FAULT, "no-verdict", reason=UNHEARD_REASON), 1),
        (record(FAULT, None), 1),
        (record(FAITHFUL_ONE, "differs"), 1),
        (record(FAITHFUL_ONE, "differs", "template-drift"), 1),
        (record(FAITHFUL_ONE, None), 1),
        (record(FAITHFUL_ONE, "conforms", reason=TOLD_REASON), 0),
        (record(FAITHFUL_ONE, "no-verdict"), 0),
    ],
)
def test_the_command_ends_with_1_where_something_is_wrong(
    suite: Suite, tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: Record | None, status: int
) -> None:
    if wrong is not None:
        suite.records[wrong.id] = wrong

    assert run(tmp_path) == status
    assert suite.ran == [FAULT, FAITHFUL_ONE]
    data = json.loads((tmp_path / "matrix.json").read_text())
    assert data["complete"]
    told = capsys.readouterr()
    assert str(tmp_path / "matrix.md") in told.out
    assert f"[2/2] {FAITHFUL_ONE}: " in told.err


def test_the_command_goes_on_where_it_was(
    suite: Suite, code: Callable[[str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.records[FAULT] = record(FAULT, None, reason="It died.")
    assert run(tmp_path) == 1
    suite.records.clear()

    def again(*options: str) -> list[str]:
        suite.ran.clear()
        assert run(tmp_path, *options) == 0
        return suite.ran

    assert again() == [FAULT]
    assert again() == []
    assert "2 runs, 2 of them from earlier" in capsys.readouterr().err
    assert again("--sample-size=40") == [FAULT, FAITHFUL_ONE]
    code("later")
    assert again("--resume", "--sample-size=40") == []
    assert again("--sample-size=40") == [FAULT, FAITHFUL_ONE]
    assert again("--fresh", "--sample-size=40") == [FAULT, FAITHFUL_ONE]


def test_an_interrupted_matrix_is_told_as_far_as_it_is(suite: Suite, tmp_path: Path) -> None:
    def interrupt(trial: Trial, *_: object) -> Record:
        if trial.faithful:
            raise KeyboardInterrupt
        return record(FAULT, "differs", FAULT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.faults.matrix_run._run", interrupt)
        assert run(tmp_path) == 130

    assert json.loads((tmp_path / "matrix.json").read_text())["complete"] is False
    assert run(tmp_path) == 0
    assert suite.ran == [FAITHFUL_ONE]


@pytest.mark.usefixtures("suite")
@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("nul-content", "did you mean null-content"),
        ("faithful-mendid", "did you mean faithful-mended"),
        ("zzz", "`python -m tests.faults list` shows the ids."),
    ],
)
def test_an_unknown_id_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, advice: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(tmp_path / "none", only=f"{FAULT},{name}")

    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert told.startswith(f"tests.faults: There is no fault {name!r}: {advice}")
    assert told.count("\n") == 1
    assert not (tmp_path / "none").exists()


def test_only_takes_names_once_and_in_their_order(suite: Suite, tmp_path: Path) -> None:
    assert run(tmp_path, only=f"{FAITHFUL_ONE}, {FAULT},{FAULT}") == 0
    assert suite.ran == [FAITHFUL_ONE, FAULT]


def test_without_only_all_faults_and_each_faithful_server_run(suite: Suite, tmp_path: Path) -> None:
    assert main(["matrix", "--jobs=1", f"--output={tmp_path}"]) == 0
    assert suite.ran == [*BY_ID, *(f"faithful-{server.name}" for server in FAITHFUL)]
