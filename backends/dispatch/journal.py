"""What a run that has not ended was answered: whoever starts the same run again asks nothing of it twice.

The cache keeps what is true of a request whoever asks it. A journal keeps all that one run paid for, failures of the
endpoint's own, raw replies and repeats included, each under its own name: a repeat is never answered by the first. It
lies in the cache's folder until the run ends, and for a day at most.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from backends.dispatch.cache import key_of
from backends.errors import Failure, FailureKind
from backends.score import Unscored
from backends.stored_answer import answer_from_json, answer_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from backends.completion import Answer
    from backends.dispatch.sealed_store import SealedStore

#: Seconds for which a run can be taken up again.
LASTS_S: Final = 24 * 3600.0

#: How the tags of journals begin.
TAG: Final = "run "

#: Failures in which the endpoint spoke. What got lost on the way, or never left this machine, is asked again.
_SPOKEN: Final = frozenset({FailureKind.REFUSED, FailureKind.UNUSABLE})


@dataclass(frozen=True, slots=True)
class Journal:
    """The answers of one run, by group and name.

    Attributes:
        run: what the run is known by; None for one that cannot be taken up again, of which nothing is kept.
        store: where they lie; None for nowhere.
    """

    run: str | None = None
    store: SealedStore | None = None

    def begin(self) -> float | None:
        """Notes that the run begins, and returns how many seconds ago it did already; None where it did not."""
        key = self._key("begun")
        try:
            return max(time.time() - float(self._read(key) or ""), 0.0)
        except ValueError:
            self._write(key, str(time.time()))
            return None

    def get(self, group: str, name: str, inputs: Mapping[str, Any]) -> Answer | None:
        """Returns the answer that came to a request; None where none did, or where another thing was asked then."""
        kept = self._read(self._key("answer", group, name, key_of(inputs)))
        try:
            return None if kept is None else answer_from_json(kept)
        except ValueError:
            return None

    def put(self, group: str, name: str, inputs: Mapping[str, Any], answer: Answer) -> None:
        """Keeps an answer, unless it says no more than that none came."""
        if self.run is not None and _is_an_answer(answer):
            self._write(self._key("answer", group, name, key_of(inputs)), answer_to_json(answer))

    def asked(self, group: str) -> frozenset[str]:
        """Returns the names of a group's requests that were about to be sent: no cache answers them any more."""
        try:
            return frozenset(map(str, json.loads(self._read(self._key("asked", group)) or "[]")))
        except (ValueError, TypeError):
            return frozenset()

    def ask(self, group: str, names: Iterable[str]) -> None:
        """Notes that requests of a group are about to be sent."""
        known = self.asked(group)
        if not known.issuperset(names):
            self._write(self._key("asked", group), json.dumps(sorted(known.union(names))))

    def end(self) -> None:
        """Forgets the run: it has ended, and its like asks afresh."""
        if self.store is not None and self.run is not None:
            self.store.evict(f"{TAG}{self.run}")

    def _key(self, *parts: str) -> str:
        return key_of({"run": self.run, "parts": list(parts)})

    def _read(self, key: str) -> str | None:
        return None if self.store is None or self.run is None else self.store.get(key)

    def _write(self, key: str, text: str) -> None:
        if self.store is not None and self.run is not None:
            self.store.set(key, text, tag=f"{TAG}{self.run}", kept_s=LASTS_S)


def _is_an_answer(answer: Answer) -> bool:
    """Returns whether asking again would ask the same twice; what this machine could not do may succeed later."""
    if isinstance(answer, Unscored):
        return answer.is_lasting
    return not isinstance(answer, Failure) or answer.kind in _SPOKEN
