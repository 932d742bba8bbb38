"""The matrix: what a run amounts to, how it is told, what is kept of it, and how the command ends."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.faults import matrix_store
from tests.faults.__main__ import main
from tests.faults.catalogue import BY_ID, Fault
from tests.faults.faithful import FAITHFUL, faithful_trials
from tests.faults.matrix import CI_PART, CI_SAMPLE_SIZE, ROUNDINGS, TOLD, Record, Result, Trial, fault_trials
from tests.faults.matrix_run import suite_environment
from tests.faults.matrix_store import RunStore, code_digest
from tests.faults.matrix_table import as_data, as_markdown, summary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.matrix_store import Keep

FAULT, FAITHFUL_ONE = "null-content", "faithful-mended"
TOLD_REASON = f"All 4 criteria pass. But 9 of 60 texts are not the reference's: {TOLD}, though within the criteria."
UNHEARD_REASON = "The API side never answered: 503 Service Unavailable."
UNCELLED = re.compile(r"(?<!\\)\|")


def record(
    name: str = FAULT,
    verdict: str | None = "differs",
    *found: str,
    reason: str = "So it is.",
    requests: int = 7,
    seconds: float = 1.5,
) -> Record:
    """Makes a record; of each finding `id` or `id:candidate+candidate` is given."""
    findings = tuple(
        (own, tuple(candidates.split("+")) if candidates else ())
        for own, _, candidates in (finding.partition(":") for finding in found)
    )
    return Record(
        id=name,
        faithful=name.startswith("faithful-"),
        verdict=verdict,
        reason=reason,
        findings=findings,
        requests=requests,
        seconds=seconds,
    )


def trials(*names: str) -> tuple[Trial, ...]:
    faithful = {trial.id: trial for trial in faithful_trials(len(FAITHFUL), 20)}
    return tuple(faithful.get(name) or fault_trials((BY_ID[name],), 20)[0] for name in names)


# What a run amounts to ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "result"),
    [
        (record(FAULT, "differs", FAULT), Result.NAMED),
        (record(FAULT, "differs", FAULT, "usage-missing"), Result.NAMED),
        (record(FAULT, "differs", "usage-missing", FAULT), Result.CANDIDATE),
        (record(FAULT, "differs", f"template-drift:other-model+{FAULT}"), Result.CANDIDATE),
        (record(FAULT, "differs", "usage-missing"), Result.DIFFERS),
        (record(FAULT, "differs"), Result.DIFFERS),
        (record(FAULT, "conforms"), Result.MISSED),
        (record(FAULT, "no-verdict"), Result.MISSED),
        (record(FAULT, None), Result.FAILED),
        (record(FAULT, "no-verdict", reason=UNHEARD_REASON), Result.FAILED),
        (record(FAULT, "no-verdict", reason="The API side left 11 of 20 unanswered: reset"), Result.FAILED),
        (record(FAULT, "differs", reason=UNHEARD_REASON), Result.DIFFERS),
        (record(FAITHFUL_ONE, "conforms"), Result.CLEARED),
        (record(FAITHFUL_ONE, "conforms", reason=TOLD_REASON), Result.CLEARED),
        (record(FAITHFUL_ONE, "no-verdict"), Result.UNJUDGED),
        (record(FAITHFUL_ONE, "no-verdict", reason="The local reference is no measure here."), Result.UNJUDGED),
        (record(FAITHFUL_ONE, "differs"), Result.ACCUSED),
        (record(FAITHFUL_ONE, "differs", FAULT), Result.ACCUSED),
        (record(FAITHFUL_ONE, "no-verdict", FAULT), Result.ACCUSED),
        (record(FAITHFUL_ONE, None), Result.FAILED),
        (record(FAITHFUL_ONE, "no-verdict", reason=UNHEARD_REASON), Result.FAILED),
    ],
)
def test_a_run_amounts_to(made: Record, result: Result) -> None:
    right = {Result.NAMED, Result.CANDIDATE, Result.DIFFERS, Result.TOLD, Result.CLEARED, Result.UNJUDGED}

    assert made.result is result
    assert made.is_right is (result in right)


@pytest.mark.parametrize("name", BY_ID)
def test_only_the_two_roundings_are_found_by_what_a_pass_tells(name: str) -> None:
    made = record(name, "conforms", reason=TOLD_REASON)

    assert made.result is (Result.TOLD if name in ROUNDINGS else Result.MISSED)
    assert made.is_found is made.is_right is (name in ROUNDINGS)
    assert record(name, "conforms").result is Result.MISSED
    assert record(name, "no-verdict", reason=TOLD_REASON).result is Result.MISSED


def test_roundings_are_two_faults_of_the_catalogue() -> None:
    assert len(ROUNDINGS) == 2
    assert set(BY_ID) >= ROUNDINGS


def test_others_are_all_findings_but_the_faults_own() -> None:
    assert record(FAULT, "differs", "usage-missing", FAULT, "other-model").others == ("usage-missing", "other-model")


def test_a_record_comes_back_from_plain_data() -> None:
    made = record(FAULT, "differs", FAULT, "template-drift:other-model+effort-ignored")

    assert Record.from_data(json.loads(json.dumps(made.as_data()))) == made


def test_a_record_says_what_the_verdict_of_the_run_says() -> None:
    found = [{"id": FAULT, "candidates": ["usage-missing"]}, {"id": "other-model"}]
    verdict = {"subjects": [{"verdict": "differs", "reason": "Found.", "findings": found}]}
    (trial,) = trials(FAULT)

    made = Record.from_verdict(trial, verdict, requests=3, seconds=1.26)

    assert made == record(
        FAULT, "differs", f"{FAULT}:usage-missing", "other-model", reason="Found.", requests=3, seconds=1.3
    )
    with pytest.raises(ValueError, match="judged nobody"):
        Record.from_verdict(trial, {"subjects": []}, requests=3, seconds=1.0)


# How it is told -------------------------------------------------------------------------------------------------------

TOLD_OF = (
    record(FAULT, "differs", FAULT, "usage-missing"),
    record("other-model", "differs"),
    record("eos-ignored", "conforms", reason="All | pass."),
    record("weights-quantised-8bit", "conforms", reason=TOLD_REASON),
    record("parser-500", None, reason="It died."),
    record(FAITHFUL_ONE, "conforms"),
    record("faithful-no-date", "differs", "template-drift", reason="Found: template-drift."),
    record("faithful-bfloat16", "no-verdict", reason="Too | noisy."),
)
TOLD_TRIALS = trials(*(made.id for made in TOLD_OF))


def test_summary_counts() -> None:
    assert summary(TOLD_OF) == (
        "3 of 5 faults found, 1 named first. False accusations: 1 of 3 faithful servers. Without a verdict: 1. "
        "Runs that failed: 1."
    )
    assert summary(TOLD_OF[:1]) == "1 of 1 faults found, 1 named first."
    assert summary(TOLD_OF[5:6]) == "False accusations: 0 of 1 faithful servers. Without a verdict: 0."
    assert summary(()) == "Nothing was run."


def test_data_counts_what_the_summary_counts_and_holds_every_record() -> None:
    data = json.loads(json.dumps(as_data(TOLD_TRIALS, TOLD_OF)))

    assert data["complete"] is True
    assert data["summary"] == {
        "faults": 5, "found": 3, "named_first": 1, "faithful": 3, "accused": 1, "unjudged": 1, "failed": 1,
    }  # fmt: skip
    assert tuple(Record.from_data(kept) for kept in (*data["faults"], *data["faithful"])) == TOLD_OF
    assert [kept["result"] for kept in data["faults"]] == ["named", "differs", "missed", "told", "failed"]
    assert [kept["result"] for kept in data["faithful"]] == ["cleared", "accused", "unjudged"]
    assert data["faults"][0]["others"] == ["usage-missing"]
    assert data["asked"][FAULT]["arguments"] == list(TOLD_TRIALS[0].arguments)
    assert as_data(TOLD_TRIALS, TOLD_OF[1:])["complete"] is False


def test_table_has_a_row_for_each_run_and_marks_what_is_wrong() -> None:
    lines = as_markdown(TOLD_TRIALS, TOLD_OF).splitlines()
    rows = {made.id: next(line for line in lines if line.startswith(f"| `{made.id}` |")) for made in TOLD_OF}

    assert f"| {BY_ID[FAULT].sees} | named | differs | `usage-missing` | 7 | 1.5 |" in rows[FAULT]
    assert {name for name, row in rows.items() if "**" in row} == {"eos-ignored", "parser-500", "faithful-no-date"}
    assert "| **missed** | conforms |" in rows["eos-ignored"]
    assert "| **failed** |  |" in rows["parser-500"]
    assert "| **accused** | differs | `template-drift` |" in rows["faithful-no-date"]
    assert "sample-size=20 sample-seed=42" in rows[FAITHFUL_ONE]
    assert not any(line.startswith("Not complete") for line in lines)


def test_table_gives_the_reasons_of_all_that_is_wrong_or_without_a_verdict() -> None:
    _, _, reasons = as_markdown(TOLD_TRIALS, TOLD_OF).partition("## Reasons\n")

    assert reasons.split("\n")[1:-1] == [
        "- `eos-ignored` (missed): All \\| pass.",
        "- `parser-500` (failed): It died.",
        "- `faithful-no-date` (accused): Found: template-drift.",
        "- `faithful-bfloat16` (unjudged): Too \\| noisy.",
    ]


def test_table_says_what_is_missing() -> None:
    assert "Not complete: 7 of 8 runs are missing." in as_markdown(TOLD_TRIALS, TOLD_OF[:1])


def test_rows_escape_pipes() -> None:
    texts = {FAULT: "It shows <|channel|> and | too.", FAITHFUL_ONE: "|" * 250}
    piped = [
        replace(trial, shows=Fault(id=trial.id, sees=texts[trial.id], reported=()))
        for trial in trials(FAULT, FAITHFUL_ONE)
    ]

    rows = [line for line in as_markdown(piped, [record(), record(FAITHFUL_ONE)]).splitlines() if line[:1] == "|"]

    assert [len(UNCELLED.findall(row)) for row in rows] == [8, 8, 8, 9, 9, 9]
    assert r"It shows <\|channel\|> and \| too." in rows[2]
    assert r"| \|\|\|" in rows[5]


# What is kept ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the digest that stands for the code."""

    def set_digest(digest: str) -> None:
        monkeypatch.setattr(matrix_store, "code_digest", lambda: digest)

    set_digest("now")
    return set_digest


@pytest.mark.parametrize(
    ("digest", "keep", "found"),
    [
        ("now", "same-code", True),
        ("later", "same-code", False),
        ("later", "all", True),
        ("now", "none", False),
    ],
)
def test_a_run_of_earlier_counts_by_its_code(
    code: Callable[[str], None], tmp_path: Path, digest: str, keep: Keep, *, found: bool
) -> None:
    (trial,) = trials(FAULT)
    RunStore(tmp_path).put(trial, record())

    code(digest)

    assert RunStore(tmp_path, keep).get(trial) == (record() if found else None)


@pytest.mark.usefixtures("code")
def test_a_run_that_failed_or_asked_something_else_is_not_found(tmp_path: Path) -> None:
    store, (trial,) = RunStore(tmp_path), trials(FAULT)
    assert store.get(trial) is None

    store.put(trial, record(FAULT, None, reason="It died."))
    assert store.get(trial) is None
    store.put(trial, record(FAULT, "no-verdict", reason=UNHEARD_REASON))
    assert store.get(trial) is None
    store.put(trial, record())
    assert store.get(trial) == record()
    assert store.get(fault_trials((BY_ID[FAULT],), 40)[0]) is None
    (tmp_path / "runs" / f"{FAULT}.json").write_text('{"asked": ')
    assert store.get(trial) is None


def test_fresh_forgets_runs_reports_answers_and_addresses(tmp_path: Path) -> None:
    store, (trial,) = RunStore(tmp_path), trials(FAULT)
    store.put(trial, record())
    (store.report(trial) / "verdict.json").write_text("{}")
    store.cache.mkdir()
    assert store.claim(trial, 4000)
    assert not RunStore(tmp_path).claim(trial, 4000)
    (tmp_path / "own.txt").write_text("a user's")

    fresh = RunStore(tmp_path, "none")

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["addresses", "own.txt", "reports", "runs"]
    assert fresh.claim(trial, 4000)


def test_digest_changes_with_all_that_changes_a_run_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix_store, "ROOT", tmp_path)
    changing = [
        "backends/api.py",
        "conformance/test_fields.py",
        "fixtures/miniature/model.safetensors",
        "reports/findings/text.py",
        "tests/faults/catalogue.py",
        "tests/faults/matrix_run.py",
        "tests/faults/proxy.py",
    ]
    beside = ["__main__", "matrix", "matrix_store", "matrix_table", "test_matrix", "test_catalogue"]
    for name in [*changing, *(f"tests/faults/{name}.py" for name in beside)]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("as it is")
    before = code_digest()

    for name in beside:
        (tmp_path / f"tests/faults/{name}.py").write_text("other")
    assert code_digest() == before
    for name in changing:
        (tmp_path / name).write_text("other")
        assert code_digest() != before, name
        (tmp_path / name).write_text("as it is")


def test_files_that_the_digest_leaves_out_are_there() -> None:
    for name in matrix_store._BESIDE_THE_RUN:
        assert (matrix_store.ROOT / "tests" / "faults" / name).exists()


def test_a_run_inherits_no_options_and_may_reach_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "PYTEST_ADDOPTS", "COV_CORE_SOURCE", "OWN"):
        monkeypatch.setenv(name, "1")

    given = suite_environment(1000)

    assert {"HF_HUB_OFFLINE", "PYTEST_ADDOPTS", "COV_CORE_SOURCE"}.isdisjoint(given)
    assert (given["OWN"], given["OMP_NUM_THREADS"]) == ("1", "1")


# The command ----------------------------------------------------------------------------------------------------------


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


# A part of it ---------------------------------------------------------------------------------------------------------


def test_the_part_has_ten_faults_and_three_faithful_servers() -> None:
    faithful = {trial.id for trial in faithful_trials(len(FAITHFUL), CI_SAMPLE_SIZE)}

    assert len(set(CI_PART)) == len(CI_PART) == 13
    assert sum(name in BY_ID for name in CI_PART) == 10
    assert sum(name in faithful for name in CI_PART) == 3


@pytest.mark.embedded
@pytest.mark.slow
def test_part_of_the_matrix(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status = run(tmp_path, f"--sample-size={CI_SAMPLE_SIZE}", "--jobs=2", only=",".join(CI_PART))

    told = (tmp_path / "matrix.md").read_text()
    data = json.loads((tmp_path / "matrix.json").read_text())
    assert status == 0, f"{told}\n{capfd.readouterr().err}"
    assert {kept["id"]: kept["result"] for kept in data["faults"]} == dict.fromkeys(CI_PART[:10], "named"), told
    assert (len(data["faithful"]), data["summary"]["accused"]) == (3, 0), told
