"""Wiring only: the two rooms that pytest sees. Everything else lives in modules that can be imported."""

from __future__ import annotations

pytest_plugins = ["reports.plugin", "fixtures.plugin"]
