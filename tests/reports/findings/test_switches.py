"""A finding names the switch that cures it, for the endpoint's own server where that is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from backends.server_software import ServerSoftware
from reports.findings import FAULTS, Evidence, find
from reports.findings.switches import SWITCHES, software_of, switches_for
from reports.output.finding_lines import finding_lines
from tests.reports.material import NO, YES, about, rows, said

if TYPE_CHECKING:
    from collections.abc import Mapping

RAW_HARMONY = "<|channel|>analysis<|message|>Toxic.<|end|><|start|>assistant<|channel|>final<|message|>1<|return|>"

LLAMA_BODY = {"object": "chat.completion", "timings": {"prompt_n": 1}}
OLLAMA_BODY = {"object": "chat.completion", "system_fingerprint": "fp_ollama"}
SGLANG_BODY = {"object": "chat.completion", "choices": [{"index": 0, "matched_stop": 200002}]}
VLLM_BODY = {"object": "chat.completion", "prompt_logprobs": None, "kv_transfer_params": None}


def exchange(body: Mapping[str, object], **headers: str) -> str:
    """Returns the evidence of an exchange with this response."""
    return json.dumps({"request": "{}", "status": 200, "headers": headers, "response": json.dumps(body)})


def evidence(*raws: str, content: str = YES, **api: object) -> Evidence:
    """Returns what a run has seen where the API's answers came with this evidence."""
    seen = rows(*((said(content, raw=raw), said(YES), 3) for raw in raws), (said(NO), said(NO), 1))
    more = {"api": {"endpoint": "x", **api}} if api else {}
    return Evidence(subject=about(len(seen), **more), rows=seen, checks=[])


@pytest.mark.parametrize(
    ("raws", "software"),
    [
        ((exchange(LLAMA_BODY),), ServerSoftware.LLAMA_CPP),
        ((exchange({}, server="llama.cpp"),), ServerSoftware.LLAMA_CPP),
        ((exchange(VLLM_BODY, server="uvicorn"),), ServerSoftware.VLLM),
        ((exchange(OLLAMA_BODY),), ServerSoftware.OLLAMA),
        ((exchange(SGLANG_BODY, server="uvicorn"),), ServerSoftware.SGLANG),
        ((exchange({"object": "chat.completion"}, server="uvicorn"),), None),
        ((exchange({"choices": [None]}),), None),
        ((exchange({"choices": {"matched_stop": 1}}),), None),
        ((exchange(LLAMA_BODY), exchange(VLLM_BODY)), None),
        (("no JSON",), None),
        ((json.dumps({"headers": None, "response": "[1]"}),), None),
    ],
)
def test_software_is_told_by_the_answers(raws: tuple[str, ...], software: ServerSoftware | None) -> None:
    assert software_of(evidence(*raws)) is software


def test_software_that_the_suite_started_is_known_whatever_the_answers_tell() -> None:
    assert software_of(evidence(exchange(LLAMA_BODY), software="vLLM")) is ServerSoftware.VLLM
    assert software_of(evidence(exchange(LLAMA_BODY), software="another")) is ServerSoftware.LLAMA_CPP


def test_every_fault_with_a_switch_is_in_the_catalogue() -> None:
    assert set(SWITCHES) <= set(FAULTS)
    assert all(words for known in SWITCHES.values() for words in known.values())


def test_known_server_has_its_own_switch_alone() -> None:
    (switch,) = switches_for("tool-call-lost", ServerSoftware.VLLM)

    assert switch.words == "--enable-auto-tool-choice --tool-call-parser openai"
    assert {one.server for one in switches_for("tool-call-lost", None)} == {
        ServerSoftware.LLAMA_CPP,
        ServerSoftware.VLLM,
        ServerSoftware.SGLANG,
    }
    assert switches_for("tool-call-lost", ServerSoftware.TRANSFORMERS) == ()
    assert switches_for("null-content", None) == ()


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        (exchange(LLAMA_BODY), ["Start llama.cpp with --jinja --reasoning-format auto."]),
        (
            exchange({}),
            [
                "If the server is llama.cpp: start it with --jinja --reasoning-format auto.",
                "If the server is vLLM: start it with --reasoning-parser openai_gptoss.",
                "If the server is SGLang: start it with --reasoning-parser gpt-oss.",
            ],
        ),
    ],
)
def test_finding_tells_the_switch(raw: str, lines: list[str]) -> None:
    found = next(one for one in find(evidence(raw, content=RAW_HARMONY)) if one.id == "raw-harmony-in-content")

    assert found.as_data()["switches"] == lines
    assert [f"  cured by     {line}" for line in lines] == [
        line for line in finding_lines([found]) if line.startswith("  cured by")
    ]
