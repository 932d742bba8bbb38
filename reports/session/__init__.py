"""The session: what test reports carry, who collects it on the controller, and when it is judged.

A test of one example raises `ExampleMismatch` with an `ExampleStatus`; a wire check's report is read by
`check_from_report`. The `Collector` keeps rows, checks and noise until the end, and the `Reporter` has them judged.
"""

from __future__ import annotations

from reports.session.collector import Collector
from reports.session.reporter import EXIT_NO_VERDICT, Reporter
from reports.session.statuses import ExampleMismatch, ExampleStatus

__all__ = ["EXIT_NO_VERDICT", "Collector", "ExampleMismatch", "ExampleStatus", "Reporter"]
