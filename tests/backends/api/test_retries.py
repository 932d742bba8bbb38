"""Retries are for transport and nothing else; they are counted, and wait as long as they were told and no longer."""

from __future__ import annotations

import datetime as dt
import math
from email.utils import format_datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.api.retries import TransientError, call_with_retries, retry_after_seconds
from backends.errors import BackendUnreachable, RequestRefused

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each wait, which is not waited for."""
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waited.append))
    return waited


def failing(*errors: Exception) -> Callable[[], str]:
    """Returns a question that raises these, one each time, and is then answered."""
    left = iter(errors)

    def ask() -> str:
        error = next(left, None)
        if error is not None:
            raise error
        return "answered"

    return ask


def hiccup(retry_after_s: float = 0.0) -> TransientError:
    return TransientError(BackendUnreachable("nobody there"), retry_after_s)


@pytest.mark.parametrize("hiccups", [0, 1, 3])
def test_transport_is_tried_until_it_works_and_the_attempts_are_counted(hiccups: int, waits: list[float]) -> None:
    ask = failing(*(hiccup() for _ in range(hiccups)))
    assert call_with_retries(ask, max_attempts=4, first_wait_s=1) == ("answered", hiccups + 1)
    assert len(waits) == hiccups


@pytest.mark.parametrize("most", [1, 4])
def test_last_attempt_raises_what_its_hiccup_becomes(most: int, waits: list[float]) -> None:
    hiccups = [hiccup() for _ in range(most)]

    with pytest.raises(BackendUnreachable) as caught:
        call_with_retries(failing(*hiccups, ValueError("one attempt too many")), max_attempts=most, first_wait_s=1)

    assert caught.value is hiccups[-1].final
    assert caught.value.attempts == most
    assert len(waits) == most - 1


def test_reason_of_the_last_hiccup_stays_beside_the_error() -> None:
    reason = OSError("cable pulled")

    def ask() -> str:
        raise hiccup() from reason

    with pytest.raises(BackendUnreachable) as caught:
        call_with_retries(ask, max_attempts=2, first_wait_s=1)
    assert caught.value.__cause__ is reason


@pytest.mark.parametrize("hiccups", [0, 2])
def test_final_error_is_not_tried_again_and_carries_its_attempts(hiccups: int) -> None:
    refusal = RequestRefused("no")

    with pytest.raises(RequestRefused) as caught:
        call_with_retries(failing(*(hiccup() for _ in range(hiccups)), refusal), max_attempts=9, first_wait_s=1)

    assert caught.value is refusal
    assert caught.value.attempts == hiccups + 1


def test_fault_of_our_own_passes_through_at_once(waits: list[float]) -> None:
    with pytest.raises(ZeroDivisionError):
        call_with_retries(failing(ZeroDivisionError()), max_attempts=4, first_wait_s=1)
    assert waits == []


def test_waits_double_with_a_little_jitter_up_to_a_bound(waits: list[float]) -> None:
    call_with_retries(failing(*(hiccup() for _ in range(8))), max_attempts=9, first_wait_s=2)
    bounds = [(least, least + 2) for least in (2, 4, 8, 16, 30, 30, 30, 30)]
    assert [low <= wait <= high for wait, (low, high) in zip(waits, bounds, strict=True)] == [True] * 8


@pytest.mark.parametrize(("told", "waited"), [(7.5, 7.5), (60.0, 60.0), (61.0, 60.0), (86_400.0, 60.0)])
def test_wait_is_as_long_as_the_server_asks_for_up_to_a_minute(told: float, waited: float, waits: list[float]) -> None:
    call_with_retries(failing(hiccup(told)), max_attempts=2, first_wait_s=0.01)
    assert waits == [waited]


def test_server_that_asks_for_less_does_not_shorten_the_wait(waits: list[float]) -> None:
    call_with_retries(failing(hiccup(0.5)), max_attempts=2, first_wait_s=3)
    assert waits[0] >= 3


@pytest.mark.parametrize(("told", "seconds"), [("3", 3), ("2.5", 2.5), (" 4 ", 4), ("0", 0), ("-1", 0)])
def test_number_is_so_many_seconds(told: str, seconds: float) -> None:
    assert retry_after_seconds(told) == seconds


def test_date_is_the_seconds_until_then() -> None:
    then = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=100)
    assert 90 < retry_after_seconds(format_datetime(then, usegmt=True)) <= 100


@pytest.mark.parametrize(
    "told",
    [
        "",
        "soon",
        "nan",
        "-inf",
        "1e999",
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "Wed, 21 Oct 2999 07:28:00 -0000",  # an unknown time zone
        "Wed, 99 Oct 2999 07:28:00 GMT",
        "Wed, 21 Oct 99999999999 07:28:00 GMT",
        "Wed, 21 Oct 2999 07:28:00 +99999999999999999999",
    ],
)
def test_what_tells_no_moment_to_come_asks_for_no_wait(told: str) -> None:
    assert retry_after_seconds(told) == 0


DATES = st.from_regex(r"(Mon, )?\d{1,25} (Jan|Oct) \d{1,25} \d{1,25}:\d{1,25}(:\d{1,25})? ([+-]\d{1,25}|GMT)")


@given(told=st.text() | DATES)
def test_any_header_is_some_number_of_seconds(told: str) -> None:
    assert 0 <= retry_after_seconds(told) < math.inf
