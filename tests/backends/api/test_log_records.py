"""No log record holds a credential, at any level and of any library."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import pytest

from backends.api.backend import ApiBackend
from backends.api.endpoint import Endpoint
from backends.api.log_records import clear_log_records
from backends.prompt import make_prompt
from tests.backends.scripted_server import Reply, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.backends.scripted_server import Script

KEY = "key-of/the-server"
ESCAPED = "".join(f"\\x{ord(one):02x}" for one in KEY)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged at any level."""
    made, stream = logging.getLogRecordFactory(), io.StringIO()
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    logging.setLogRecordFactory(made)


def test_libraries_log_neither_key_nor_address(
    serve: Callable[[Script], ScriptedServer], monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    told = {"x-told": KEY, "x-hf-warning": f"you; sent {KEY}"}
    server = serve(lambda _: Reply(status=400, body=KEY.encode(), headers=told))
    url = server.base_url.replace("http://", "http://ann:p4ss-word@") + "?key=4711abc"

    ApiBackend(Endpoint(model="m", base_url=url)).answer(make_prompt("Hello", None))

    said = log.getvalue()
    assert "POST" in said
    assert "[redacted]" in said
    for secret in (KEY, ESCAPED, "p4ss-word", "4711abc"):
        assert secret not in said


def test_message_arguments_traceback_and_stack_are_cleared(monkeypatch: pytest.MonkeyPatch, log: io.StringIO) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    clear_log_records()
    clear_log_records()
    try:
        int(f"{KEY}\x1b[2J")
    except ValueError:
        logging.getLogger("anybody").exception("said %s and %d", KEY, 7, stack_info=True)

    said = log.getvalue()
    assert "said [redacted] and 7" in said
    assert "ValueError: invalid literal for int() with base 10: '[redacted]" in said
    assert KEY not in said
    assert "\x1b" not in said


def test_record_without_a_credential_stays_as_it_is(log: io.StringIO) -> None:
    clear_log_records()
    record = logging.getLogger().makeRecord("a", logging.INFO, "f", 1, "%s \x1b[1m", ("x",), None)

    assert (record.msg, record.args) == ("%s \x1b[1m", ("x",))
    assert log.getvalue() == ""
