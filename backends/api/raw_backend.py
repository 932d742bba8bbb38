"""Makes raw calls to an endpoint: each alone where that matters, some side by side, some all at once."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from backends.api.endpoint import Endpoint
from backends.api.exchange import Exchange
from backends.api.exchange_evidence import evidence, raw_reply
from backends.api.fate import raise_for_account
from backends.api.gone import Gone
from backends.api.parsed_reply import ParsedReply
from backends.api.raw_call import CHAT_ROUTE
from backends.api.responses_request import UnsayableError
from backends.api.retries import call_with_retries
from backends.api.stream_fate import raise_for_stream
from backends.api.transport import post
from backends.api.watched_body import KEPT_OF_TOO_LONG
from backends.api.worker_pool import run_concurrently
from backends.clock import today
from backends.completion import Answer, InferenceBackend
from backends.errors import BackendError, Failure, FailureKind
from backends.raw_reply import RawReply
from backends.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from backends.api.backend import ApiBackend
    from backends.api.raw_call import RawCall

#: What all further calls would come to as well. Broken connections are not among them, once the endpoint has answered
#: any call: some calls break what others do not.
_FOR_ALL_CALLS = frozenset({FailureKind.ACCOUNT, FailureKind.OVERDUE})

#: Calls that need not be alone go out so many at a time: few enough for any rate limit.
_SIDE_BY_SIDE = 4


@dataclass(slots=True)
class RawBackend:
    """Makes the calls of the wire checks.

    It delivers `RawReply`s. Every status is an answer, except those of gateways and rate limits, which are retried as
    any transport is, and those about the account on the route that every endpoint has.

    Attributes:
        api: the API side whose endpoint is looked at.
        calls: all that the run makes, by name; more than are asked of this backend where some have their replies.
        earlier: returns the reply that another process of the run got to a call, by its name; None where there is none.
    """

    api: ApiBackend
    calls: Mapping[str, RawCall] = field(default_factory=dict, repr=False)
    earlier: Callable[[str], Answer | None] = lambda _: None
    kind: InferenceBackend = InferenceBackend.API
    cacheable: bool = False
    resumable: bool = True
    _answers: dict[str, Answer] = field(default_factory=dict)
    _shared: dict[str, Answer] = field(default_factory=dict)
    _refusals: dict[int | None, str] = field(default_factory=dict)

    def check(self) -> None:
        """Looks for what the API side looks for."""
        self.api.check()

    def cache_inputs(self, prompt: RawCall) -> dict[str, Any]:
        """The endpoint's identity, the call and the day: for one run alone, as a claim is looked at afresh in each."""
        return {
            "backend": "wire",
            "endpoint": self.api.endpoint.identity,
            "day": today().isoformat(),
            "call": [prompt.name, prompt.digest],
        }

    def describe(self) -> dict[str, Any]:
        """What the API side is."""
        return self.api.describe()

    def answer_all(
        self, prompts: Sequence[RawCall], deliver: Callable[[int, Answer], None], stopped: Callable[[], bool]
    ) -> None:
        """Makes all calls: first those that must be alone, then the others, then each group that belongs together."""
        positions = {call.name: position for position, call in enumerate(prompts)}
        gone = Gone(_FOR_ALL_CALLS, self.api.hearing)

        def make(call: RawCall, ended: Callable[[], bool]) -> None:
            answer = gone.note(self._in_the_same_words(self._answer_unless(gone, call, ended)))
            if not ended():
                self._answers[call.name] = answer
                deliver(positions[call.name], answer)

        for width, calls in _stages(prompts):
            run_concurrently(calls, min(width, self.api.pace.together or width), make, stopped)

    def _in_the_same_words(self, answer: Answer) -> Answer:
        """Returns what an endpoint holds against the account as it said it first: ids and times in it change."""
        if isinstance(answer, Failure) and answer.kind is FailureKind.ACCOUNT:
            return replace(answer, message=self._refusals.setdefault(answer.status, answer.message))
        return answer

    def _answer_unless(self, gone: Gone, call: RawCall, is_over: Callable[[], bool]) -> Answer:
        if gone.reason is not None:
            return Failure(kind=FailureKind.NOT_ASKED, message=gone.reason, attempts=0)
        return self._answer(call, is_over)

    def _answer(self, call: RawCall, is_over: Callable[[], bool] = lambda: False) -> Answer:
        """Answers one call; a `Failure` where that did not succeed."""
        exchange = Exchange()
        try:
            endpoint = self.api.endpoint if isinstance(self.api.endpoint, Endpoint) else self.api.endpoint.resolve()
            further = self._further(call)
            if not isinstance(further, dict):
                return further
            with self.api.budget.spending():
                return self._ask(call, endpoint, call.body(endpoint, further), exchange, is_over)
        except UnsayableError as error:
            return Failure(kind=FailureKind.POINTLESS, message=str(error), attempts=0)
        except BackendError as error:
            return Failure(
                kind=error.kind,
                message=self.api.budget.told_with(redact(str(error))),
                attempts=error.attempts,
                status=error.status,
                raw=evidence(exchange, most=KEPT_OF_TOO_LONG),
            )

    def _further(self, call: RawCall) -> dict[str, Any] | Failure:
        """Returns what the call says in view of the reply that it depends on, or why it cannot be made."""
        if call.build is None or call.depends_on is None:
            return {}
        earlier = self._answers.get(call.depends_on) or self.earlier(call.depends_on)
        if earlier is None:
            lost = f"{call.depends_on}, on which it builds, is not known to the process that asks now"
            return Failure(kind=FailureKind.NOT_ASKED, message=lost, attempts=0)
        reply = ParsedReply.of(call.depends_on, earlier)
        if isinstance(reply, Failure):
            # For the same reason, and without having been sent.
            return replace(reply, attempts=0)
        try:
            further = call.build(reply)
        except BackendError as error:
            further = f"{call.depends_on}, on which it builds, has no usable reply: {error}"
        if isinstance(further, str):
            return Failure(kind=FailureKind.POINTLESS, message=redact(further), attempts=0)
        return dict(further)

    def _recall(self, endpoint: Endpoint) -> None:
        """Notes what another process of the run has been replied: it may answer for a call with the same body."""
        for name, call in self.calls.items():
            reply = None if name in self._answers else self.earlier(name)
            if isinstance(reply, RawReply):
                self._answers[name] = reply
                with contextlib.suppress(ValueError):
                    self._shared.setdefault(_known_as(call.route_at(endpoint), json.loads(reply.request)), reply)

    def _ask(
        self,
        call: RawCall,
        endpoint: Endpoint,
        body: dict[str, Any],
        exchange: Exchange,
        is_over: Callable[[], bool],
    ) -> Answer:
        route = call.route_at(endpoint)
        known = _known_as(route, body)
        if call.reusable:
            self._recall(endpoint)
        if call.reusable and known in self._shared:
            # It was not sent again, and costs nothing.
            return _at_no_cost(self._shared[known])
        api = self.api

        def send() -> int:
            with api.paying(body, exchange, is_over), api.place(is_over, together=call.batch is not None):
                status = post(endpoint, route, body, api.time_for_one(), exchange)
            if body.get("stream"):
                raise_for_stream(exchange, endpoint)
            return status

        status, attempts = call_with_retries(
            send,
            max_attempts=api.max_attempts,
            first_wait_s=api.first_wait_s,
        )
        if call.route == CHAT_ROUTE:
            raise_for_account(exchange, endpoint)
        answer = raw_reply(exchange, status=status, attempts=attempts)
        self._shared.setdefault(known, answer)
        return answer


def _at_no_cost(answer: Answer) -> Answer:
    return replace(answer, attempts=0) if isinstance(answer, RawReply) else answer


def _known_as(route: str, body: object) -> str:
    return json.dumps([route, body], sort_keys=True)


def _stages(calls: Sequence[RawCall]) -> list[tuple[int, list[RawCall]]]:
    """Returns the calls in the order in which they may be made, with how many at a time."""
    batched = sorted((call for call in calls if call.batch is not None), key=lambda call: str(call.batch))
    batches = [list(batch) for _, batch in groupby(batched, key=lambda call: call.batch)]
    loose = [call for call in calls if call.batch is None and not call.exclusive]
    exclusive = [call for call in calls if call.exclusive]
    return [(1, exclusive), (_SIDE_BY_SIDE, loose), *((len(batch), batch) for batch in batches)]
