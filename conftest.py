"""Wiring only: the two rooms that pytest sees. Everything else lives in modules that can be imported."""

from __future__ import annotations

from backends.installation import module_name

pytest_plugins = [module_name("reports.plugin"), module_name("fixtures.plugin")]
