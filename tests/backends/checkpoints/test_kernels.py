"""What MXFP4 needs on a GPU is what the installed transformers looks for."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from backends.checkpoints.kernels import _kernels_range, install_command, is_met, kernel_requirements, missing_kernels

WANTED = (Requirement("triton>=3.4"), Requirement("kernels>=0.18.2,<0.19"), Requirement("accelerate"))
WHOLE = {"triton": "3.4.0", "kernels": "0.18.2", "accelerate": "1.15.0"}


def test_nothing_is_missing_where_all_is_in_range() -> None:
    assert missing_kernels(WHOLE, WANTED) == ()


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"triton": "3.3.1"}, "triton"),
        ({"triton": None}, "triton"),
        ({"kernels": "0.18.1"}, "kernels"),
        ({"kernels": "0.19.0"}, "kernels"),
        ({"kernels": None}, "kernels"),
        ({"accelerate": None}, "accelerate"),
    ],
)
def test_what_is_absent_or_out_of_range_is_missing(change: dict[str, str | None], missing: str) -> None:
    assert [one.name for one in missing_kernels({**WHOLE, **change}, WANTED)] == [missing]


def test_range_of_kernels_is_the_one_that_transformers_states() -> None:
    stated = ["filelock", "kernels<=0.9,>=0.6.1; extra == 'hub-kernels'", "kernels<=0.9,>=0.6.1; extra == 'all'"]

    assert str(_kernels_range(stated)) == "kernels<=0.9,>=0.6.1"
    assert str(_kernels_range(["filelock", "not a requirement!"])) == "kernels"


def test_installed_transformers_looks_for_the_same() -> None:
    import_utils = pytest.importorskip("transformers.utils.import_utils", reason="transformers is not installed")
    if not hasattr(import_utils, "KERNELS_MAX_VERSION"):
        pytest.skip("this release of transformers looks for no range, or for its lower end alone")
    kernels = next(one for one in kernel_requirements() if one.name == "kernels")

    assert is_met(kernels, import_utils.KERNELS_MIN_VERSION)
    assert not is_met(kernels, import_utils.KERNELS_MAX_VERSION)


def test_command_installs_what_is_missing() -> None:
    assert install_command(missing_kernels({}, WANTED)) == (
        "pip install 'triton>=3.4' 'kernels<0.19,>=0.18.2' 'accelerate'"
    )
