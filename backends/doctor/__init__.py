"""What this machine can run, in one screen: `python -m backends doctor`.

Each topic has a function that gathers facts and a pure one that makes a `CheckResult` of them, which is a line of the
screen. One that is not ok ends with a remedy. A function that raises costs its own line alone. From the lines follow
the `Run`s that are possible, and from those the exit status. Nothing heavy is imported: versions come from metadata,
GPUs from the driver, and the Hub is asked once, for a few seconds at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.lazy_face import lazy_face

if TYPE_CHECKING:
    from backends.doctor.check_result import CheckResult, Status
    from backends.doctor.diagnosis import Diagnosis, Run, diagnose
    from backends.doctor.screen import as_json, as_screen
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "check_result": ("CheckResult", "Status"),
            "diagnosis": ("Diagnosis", "Run", "diagnose"),
            "screen": ("as_json", "as_screen"),
        },
    )

__all__ = [
    "CheckResult",
    "Diagnosis",
    "Run",
    "Status",
    "as_json",
    "as_screen",
    "diagnose",
]
