"""The programs of this room: `python -m reports COMMAND ...`."""

from __future__ import annotations

import runpy
import sys

from backends.installation import module_name

_ROOM = "reports"

#: Commands, each of which is the module of its name.
_COMMANDS = (
    "show",
    "html",
    "compare",
    "history",
    "merge",
    "bundle",
    "schema",
)


def main() -> None:
    """Runs the program that is named first, with what follows."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in _COMMANDS:
        sys.exit(f"usage: python -m reports COMMAND ...; commands: {', '.join(_COMMANDS)}.")
    sys.argv[:2] = [f"{sys.argv[0]} {name}"]
    runpy.run_module(module_name(f"{_ROOM}.{name}"), run_name="__main__")


if __name__ == "__main__":
    main()
