"""The API side: chat completions over HTTP, through huggingface_hub's inference client, or the Responses API.

Every sampling value is sent explicitly. Transport is retried at once and the attempts are counted; an answer is never
retried. A status such as 500 says something about the server: it gets a second chance when all has been asked, see
`second_chance`. The raw body is the evidence: fields are read from it, not from the client's objects.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from backends.api.chat_response import read_chat_response
from backends.api.deadline import DEFAULT_TIMEOUT_S, TimeBudget
from backends.api.endpoint import Endpoint, chat_body
from backends.api.exchange import Exchange
from backends.api.exchange_evidence import evidence, shown_headers
from backends.api.gone import Gone, Hearing
from backends.api.pace import Pace, is_too_much
from backends.api.responses_body import read_responses_body
from backends.api.retries import call_with_retries
from backends.api.second_chance import SecondChance
from backends.api.transport import probe, send
from backends.api.watched_body import KEPT_OF_TOO_LONG
from backends.api.worker_pool import run_concurrently
from backends.clock import today
from backends.completion import Answer, Completion, InferenceBackend
from backends.errors import BackendError, Failure, FailureKind, TimeSpent
from backends.http_api import HttpApi
from backends.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from backends.api.price import Price
    from backends.api.purse import Purse
    from backends.prompt import Prompt


class EndpointOnDemand(Protocol):
    """An endpoint that has to be brought up before the first request."""

    @property
    def identity(self) -> str:
        """What stands for the endpoint in cache keys; known without bringing it up."""

    def check(self) -> None:
        """Raises BackendUnavailable where it could not be brought up."""

    def check_token(self) -> None:
        """Raises BackendUnavailable where the environment lacks what requests say of who asks."""

    def resolve(self) -> Endpoint:
        """Brings it up if it is not, and returns it."""

    def describe(self) -> dict[str, Any]:
        """Returns what it is, for the report."""


@dataclass(slots=True)
class ApiBackend:
    """Answers over HTTP.

    Attributes:
        endpoint: where to; one on demand is brought up when the first request is about to be made.
        concurrency: requests side by side, at the most.
        timeout_s: seconds for one response, from the request to its last byte.
        max_attempts: of transport, the first included.
        budget: the time for all responses; shared by whoever asks this endpoint in a run.
        hearing: what has been heard of the endpoint; shared likewise.
        price: of tokens there; None where it is not known.
        purse: what all that is asked in a run may cost; None for any sum, and never without a price.
        pace: how fast it is asked; shared likewise, and None for `concurrency` requests at a time from the beginning.
    """

    endpoint: Endpoint | EndpointOnDemand
    concurrency: int = 8
    timeout_s: float = DEFAULT_TIMEOUT_S
    max_attempts: int = 4
    first_wait_s: float = 0.5
    budget: TimeBudget = field(default_factory=TimeBudget)
    hearing: Hearing = field(default_factory=Hearing, compare=False)
    pace: Pace = field(default=None, compare=False, repr=False)  # type: ignore[assignment]  # never is behind __post_init__
    price: Price | None = field(default=None, compare=False)
    purse: Purse | None = field(default=None, compare=False)
    kind: InferenceBackend = InferenceBackend.API
    cacheable: bool = True
    resumable: bool = True

    def __post_init__(self) -> None:
        """Makes a pace where none was given."""
        if self.pace is None:
            self.pace = Pace(most=self.concurrency)

    def check(self) -> None:
        """Looks for a token where one is needed, and for a server that answers, unless it is started on demand."""
        if not isinstance(self.endpoint, Endpoint):
            self.endpoint.check()
            return
        self.check_token()
        probe(self.endpoint)

    def check_token(self) -> None:
        """Raises BackendUnavailable where the environment lacks what requests say of who asks."""
        self.endpoint.check_token()

    def cache_inputs(self, prompt: Prompt) -> dict[str, Any]:
        """The endpoint's identity, the prompt, and the day: chat templates print the date."""
        return {
            "backend": str(self.kind),
            "endpoint": self.endpoint.identity,
            "day": today().isoformat(),
            "prompt": prompt.as_dict(),
        }

    def describe(self) -> dict[str, Any]:
        """The endpoint's place, model and provider."""
        return self.endpoint.describe()

    def answer_all(
        self, prompts: Sequence[Prompt], deliver: Callable[[int, Answer], None], stopped: Callable[[], bool]
    ) -> None:
        """Sends up to `concurrency` requests side by side. Once stopped, requests under way are abandoned.

        What got no answer has a second chance behind all others.
        """
        chance = SecondChance(deliver)

        def asking(gone: Gone) -> Callable[[int, Callable[[], bool]], None]:
            def ask(position: int, ended: Callable[[], bool]) -> None:
                answer = gone.note(self._answer_unless(gone, prompts[position], ended))
                if not ended():
                    chance.take(position, answer)

            return ask

        gone = Gone(hearing=self.hearing, width=self.concurrency)
        run_concurrently(range(len(prompts)), self.concurrency, asking(gone), stopped)
        if gone.reason is None and self.max_attempts > 1:
            chance.give(self.concurrency, asking(Gone(hearing=self.hearing, width=self.concurrency)), stopped)
        chance.close(stopped)

    def answer(self, prompt: Prompt, is_over: Callable[[], bool] = lambda: False) -> Answer:
        """Answers one prompt; a `Failure` where that did not succeed.

        Args:
            prompt: what is asked.
            is_over: tells that nobody needs the answer any more.
        """
        started = time.monotonic()
        exchange = Exchange()
        try:
            self.budget.left_s()
        except TimeSpent as spent:
            return Failure(kind=FailureKind.NOT_ASKED, message=f"not asked: {spent}", attempts=0)
        try:
            with self.budget.spending():
                return self._answer_with_retries(prompt, exchange, is_over)
        except BackendError as error:
            return Failure(
                kind=error.kind,
                message=self.budget.told_with(redact(str(error))),
                attempts=error.attempts,
                status=error.status,
                latency_s=time.monotonic() - started,
                raw=evidence(exchange, most=KEPT_OF_TOO_LONG),
            )

    @contextmanager
    def place(self, is_over: Callable[[], bool], *, together: bool = False) -> Iterator[None]:
        """Waits until one more request may be made, and notes where the endpoint cannot keep up with it.

        Args:
            is_over: tells that nobody needs the answer any more.
            together: for a request that means something beside others.

        Raises:
            AskedNoMore: nobody did before it could be made.
        """
        with self.pace.turn(is_over, together=together):
            begun = self.pace.now()
            try:
                yield
            except Exception as error:
                if is_too_much(error):
                    self.pace.note_too_much(begun)
                raise

    def paying(
        self, body: Mapping[str, Any], exchange: Exchange, is_over: Callable[[], bool]
    ) -> AbstractContextManager[None]:
        """Returns what pays for the request that is made inside; see `Purse.paying`."""
        if self.purse is None or self.price is None:
            return nullcontext()
        return self.purse.paying(self.price, body, exchange, is_over)

    def time_for_one(self) -> float:
        """Returns the seconds that one response may take now.

        Raises:
            TimeSpent: there are none left.
        """
        return min(self.timeout_s, self.budget.left_s())

    def _answer_unless(self, gone: Gone, prompt: Prompt, is_over: Callable[[], bool]) -> Answer:
        if gone.reason is not None:
            return Failure(kind=FailureKind.NOT_ASKED, message=f"not asked: {gone.reason}", attempts=0)
        return self.answer(prompt, is_over)

    def _answer_with_retries(self, prompt: Prompt, exchange: Exchange, is_over: Callable[[], bool]) -> Completion:
        completion, attempts = call_with_retries(
            lambda: self._ask_once(prompt, exchange, is_over),
            max_attempts=self.max_attempts,
            first_wait_s=self.first_wait_s,
        )
        return replace(completion, attempts=attempts)

    def _ask_once(self, prompt: Prompt, exchange: Exchange, is_over: Callable[[], bool]) -> Completion:
        exchange.clear()
        endpoint = self.endpoint if isinstance(self.endpoint, Endpoint) else self.endpoint.resolve()
        with self.paying(chat_body(endpoint, prompt), exchange, is_over), self.place(is_over):
            started = time.monotonic()
            send(endpoint, prompt, self.time_for_one(), exchange)
            took = time.monotonic() - started
        self.pace.note_answer(took)
        read = read_responses_body if endpoint.api is HttpApi.RESPONSES else read_chat_response
        completion = read(exchange.response_body or b"", shown_headers(exchange))
        return replace(completion, latency_s=took, raw=evidence(exchange))
