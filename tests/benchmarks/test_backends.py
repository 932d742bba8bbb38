"""Latency and throughput of both backends.

`pytest tests/benchmarks -m benchmark` prints a table by group. `api` is a server that takes a fixed time for each
answer, so that what is beyond it is this suite's own; `embedded` is the miniature behind `transformers serve`; `local`
is the miniature in this process. What is asserted are ratios, whose bounds say what was measured.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Final

import pytest

from backends.api.backend import ApiBackend
from backends.api.endpoint import Endpoint
from backends.checkpoints.spec import LocalSpec
from backends.completion import Answer, Completion
from backends.local.backend import LocalBackend
from backends.models import MINIATURE, resolve_model
from backends.prompt import Prompt, make_prompt
from fixtures.policies import load_policy
from fixtures.servers import EmbeddedServer
from fixtures.toxicchat import load_examples
from tests.benchmarks.timed_server import TimedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

    from backends.protocol import Backend

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(0)]

#: Seconds that the server of `api` takes for each answer.
SERVED_S: Final = 0.05

#: Texts in a call that measures throughput, and rounds.
MANY: Final = 32
ROUNDS: Final = 5

#: How much longer than the server's own time an answer takes at most. Measured: 2.1 on busy
#: cores, since whoever waits for the workers looks every 0.05 s.
MOST_OVERHEAD: Final = 3.0

#: How many times as many answers a second come side by side (8), and in a batch (16), as one by one. Measured: 7.3 to
#: 7.6 and 2.2, on busy cores.
LEAST_SIDE_BY_SIDE: Final = 4.0
LEAST_BATCHED: Final = 1.3


@pytest.fixture(scope="module")
def prompts() -> list[Prompt]:
    policy = load_policy("toxic_simple").instructions
    return [make_prompt(one.user_input, policy, max_new_tokens=64) for one in load_examples("bundled").examples[:MANY]]


@pytest.fixture(scope="module")
def timed() -> Iterator[ApiBackend]:
    server = TimedServer(SERVED_S)
    yield ApiBackend(Endpoint(model="m", base_url=server.base_url))
    server.stop()


@pytest.fixture(scope="module")
def embedded() -> Iterator[ApiBackend]:
    server = EmbeddedServer()
    server.start()
    yield ApiBackend(Endpoint(model=MINIATURE, base_url=server.base_url), concurrency=4)
    server.stop()


@pytest.fixture(scope="module")
def local() -> LocalBackend:
    model = resolve_model(MINIATURE)
    spec = LocalSpec(model=model.id, revision=model.revision, is_path=True, dtype="float32", device="cpu")
    return LocalBackend(spec, batch_size=16)


@pytest.fixture(params=["api", "embedded", "local"])
def backend(request: pytest.FixtureRequest) -> Backend[Prompt]:
    named: Backend[Prompt] = request.getfixturevalue({"api": "timed"}.get(request.param, request.param))
    return named


def ask(backend: Backend[Prompt], prompts: list[Prompt]) -> list[Completion]:
    """Asks all at once; every answer must have come."""
    came: dict[int, Answer] = {}
    backend.answer_all(prompts, came.__setitem__, lambda: False)
    answers = [came[position] for position in range(len(prompts))]
    assert all(isinstance(answer, Completion) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, Completion)]


def test_latency(benchmark: BenchmarkFixture, backend: Backend[Prompt], prompts: list[Prompt]) -> None:
    benchmark.group = "latency: one text"

    benchmark.pedantic(ask, args=(backend, prompts[:1]), rounds=ROUNDS, warmup_rounds=1)


def test_throughput(benchmark: BenchmarkFixture, backend: Backend[Prompt], prompts: list[Prompt]) -> None:
    benchmark.group = f"throughput: {MANY} texts"

    answers = benchmark.pedantic(ask, args=(backend, prompts), rounds=ROUNDS, warmup_rounds=1)

    assert benchmark.stats is not None
    seconds = benchmark.stats.stats.median
    tokens = sum(answer.usage.completion_tokens or 0 for answer in answers)
    benchmark.extra_info |= {"answers_per_s": round(MANY / seconds, 2), "tokens_per_s": round(tokens / seconds, 1)}


def median_s(call: Callable[[], object]) -> float:
    call()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def test_answer_takes_little_longer_than_its_server(timed: ApiBackend, prompts: list[Prompt]) -> None:
    assert median_s(lambda: ask(timed, prompts[:1])) <= SERVED_S * MOST_OVERHEAD


def test_requests_go_out_side_by_side(timed: ApiBackend, prompts: list[Prompt]) -> None:
    alone = median_s(lambda: [ask(timed, [prompt]) for prompt in prompts[:8]])

    assert alone / median_s(lambda: ask(timed, prompts[:8])) >= LEAST_SIDE_BY_SIDE


def test_batch_is_faster_than_its_texts_one_by_one(local: LocalBackend, prompts: list[Prompt]) -> None:
    alone = median_s(lambda: [ask(local, [prompt]) for prompt in prompts[:16]])

    assert alone / median_s(lambda: ask(local, prompts[:16])) >= LEAST_BATCHED
