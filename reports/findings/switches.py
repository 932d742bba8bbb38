"""Switches of servers that cure a fault: how a server is started so that it does not show it.

Sources: `llama-server --help` of llama.cpp build 11549, `--help` and `vllm/envs.py` of vLLM 0.32; of SGLang its pages
on reasoning parsers, deterministic inference and gpt-oss, and sglang#9244; of Ollama its page on context length. The
last two were read of, not run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backends.server_software import ServerSoftware

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reports.findings.evidence import Evidence
    from reports.findings.fault_id import FaultId

_LLAMA, _VLLM = ServerSoftware.LLAMA_CPP, ServerSoftware.VLLM
_SGLANG, _OLLAMA = ServerSoftware.SGLANG, ServerSoftware.OLLAMA

#: llama.cpp reads Harmony only where it renders the model's own chat template.
_TEMPLATE = "--jinja"
_REASONING = "--jinja --reasoning-format auto"
_VLLM_TOOLS = "--enable-auto-tool-choice --tool-call-parser openai"
_VLLM_REASONING = "--reasoning-parser openai_gptoss"
_VLLM_POLICY = "VLLM_GPT_OSS_HARMONY_SYSTEM_INSTRUCTIONS=0 in its environment"
_SGLANG_REASONING = "--reasoning-parser gpt-oss"
_SGLANG_TOOLS = "--tool-call-parser gpt-oss --reasoning-parser gpt-oss"
_SGLANG_STEADY = "--enable-deterministic-inference"
_OLLAMA_CONTEXT = (
    "OLLAMA_CONTEXT_LENGTH=131072 in its environment: by default it is 4,096 tokens below 24 GiB of GPU memory, and "
    "what a request says of num_ctx does not count under /v1"
)

#: What has a server keep Harmony's channels apart.
_CHANNELS = {_LLAMA: _REASONING, _VLLM: _VLLM_REASONING, _SGLANG: _SGLANG_REASONING}

#: By fault: what to start each server with. A server that has no such switch is left out.
SWITCHES: Mapping[FaultId, Mapping[ServerSoftware, str]] = {
    "raw-harmony-in-content": _CHANNELS,
    "glued-channels": _CHANNELS,
    "answer-in-reasoning": _CHANNELS,
    "reasoning-dropped": _CHANNELS,
    "reasoning-inline-tags": _CHANNELS,
    "effort-ignored": {_LLAMA: _TEMPLATE},
    "developer-dropped": {_LLAMA: _TEMPLATE},
    "developer-as-user": {_LLAMA: _TEMPLATE, _VLLM: _VLLM_POLICY},
    "template-drift": {_LLAMA: f"{_TEMPLATE} --chat-template-file, with the model's own template", _VLLM: _VLLM_POLICY},
    "template-none": {_LLAMA: _TEMPLATE},
    "prompt-truncated": {
        _LLAMA: "--ctx-size 0, the model's own context, and --no-context-shift",
        _OLLAMA: _OLLAMA_CONTEXT,
    },
    "context-too-small": {
        _LLAMA: "--ctx-size 0, the model's own context, or a larger one where --parallel requests share it",
        _VLLM: "a larger --max-model-len, or without it for the model's own",
        _SGLANG: "a larger --context-length, or without it for the model's own",
        _OLLAMA: _OLLAMA_CONTEXT,
    },
    "nondeterministic": {_VLLM: "VLLM_BATCH_INVARIANT=1 in its environment", _SGLANG: _SGLANG_STEADY},
    "load-corrupted": {_VLLM: "VLLM_BATCH_INVARIANT=1 in its environment", _SGLANG: _SGLANG_STEADY},
    "weights-quantised-8bit": {
        _LLAMA: "a GGUF file in the checkpoint's own number format, and --cache-type-k and --cache-type-v f16",
        _VLLM: "--dtype auto --kv-cache-dtype auto, without --quantization",
        _SGLANG: "--dtype auto --kv-cache-dtype auto, without --quantization",
        _OLLAMA: "OLLAMA_KV_CACHE_TYPE=f16 in its environment, and the model's own tag, which is MXFP4",
    },
    "tool-call-lost": {_LLAMA: _TEMPLATE, _VLLM: _VLLM_TOOLS, _SGLANG: _SGLANG_TOOLS},
}

#: What stands in every answer of a server, and in none of another one.
_LLAMA_HEADER, _LLAMA_FIELD, _VLLM_FIELDS = "llama.cpp", "timings", frozenset({"prompt_logprobs", "kv_transfer_params"})
_SGLANG_FIELD, _OLLAMA_FINGERPRINT = "matched_stop", "fp_ollama"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """How one server is started so that it does not show a fault.

    Attributes:
        server: which one.
        words: its arguments, or what is set in its environment.
    """

    server: ServerSoftware
    words: str


def switches_for(fault: FaultId, software: ServerSoftware | None) -> tuple[Switch, ...]:
    """Returns the switches that cure a fault: of the endpoint's software where it is known, else of every server."""
    known = SWITCHES.get(fault, {})
    return tuple(Switch(server=server, words=words) for server, words in known.items() if software in (None, server))


def software_of(evidence: Evidence) -> ServerSoftware | None:
    """Returns which software the endpoint runs: as the suite started it, else as its answers tell; None where neither.

    A gateway's answers may come from any software, so they must all tell of the same.
    """
    if (started := evidence.subject.api.software) is not None:
        return started
    replies = [row.api.raw for row in evidence.rows] + [raw for one in evidence.checks for raw in one.evidence.values()]
    found = {told for raw in replies if (told := _told_by(raw)) is not None}
    return found.pop() if len(found) == 1 else None


def _told_by(raw: str | None) -> ServerSoftware | None:
    exchange = _object(raw)
    headers, body = exchange.get("headers"), _object(exchange.get("response"))
    if isinstance(headers, dict) and headers.get("server") == _LLAMA_HEADER:
        return _LLAMA
    if isinstance(body.get(_LLAMA_FIELD), dict) and "object" in body:
        return _LLAMA
    if body.get("system_fingerprint") == _OLLAMA_FINGERPRINT:
        return _OLLAMA
    if _SGLANG_FIELD in _first_choice(body):
        return _SGLANG
    return _VLLM if body.keys() >= _VLLM_FIELDS else None


def _first_choice(body: dict[str, Any]) -> dict[str, Any]:
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _object(text: Any) -> dict[str, Any]:  # noqa: ANN401 - a value out of JSON
    try:
        value = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def told(switches: Iterable[Switch], software: ServerSoftware | None) -> tuple[str, ...]:
    """Returns switches as sentences: what to do, where the software is known, else on what condition."""
    if software is not None:
        return tuple(f"Start {switch.server} with {switch.words}." for switch in switches)
    return tuple(f"If the server is {switch.server}: start it with {switch.words}." for switch in switches)
