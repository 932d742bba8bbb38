"""A device is known by its name, and one that the machine does not have is refused in one sentence."""

from __future__ import annotations

import pytest

from backends.errors import BackendUnavailable
from backends.system.device import is_cuda, read_device, require_device


@pytest.mark.parametrize("name", ["auto", "cpu", "cuda", "cuda:0", "cuda:12"])
def test_device_is_read_by_its_name(name: str) -> None:
    assert read_device(name) == name
    assert read_device(f"{name.upper()} ") == name


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:x", "mps"])
def test_anything_else_is_no_device(name: str) -> None:
    with pytest.raises(ValueError, match="There is no device"):
        read_device(name)


def test_auto_is_cuda_where_there_is_one() -> None:
    assert [is_cuda(name, 1) for name in ("auto", "cpu", "cuda", "cuda:1")] == [True, False, True, True]
    assert [is_cuda(name, 0) for name in ("auto", "cpu", "cuda")] == [False, False, True]


@pytest.mark.parametrize(("device", "count"), [("cpu", 0), ("auto", 0), ("cuda", 1), ("cuda:0", 1), ("cuda:1", 2)])
def test_device_that_is_there_is_taken(device: str, count: int) -> None:
    require_device(device, count)


@pytest.mark.parametrize(
    ("device", "count", "there"),
    [("cuda", 0, "are none"), ("cuda:1", 1, "are cuda:0 alone"), ("cuda:4", 4, "are cuda:0 to cuda:3")],
)
def test_device_that_is_not_there_is_refused_with_what_there_is(device: str, count: int, there: str) -> None:
    with pytest.raises(BackendUnavailable, match=f"run on {device}, .* {there}: give another device"):
        require_device(device, count)
