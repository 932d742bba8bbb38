from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.alteration import Alteration
from tests.faults.catalogue import COUNT, FAULTS, Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_every_fault_changes_something_and_names_its_source(fault: Fault) -> None:
    assert fault.sees.endswith(".")
    assert all(fault.reported)
    assert fault.reported
    assert fault.alterations or fault.checkpoint or fault.unmended
    assert all(isinstance(alteration, Alteration) for alteration in fault.alterations)


def test_the_catalogue_has_forty_different_ids() -> None:
    assert len({fault.id for fault in FAULTS}) == COUNT


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.checkpoint], ids=lambda fault: fault.id)
def test_a_changed_checkpoint_differs_in_one_file(fault: Fault, tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "fixtures" / "miniature" / "checkpoint"
    assert fault.checkpoint is not None

    fault.checkpoint(source, tmp_path / "copy")

    changed = [f.name for f in source.iterdir() if f.read_bytes() != (tmp_path / "copy" / f.name).read_bytes()]
    assert len(changed) == 1
