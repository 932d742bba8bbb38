"""The user's own command line, to which a selection can be added: what is run again must ask what was asked."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

#: Under this name the controller tells its workers.
COMMAND = "conformance_command"

#: Options with a value that a selection takes the place of, or that would overwrite what the run has made.
_REPLACED = frozenset({"-k", "--record"})

#: Options that select by what happened before: nothing else would be run.
_BY_THE_PAST = frozenset({"--lf", "--last-failed", "--ff", "--failed-first", "--nf", "--sw", "--stepwise"})


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, where a program of the suite's own started pytest with more arguments; a plugin of that run.

    Attributes:
        program: its name.
        arguments: those that the user gave.
    """

    program: str
    arguments: tuple[str, ...]

    def pytest_addoption(self, parser: pytest.Parser) -> None:
        """Lets pytest's messages about the command line name the program."""
        parser.prog = self.program


def command_of(config: pytest.Config) -> str:
    """Returns the command of the run, without credentials, and without what another selection replaces."""
    told = getattr(config, "workerinput", {}).get(COMMAND)
    if told is not None:
        return str(told)
    typed = _typed(config)
    # Before a shell's quotes come between the letters of one.
    given = [redact(one) for one in _kept(typed.arguments)]
    return redact(f"{typed.program} {shlex.join(given)}".rstrip())


def whole_command_of(config: pytest.Config) -> str:
    """Returns the command of the run as it was typed, without credentials."""
    typed = _typed(config)
    return redact(f"{typed.program} {shlex.join(map(redact, typed.arguments))}".rstrip())


def _typed(config: pytest.Config) -> Typed:
    given = config.invocation_params
    own = next((plugin for plugin in given.plugins or () if isinstance(plugin, Typed)), None)
    return own or Typed(_program(), tuple(map(str, given.args)))


def _program() -> str:
    return "python -m pytest" if sys.argv[0].endswith("__main__.py") else "pytest"


def _kept(given: Sequence[str]) -> Iterator[str]:
    words = iter(given)
    for word in words:
        name, equals, _ = word.partition("=")
        if name in _REPLACED:
            if not equals:
                next(words, None)
        elif name not in _BY_THE_PAST and not (word.startswith("-k") and len(word) > len("-k")):
            yield word
