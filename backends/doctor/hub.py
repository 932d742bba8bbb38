"""The Hugging Face Hub: a token, an answer, and the data set in the cache."""

from __future__ import annotations

import os
import threading
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.api.endpoint import Endpoint
from backends.doctor.cached import CacheEntry, Stored, datasets_cache, find_dataset
from backends.doctor.check_result import CheckResult, Status, in_a_line
from backends.secrets import access_token

if TYPE_CHECKING:
    from pathlib import Path

#: How long the Hub may take. One that is there answers in well under a second.
TIMEOUT_S = 3.0

#: Characters of an error that are shown.
_LONGEST = 75

#: Variables that keep huggingface_hub from asking anybody.
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetPin:
    """Where the real data set lies, and which commit of it is used; fixtures/toxicchat/pin.toml says."""

    repository: str
    configuration: str
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAnswer:
    """What came of asking the Hub.

    Attributes:
        place: its address.
        offline_by: the variable that forbids asking; None where none does.
        error: what went wrong, in a line; None where it answered.
    """

    place: str
    offline_by: str | None = None
    error: str | None = None


def judge_token(*, in_environment: bool, stored: bool) -> CheckResult:
    """Says whether there is a token, and where; never which."""
    if in_environment:
        return CheckResult(topic="token", status=Status.OK, text="present, from HF_TOKEN")
    known = "HF_TOKEN is not set " + ("(a stored login does not count)" if stored else "(--base-url needs none)")
    return CheckResult(
        topic="token",
        status=Status.NOTE,
        text=known,
        remedy="export HF_TOKEN=...",
    )


def judge_hub(answer: HubAnswer) -> CheckResult:
    """Says whether the Hub can be reached."""
    if answer.offline_by:
        return CheckResult(
            topic="Hub",
            status=Status.NOTE,
            text=f"not asked: {answer.offline_by} is set, so that only the caches are used",
            remedy=f"unset {answer.offline_by} to fetch models or use Inference Providers",
        )
    if answer.error:
        return CheckResult(
            topic="Hub",
            status=Status.NOTE,
            text=f"{answer.place} is of no use ({answer.error})",
            remedy="check the connection and HTTPS_PROXY, or set HF_HUB_OFFLINE=1",
        )
    return CheckResult(topic="Hub", status=Status.OK, text=f"{answer.place} answers")


def judge_dataset(pin: DatasetPin, entry: CacheEntry) -> CheckResult:
    """Says whether `--dataset hub` works without the Hub."""
    text = f"{pin.repository}@{pin.revision[:8]}: {entry}"
    if entry.stored is Stored.WHOLE:
        return CheckResult(topic="data set", status=Status.OK, text=text)
    again = "fetches it again" if entry.stored is Stored.PART else "fetches it"
    return CheckResult(
        topic="data set",
        status=Status.NOTE,
        text=text,
        remedy=f"--dataset hub {again}",
    )


def check_token() -> CheckResult:
    """Looks for a token."""
    from huggingface_hub import get_token  # noqa: PLC0415 - takes half a second

    here = access_token() is not None
    return judge_token(in_environment=here, stored=not here and get_token() is not None)


def check_hub(pin: DatasetPin) -> CheckResult:
    """Asks the Hub for the data set at its pinned revision, once."""
    from huggingface_hub import constants  # noqa: PLC0415 - as above

    place = Endpoint(model="", base_url=constants.ENDPOINT).place
    if constants.HF_HUB_OFFLINE:
        return judge_hub(HubAnswer(place=place, offline_by=next(filter(os.environ.get, _OFFLINE), _OFFLINE[0])))
    return judge_hub(HubAnswer(place=place, error=ask_hub(pin)))


def ask_hub(pin: DatasetPin, timeout_s: float = TIMEOUT_S) -> str | None:
    """Returns what went wrong when the Hub was asked, in a line; None where it answered.

    A thread asks, since a time-out counts for each address, and looking up a name has none.
    """
    outcome: list[str | None] = []
    asking = threading.Thread(target=lambda: outcome.append(_ask(pin, timeout_s)), daemon=True)
    asking.start()
    asking.join(timeout_s)
    return outcome[0] if outcome else f"silent for {timeout_s:g} s"


def _ask(pin: DatasetPin, timeout_s: float) -> str | None:
    from huggingface_hub import HfApi  # noqa: PLC0415 - as above

    try:
        HfApi().dataset_info(pin.repository, revision=pin.revision, timeout=timeout_s)
    except Exception as error:  # noqa: BLE001 - requests or httpx, whichever huggingface_hub uses, and its own errors
        return in_a_line(error)[:_LONGEST]
    return None


def check_dataset(pin: DatasetPin) -> CheckResult:
    """Looks for the data set in the cache."""
    return judge_dataset(pin, find_dataset(pin.repository, pin.configuration, pin.revision, datasets_cache()))


def read_pin(root: Path) -> DatasetPin:
    """Reads which commit of the data set is used; the file belongs to the room that loads it."""
    return DatasetPin(**tomllib.loads((root / "fixtures" / "toxicchat" / "pin.toml").read_text(encoding="utf-8")))
