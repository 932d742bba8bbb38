"""What every backend is: one method that answers a prompt, and declared capabilities around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backends.completion import Answer, InferenceBackend

#: What is asked: a `Prompt`, or a `RawCall`.
Request_contra = TypeVar("Request_contra", contravariant=True)


class Backend(Protocol[Request_contra]):
    """Gives an Answer for a request.

    `answer_all` is the one method that does work. It never raises for a single prompt: what failed is a `Failure` in
    its place.
    """

    @property
    def kind(self) -> InferenceBackend:
        """Whether this is the API or the LOCAL side."""

    @property
    def cacheable(self) -> bool:
        """Whether answers may be kept for later runs."""

    @property
    def resumable(self) -> bool:
        """Whether answers cost something: then they are kept for this run, should it be killed and started again."""

    def check(self) -> None:
        """Returns when the backend can be asked, within seconds and without loading a model.

        Raises:
            BackendUnavailable, BackendUnreachable: it cannot; the message says what to do.
        """

    def cache_inputs(self, prompt: Request_contra) -> dict[str, Any]:
        """Returns all that determines the answer to `prompt`, as plain data: the cache key is made of it.

        It is asked for where answers are cacheable or resumable.
        """

    def answer_all(
        self, prompts: Sequence[Request_contra], deliver: Callable[[int, Answer], None], stopped: Callable[[], bool]
    ) -> None:
        """Answers all prompts in whatever order suits, calling `deliver(position, answer)` once for each as it arrives.

        It returns early, leaving prompts without an answer, once `stopped()` is true.
        """

    def describe(self) -> dict[str, Any]:
        """Returns what this backend is, for the report: plain data without secrets."""
