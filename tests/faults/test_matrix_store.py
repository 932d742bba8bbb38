"""What a matrix keeps of each run, and what its runs inherit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults import matrix_store
from tests.faults.catalogue import BY_ID
from tests.faults.matrix import fault_trials
from tests.faults.matrix_run import suite_environment
from tests.faults.matrix_store import RunStore, code_digest
from tests.faults.records import FAULT, UNHEARD_REASON, record, trials

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.matrix_store import Keep


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
