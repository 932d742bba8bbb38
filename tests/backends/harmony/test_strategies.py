"""The strategies must reach what they are for; a property over texts that never get past a header proves little."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from backends.harmony import Ending, ErrorKind, HarmonyError, ProblemKind, Role, parse, render
from tests.backends.harmony.strategies import conversations, hostile_texts, marked_texts

SEARCH = settings(max_examples=20_000, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


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


@pytest.mark.parametrize("count", [2, 3])
def test_hostile_texts_reach_several_messages(count: int) -> None:
    def has_messages(text: str) -> bool:
        return kind_of(text, Role.ASSISTANT) is None and len(parse(text).messages) >= count

    assert find(hostile_texts(), has_messages, settings=SEARCH)


@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize("role", Role)
def test_conversations_reach_every_role_and_ending(role: Role, ending: Ending) -> None:
    assert find(
        conversations(),
        lambda messages: any(m.role is role and m.ending is ending and m.content for m in messages),
        settings=SEARCH,
    )


@given(conversation=conversations())
def test_conversations_can_be_written(conversation: tuple[object, ...]) -> None:
    assert isinstance(render(conversation), str)  # type: ignore[arg-type]


@given(text=marked_texts())
def test_marks_are_distinct(text: str) -> None:
    marks = [character for character in text if "\ue000" <= character <= "\uf8ff"]

    assert len(set(marks)) == len(marks)


@given(data=st.data())
def test_texts_without_surrogates_can_be_encoded(data: st.DataObject) -> None:
    text = data.draw(hostile_texts(surrogates=False), label="text")

    assert text.encode().decode() == text
