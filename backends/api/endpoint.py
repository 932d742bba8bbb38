"""Where requests go, and what a request says there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from backends.http_api import HttpApi
from backends.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backends.prompt import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where requests go.

    Attributes:
        model: the model's name as the endpoint knows it.
        base_url: of an OpenAI-compatible server, such as `http://127.0.0.1:8000/v1`; None for Inference Providers.
        provider: of Hugging Face Inference Providers, or `auto`; ignored with a base URL.
        effort_in_template: also send the effort in `chat_template_kwargs`, for servers that are known to read it only
            there.
        api: through which it is asked.
    """

    model: str
    base_url: str | None = None
    provider: str | None = None
    effort_in_template: bool = False
    api: HttpApi = HttpApi.CHAT

    @property
    def identity(self) -> str:
        """What stands for the endpoint in cache keys."""
        told = [self.place, self.provider, self.model, self.effort_in_template]
        return json.dumps(told if self.api is HttpApi.CHAT else [*told, self.api])

    def describe(self) -> dict[str, Any]:
        """Returns what it is, for the report."""
        return {"endpoint": self.place, "model": self.model, "provider": self.provider} | described_api(self.api)

    @property
    def place(self) -> str:
        """The base URL without credentials, or the provider's name."""
        if self.base_url is None:
            return f"provider {self.provider or 'auto'}"
        try:
            parts = urlsplit(self.base_url)
        except ValueError:
            return "an address that cannot be read"
        return redact(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl())


def described_api(api: HttpApi) -> dict[str, Any]:
    """Returns what a description says of the API through which an endpoint is asked: nothing of the usual one."""
    return {} if api is HttpApi.CHAT else {"api": str(api)}


def model_name(endpoint: Endpoint) -> str:
    """Returns the model's name in a raw request; the router of Inference Providers takes `model:provider`."""
    routed = endpoint.base_url is None and endpoint.provider not in (None, "auto")
    return f"{endpoint.model}:{endpoint.provider}" if routed else endpoint.model


def request_arguments(endpoint: Endpoint, prompt: Prompt) -> dict[str, Any]:
    """Returns the arguments of the chat completion call: the whole prompt, nothing left to a server's defaults."""
    extra: dict[str, Any] = {"reasoning_effort": prompt.reasoning_effort}
    if endpoint.effort_in_template:
        extra["chat_template_kwargs"] = {"reasoning_effort": prompt.reasoning_effort}
    return {
        "messages": prompt.chat_messages(),
        "model": endpoint.model,
        "max_tokens": prompt.max_new_tokens,
        "temperature": prompt.sampling.temperature,
        "top_p": prompt.sampling.top_p,
        "seed": prompt.sampling.seed,
        "tools": None if prompt.tools is None else json.loads(prompt.tools),
        "extra_body": extra,
    }


def chat_body(endpoint: Endpoint, prompt: Prompt, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Returns the body of a request for a chat completion, as plain data; a change to None takes a field out."""
    arguments = request_arguments(endpoint, prompt)
    extra = arguments.pop("extra_body")
    body = {**arguments, **extra, "model": model_name(endpoint), **(changes or {})}
    return {name: value for name, value in body.items() if value is not None}
