from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

import pytest

from backends.harmony import HarmonyError, HarmonyStream, parse, split_channels
from tests.backends.harmony.pathological import PATHOLOGICAL

if TYPE_CHECKING:
    from collections.abc import Callable

MEGABYTE = 1_000_000
# Linear time doubles with the text; a cache that overflows costs a little more. Quadratic time would be 4.
RATIO = 2.5
# Differences of a few milliseconds say nothing about growth.
FLOOR_S = 0.004
ATTEMPTS = 20
PAUSE_S = 0.25


def read_strictly(text: str) -> None:
    try:
        parse(text)
    except HarmonyError:
        return


def read_leniently(text: str) -> None:
    split_channels(parse(text, strict=False))


def read_in_chunks(text: str) -> None:
    stream = HarmonyStream(header_limit=None)
    try:
        for at in range(0, len(text), 64):
            stream.feed(text[at : at + 64])
        stream.end()
    except HarmonyError:
        return


def seconds(read: Callable[[str], None], text: str) -> float:
    """The garbage collector stays out: it scans what other tests have left behind, more often for a larger text."""
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        read(text)
        return time.process_time() - start
    finally:
        gc.enable()


@pytest.mark.slow
@pytest.mark.parametrize("read", [read_strictly, read_leniently, read_in_chunks])
@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_twice_the_text_takes_twice_the_time(name: str, read: Callable[[str], None]) -> None:
    once, twice = (PATHOLOGICAL[name](size) for size in (MEGABYTE, 2 * MEGABYTE))

    # The machine is not ours alone, and a neighbour that fills the caches slows the larger text more. One undisturbed
    # try shows the parser's own growth; quadratic growth never shows one.
    for attempt in range(ATTEMPTS):
        time.sleep(PAUSE_S * min(attempt, 1))
        readings = 1 + min(attempt, 1)
        single = min(seconds(read, once) for _ in range(readings))
        double = min(seconds(read, twice) for _ in range(readings))
        if double <= RATIO * max(single, FLOOR_S):
            return
    assert double <= RATIO * max(single, FLOOR_S)


@pytest.mark.parametrize("read", [read_strictly, read_leniently, read_in_chunks])
@pytest.mark.parametrize(
    "text",
    [
        " " * 1_000_000,
        "<|message|>" + " " * 1_000_000,
        "a" * 300_000,
        "<|message|>" + "a" * 300_000,
        "<|start|>" * 100_000,
        "<|channel|>final<|message|>ok<|end|><|start|>assistant" * 20_000,
    ],
    ids=["spaces", "spaces-in-content", "letters", "letters-in-content", "starts", "tiny-messages"],
)
def test_what_stops_the_reference_is_read_within_seconds(text: str, read: Callable[[str], None]) -> None:
    assert seconds(read, text) < 3
