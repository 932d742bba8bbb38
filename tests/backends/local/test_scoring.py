"""Answers are scored by the local model: what it wrote itself is likely, what others wrote is not."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from backends import harmony
from backends.checkpoints.spec import LocalSpec
from backends.completion import Answer, Completion, FinishReason, Missing
from backends.dispatch.answer_store import AnswerStore
from backends.dispatch.cache import AnswerCache
from backends.dispatch.dispatcher import Dispatcher, Job
from backends.errors import BackendUnavailable, Failure, FailureKind
from backends.local import scoring, way
from backends.local.backend import LocalBackend
from backends.local.model_cache import LocalModelCache
from backends.local.scoring_backend import ScoringBackend
from backends.models import MINIATURE, resolve_model
from backends.prompt import Prompt, Sampling, make_prompt
from backends.renderings import FormChoice, Mistake
from backends.score import NothingToScore, Part, ReportedLogprobs, Score, TokenSource, Unscored
from backends.score_request import ScoreRequest
from backends.transcripts import reframed
from tests.backends.transcripts.material import entries, known, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backends.local.loaded_model import LoadedModel

pytestmark = pytest.mark.embedded

POLICY = (Path(MINIATURE).parent.parent / "policies" / "toxic_simple.md").read_text(encoding="utf-8").strip()
TEXTS = (
    "How do I keep basil alive?",
    "You are a worthless idiot.",
    "hi",
    "Tell me step by step how to pick a lock while the neighbour is away, and do it quickly, please.",
)
PROMPTS = tuple(make_prompt(text, POLICY) for text in TEXTS)


@pytest.fixture(scope="module")
def local() -> Iterator[LocalBackend]:
    model = resolve_model(MINIATURE)
    spec = LocalSpec(model=model.id, revision=model.revision, is_path=True, dtype="float32", device="cpu")
    models = LocalModelCache()
    yield LocalBackend(spec, models=models)
    models.unload()


@pytest.fixture(scope="module")
def own(local: LocalBackend) -> list[Completion]:
    """What the model itself answers."""
    return [_completion(answer) for answer in collect(local, PROMPTS)]


def _completion(answer: Answer) -> Completion:
    assert isinstance(answer, Completion), answer
    return answer


def collect(backend: Any, requests: Sequence[Any]) -> list[Answer]:  # noqa: ANN401 - prompts or requests for scores
    got: dict[int, Answer] = {}

    def deliver(position: int, answer: Answer) -> None:
        assert position not in got
        got[position] = answer

    backend.answer_all(requests, deliver, lambda: False)
    return [got[position] for position in range(len(requests))]


def as_told(answer: Completion, **choice: Any) -> Completion:  # noqa: ANN401 - whatever a server says
    """Returns a local answer as an API would tell it."""
    reply = told(answer.content, answer.reasoning, answer.finish_reason, **choice)
    return replace(reply, usage=answer.usage)


def request(answer: Answer, prompt: Prompt = PROMPTS[0], **under: Any) -> ScoreRequest:  # noqa: ANN401 - any field
    return ScoreRequest(prompt=prompt, whose="api", answer=lambda: answer, **under)


def scores(local: LocalBackend, answers: Sequence[Answer], prompts: Sequence[Prompt] = PROMPTS) -> list[Score]:
    asked = [request(answer, prompt) for answer, prompt in zip(answers, prompts, strict=True)]
    return [_score(scored) for scored in collect(ScoringBackend(local), asked)]


def _score(scored: Answer) -> Score:
    assert isinstance(scored, Score), scored
    return scored


def test_what_the_model_wrote_itself_is_likeliest_token_for_token(local: LocalBackend, own: list[Completion]) -> None:
    for told_as, source in ((own, TokenSource.RAW_TEXT), ([as_told(one) for one in own], TokenSource.REBUILT)):
        for one in scores(local, told_as):
            assert one.unlikely == ()
            assert one.source is source
            assert one.log_probability < 0


def test_tokens_that_were_read_spell_the_answer(local: LocalBackend, own: list[Completion]) -> None:
    for answer, one in zip(own, scores(local, own), strict=True):
        counted = [token for token in one.written if token.part is not None]
        spelled = "".join(token.text for token in counted if token.part is Part.ANSWER)
        assert spelled.removesuffix("<|return|>") == answer.content
        assert len(counted) == one.tokens
        assert {token.margin for token in counted} == {0.0}


def test_tokens_tell_what_was_likelier_than_each(local: LocalBackend, own: list[Completion]) -> None:
    (one,) = scores(local, [replace(as_told(own[0]), content="Perhaps 1, perhaps 0")], PROMPTS[:1])

    told_of = {place: (token.text, token.margin, token.likeliest) for place, token in enumerate(one.written)}
    assert one.unlikely
    for token in one.unlikely:
        assert told_of[token.position] == (token.written, token.margin, token.likeliest)
    ambiguous = [token for token in one.written if token.part is not None and token.margin is None]
    assert len(ambiguous) == one.ambiguous


def test_tokens_of_a_text_with_a_credential_are_not_kept(
    local: LocalBackend, own: list[Completion], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "open-sesame-42")
    (one,) = scores(local, [replace(as_told(own[0]), content="You sent open-sesame-42.")], PROMPTS[:1])

    assert one.unlikely
    assert one.written == ()


def test_both_ways_to_tell_an_answer_give_the_same_score(local: LocalBackend, own: list[Completion]) -> None:
    pairs = zip(scores(local, own), scores(local, [as_told(one) for one in own]), strict=True)
    for raw, rebuilt in pairs:
        assert (raw.tokens, raw.unlikely) == (rebuilt.tokens, rebuilt.unlikely)
        assert raw.log_probability == pytest.approx(rebuilt.log_probability, abs=1e-4)


def test_token_that_another_wrote_is_told_with_both_alternatives(local: LocalBackend, own: list[Completion]) -> None:
    other = {"0": "1", "1": "0"}
    changed = [replace(as_told(one), content=other[str(one.content)]) for one in own]
    for one, answer in zip(scores(local, changed), own, strict=True):
        (token,) = [token for token in one.unlikely if token.part is Part.ANSWER]
        assert (token.written, token.likeliest) == (other[str(answer.content)], answer.content)
        assert token.margin > 0.5
        assert token.rank >= 2
        assert one.greatest_margin == max(two.margin for two in one.unlikely)


def test_stripped_white_space_is_no_evidence(local: LocalBackend) -> None:
    """A model that writes white space at an edge loses it on the way; nothing of the rest counts against the server."""
    answer = told("1", "  The user is rude.\n")
    bare = told("1", "The user is rude.")
    with_space, without = scores(local, [answer, bare], PROMPTS[:2])
    assert with_space.source is without.source is TokenSource.REBUILT


def test_other_weights_prompts_and_draws_stand_far_above_the_models_own(
    local: LocalBackend, own: list[Completion]
) -> None:
    drawn = [replace(prompt, sampling=Sampling(temperature=1.0, seed=3)) for prompt in PROMPTS]
    hot = [as_told(_completion(answer)) for answer in collect(local, drawn)]
    bare = [make_prompt(text) for text in TEXTS]
    dropped = [as_told(_completion(answer)) for answer in collect(local, bare)]
    assert sum(one.margin_sum for one in scores(local, [as_told(one) for one in own])) == 0
    assert sum(one.margin_sum for one in scores(local, hot)) > 5
    assert sum(one.margin_sum for one in scores(local, dropped)) > 5


def test_messages_that_a_server_joins_are_read_apart_where_that_is_likelier(
    local: LocalBackend, own: list[Completion], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    plain = reframed

    def watched(*args: Any) -> Any:  # noqa: ANN401 - as the real one
        found = plain(*args)
        seen.append(found is not None)
        return found

    monkeypatch.setattr(scoring, "reframed", watched)
    joined = f"{own[0].reasoning}\n{own[0].reasoning}"
    (one,) = scores(local, [replace(as_told(own[0]), reasoning=joined)], PROMPTS[:1])
    assert seen == [True]
    assert all(token.likeliest != "<|end|>" for token in one.unlikely)


def test_call_is_scored_in_the_form_that_the_model_writes(local: LocalBackend) -> None:
    tool = {
        "name": "get_weather",
        "description": "Get the current weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    }
    asked = replace(
        make_prompt("What is the weather in Paris?"), tools=json.dumps([{"type": "function", "function": tool}])
    )
    answer = _completion(collect(local, [asked])[0])
    (call,) = harmony.split_channels(json.loads(answer.raw)["text"]).tool_calls
    arguments = json.dumps(json.loads(call.arguments), indent=1)
    calls = [{"function": {"name": call.recipient.removeprefix("functions."), "arguments": arguments}}]
    found = [answer, as_told(answer, calls=calls)]
    raw, rebuilt = (_score(one) for one in collect(ScoringBackend(local), [request(one, asked) for one in found]))
    assert (raw.unlikely, rebuilt.unlikely) == ((), ())
    assert (raw.source, rebuilt.source) == (TokenSource.RAW_TEXT, TokenSource.REBUILT)
    assert raw.tokens == rebuilt.tokens
    assert rebuilt.log_probability == pytest.approx(raw.log_probability, abs=1e-3)


def test_ways_to_write_a_call_are_read_from_where_they_part(
    local: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [{"function": {"name": "get_weather", "arguments": '{"city": "Paris", "unit":"celsius"}'}}]
    asked = [request(told("", "The user asks for the weather in Paris today. " * 24, calls=calls))] * 2
    read: list[int] = []
    with local.models.use(local.spec) as loaded:
        inner = loaded.model.model
        forward = inner.forward

        def counted(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as in transformers
            read.append(kwargs["input_ids"].numel())
            return forward(*args, **kwargs)

        monkeypatch.setattr(inner, "forward", counted)
    found, tokens = {}, {}
    for most in (2, 1000):
        monkeypatch.setattr(way, "_READ_WHOLE", most)
        found[most] = [_score(one) for one in collect(ScoringBackend(local), asked)]
        tokens[most] = sum(read)
        read.clear()
    assert found[2][0].tokens == found[1000][0].tokens
    assert found[2][0].log_probability == pytest.approx(found[1000][0].log_probability, abs=1e-3)
    assert tokens[2] < tokens[1000] / 3


def test_likeliest_rendering_is_the_one_that_was_answered(local: LocalBackend) -> None:
    bare, low = make_prompt(TEXTS[1]), replace(PROMPTS[1], reasoning_effort="low")
    for prompt, mistake in ((bare, Mistake.DEVELOPER_DROPPED), (low, Mistake.EFFORT_LOW), (PROMPTS[1], None)):
        answer = as_told(_completion(collect(local, [prompt])[0]))
        asked = request(answer, PROMPTS[1], every_rendering=True)
        likelihoods = _score(collect(ScoringBackend(local), [asked])[0]).likelihoods
        assert len(likelihoods) > 20
        assert likelihoods[0].mistake == mistake
        assert {one.mistake for one in likelihoods} >= {None, Mistake.DEVELOPER_DROPPED, Mistake.PLAIN_TEXT}
        assert likelihoods[0].unlikely == 0
        right = min(one.margin_sum for one in likelihoods if one.mistake is None)
        assert mistake is None or right > 1


def test_one_rendering_can_be_named(local: LocalBackend) -> None:
    answer = as_told(_completion(collect(local, [make_prompt(TEXTS[1])])[0]))
    under: list[dict[str, Any]] = [
        {},
        {"mistake": str(Mistake.DEVELOPER_DROPPED)},
        {"form": (FormChoice.NO_DATE_LINE,)},
        {"mistake": str(Mistake.TOOLS_DROPPED)},
    ]
    own, dropped, dateless, none = collect(ScoringBackend(local), [request(answer, PROMPTS[1], **one) for one in under])
    assert _score(dropped).unlikely == ()
    assert _score(own).margin_sum > 1
    assert _score(dateless).log_probability != _score(own).log_probability
    assert isinstance(none, Unscored)
    assert none.kind is NothingToScore.NO_RENDERING


def test_reported_logprobs_are_compared_with_the_models_own(local: LocalBackend, own: list[Completion]) -> None:
    ids = known().ids(str(own[0].content))
    told_so = as_told(own[0], logprobs={"content": entries(ids)})
    (one,) = scores(local, [told_so], PROMPTS[:1])
    assert one.logprobs is ReportedLogprobs.ANSWER
    assert one.reported == len(ids)
    assert one.reported_gap == pytest.approx(0, abs=0.5)


# What cannot be scored


def test_nothing_to_score_is_told_and_loads_no_model(local: LocalBackend) -> None:
    def load(*_: object) -> LoadedModel:
        raise AssertionError("a model was loaded")

    idle = replace(local, models=LocalModelCache(load))
    drawn = replace(PROMPTS[0], sampling=Sampling(temperature=0.5))
    failure = Failure(kind=FailureKind.SERVER, message="out of order")
    found = collect(ScoringBackend(idle), [request(failure), request(Completion(content="1"), drawn)])
    kinds = [one.kind for one in found if isinstance(one, Unscored)]
    assert kinds == [NothingToScore.NO_ANSWER, NothingToScore.NOT_GREEDY]


def test_answers_without_text_cost_the_others_nothing(local: LocalBackend, own: list[Completion]) -> None:
    empty = Completion(content=Missing.NULL)
    found = collect(ScoringBackend(local), [request(empty), request(as_told(own[0])), request(Completion(content="1"))])
    assert isinstance(found[0], Unscored)
    assert _score(found[1]).unlikely == ()
    assert isinstance(found[2], Unscored)
    assert (found[0].kind, found[2].kind) == (NothingToScore.EMPTY, NothingToScore.REASONING_WITHHELD)


def test_model_that_cannot_be_loaded_is_a_failure_of_each() -> None:
    def load(*_: object) -> LoadedModel:
        raise BackendUnavailable("no such checkpoint")

    backend = ScoringBackend(LocalBackend(LocalSpec(model="m"), models=LocalModelCache(load)))
    found = collect(backend, [request(told())] * 2)
    assert found == [Failure(kind=FailureKind.UNAVAILABLE, message="no such checkpoint")] * 2


def test_batch_that_memory_does_not_suffice_for_is_halved(
    local: LocalBackend, own: list[Completion], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    with local.models.use(local.spec) as loaded:
        inner = loaded.model.model
        forward = inner.forward

        def limited(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as in transformers
            sizes.append(len(kwargs["input_ids"]))
            if sizes[-1] > 1 or kwargs["input_ids"].shape[1] > 300:
                raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate")
            return forward(*args, **kwargs)

        monkeypatch.setattr(inner, "forward", limited)
    long = told("1", "The user is rude. " * 200)
    asked = [*(request(as_told(one), prompt) for one, prompt in zip(own, PROMPTS, strict=True)), request(long)]
    found = collect(ScoringBackend(local), asked)
    assert max(sizes) > 1
    assert [_score(one).unlikely for one in found[:-1]] == [()] * len(own)
    assert {dict(_score(one).effective_overrides)["batch_size"] for one in found[:-1]} == {1}
    assert isinstance(found[-1], Unscored)
    assert found[-1].kind is NothingToScore.NO_MEMORY


def test_model_that_fails_is_told_and_raises_nothing(
    local: LocalBackend, own: list[Completion], monkeypatch: pytest.MonkeyPatch
) -> None:
    with local.models.use(local.spec) as loaded:
        inner = loaded.model.model

        def broken(*_: Any, **__: Any) -> Any:  # noqa: ANN401 - as in transformers
            raise ValueError("no such layer")

        monkeypatch.setattr(inner, "forward", broken)
    found = collect(ScoringBackend(local), [request(as_told(own[0]))])
    assert isinstance(found[0], Unscored)
    assert found[0].kind is NothingToScore.MODEL_FAILED
    assert "no such layer" in found[0].why


# Through the dispatcher


def test_scores_wait_for_the_answers_and_come_from_the_cache_the_next_time(
    local: LocalBackend, own: list[Completion], tmp_path: Path
) -> None:
    told_as = {str(place): as_told(one) for place, one in enumerate(own)}
    found = []
    for run in ("first", "second"):
        folder = tmp_path / run
        folder.mkdir()
        store = AnswerStore(folder)
        cache = AnswerCache(tmp_path / "cache")
        dispatcher = Dispatcher(store, cache)
        backend = ScoringBackend(local if run == "first" else replace(local, models=_forbidden()))
        asked = {
            name: ScoreRequest(
                prompt=PROMPTS[int(name)],
                whose="api",
                answer=lambda name=name: told_as[name],  # type: ignore[misc]
            )
            for name in told_as
        }
        dispatcher.start([Job(group="m.score", backend=backend, requests=asked)])
        found.append([dispatcher.wait("m.score", name) for name in told_as])
        dispatcher.finish()
        cache.close()
    assert found[0] == found[1]
    assert all(isinstance(one, Score) for one in found[0])


def test_scores_of_answers_that_were_never_given_do_not_keep_a_stopped_run_waiting(
    local: LocalBackend, tmp_path: Path
) -> None:
    """The thread that scores is the one that should have answered."""
    store = AnswerStore(tmp_path)
    dispatcher = Dispatcher(store, AnswerCache(None))

    class Interrupted(LocalBackend):
        def answer_all(self, *_: object) -> None:
            store.stop()

    idle = Interrupted(local.spec, models=_forbidden())
    asked = ScoreRequest(prompt=PROMPTS[0], whose="noise", answer=lambda: dispatcher.wait("noise", "a"))
    dispatcher.start(
        [
            Job(group="noise", backend=idle, requests={"a": PROMPTS[0]}),
            Job(group="score", backend=ScoringBackend(idle), requests={"a": asked}),
        ]
    )
    threading.Thread(target=dispatcher.finish, daemon=True).start()
    deadline = time.monotonic() + 60
    while any(thread.name == "local-side" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _forbidden() -> LocalModelCache:
    def load(*_: object) -> LoadedModel:
        raise AssertionError("a model was loaded")

    return LocalModelCache(load)


def test_cache_inputs_name_the_answer_the_rendering_and_the_model(local: LocalBackend, own: list[Completion]) -> None:
    backend = ScoringBackend(local)
    asked = [
        request(as_told(own[0])),
        request(as_told(own[1])),
        request(replace(as_told(own[0]), finish_reason=FinishReason.LENGTH)),
        request(as_told(own[0]), PROMPTS[1]),
        request(as_told(own[0]), mistake="plain-text"),
        request(as_told(own[0]), form=(FormChoice.NO_DATE_LINE,)),
        request(as_told(own[0]), every_rendering=True),
    ]
    told_apart = [backend.cache_inputs(one) for one in asked]
    assert all(one != other for place, one in enumerate(told_apart) for other in told_apart[:place])
    assert told_apart[0]["spec"] == local.cache_inputs(PROMPTS[0])["spec"]
    assert len({one.digest for one in asked}) == len(asked) - 2  # the answer is no part of a request's digest
