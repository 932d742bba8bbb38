"""Holds a `verdict.json` against its schema, as it stands in the documentation."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.places import ROOT

SCHEMA = ROOT / "docs" / "verdict.schema.json"


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def problems_of(verdict: Any) -> list[str]:  # noqa: ANN401 - whatever a file holds
    """Returns what is wrong with a verdict: where, and what the schema says there."""
    return [f"{error.json_path}: {error.message[:200]}" for error in _validator().iter_errors(verdict)]
