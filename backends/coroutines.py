"""The two calls for Python users as coroutines. The work goes on in a thread; a task that is cancelled ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from backends.completion import Completion, InferenceBackend, ModelAnswer
from backends.given import read_backend
from backends.inference import InferenceSettings, classify_given, respond_to_given
from backends.models import GPT_OSS_20B
from backends.waiting import Watch, in_a_thread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backends.outcome import Outcome, PolicyLike


@overload
async def aget_model_response(  # type: ignore[overload-overlap]  # a text is itself a sequence of texts
    model: str,
    prompt: str,
    instructions: str | None = None,
    *,
    settings: InferenceSettings | None = None,
    backend: InferenceBackend | str = InferenceBackend.API,
    progress: bool | None = None,
) -> Completion: ...


@overload
async def aget_model_response(
    model: str,
    prompt: Iterable[str],
    instructions: str | None = None,
    *,
    settings: InferenceSettings | None = None,
    backend: InferenceBackend | str = InferenceBackend.API,
    progress: bool | None = None,
) -> list[ModelAnswer]: ...


async def aget_model_response(
    model: str,
    prompt: str | Iterable[str],
    instructions: str | None = None,
    *,
    settings: InferenceSettings | None = None,
    backend: InferenceBackend | str = InferenceBackend.API,
    progress: bool | None = None,
) -> Completion | list[ModelAnswer]:
    """Asks a model, as `get_model_response` does, and leaves the event loop free.

    Many texts are one call with a list: each call has its own connections. Where its task is cancelled, requests that
    are under way are abandoned and no other is made; a local batch comes to its end first.
    """
    kind = read_backend(backend)
    return await in_a_thread(
        lambda given_up: respond_to_given(
            model, prompt, instructions, settings=settings, kind=kind, watch=Watch(progress, given_up)
        )
    )


@overload
async def aclassify(  # type: ignore[overload-overlap]  # as above
    text: str,
    policy: PolicyLike | str,
    *,
    model: str = GPT_OSS_20B,
    settings: InferenceSettings | None = None,
    backend: InferenceBackend | str = InferenceBackend.API,
    progress: bool | None = None,
) -> Outcome: ...


@overload
async def aclassify(
    text: Iterable[str],
    policy: PolicyLike | str,
    *,
    model: str = GPT_OSS_20B,
    settings: InferenceSettings | None = None,
    backend: InferenceBackend | str = InferenceBackend.API,
    progress: bool | None = None,
) -> list[Outcome]: ...


async def aclassify(
    text: str | Iterable[str],
    policy: PolicyLike | str,
    *,
    model: str = GPT_OSS_20B,
    settings: InferenceSettings | None = None,
    backend: InferenceBackend | str = InferenceBackend.API,
    progress: bool | None = None,
) -> Outcome | list[Outcome]:
    """Classifies texts under a policy as `classify` does, and leaves the event loop free, as the other coroutine."""
    kind = read_backend(backend)
    return await in_a_thread(
        lambda given_up: classify_given(
            text, policy, model, settings=settings, kind=kind, watch=Watch(progress, given_up)
        )
    )
