from __future__ import annotations

from itertools import islice

import pytest

from tests.faults.alteration import Alteration
from tests.faults.faithful import FAITHFUL, Faithful, faithful_trials, setups
from tests.faults.matrix import Setup

HUNDRED = 100

_BY_NAME = {server.name: server for server in FAITHFUL}


def test_hundred_runs_are_all_different() -> None:
    trials = faithful_trials(HUNDRED, 100)

    assert len({trial.id for trial in trials}) == HUNDRED
    assert len({(trial.shows.id, trial.arguments) for trial in trials}) == HUNDRED
    assert all(trial.faithful for trial in trials)


def test_hundred_runs_vary_in_all_that_a_run_asks() -> None:
    arguments = [trial.arguments for trial in faithful_trials(HUNDRED, 100)]
    asked = {option for options in arguments for option in options}

    for option in ("--stratify=natural", "--stratify=balanced", "--policy=toxic_simple", "--policy=toxic_detailed"):
        assert option in asked
    assert sum(option.startswith("--sample-seed=") for option in asked) >= 4
    assert {"--reasoning-effort=medium", "--reasoning-effort=low"} <= asked


def test_setups_never_repeat_and_begin_with_that_of_the_faults() -> None:
    made = list(islice(setups(), 50))

    assert made[0] == Setup()
    assert len(set(made)) == len(made)


def test_every_server_runs_once_before_any_runs_twice() -> None:
    trials = faithful_trials(len(FAITHFUL) + 1, 40)

    assert [trial.shows.id for trial in trials[:-1]] == list(_BY_NAME)
    assert trials[-1].id == f"faithful-{FAITHFUL[0].name}-2"


def test_only_the_unmended_server_comes_with_known_differences() -> None:
    for trial in faithful_trials(len(FAITHFUL), 40):
        assert trial.mended is ("--known-differences=transformers_serve" not in trial.arguments)


@pytest.mark.parametrize("server", FAITHFUL, ids=lambda server: server.name)
def test_each_server_does_something_of_its_own(server: Faithful) -> None:
    own = server.alterations or server.checkpoint or not server.mended or server.dtype != "float32"
    assert own or server.name == "mended"
    assert all(isinstance(alteration, Alteration) for alteration in server.alterations)
    assert server.does.endswith(".")
