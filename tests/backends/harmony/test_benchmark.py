"""Speed, library and parser side by side in one run.

`pytest tests/backends/harmony/test_benchmark.py -m benchmark` prints the table; the ratios are asserted from medians
measured in the same test. They count processor time, which other work on the machine disturbs less than the clock.
"""

from __future__ import annotations

import functools
import statistics
import time
from typing import TYPE_CHECKING, Final

import pytest

from backends.harmony import HarmonyStream, Role, gather, parse
from tests.backends.harmony.corpora import CORPORA
from tests.backends.harmony.reference import fields_of, read_reference, read_tokens
from tests.backends.harmony.vocabulary import load_encoding

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(0)]

CHUNK: Final = 64
ROUNDS: Final = 15
LIBRARY_ROUNDS: Final = 3
# How many times faster than the library's encode-and-parse. Measured: 170 to 390, and 90 for tiny messages.
LEAST_SPEEDUP: Final = {"prose": 100, "code": 100, "cjk": 100, "emoji": 100, "tiny messages": 15}
# Measured: 4.1 for code, 1.8 to 3.9 for the others.
MOST_STREAM_COST: Final = 5


@functools.cache
def corpus(name: str) -> str:
    return CORPORA[name]()


@functools.cache
def chunks(name: str) -> tuple[str, ...]:
    text = corpus(name)
    return tuple(text[at : at + CHUNK] for at in range(0, len(text), CHUNK))


def read_whole(name: str) -> None:
    parse(corpus(name))


def read_stream(name: str) -> None:
    stream = HarmonyStream()
    for chunk in chunks(name):
        for _ in stream.feed(chunk):
            pass
    stream.end()


def read_library(name: str) -> None:
    text = corpus(name)
    read_tokens(load_encoding().encode(text, allowed_special="all"), Role.ASSISTANT)


READERS: Final[dict[str, tuple[Callable[[str], None], int]]] = {
    "parser": (read_whole, ROUNDS),
    "stream": (read_stream, ROUNDS),
    "library": (read_library, LIBRARY_ROUNDS),
}


def median_seconds(reader: str, name: str) -> float:
    read, rounds = READERS[reader]
    read(name)
    times = []
    for _ in range(rounds):
        start = time.process_time()
        read(name)
        times.append(time.process_time() - start)
    return statistics.median(times)


@pytest.fixture(autouse=True)
def _vocabulary() -> None:
    load_encoding()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", CORPORA)
def test_speed(benchmark: BenchmarkFixture, name: str, reader: str) -> None:
    read, rounds = READERS[reader]
    benchmark.group = name
    benchmark.extra_info["bytes"] = len(corpus(name).encode())

    benchmark.pedantic(read, args=(name,), rounds=rounds, warmup_rounds=1)


@pytest.mark.parametrize("name", CORPORA)
def test_the_parser_is_many_times_faster_than_the_library(name: str) -> None:
    library, parser = median_seconds("library", name), median_seconds("parser", name)

    assert library / parser >= LEAST_SPEEDUP[name]


@pytest.mark.parametrize("name", CORPORA)
def test_streaming_costs_a_few_times_as_much_as_parsing_whole(name: str) -> None:
    stream, parser = median_seconds("stream", name), median_seconds("parser", name)

    assert stream / parser <= MOST_STREAM_COST


@pytest.mark.parametrize("name", CORPORA)
def test_what_is_measured_is_read_alike(name: str) -> None:
    text = corpus(name)
    stream = HarmonyStream()
    events = [event for chunk in chunks(name) for event in stream.feed(chunk)]

    messages = parse(text).messages
    assert gather([*events, *stream.end()]) == messages
    assert [fields_of(message) for message in messages] == read_reference(text, Role.ASSISTANT)
