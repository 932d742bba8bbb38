"""Answers as APIs give them, and the miniature's tokenizer to write them down with."""

from __future__ import annotations

import json
from typing import Any

from backends.completion import Completion, FinishReason, Missing, Text, Usage
from backends.evidence import LocalEvidence
from backends.models import MINIATURE, resolve_model
from backends.raw_reply import RawReply
from backends.renderings import load_tokenizer
from backends.score import Unscored
from backends.transcripts import TokenBytes, Transcript, transcripts_of

STOP, LENGTH, CALLS = FinishReason.STOP, FinishReason.LENGTH, FinishReason.TOOL_CALLS
ANALYSIS = "<|channel|>analysis<|message|>"
NEXT = "<|end|><|start|>assistant"
FINAL = "<|channel|>final<|message|>"


def tokenizer() -> Any:  # noqa: ANN401 - not typed
    return load_tokenizer(MINIATURE, resolve_model(MINIATURE).revision, is_path=True)


def known() -> TokenBytes:
    return TokenBytes(tokenizer())


def told(
    content: Text = "1",
    reasoning: Text = "Hello. There is no insult.",
    finish: FinishReason = STOP,
    *,
    calls: list[dict[str, Any]] | None = None,
    counted: int | None = None,
    **choice: Any,  # noqa: ANN401 - whatever a server says
) -> Completion:
    """Returns an answer with a reply behind it, as the API side gives it."""
    message = {"role": "assistant", "tool_calls": calls}
    body = json.dumps({"choices": [{"message": message, **choice}]})
    raw = RawReply(status=200, headers={}, body=body, request="{}").evidence
    usage = Usage(completion_tokens=counted)
    return Completion(content=content, reasoning=reasoning, finish_reason=finish, usage=usage, raw=raw)


def written(text: str) -> Completion:
    """Returns an answer of the local side, which holds its text with the special tokens."""
    return Completion(content=Missing.ABSENT, finish_reason=STOP, raw=LocalEvidence("p", text).as_raw())


def transcripts(answer: Completion) -> tuple[Transcript, ...]:
    found = transcripts_of(answer, known())
    assert not isinstance(found, Unscored), found
    return found


def texts(answer: Completion) -> list[str]:
    """Returns the texts of all ways in which an answer may have been written."""
    return [known().joined(one.token_ids).decode() for one in transcripts(answer)]


def entries(ids: list[int]) -> list[dict[str, Any]]:
    """Returns `logprobs.content` for these tokens; the n-th has the log-probability -n."""
    spelled = [known().of(token) for token in ids]
    return [
        {"token": one.decode("utf-8", "replace"), "bytes": list(one), "logprob": -float(place)}
        for place, one in enumerate(spelled)
    ]
