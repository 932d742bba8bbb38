"""Whether a run is about a part: of what its user named, and of how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping


def selects_by_name(config: pytest.Config) -> bool:
    """Returns whether the user named tests or files, or those that failed last: pytest then skips the others unseen."""
    named = any("::" in word or word.endswith(".py") for word in config.args if "conformance/" in word)
    return named or bool(config.getoption("ignore", None)) or _asks_for_failed(config)


def ended_early(session: pytest.Session) -> bool:
    """Returns whether a run ended before its time: at an interrupt, or at a failure that was to end it."""
    return session.exitstatus == pytest.ExitCode.INTERRUPTED or bool(session.shouldfail) or bool(session.shouldstop)


def _asks_for_failed(config: pytest.Config) -> bool:
    plugin = config.pluginmanager.get_plugin("lfplugin")
    failed: Mapping[str, bool] = getattr(plugin, "lastfailed", None) or {}
    return bool(config.getoption("lf", None)) and bool(failed)
