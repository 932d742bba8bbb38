"""What an error of loading means is told in one sentence without secrets, whichever library raised it."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from backends.checkpoints.fetch_errors import explain
from backends.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "openai/gpt-oss-20b"


def named(name: str, *bases: type[Exception]) -> Exception:
    """Returns an error of a class with this name: those of HTTP libraries that are not installed here."""
    return type(name, bases or (Exception,), {})("what it says")


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: OSError(errno.ENOSPC, "No space left on device"), "The disk is full, so openai/gpt-oss-20b could not"),
        (lambda: RuntimeError("xet: I/O error: No space left on device (os error 28)"), "The disk is full"),
        (lambda: caused(OSError("Can't load"), OSError(errno.ENOSPC, "full")), "set the environment variable HF_HOME"),
        (
            lambda: OSError("Consistency check failed: file should be of size 9 but has size 3 (x)."),
            "was interrupted: ",
        ),
        (lambda: named("RemoteProtocolError"), "was interrupted: what it says. Run again: the files that have arrived"),
        (lambda: named("ChunkedEncodingError"), "was interrupted"),
        (lambda: named("ReadTimeout"), "was interrupted"),
        (
            lambda: caused(OSError("We couldn't connect"), named("ConnectError")),
            "the Hub cannot be reached: connect to",
        ),
        (lambda: RuntimeError("CUDA error: out of memory"), "The memory does not suffice to load openai/gpt-oss-20b"),
        (
            lambda: ValueError("Unrecognized model\nsecond line"),
            "openai/gpt-oss-20b cannot be loaded: Unrecognized mod",
        ),
        (lambda: ValueError(""), "cannot be loaded: ValueError"),
    ],
)
def test_error_is_told_with_its_remedy(make: Callable[[], Exception], sentence: str) -> None:
    told = str(explain(make(), MODEL))

    assert sentence in told
    assert "\n" not in told


def test_what_is_told_already_stays() -> None:
    error = BackendUnavailable("said")
    assert explain(error, MODEL) is error


def test_secret_in_an_error_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "a-very-secret-value")

    for error in (ValueError("a-very-secret-value"), named("ReadTimeout"), OSError("Bearer a-very-secret-value")):
        assert "a-very-secret" not in str(explain(error, MODEL))


def test_error_that_is_its_own_cause_ends() -> None:
    error = ValueError("round and round")
    error.__cause__ = error

    assert "round and round" in str(explain(error, MODEL))
