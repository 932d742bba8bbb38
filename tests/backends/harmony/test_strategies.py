"""The strategies must reach what they are for; a property over texts that never get past a header proves little."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from backends.harmony import Ending, ErrorKind, HarmonyError, Message, ProblemKind, Role, parse, render
from tests.backends.harmony.strategies import conversations, hostile_texts, marked_texts

SEARCH = settings(
    max_examples=20_000,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def kind_of(text: str, role: Role | None) -> ErrorKind | None:
    try:
        parse(text, role=role)
    except HarmonyError as error:
        return error.kind
    return None


@pytest.mark.parametrize("kind", [kind for kind in ErrorKind if kind is not ErrorKind.HEADER_TOO_LONG])
def test_hostile_texts_reach_every_kind_of_error(kind: ErrorKind) -> None:
    assert find(hostile_texts(), lambda text: kind_of(text, None) is kind, settings=SEARCH)


@pytest.mark.parametrize("kind", ProblemKind)
def test_hostile_texts_reach_every_kind_of_problem(kind: ProblemKind) -> None:
    assert find(hostile_texts(), lambda text: parse(text, strict=False).has(kind), settings=SEARCH) is not None


def test_hostile_texts_reach_several_messages() -> None:
    def has_messages(text: str) -> bool:
        return kind_of(text, Role.ASSISTANT) is None and len(parse(text).messages) >= 3

    assert find(hostile_texts(), has_messages, settings=SEARCH)


def test_conversations_reach_every_role_and_ending() -> None:
    reached: set[tuple[Role, Ending]] = set()

    def reaches_the_last(messages: tuple[Message, ...]) -> bool:
        reached.update((one.role, one.ending) for one in messages if one.content)
        return reached == set(product(Role, Ending))

    assert find(conversations(), reaches_the_last, settings=SEARCH)


@given(conversation=conversations())
def test_conversations_can_be_written(conversation: tuple[Message, ...]) -> None:
    assert isinstance(render(conversation), str)


@given(text=marked_texts())
def test_marks_are_distinct(text: str) -> None:
    marks = [character for character in text if "\ue000" <= character <= "\uf8ff"]

    assert len(set(marks)) == len(marks)


@given(data=st.data())
def test_texts_without_surrogates_can_be_encoded(data: st.DataObject) -> None:
    text = data.draw(hostile_texts(surrogates=False), label="text")

    assert text.encode().decode() == text
