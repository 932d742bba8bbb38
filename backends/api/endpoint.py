"""Where requests go, and what a request says there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from backends.api.access import NO_TOKEN, Access, access_to, basic_authorization
from backends.errors import BackendUnavailable
from backends.http_api import HttpApi
from backends.secrets import HUGGING_FACE_KEY, keep_address_secret, redact, without_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backends.prompt import Prompt

#: Where Inference Providers are asked, where no library knows better.
ROUTER_URL = "https://router.huggingface.co/v1"

#: The further fields of requests that have none.
NOTHING_MORE = "{}"


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
        access: what requests say of who asks; None for the usual: Hugging Face's key at Hugging Face, and at a server
            with an address its own.
        extra_body: further fields of every request, as a JSON object; what the suite says itself comes first.
    """

    model: str
    base_url: str | None = field(default=None, repr=False)
    provider: str | None = None
    effort_in_template: bool = False
    api: HttpApi = HttpApi.CHAT
    access: Access | None = None
    extra_body: str = NOTHING_MORE

    def __post_init__(self) -> None:
        keep_address_secret(self.base_url or "")

    @property
    def who(self) -> Access:
        """What requests say of who asks."""
        return access_to(self.base_url, None) if self.access is None else self.access

    @property
    def identity(self) -> str:
        """What stands for the endpoint in cache keys: who asks is no part of it, the names of headers are."""
        told = [self.place, self.provider, self.model, self.effort_in_template]
        if self.api is not HttpApi.CHAT:
            told.append(self.api)
        more = self._told_more()
        return json.dumps([*told, more] if more else told)

    def describe(self) -> dict[str, Any]:
        """Returns what it is, for the report: of who asks, only which variables hold it."""
        return (
            {"endpoint": self.place, "model": self.model, "provider": self.provider}
            | described_api(self.api)
            | self._told_key()
            | self._told_more()
        )

    def check_token(self) -> None:
        """Raises BackendUnavailable where the environment lacks what requests say of who asks."""
        if self.base_url is None and self.who.key() is None:
            variable = self.who.key_variable or HUGGING_FACE_KEY
            raise BackendUnavailable(
                f"Inference Providers need a token: set the environment variable {variable}, "
                "or name a server with --base-url."
            )
        self.who.check()

    def address(self, route: str = "") -> str:
        """Returns the address of a route below the base URL: without user information, and with its query.

        Raises:
            ValueError: the base URL is none.
        """
        parts = urlsplit(self.base_url or ROUTER_URL)
        path = "/".join(part for part in (parts.path.rstrip("/"), route) if part)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], path=path, fragment="").geturl()

    def headers(self) -> dict[str, str]:
        """Returns the headers that say who asks. User information in the base URL means what it says.

        Raises:
            BackendUnavailable: a variable's value cannot be sent.
        """
        bearer = f"Bearer {self.who.key() or NO_TOKEN}"
        return {"authorization": basic_authorization(self.base_url or "") or bearer} | self.who.further_headers()

    def with_more(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the body of a request with the further fields of every request."""
        return {**json.loads(self.extra_body), **body}

    def _told_key(self) -> dict[str, Any]:
        """Returns which variable holds the key, where it is not the usual one; None where the address says who asks."""
        try:
            if "@" in urlsplit(self.base_url or "").netloc:
                return {"key_variable": None}
        except ValueError:
            return {}
        return {"key_variable": self.who.key_variable} if self.who.is_named else {}

    def _told_more(self) -> dict[str, Any]:
        headers = {"header_variables": dict(self.who.headers)} if self.who.headers else {}
        return headers | ({} if self.extra_body == NOTHING_MORE else {"extra_body": redact(self.extra_body)})

    @property
    def place(self) -> str:
        """The base URL without credentials, or the provider's name."""
        if self.base_url is None:
            return f"provider {self.provider or 'auto'}"
        try:
            return without_credentials(self.base_url)
        except ValueError:
            return "an address that cannot be read"


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
