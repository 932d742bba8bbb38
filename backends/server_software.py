"""Which software an endpoint runs, where that is known."""

from __future__ import annotations

from enum import StrEnum


class ServerSoftware(StrEnum):
    """Servers of gpt-oss whose switches are known; the suite starts the first three. The value is what people say."""

    TRANSFORMERS = "transformers serve"
    LLAMA_CPP = "llama.cpp"
    VLLM = "vLLM"
    SGLANG = "SGLang"
    OLLAMA = "Ollama"

    @classmethod
    def read(cls, told: object) -> ServerSoftware | None:
        """Returns the software that is told by its name; None for any other, and where none is told."""
        return next((known for known in cls if known == told), None)
