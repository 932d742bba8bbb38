"""The raw evidence of the local side: the prompt that the model saw, and the text that it wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Under this name the metadata of a parquet file of results tell, as JSON text, what the subject was whose answers it
#: holds: `id`, `model`, `api`, `local` and `sample`, as `verdict.json` tells them.
SUBJECT_METADATA = b"harmony_conformance.subject"


@dataclass(frozen=True, slots=True)
class LocalEvidence:
    """What a local answer was made of, special tokens spelled out.

    Attributes:
        prompt: decoded from the token ids that the model was fed.
        text: decoded from the token ids that it wrote.
        runtime_info: how it was made, as plain data: what only the loading of the model could tell.
    """

    prompt: str
    text: str
    runtime_info: Mapping[str, Any] = field(default_factory=dict)

    def as_raw(self) -> str:
        """Returns the JSON text that stands in `Completion.raw`. Its keys stand in recordings and caches."""
        return json.dumps({"prompt": self.prompt, "text": self.text, "made": dict(self.runtime_info)})


def read_local_evidence(raw: str | None) -> LocalEvidence | None:
    """Returns the evidence that a local answer carries; None where it carries none, as in earlier experiments."""
    try:
        kept = json.loads(raw or "")
        prompt, text, runtime_info = kept["prompt"], kept["text"], kept.get("made")
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not (isinstance(prompt, str) and isinstance(text, str)):
        return None
    return LocalEvidence(prompt, text, runtime_info if isinstance(runtime_info, dict) else {})
