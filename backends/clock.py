"""Today's date: on this machine, and where a clock shows UTC."""

from __future__ import annotations

import datetime as dt


def today() -> dt.date:
    """Returns the day that templates print: the date on this machine's clock, where this machine is."""
    return dt.datetime.now().astimezone().date()


def today_utc() -> dt.date:
    """Returns the date of a clock that shows UTC, as servers' clocks mostly do."""
    return dt.datetime.now(dt.UTC).date()
