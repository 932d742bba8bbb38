"""Asking a scripted server, and insisting on the kind of answer that a test is about."""

from __future__ import annotations

from typing import Any

from backends.api.backend import ApiBackend
from backends.api.endpoint import Endpoint
from backends.completion import Answer, Completion
from backends.errors import Failure


def api_at(base_url: str, **options: Any) -> ApiBackend:  # noqa: ANN401 - whatever the backend takes
    return ApiBackend(Endpoint(model="m", base_url=base_url), **{"first_wait_s": 0.01} | options)


def completed(answer: Answer) -> Completion:
    assert isinstance(answer, Completion), answer
    return answer


def failed(answer: Answer) -> Failure:
    assert isinstance(answer, Failure), answer
    return answer
