"""Log records without credentials.

HTTP libraries log addresses, headers and what servers said. Whoever reads the log may be anybody, and a handler may be
anybody's: so the records themselves are cleared, as they are made.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any

from backends.plain_text import printable_lines
from backends.secrets import redact

#: The loggers whose records repeat what a server said; their names are those of the libraries' packages.
_LIBRARIES = ("httpx", "httpcore", "huggingface_hub", "urllib3", "requests", "h11", "hpack", "asyncio", "backends")


class _ClearedFactory:
    """Makes log records as another factory does, and clears them.

    Args:
        make: the other factory.
    """

    def __init__(self, make: Any) -> None:  # noqa: ANN401 - logging's own type for it is of any call
        self.make = make

    def __call__(self, *args: Any, **more: Any) -> logging.LogRecord:  # noqa: ANN401 - as above
        record: logging.LogRecord = self.make(*args, **more)
        _clear(record)
        return record


def clear_log_records() -> None:
    """Lets no log record of this process hold a credential, from now on; whatever else makes records stays in place."""
    make = logging.getLogRecordFactory()
    if not isinstance(make, _ClearedFactory):
        logging.setLogRecordFactory(_ClearedFactory(make))


def _clear(record: logging.LogRecord) -> None:
    try:
        said = record.getMessage()
    except Exception:  # noqa: BLE001 - logging itself tells of a message that does not fit its arguments
        return
    told = redact(said)
    if record.name.startswith(_LIBRARIES):
        told = printable_lines(told)
    if told != said:
        record.msg, record.args = told, None
    if record.exc_info and record.exc_info[1] is not None:
        # Formatters take the text that is there already.
        record.exc_text = printable_lines(redact("".join(traceback.format_exception(record.exc_info[1])))).rstrip()
    if record.stack_info:
        record.stack_info = redact(record.stack_info)
