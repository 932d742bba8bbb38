"""What a local model is asked to be: the checkpoint, and how it is computed with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSpec:
    """What to load, and how.

    Attributes:
        model: Hub id or absolute path.
        revision: of the Hub repository; for a path, the digest that stands in cache keys.
        is_path: True where `model` is a folder.
        dtype: a torch dtype's name, or `auto` for the checkpoint's own.
        attention: an attention implementation of transformers, or `SINK_AS_KEY`; None leaves the choice to
            transformers.
        device: `cpu`, `cuda`, `cuda:1`, or `auto`.
        needs_gpu: True where running on a CPU makes no sense.
        form: what the prompt's rendering does otherwise than the chat template, as `backends.renderings.read_form` says
            it; empty for the template's own form.
    """

    model: str
    revision: str = "main"
    is_path: bool = False
    dtype: str = "auto"
    attention: str | None = None
    device: str = "auto"
    needs_gpu: bool = False
    form: tuple[str, ...] = ()
