"""How this suite is here, as a checkout or as the installed package, and so what a message tells people to type.

In a checkout the rooms lie flat in its root. In the package they lie below `harmony_conformance`, beside what a
checkout has in its root: settings of pytest, constraints and `conftest.py`.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

#: The distribution, and the program that it brings.
DISTRIBUTION: Final = "harmony-conformance"

#: The package that holds the program, and in an installation the rooms too.
PACKAGE: Final = "harmony_conformance"

#: Where the report goes and where answers are kept, relative to `home`, unless other folders are named.
DEFAULT_REPORT: Final = "conformance-report"
DEFAULT_CACHE: Final = ".conformance-cache"

#: The checkout, or the installed package's folder.
ROOT: Final = Path(__file__).resolve().parents[1]

#: True where the rooms lie below the package.
IS_PACKAGE: Final = __name__.startswith(f"{PACKAGE}.")


def module_name(module: str) -> str:
    """Returns the name by which Python knows a module of a room here: `reports.plugin`, with the package before it."""
    return f"{PACKAGE}.{module}" if IS_PACKAGE else module


def suite_command() -> str:
    """Returns what starts the suite."""
    return DISTRIBUTION if IS_PACKAGE else "pytest conformance"


def suite_arguments() -> tuple[str, ...]:
    """Returns what starts the suite as a program of this Python, from the folder `ROOT`."""
    return ("-m", PACKAGE) if IS_PACKAGE else ("-m", "pytest", "conformance")


def command(name: str, module: str) -> str:
    """Returns what starts another program.

    Args:
        name: of the command of the installed program.
        module: that a checkout runs, with arguments behind it.
    """
    return f"{DISTRIBUTION} {name}" if IS_PACKAGE else f"python -m {module}"


def install_command(extra: str, *, tested: bool = False) -> str:
    """Returns what installs a part of the suite.

    Args:
        extra: the part's name in `pyproject.toml`.
        tested: True for the versions that were tested together.
    """
    here = Path.cwd() == ROOT
    constraints = ["-c", "constraints.txt" if here and not IS_PACKAGE else shlex.quote(str(ROOT / "constraints.txt"))]
    place = "." if here else str(ROOT)
    what = [f"'{DISTRIBUTION}[{extra}]'"] if IS_PACKAGE else ["-e", f"'{place}[{extra}]'"]
    return " ".join(["pip install", *(constraints if tested else ()), *what])


def home(rootdir: Path) -> Path:
    """Returns where report and cache lie: in the checkout, pytest's rootdir, or else where the program was called."""
    return Path.cwd() if IS_PACKAGE else rootdir


def default_cache(rootdir: Path = ROOT) -> Path:
    """Returns the folder in which answers are kept where no other is named."""
    return home(rootdir) / DEFAULT_CACHE


def default_report(rootdir: Path) -> Path:
    """Returns the folder of the report where none is named; below the working folder it is told from there."""
    folder = home(rootdir) / DEFAULT_REPORT
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
