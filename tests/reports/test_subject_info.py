"""A subject is read from what the hook describes, told to the letter, and refused where something is missing."""

from __future__ import annotations

from typing import Any

import pytest

from reports.subject_info import SubjectInfo
from tests.reports.material import subject_data

DAYS = {"prompt_days": {"api": "2026-11-25", "local": "2026-10-09"}}


@pytest.mark.parametrize(
    "more", [{}, DAYS, {"local": {"recorded": "results.parquet"}}, {"api": {"endpoint": "x", "later": 1}}]
)
def test_subject_is_told_as_it_was_described_without_its_examples(more: dict[str, Any]) -> None:
    described = subject_data(3, **more)

    subject = SubjectInfo.from_data(described)

    assert subject.examples == ("toxicchat-0000", "toxicchat-0001", "toxicchat-0002")
    told = {name: value for name, value in described.items() if name != "examples"}
    assert subject.as_data() == told | {"policy": {"name": "toxic_simple"}, "prompt": {}}


def test_subject_tells_what_is_known_of_its_policy_and_prompts() -> None:
    policy = {"sha256": "ab" * 32, "reading": {"labels": {}, "pointer": "/violation"}}
    described = subject_data(1, policy_facts=policy, prompt={"temperature": 0.0})

    told = SubjectInfo.from_data(described).as_data()

    assert told["policy"] == {"name": "toxic_simple", **policy}
    assert told["prompt"] == {"temperature": 0.0}


@pytest.mark.parametrize("name", sorted(subject_data(1)))
def test_what_is_missing_is_named(name: str) -> None:
    described = {key: value for key, value in subject_data(1).items() if key != name}

    with pytest.raises(ValueError, match=rf"pytest_conformance_subjects: the subject .* lacks {name}\."):
        SubjectInfo.from_data(described)


@pytest.mark.parametrize("more", [{"sample": {"size": 3}}, {"prompt_days": {"api": "2026-11-25"}}])
def test_part_that_is_not_whole_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"the subject small is not well described: .* missing"):
        SubjectInfo.from_data(subject_data(3, **more))


def test_side_that_knows_no_model_has_none() -> None:
    subject = SubjectInfo.from_data(subject_data(1, local={"recorded": "results.parquet"}, api={}))

    assert (subject.local.model, subject.local.revision, subject.local.batch_size) == (None, None, None)
    assert subject.api.endpoint == ""
