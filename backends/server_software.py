"""Which software an endpoint runs, where that is known."""

from __future__ import annotations

from enum import StrEnum


class ServerSoftware(StrEnum):
    """Servers of gpt-oss whose switches are known. The value is what people call it."""

    TRANSFORMERS = "transformers serve"
    LLAMA_CPP = "llama.cpp"
    VLLM = "vLLM"
