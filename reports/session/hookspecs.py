"""The questions between the reports and whoever knows what is under test: neither room imports the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from backends.completion import InferenceBackend
    from backends.outcome import Outcome
    from backends.score import Scoring


@pytest.hookspec(firstresult=True)
def pytest_conformance_subjects(config: pytest.Config) -> list[dict[str, Any]] | None:
    """Returns the subjects of the run as plain data, which `reports.subject_info.SubjectInfo.from_data` reads.

    Each has `id`, `model`, `api`, `local`, `policy`, `sample` and `examples`, and perhaps `prompt_days`,
    `policy_facts`, `prompt` and `audit`.
    """


@pytest.hookspec(firstresult=True)
def pytest_conformance_asked(config: pytest.Config) -> Mapping[str, Any] | None:
    """Returns what the run was asked for, as plain data without credentials: the `run` block of `verdict.json`."""


@pytest.hookspec(firstresult=True)
def pytest_conformance_left_out(config: pytest.Config) -> Sequence[tuple[str, str]] | None:
    """Returns the subjects that this machine cannot run: id and reason."""


@pytest.hookspec(firstresult=True)
def pytest_conformance_token_counter(config: pytest.Config, subject: str) -> Callable[[str], int | None] | None:
    """Returns what counts the tokens of a text for a subject's model; None leaves it to the tokenizer's file."""


@pytest.hookspec(firstresult=True)
def pytest_conformance_checks_left_out(config: pytest.Config, subject: str) -> Collection[str] | None:
    """Returns the ids of the wire checks that a run leaves out of a subject by itself, whatever its user selects."""


@pytest.hookspec(firstresult=True)
def pytest_conformance_exchanges(config: pytest.Config, subject: str) -> Mapping[str, str] | None:
    """Returns a subject's raw exchanges as far as they were made: by name, as JSON text free of credentials."""


@pytest.hookspec(firstresult=True)
def pytest_conformance_spent(config: pytest.Config, subject: str) -> Mapping[str, Any] | None:
    """Returns what a subject's endpoint was asked, as plain data: `requests`, `tokens`, `first_token_s`, `cost_usd`."""


@pytest.hookspec(firstresult=True)
def pytest_conformance_check_violation(config: pytest.Config) -> type[BaseException] | None:
    """Returns what a wire check raises where an endpoint breaks its claim: a known difference expects just that."""


@pytest.hookspec
def pytest_conformance_noted_silently(config: pytest.Config, report: pytest.TestReport) -> None:
    """Takes the report of a test that is not told by itself, in a run whose API side came to nothing."""


@pytest.hookspec(firstresult=True)
def pytest_conformance_prompt_in_doubt(
    config: pytest.Config,
    scores: Mapping[Any, Scoring],
    readings: Mapping[str, Mapping[str, Scoring]],
) -> bool | None:
    """Returns whether the prompt is in doubt behind which an API's answers came about.

    Args:
        config: of the run.
        scores: by the example, what the local reference says of the answer.
        readings: under each change, by the id of the example, what the changed reference says of it.
    """


@pytest.hookspec(firstresult=True)
def pytest_conformance_hinges_on_noise(
    config: pytest.Config,
    subject: Any,  # noqa: ANN401 - a type of another room
    seen: Sequence[tuple[Any, Mapping[InferenceBackend, Outcome]]],
) -> bool | None:
    """Returns whether the verdict on a subject hinges on its noise.

    Args:
        config: of the run.
        subject: with its `id`, `model` and `policy`.
        seen: each example of its sample, with what both sides made of it.
    """
