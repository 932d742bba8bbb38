"""The two calls for Python users: ask a model, and classify texts under a policy."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from backends.api.access import Access, access_to, read_headers
from backends.api.backend import ApiBackend
from backends.api.deadline import DEFAULT_BUDGET_S, DEFAULT_TIMEOUT_S, TimeBudget
from backends.api.endpoint import Endpoint
from backends.api.extra_body import read_extra_body
from backends.checkpoints.spec import LocalSpec
from backends.compact import served_name
from backends.completion import Completion, InferenceBackend, ModelAnswer, model_answer
from backends.dispatch.answer_store import AnswerStore
from backends.dispatch.cache import AnswerCache
from backends.dispatch.dispatcher import Dispatcher, Job
from backends.errors import BackendUnavailable, Failure
from backends.given import no_text, read_backend, require_instructions, texts_of
from backends.labels import Reading, read_label
from backends.local.backend import LocalBackend
from backends.models import GPT_OSS_20B, resolve_model
from backends.outcome import Outcome, PolicyLike, read_outcome
from backends.prompt import DEFAULT_MAX_NEW_TOKENS, Prompt, Sampling, make_prompt
from backends.waiting import Watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from backends.protocol import Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceSettings:
    """Everything about a call that is not the text.

    Attributes:
        reasoning_effort: `low`, `medium` or `high`.
        temperature: 0 for greedy decoding.
        top_p: nucleus mass.
        seed: for sampling; None for none.
        max_new_tokens: the most tokens of an answer, reasoning included.
        provider: of Hugging Face Inference Providers, for the API side.
        base_url: of an OpenAI-compatible server, for the API side.
        api_model: the model's name at that server, where it has another one.
        api_key_env: the environment variable that holds the key, for the API side; None for `HF_TOKEN` at Hugging Face
            and `OPENAI_API_KEY` at `base_url`.
        headers: further headers of the API side, by name, each with the environment variable that holds its value.
        extra_body: further fields of every request to the API side.
        timeout_s: seconds that one response may take, for the API side, from the request to its last byte.
        time_budget_s: seconds in which the API side may be asked in one call of these functions.
        dtype: number format of the local model.
        device: of the local model.
        cache_dir: folder in which answers are kept between calls; None keeps none.
    """

    reasoning_effort: str = "medium"
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    max_new_tokens: int = DEFAULT_MAX_NEW_TOKENS
    provider: str | None = None
    base_url: str | None = field(default=None, repr=False)
    api_model: str | None = None
    api_key_env: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    timeout_s: float = DEFAULT_TIMEOUT_S
    time_budget_s: float = DEFAULT_BUDGET_S
    dtype: str = "auto"
    device: str = "auto"
    cache_dir: Path | None = None

    def prompt(self, text: str, instructions: str | None) -> Prompt:
        """Returns the prompt for one text under these settings."""
        return make_prompt(
            text,
            instructions,
            reasoning_effort=self.reasoning_effort,
            sampling=Sampling(temperature=self.temperature, top_p=self.top_p, seed=self.seed),
            max_new_tokens=self.max_new_tokens,
        )


@overload
def get_model_response(  # type: ignore[overload-overlap]  # a text is itself a sequence of texts
    model: str,
    prompt: str,
    instructions: str | None = None,
    *,
    settings: InferenceSettings | None = None,
    backend: InferenceBackend | str = InferenceBackend.API,
    progress: bool | None = None,
) -> Completion: ...


@overload
def get_model_response(
    model: str,
    prompt: Iterable[str],
    instructions: str | None = None,
    *,
    settings: InferenceSettings | None = None,
    backend: InferenceBackend | str = InferenceBackend.API,
    progress: bool | None = None,
) -> list[ModelAnswer]: ...


def get_model_response(
    model: str,
    prompt: str | Iterable[str],
    instructions: str | None = None,
    *,
    settings: InferenceSettings | None = None,
    backend: InferenceBackend | str = InferenceBackend.API,
    progress: bool | None = None,
) -> Completion | list[ModelAnswer]:
    """Asks a model.

    Args:
        model: an alias such as `GPT_OSS_20B`, a Hub id, or a path.
        prompt: one user message, or several.
        instructions: the system message.
        settings: everything else.
        backend: who answers, `api` or `local`. The API side needs no torch.
        progress: whether a line on stderr counts the answers; None where stderr is a terminal and there are many.

    Returns:
        A Completion for one text; for several a list in the same order, in which a text that could not be answered
        has a Failure, as has what is no text.

    Raises:
        BackendError: a single text could not be answered; the class says how far it came (see `backends.errors`).
        BackendUnavailable: the backend cannot be made, as where a model's name stands for nothing.
        ValueError: there is no such backend, or a setting cannot be used.
    """
    return respond_to_given(
        model, prompt, instructions, settings=settings, kind=read_backend(backend), watch=Watch(progress)
    )


def respond_to_given(
    model: str,
    prompt: object,
    instructions: str | None,
    *,
    settings: InferenceSettings | None,
    kind: InferenceBackend,
    watch: Watch,
) -> Completion | list[ModelAnswer]:
    """Does what `get_model_response` does, for it and for its coroutine."""
    if instructions is not None and not isinstance(instructions, str):
        raise TypeError(f"instructions are a text, not {type(instructions).__name__}: for a policy there is classify.")
    asked = _Asked.of(prompt, instructions, settings or InferenceSettings())
    answers = _answer_all(model, asked, settings or InferenceSettings(), kind, watch)
    if not asked.single:
        return answers
    if isinstance(answers[0], Failure):
        raise answers[0].as_error()
    return answers[0]


@overload
def classify(  # type: ignore[overload-overlap]  # as above
    text: str,
    policy: PolicyLike | str,
    *,
    model: str = GPT_OSS_20B,
    settings: InferenceSettings | None = None,
    backend: InferenceBackend | str = InferenceBackend.API,
    progress: bool | None = None,
) -> Outcome: ...


@overload
def classify(
    text: Iterable[str],
    policy: PolicyLike | str,
    *,
    model: str = GPT_OSS_20B,
    settings: InferenceSettings | None = None,
    backend: InferenceBackend | str = InferenceBackend.API,
    progress: bool | None = None,
) -> list[Outcome]: ...


def classify(
    text: str | Iterable[str],
    policy: PolicyLike | str,
    *,
    model: str = GPT_OSS_20B,
    settings: InferenceSettings | None = None,
    backend: InferenceBackend | str = InferenceBackend.API,
    progress: bool | None = None,
) -> Outcome | list[Outcome]:
    """Classifies texts under a policy.

    Args:
        text: one text, or several.
        policy: a policy, or the bare text of one that asks for exactly `0` or `1`; never a policy's name.
        model: an alias, a Hub id, or a path.
        settings: everything else.
        backend: who answers, `api` or `local`. The API side needs no torch.
        progress: whether a line on stderr counts the answers; None where stderr is a terminal and there are many.

    Returns:
        An Outcome for one text; for several a list in the same order. A text that could not be answered has an
        Outcome of kind `error`, as has what is no text.

    Raises:
        BackendUnavailable: the backend cannot be made, as where a model's name stands for nothing.
        ValueError: there is no such backend, a setting cannot be used, or a policy's name stands in its text's place.
    """
    return classify_given(text, policy, model, settings=settings, kind=read_backend(backend), watch=Watch(progress))


def classify_given(
    text: object,
    policy: PolicyLike | str,
    model: str,
    *,
    settings: InferenceSettings | None,
    kind: InferenceBackend,
    watch: Watch,
) -> Outcome | list[Outcome]:
    """Does what `classify` does, for it and for its coroutine."""
    chosen = _BareText(require_instructions(policy)) if isinstance(policy, str) else policy
    asked = _Asked.of(text, chosen.instructions, settings or InferenceSettings())
    answers = _answer_all(model, asked, settings or InferenceSettings(), kind, watch)
    outcomes = [read_outcome(one, chosen.read, prompt) for one, prompt in zip(answers, asked.prompts, strict=True)]
    return outcomes[0] if asked.single else outcomes


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was given: a prompt for each text, or why there is none.

    Attributes:
        prompts: in the order of the texts; None in the place of what is no text.
        failures: by position, of what is no text.
        single: True where one text was given, and not a list.
    """

    prompts: tuple[Prompt | None, ...]
    failures: Mapping[int, Failure]
    single: bool

    @classmethod
    def of(cls, given: object, instructions: str | None, settings: InferenceSettings) -> _Asked:
        texts, single = texts_of(given)
        found = {place: no_text(one, None if single else place) for place, one in enumerate(texts)}
        prompts = tuple(settings.prompt(one, instructions) if isinstance(one, str) else None for one in texts)
        return cls(prompts, {place: failure for place, failure in found.items() if failure is not None}, single)


@dataclass(frozen=True, slots=True)
class _BareText:
    """A policy that is nothing but its text."""

    instructions: str

    def read(self, answer: str) -> Reading:
        return read_label(answer)


def make_backend(model: str, settings: InferenceSettings, kind: InferenceBackend) -> Backend[Prompt]:
    """Returns the backend that a model's name and the settings stand for.

    Raises:
        BackendUnavailable: there is no such model.
    """
    resolved = resolve_model(model)
    if kind is InferenceBackend.LOCAL:
        return LocalBackend(
            LocalSpec(
                model=resolved.id,
                revision=resolved.revision,
                is_path=resolved.is_path,
                dtype=settings.dtype,
                device=settings.device,
            )
        )
    if resolved.is_path and settings.base_url is None:
        raise BackendUnavailable(
            f"{model} is a folder on this machine, which no provider serves: "
            "name the server that serves it with base_url."
        )
    return ApiBackend(
        Endpoint(
            model=settings.api_model or served_name(resolved),
            base_url=settings.base_url,
            provider=settings.provider,
            access=_access(settings),
            extra_body=read_extra_body(json.dumps(dict(settings.extra_body))),
        ),
        timeout_s=settings.timeout_s,
        budget=TimeBudget(settings.time_budget_s),
    )


def _access(settings: InferenceSettings) -> Access | None:
    """Returns what requests say of who asks; None for the usual."""
    if settings.api_key_env is None and not settings.headers:
        return None
    access = access_to(settings.base_url, settings.api_key_env, read_headers(settings.headers.items()))
    access.check()
    return access


def _answer_all(
    model: str, asked: _Asked, settings: InferenceSettings, kind: InferenceBackend, watch: Watch
) -> list[ModelAnswer]:
    """Sends all prompts through the same way as a test run: cache first, then side by side or in batches."""
    requests = {f"{place:06}": prompt for place, prompt in enumerate(asked.prompts) if prompt is not None}
    backend = make_backend(model, settings, kind)
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        dispatcher = Dispatcher(AnswerStore(Path(folder)), AnswerCache(settings.cache_dir))
        dispatcher.start([Job(group="call", backend=backend, requests=requests)])
        try:
            with watch.over(dispatcher.answer_store, "call", len(requests)):
                came = {name: model_answer(dispatcher.wait("call", name)) for name in requests}
        finally:
            dispatcher.answer_store.stop()
            dispatcher.finish()
    return [asked.failures.get(place) or came[f"{place:06}"] for place in range(len(asked.prompts))]
