"""Endpoints over time, from the reports of their runs.

`series_of` puts reports of one endpoint in a row, and `history_page` draws them.
"""

from __future__ import annotations

from reports.timeline.page import history_page
from reports.timeline.series import Series, in_order, series_of

__all__ = ["Series", "history_page", "in_order", "series_of"]
