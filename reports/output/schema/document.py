"""The whole document: the run, its verdict, its subjects."""

from __future__ import annotations

from reports.changes.change import ChangeKind, Direction
from reports.output.schema.subject import subject_schema
from reports.output.schema.types import (
    COUNT,
    FLAG,
    SOME_OBJECT,
    TEXT,
    Schema,
    array,
    closed,
    described,
    nullable,
    one_of,
)
from reports.verdict.judgement import Judgement, VerdictKind


def verdict_schema() -> Schema:
    """Returns the JSON Schema of `verdict.json`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "verdict.json of harmony-conformance",
        **closed(
            {
                "schema_version": described(COUNT, "raised when a field changes its meaning"),
                "kind": described(one_of(VerdictKind), "what the run asked: the most that any subject was asked"),
                "verdict": described(one_of(Judgement), "differs if any subject does, no-verdict if any has none"),
                "subjects": array(subject_schema()),
                "left_out": array(closed({"id": TEXT, "reason": TEXT})),
                "complete": described(FLAG, "every expected row arrived"),
                "environment": {"type": "object", "additionalProperties": nullable(TEXT)},
            },
            run=described(nullable(SOME_OBJECT), "what was run: when, with which command line and settings"),
            part=described(FLAG, "the run was about a part of the sample"),
            baseline=_baseline(),
        ),
    }


def _baseline() -> Schema:
    change = {
        "kind": one_of(ChangeKind),
        "direction": one_of(Direction),
        "subject": TEXT,
        "what": described(TEXT, "id of the finding or check, name of the criterion or feature"),
        "told": TEXT,
    }
    return described(
        closed(
            {
                "older": TEXT,
                "newer": TEXT,
                "regression": FLAG,
                "says": TEXT,
                "changes": array(closed(change)),
                "subjects": array({"type": "object", "required": ["id", "criteria", "findings", "flips"]}),
                "not_compared": array(closed({"subject": TEXT, "report": TEXT})),
            }
        ),
        "what changed since the run that --baseline names",
    )
