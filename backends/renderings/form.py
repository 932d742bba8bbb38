"""A legitimate form of the prompt by its name: for a reference that has to render as an endpoint does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.renderings.rendering import CHOICES
from backends.renderings.template import make_template

if TYPE_CHECKING:
    from collections.abc import Collection

    from backends.prompt import Prompt


def read_form(name: str) -> tuple[str, ...]:
    """Returns what a form does otherwise than the chat template, from its name such as `no date line, blank line`.

    Raises:
        ValueError: a word of the name is no choice, or two contradict each other; the message says what there is.
    """
    words = [word.strip() for word in name.split(",")]
    for own, other, _ in CHOICES:
        if own in words and other in words:
            raise ValueError(f"{own!r} and {other!r} contradict each other: give one of them.")
    known = [word for own, other, _ in CHOICES for word in (own, other)]
    for word in words:
        if word not in known:
            raise ValueError(f"{word!r} is no form of the prompt: give words of {', '.join(known)}.")
    return tuple(other for _, other, _ in CHOICES if other in words)


def ids_in_form(tokenizer: Any, prompt: Prompt, form: Collection[str]) -> list[int]:  # noqa: ANN401 - not typed
    """Returns the token ids of a prompt in a form that `read_form` has read.

    Args:
        tokenizer: of transformers, with a chat template.
        prompt: the conversation, its tools and its reasoning effort.
        form: what is done otherwise than the template does it.
    """
    skeleton = make_template(tokenizer, prompt)
    for _, other, change in CHOICES:
        skeleton = change(skeleton) if other in form else skeleton
    return list(skeleton.token_ids(tokenizer, literal_tokens_as_text=False))
