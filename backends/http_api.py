"""Through which HTTP API an endpoint is asked."""

from __future__ import annotations

from enum import StrEnum


class HttpApi(StrEnum):
    """The APIs that serve gpt-oss. The value is what the command line and recordings call it."""

    CHAT = "chat"
    RESPONSES = "responses"

    @property
    def in_words(self) -> str:
        """What messages call it."""
        return _WORDS[self]


_WORDS = {HttpApi.CHAT: "chat completions", HttpApi.RESPONSES: "the Responses API"}
