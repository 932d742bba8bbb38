"""The machine is asked without torch, and a missing driver or library is an empty answer."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from backends.system import hardware as machine
from backends.system.hardware import Gpu, driver_version, free_disk_bytes, gpus, memory, visible_devices
from tests.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: UUID, name, total and free bytes, compute capability.
Device = tuple[str, str, int, int, tuple[int, int]]

UUIDS = ("GPU-aa11", "GPU-aa22", "GPU-bb33")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, UUIDS),
        ("", ()),
        ("0", ("GPU-aa11",)),
        ("2,1", ("GPU-bb33", "GPU-aa22")),
        (" 1 , 0 ", ("GPU-aa22", "GPU-aa11")),
        ("0,2,-1,1", ("GPU-aa11", "GPU-bb33")),
        ("0,7,1", ("GPU-aa11",)),
        ("-1", ()),
        ("none", ()),
        ("0,0", ()),
        ("GPU-bb33", ("GPU-bb33",)),
        ("GPU-b,GPU-aa2", ("GPU-bb33", "GPU-aa22")),
        ("GPU-aa", ()),
        ("GPU-cc", ()),
        ("0,GPU-aa11", ()),
        ("MIG-9c1d", ("MIG-9c1d",)),
    ],
)
def test_visible_devices_are_those_that_cuda_shows(value: str | None, shown: tuple[str, ...]) -> None:
    assert visible_devices(value, UUIDS) == shown


@dataclass
class ScriptedManagement:
    """What nvidia-ml-py answers on a machine with these devices."""

    devices: list[Device]
    lost: set[str] = field(default_factory=set)
    broken: bool = False
    open: int = 0

    class NVMLError(Exception):
        """As the library has it."""

    def nvmlInit(self) -> None:  # noqa: N802 - the library's name, as all below
        if self.broken:
            raise self.NVMLError
        self.open += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.open -= 1

    def nvmlSystemGetDriverVersion(self) -> str:  # noqa: N802
        return "580.65.06"

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return len(self.devices)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Device:  # noqa: N802
        return self.devices[index]

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> Device:  # noqa: N802
        raise self.NVMLError(uuid)

    def nvmlDeviceGetUUID(self, handle: Device) -> str:  # noqa: N802
        return handle[0]

    def nvmlDeviceGetName(self, handle: Device) -> str:  # noqa: N802
        return handle[1]

    def nvmlDeviceGetMemoryInfo(self, handle: Device) -> SimpleNamespace:  # noqa: N802
        if handle[0] in self.lost:
            raise self.NVMLError
        return SimpleNamespace(total=handle[2], free=handle[3])

    def nvmlDeviceGetCudaComputeCapability(self, handle: Device) -> tuple[int, int]:  # noqa: N802
        return handle[4]


@pytest.fixture
def management(monkeypatch: pytest.MonkeyPatch) -> ScriptedManagement:
    scripted = ScriptedManagement(
        [("GPU-aa11", "NVIDIA H100", 80, 70, (9, 0)), ("GPU-aa22", "Tesla T4", 16, 15, (7, 5))]
    )
    monkeypatch.setitem(sys.modules, "pynvml", scripted)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return scripted


def test_gpus_are_read_with_their_memory_and_capability(management: ScriptedManagement) -> None:
    assert gpus() == (
        Gpu(index=0, name="NVIDIA H100", total_bytes=80, free_bytes=70, capability=(9, 0)),
        Gpu(index=1, name="Tesla T4", total_bytes=16, free_bytes=15, capability=(7, 5)),
    )
    assert driver_version() == "580.65.06"
    assert management.open == 0


@pytest.mark.usefixtures("management")
def test_gpus_are_counted_as_cuda_counts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")

    assert [(gpu.index, gpu.name) for gpu in gpus()] == [(0, "Tesla T4")]


def test_gpu_that_does_not_answer_hides_no_other(management: ScriptedManagement) -> None:
    management.lost = {"GPU-aa11"}

    assert [(gpu.index, gpu.name) for gpu in gpus()] == [(1, "Tesla T4")]


def test_mig_instance_that_is_gone_is_no_error(management: ScriptedManagement, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-9c1d")

    assert gpus() == ()
    assert management.open == 0


def test_machine_without_a_working_driver_has_no_gpu(management: ScriptedManagement) -> None:
    management.broken = True

    assert gpus() == ()
    assert driver_version() is None


@pytest.mark.parametrize("library", ["pynvml", "psutil"])
def test_missing_library_is_no_error(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)

    assert (gpus(), driver_version()) == ((), None) if library == "pynvml" else memory() is None


def test_library_finds_the_same_number_of_gpus_as_the_driver() -> None:
    pytest.importorskip("pynvml", reason="nvidia-ml-py is not installed")

    assert len(gpus()) == machine.cuda_device_count()


def test_memory_is_that_of_the_machine() -> None:
    psutil = pytest.importorskip("psutil", reason="psutil is not installed")
    found = memory()

    assert found is not None
    assert found.total_bytes == psutil.virtual_memory().total
    assert 0 < found.available_bytes <= found.total_bytes


def test_free_disk_is_told_of_a_folder_that_is_yet_to_be_made(tmp_path: Path) -> None:
    there, later = free_disk_bytes(tmp_path), free_disk_bytes(tmp_path / "not" / "yet")

    assert there is not None
    assert later is not None
    assert abs(there - later) < 1e9
    assert there > 0


def test_asking_the_machine_does_not_import_torch() -> None:
    program = (
        "import sys; from backends.system.hardware import *; gpus(); driver_version(); memory(); cuda_device_count();"
        "print('torch' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
