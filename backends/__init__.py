"""How an answer is obtained.

A `Prompt` goes to a backend and comes back as a `Completion`, or as a `Failure` in its place. `ApiBackend` asks over
HTTP through huggingface_hub's client, `LocalBackend` generates with transformers in this process and reads the text
with `backends.harmony`, `RecordedBackend` plays back. A `Dispatcher` runs both sides of a whole run at once, in front
of them the `AnswerCache`. `read_outcome` says what an answer amounts to under a policy.

For Python users two calls are enough: `get_model_response` asks a model, `classify` classifies texts under a policy.
Neither imports torch unless the LOCAL side is asked for. This room imports none of the others, and nothing of pytest.

The names below are brought when they are first asked for (PEP 562), so that `import backends.harmony` costs no more
than the parser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.lazy_face import lazy_face

if TYPE_CHECKING:
    from backends.checkpoints.spec import LocalSpec
    from backends.completion import Answer, Completion, FinishReason, InferenceBackend, Missing, Usage
    from backends.coroutines import aclassify, aget_model_response
    from backends.errors import (
        BackendError,
        BackendUnavailable,
        BackendUnreachable,
        Failure,
        FailureKind,
        GenerationFailed,
        NotAText,
        RequestRefused,
        ResponseUnusable,
        ServerFailed,
    )
    from backends.inference import InferenceSettings, classify, get_model_response
    from backends.local.model_cache import LOCAL_MODELS, LocalModelCache
    from backends.models import (
        ALIASES,
        GPT_OSS_20B,
        GPT_OSS_120B,
        GPT_OSS_SAFEGUARD_20B,
        MINIATURE,
        MINIATURE_O200K,
        RESTLESS,
        Model,
        resolve_model,
    )
    from backends.outcome import Outcome, OutcomeKind, read_outcome
    from backends.prompt import EFFORTS, Message, Prompt, Sampling, make_prompt
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "checkpoints.spec": ("LocalSpec",),
            "completion": ("Answer", "Completion", "FinishReason", "InferenceBackend", "Missing", "Usage"),
            "coroutines": ("aclassify", "aget_model_response"),
            "errors": (
                "BackendError",
                "BackendUnavailable",
                "BackendUnreachable",
                "Failure",
                "FailureKind",
                "GenerationFailed",
                "NotAText",
                "RequestRefused",
                "ResponseUnusable",
                "ServerFailed",
            ),
            "inference": ("InferenceSettings", "classify", "get_model_response"),
            "local.model_cache": ("LOCAL_MODELS", "LocalModelCache"),
            "models": (
                "ALIASES",
                "GPT_OSS_20B",
                "GPT_OSS_120B",
                "GPT_OSS_SAFEGUARD_20B",
                "MINIATURE",
                "MINIATURE_O200K",
                "RESTLESS",
                "Model",
                "resolve_model",
            ),
            "outcome": ("Outcome", "OutcomeKind", "read_outcome"),
            "prompt": ("EFFORTS", "Message", "Prompt", "Sampling", "make_prompt"),
        },
    )

__all__ = [
    "ALIASES",
    "EFFORTS",
    "GPT_OSS_20B",
    "GPT_OSS_120B",
    "GPT_OSS_SAFEGUARD_20B",
    "LOCAL_MODELS",
    "MINIATURE",
    "MINIATURE_O200K",
    "RESTLESS",
    "Answer",
    "BackendError",
    "BackendUnavailable",
    "BackendUnreachable",
    "Completion",
    "Failure",
    "FailureKind",
    "FinishReason",
    "GenerationFailed",
    "InferenceBackend",
    "InferenceSettings",
    "LocalModelCache",
    "LocalSpec",
    "Message",
    "Missing",
    "Model",
    "NotAText",
    "Outcome",
    "OutcomeKind",
    "Prompt",
    "RequestRefused",
    "ResponseUnusable",
    "Sampling",
    "ServerFailed",
    "Usage",
    "aclassify",
    "aget_model_response",
    "classify",
    "get_model_response",
    "make_prompt",
    "read_outcome",
    "resolve_model",
]
