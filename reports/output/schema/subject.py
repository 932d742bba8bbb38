"""What is told of one subject."""

from __future__ import annotations

from reports.checks.check import CheckOutcome
from reports.checks.check_id import CheckId
from reports.findings.catalogue import FAULTS, REFERENCE_FAULTS
from reports.output.schema.types import (
    COUNT,
    FLAG,
    NUMBER,
    SHA256,
    SHARE,
    SOME_OBJECT,
    TEXT,
    Schema,
    array,
    closed,
    described,
    interval,
    nullable,
    one_of,
    texts,
)
from reports.rows.flow import KINDS
from reports.statistics.criteria import CRITERIA, Standing
from reports.statistics.token_evidence import TokenStanding
from reports.verdict.judgement import Ground, Judgement, VerdictKind

#: Faults of either side: some names are in both catalogues.
_FAULT_IDS = tuple(dict.fromkeys((*FAULTS, *REFERENCE_FAULTS)))

_SIDE: Schema = {"enum": ["api", "local"]}


def subject_schema() -> Schema:
    """Returns the schema of one of `subjects`."""
    return closed(
        _head() | _judged() | _measured(),
        audit=FLAG,
        prompt_days=closed({"api": TEXT, "local": TEXT}),
        prompt=described(SOME_OBJECT, "the settings of the prompts"),
        wire_checks={"enum": ["run", "not run"]},
        requests=described(nullable(_requests()), "what the endpoint was asked, and how that went; null for nobody"),
        tokens=described(nullable(_billed()), "what its replies say was billed"),
        cost_usd=nullable(NUMBER),
        first_token_s=described(
            nullable(closed({"streams": COUNT, "least": NUMBER, "median": NUMBER, "most": NUMBER})),
            "seconds from a request to the first token of its stream, of the wire checks that stream; null for none",
        ),
    )


def _requests() -> Schema:
    counts = ("made", "attempts", "answered", "answered_at_first_attempt")
    rates = ("first_attempt_success_rate", "success_rate")
    return closed(dict.fromkeys(counts, COUNT) | dict.fromkeys(rates, SHARE))


def _billed() -> Schema:
    return closed(dict.fromkeys(("prompt", "completion", "cached", "replies_that_tell"), COUNT))


def _head() -> dict[str, Schema]:
    sample = closed(
        {"size": COUNT, "seed": nullable({"type": "integer"}), "stratify": nullable(TEXT), "sha256": SHA256}
    )
    policy = {"anyOf": [TEXT, {"type": "object", "required": ["name"], "properties": {"name": TEXT, "sha256": SHA256}}]}
    return {
        "id": TEXT,
        "model": TEXT,
        "api": described(SOME_OBJECT, "the API's side as its backend describes itself"),
        "local": described(SOME_OBJECT, "the local reference, in the same way"),
        "policy": policy,
        "sample": described(nullable(sample), "null where no example was asked"),
    }


def _judged() -> dict[str, Schema]:
    return {
        "kind": one_of(VerdictKind),
        "verdict": one_of(Judgement),
        "reason": TEXT,
        "grounds": array(one_of(Ground)),
        "criteria": array(_criterion()),
        "criteria_not_looked_at": array(one_of(one.name for one in CRITERIA)),
        "findings": array(_finding()),
        "missing": described(texts(), "ids of examples that have no row"),
        "checks": array(_check()),
        "checks_not_selected": array(one_of(CheckId)),
    }


def _criterion() -> Schema:
    ceiling = closed(
        {
            "observed": described(SHARE, "the criterion where both sides are the same, under the nearest change"),
            "nearest": described(TEXT, "which of `measured` that is"),
            "beside": described(SHARE, "the criterion itself on the same examples"),
            "n": COUNT,
            "measured": texts(),
            "mean": described(SHARE, "over all that was measured"),
            "p_below": SHARE,
            "fall": NUMBER,
            "explained": described(COUNT, "examples that fall below with an answer of the same model's own"),
        }
    )
    return closed(
        {
            "name": one_of(one.name for one in CRITERIA),
            "observed": SHARE,
            "threshold": SHARE,
            "n": COUNT,
            "successes": described(nullable(COUNT), "of a rate; null for a mean"),
            "interval": interval(),
            "standing": one_of(Standing),
            "ceiling": nullable(ceiling),
            "passed": FLAG,
        }
    )


def _finding() -> Schema:
    return closed(
        {
            "id": one_of(_FAULT_IDS),
            "title": TEXT,
            "side": _SIDE,
            "count": COUNT,
            "evidence": {"type": "object", "required": ["examples", "checks"]},
            "reproduce": TEXT,
            "cause": TEXT,
            "resembles": texts(),
            "candidates": array(one_of(_FAULT_IDS)),
            "told_apart_by": TEXT,
            "switches": texts(),
        }
    )


def _check() -> Schema:
    return closed(
        {
            "id": TEXT,
            "check": one_of(CheckId),
            "claim": TEXT,
            "outcome": one_of(CheckOutcome),
            "message": TEXT,
            "exchanges": texts(),
            "link": TEXT,
            "facts": SOME_OBJECT,
        }
    )


def _measured() -> dict[str, Schema]:
    return {
        "pairs_with_two_labels": nullable(closed({"n": COUNT, "agreeing": COUNT})),
        "flow": nullable(_flow()),
        "token_evidence": nullable(_tokens()),
        "disagreements": closed({"systematic": texts(), "random": texts()}),
        "noise": array(_noise()),
        "statistics": _statistics(),
    }


def _flow() -> Schema:
    counts = closed({"api": one_of(KINDS), "local": nullable(one_of(KINDS)), "n": COUNT})
    return closed(
        {
            "counts": array(counts),
            "labels_given": closed({"api": COUNT, "local": nullable(COUNT)}),
            "where_the_reference_labels": nullable({"type": "object", "additionalProperties": COUNT}),
        }
    )


def _tokens() -> Schema:
    floor = closed(
        {
            "change": TEXT,
            "n": COUNT,
            "api_margin_sum": NUMBER,
            "margin_sum": NUMBER,
            "margin_greatest": NUMBER,
            "unlikely": COUNT,
        }
    )
    return closed(
        {
            "standing": one_of(TokenStanding),
            "scored": COUNT,
            "tokens": COUNT,
            "unlikely": COUNT,
            "margin_sum": described(NUMBER, "in nats"),
            "p_beyond": SHARE,
            "near_tie": nullable(NUMBER),
            "other_precision": FLAG,
            "says": TEXT,
            "decisive_examples": COUNT,
            "floor": nullable(floor),
        }
    )


def _noise() -> Schema:
    counts = ("n", "texts_differ", "answers_differ", "labels_differ", "both_labelled", "flips")
    return closed(
        {
            "subject": TEXT,
            "side": _SIDE,
            "change": TEXT,
            **dict.fromkeys(counts, COUNT),
            "examples": texts(),
            "differing": texts(),
            "similarity": SHARE,
            "means": {"type": "object", "additionalProperties": SHARE},
        }
    )


def _statistics() -> Schema:
    """Returns the schema of the statistics: empty where no row arrived, null what an audit does not look at."""
    return closed(
        {},
        cohens_kappa=nullable(NUMBER),
        direction=nullable(SOME_OBJECT),
        strata=nullable(array(SOME_OBJECT)),
        power=SOME_OBJECT,
        partings=nullable(SOME_OBJECT),
        asymmetries=nullable(array(SOME_OBJECT)),
    )
