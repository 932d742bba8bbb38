"""An endpoint of the user's: does anybody answer at its base URL?"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from typing import Final

from backends.api.endpoint import Endpoint
from backends.doctor.check_result import CheckResult, Status, in_a_line

#: How long the endpoint may take to answer, the look-up of its name included.
TIMEOUT_S: Final = 5.0

_SCHEMES: Final = ("http://", "https://")


def check_endpoint(base_url: str, timeout_s: float = TIMEOUT_S) -> CheckResult:
    """Asks for the endpoint's models, once and without any key: an answer of any status is an answer."""
    place = Endpoint(model="", base_url=base_url).place
    if not base_url.startswith(_SCHEMES):
        return CheckResult(topic="endpoint", status=Status.ERROR, text="no URL", remedy="give http(s)://HOST[:PORT]/v1")
    outcome: list[str] = []
    asking = threading.Thread(target=lambda: outcome.append(_ask(base_url, timeout_s)), daemon=True)
    asking.start()
    asking.join(timeout_s)
    return judge_endpoint(place, outcome[0] if outcome else f"silent for {timeout_s:g} s")


def judge_endpoint(place: str, error: str) -> CheckResult:
    """Says whether the endpoint can be reached.

    Args:
        place: its address without secrets.
        error: what went wrong; empty where it answered.
    """
    if not error:
        return CheckResult(topic="endpoint", status=Status.OK, text=f"{place} answers")
    return CheckResult(
        topic="endpoint",
        status=Status.ERROR,
        text=f"{place} cannot be reached ({error})",
        remedy="start the server, or check address, connection and HTTPS_PROXY",
    )


def _ask(base_url: str, timeout_s: float) -> str:
    try:
        with urllib.request.urlopen(f"{base_url.rstrip('/')}/models", timeout=timeout_s):  # noqa: S310 - its scheme was looked at
            return ""
    except urllib.error.HTTPError as error:
        error.close()
        return ""
    except Exception as error:  # noqa: BLE001 - whatever keeps it from answering is the answer
        return in_a_line(error)
