"""The program `harmony-conformance`, which is `python -m harmony_conformance` too."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from backends.installation import DISTRIBUTION
from backends.near_names import did_you_mean
from backends.system.versions import installed_version, suite_version
from harmony_conformance.commands import COMMANDS, command_named

if TYPE_CHECKING:
    from collections.abc import Sequence

#: pytest's own status for a command line that cannot be.
_USAGE = 4

#: The suite's folder may be named, as pytest has it in a checkout.
_SUITE = "conformance"

_ABOUT = """\
usage: harmony-conformance [OPTIONS]            judge an endpoint
       harmony-conformance COMMAND [ARGUMENTS]  do something else

Without an option it judges the embedded default: a miniature gpt-oss behind a real server, against itself.
Options are those that follow, and every one of pytest's. Your own settings of pytest do not count here: no ini file,
no conftest.py, no PYTEST_ADDOPTS; a plugin of yours takes part where you name it with -p.

commands, each with a --help of its own:
"""


def main(given: Sequence[str] | None = None) -> int:
    """Does what was typed; returns the exit status."""
    words = list(sys.argv[1:] if given is None else given)
    command = command_named(words[0]) if words else None
    if command is not None:
        return command.run(words[1:])
    if words == ["--version"]:
        print(f"{DISTRIBUTION} {suite_version()}, pytest {installed_version('pytest')}")
        return 0
    return _judge(words[1:] if words[:1] == [_SUITE] else words)


def _judge(words: Sequence[str]) -> int:
    unknown = next((word for word in words[:1] if not word.startswith("-") and "/" not in word), None)
    if unknown is not None:
        print(_no_such(unknown), file=sys.stderr)
        return _USAGE
    if {"-h", "--help"} & set(words):
        print(_about(), flush=True)
    from harmony_conformance.suite import run_suite  # noqa: PLC0415 - a command needs no pytest

    return run_suite(words)


def _about() -> str:
    width = max(len(one.name) for one in COMMANDS)
    return _ABOUT + "".join(f"  {one.name:{width}}  {one.about}\n" for one in COMMANDS)


def _no_such(word: str) -> str:
    names = [one.name for one in COMMANDS]
    hint = did_you_mean(word, names)
    advice = f"d{hint[2:]}" if hint else f"there are {', '.join(names)}; an option begins with a hyphen."
    return f"{DISTRIBUTION}: there is no command {word!r}: {advice}"


if __name__ == "__main__":
    sys.exit(main())
