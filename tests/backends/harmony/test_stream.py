from __future__ import annotations

import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.harmony import (
    HEADER_LIMIT,
    ContentDelta,
    Ending,
    ErrorKind,
    HarmonyError,
    HarmonyStream,
    Header,
    MessageEnded,
    MessageStarted,
    Role,
    State,
    gather,
)
from tests.backends.harmony.strategies import MANY, conversations, hostile_texts, roles
from tests.backends.harmony.ways import cut_at_random, read_stream, read_whole


@MANY
@given(text=hostile_texts(), role=roles, seed=st.integers(0, 2**32))
def test_chunking_never_changes_the_result(text: str, role: Role | None, seed: int) -> None:
    chunks = cut_at_random(text, random.Random(seed))  # noqa: S311 - a reproducible split, no secret

    assert read_stream(chunks, role) == read_whole(text, role)


@given(conversation=conversations(), size=st.integers(1, 80))
def test_deltas_are_never_empty_and_add_up_to_the_content(conversation: tuple[object, ...], size: int) -> None:
    from backends.harmony import render  # noqa: PLC0415

    text = render(conversation)  # type: ignore[arg-type]
    stream = HarmonyStream(None)
    events = [event for at in range(0, len(text), size) for event in stream.feed(text[at : at + size])]
    events += stream.end()

    assert all(event.text for event in events if isinstance(event, ContentDelta))
    assert gather(events) == conversation


def test_events_come_as_soon_as_they_are_certain() -> None:
    stream = HarmonyStream()
    header = Header(role=Role.ASSISTANT, channel="final")

    assert stream.feed("<|channel|>final<|message|") == []
    assert stream.feed(">") == [MessageStarted(header)]
    assert stream.feed("ab") == [ContentDelta("ab")]
    assert stream.feed("c<") == [ContentDelta("c")]
    assert stream.feed("|en") == []
    assert stream.feed("x") == [ContentDelta("<|enx")]
    assert stream.feed("") == []
    assert stream.feed("<|end") == []
    assert stream.feed("|>") == [MessageEnded(Ending.END)]
    assert stream.state is State.EXPECT_START
    assert stream.end() == []


def test_text_held_back_is_given_at_the_end() -> None:
    stream = HarmonyStream()
    stream.feed("<|message|>a<|retur")

    assert stream.end() == [ContentDelta("<|retur"), MessageEnded(Ending.TRUNCATED)]
    assert stream.state is State.DONE


def test_an_error_is_raised_at_the_first_character_that_cannot_stand() -> None:
    stream = HarmonyStream(None)
    assert stream.feed("<|st") == []

    with pytest.raises(HarmonyError) as raised:
        stream.feed("op")

    assert (raised.value.kind, raised.value.position) == (ErrorKind.EXPECTED_START, 0)


def test_a_failed_stream_repeats_its_error() -> None:
    stream = HarmonyStream(None)
    with pytest.raises(HarmonyError) as first:
        stream.feed("x")

    for again in (lambda: stream.feed("<|start|>"), stream.end):
        with pytest.raises(HarmonyError) as later:
            again()
        assert later.value is first.value


def test_an_ended_stream_takes_no_more() -> None:
    stream = HarmonyStream()
    stream.feed("<|message|>x")
    stream.end()

    for again in (lambda: stream.feed("y"), stream.end):
        with pytest.raises(RuntimeError, match="make a new HarmonyStream"):
            again()


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_header_longer_than_the_limit_is_refused(size: int) -> None:
    stream = HarmonyStream(header_limit=100)
    chunk = "a" * size

    for _ in range(100 // size):
        stream.feed(chunk)

    with pytest.raises(HarmonyError) as raised:
        stream.feed(chunk)
    assert raised.value.kind is ErrorKind.HEADER_TOO_LONG


@pytest.mark.parametrize("size", [1, 200])
def test_a_header_of_just_the_limit_is_read(size: int) -> None:
    text = "a" * 100 + "<|message|>"
    stream = HarmonyStream(header_limit=100)
    events = [event for at in range(0, len(text), size) for event in stream.feed(text[at : at + size])]

    assert events == [MessageStarted(Header(role=Role.ASSISTANT, recipient="a" * 100))]


def test_a_stream_without_limit_holds_any_header() -> None:
    stream = HarmonyStream(header_limit=None)
    stream.feed("a" * (HEADER_LIMIT + 1))

    assert len(stream.feed("<|message|>")) == 1


def test_an_unfinished_message_is_gathered_as_truncated() -> None:
    stream = HarmonyStream()
    (message,) = gather(stream.feed("<|message|>abc"))

    assert (message.content, message.ending) == ("abc", Ending.TRUNCATED)


def test_an_ending_without_a_beginning_is_passed_over() -> None:
    assert gather([ContentDelta("a"), MessageEnded(Ending.END)]) == ()


def test_memory_does_not_grow_with_the_content() -> None:
    stream = HarmonyStream()
    stream.feed("<|channel|>final<|message|>")
    chunk = "some <text> without end " * 400
    for _ in range(10):
        stream.feed(chunk)

    tracemalloc.start()
    for _ in range(1000):
        stream.feed(chunk)
        stream.feed("<|end|><|start|>assistant<|message|>")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 20 * len(chunk)


def test_memory_does_not_grow_while_a_start_is_repeated_in_headers() -> None:
    stream = HarmonyStream(header_limit=1000)
    for _ in range(111):
        stream.feed("<|start|>")

    with pytest.raises(HarmonyError) as raised:
        stream.feed("<|start|>")
    assert raised.value.kind is ErrorKind.HEADER_TOO_LONG
