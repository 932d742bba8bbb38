"""The commands beside the suite itself: what each is for, and the program of a room that it runs."""

from __future__ import annotations

import runpy
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from backends.installation import DISTRIBUTION, install_command, module_name

if TYPE_CHECKING:
    from collections.abc import Sequence


#: What brings all that a command may need beside what the suite always needs.
_EXTRA = "embedded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command of the installed program.

    Attributes:
        name: what is typed.
        about: what it does, in a line.
        program: the module that a checkout runs with `python -m`, and arguments that stand before those typed.
    """

    name: str
    about: str
    program: tuple[str, ...]

    def run(self, given: Sequence[str]) -> int:
        """Runs the program; returns 0 where it says nothing else, and 1 after a sentence where a library is missing.

        Raises:
            SystemExit: it says what its status is.
        """
        module, *before = self.program
        sys.argv = [f"{DISTRIBUTION} {self.name}", *before, *given]
        try:
            runpy.run_module(module_name(module), run_name="__main__")
        except ModuleNotFoundError as error:
            library = (error.name or "").partition(".")[0]
            if not library or find_spec(library) is not None:
                raise
            sys.stderr.write(f"{sys.argv[0]} needs {library}: {install_command(_EXTRA)}\n")
            return 1
        return 0


COMMANDS: tuple[Command, ...] = (
    Command(
        name="doctor",
        about="say what is installed, what this machine can run, and what is missing",
        program=("backends", "doctor"),
    ),
    Command(name="show", about="print a report's verdict again", program=("reports.show",)),
    Command(name="html", about="make a report's page again, from its files", program=("reports", "html")),
    Command(name="cache", about="list the answers that are kept, or drop them", program=("backends", "cache")),
    Command(name="compare", about="say what changed between runs of one sample", program=("reports", "compare")),
    Command(name="history", about="draw endpoints over time", program=("reports", "history")),
    Command(name="merge", about="make one report of parts of one sample", program=("reports", "merge")),
    Command(name="bundle", about="pack what a report to a vendor needs", program=("reports", "bundle")),
    Command(name="schema", about="print the JSON Schema of verdict.json", program=("reports", "schema")),
    Command(name="faults", about="serve faults on purpose, to try the suite on", program=("fixtures.faults",)),
    Command(
        name="expand",
        about="make a shipped checkpoint whole, for a server of yours",
        program=("fixtures.miniature.expand",),
    ),
    Command(
        name="mxfp4",
        about="write the miniature in MXFP4",
        program=("fixtures.miniature.mxfp4",),
    ),
    Command(
        name="restlessness",
        about="say how restless a model is, from the results of runs",
        program=("fixtures.miniature.restlessness",),
    ),
    Command(name="evaluate", about="measure a miniature", program=("fixtures.miniature.evaluate",)),
    Command(name="columns", about="describe every column of the results", program=("reports.rows",)),
)


def command_named(name: str) -> Command | None:
    """Returns the command of a name, or None where there is none."""
    return next((one for one in COMMANDS if one.name == name), None)
