"""`classify` and its coroutine, which take a policy by its name too."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from backends import GPT_OSS_20B, InferenceBackend, InferenceSettings
from backends import aclassify as aclassify_under
from backends import classify as classify_under
from backends.given import is_policy_name
from fixtures.policies import load_policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backends import Outcome
    from backends.outcome import PolicyLike


@overload
def classify(  # type: ignore[overload-overlap]  # a text is itself a sequence of texts
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
        policy: a policy, the name of a shipped one, the path of a policy's file, or the bare text of a policy that asks
            for exactly `0` or `1`.
        model: an alias, a Hub id, or a path.
        settings: everything else.
        backend: who answers, `api` or `local`. The API side needs no torch.
        progress: whether a line on stderr counts the answers; None where stderr is a terminal and there are many.

    Returns:
        An Outcome for one text; for several a list in the same order. A text that could not be answered has an
        Outcome of kind `error`, as has what is no text.

    Raises:
        PolicyError: no policy has that name, or its file cannot be used.
        BackendUnavailable: the backend cannot be made, as where a model's name stands for nothing.
        ValueError: there is no such backend, or a setting cannot be used.
    """
    return classify_under(text, found(policy), model=model, settings=settings, backend=backend, progress=progress)


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
    """Classifies texts under a policy, as `classify` does, and leaves the event loop free.

    Many texts are one call with a list: each call has its own connections. Where its task is cancelled, requests that
    are under way are abandoned and no other is made; a local batch comes to its end first.
    """
    return await aclassify_under(
        text, found(policy), model=model, settings=settings, backend=backend, progress=progress
    )


def found(policy: PolicyLike | str) -> PolicyLike | str:
    """Returns the policy that a name or a path stands for; a policy, and the text of one, as they are.

    Raises:
        PolicyError: no policy has that name, or its file cannot be used.
    """
    return load_policy(policy.strip()) if isinstance(policy, str) and is_policy_name(policy) else policy
