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
