"""Ids join checks and rules: each names just one check of `conformance`, and each is used or left alone on purpose."""

from __future__ import annotations

import ast
from collections import Counter

from reports.checks import CheckId
from reports.findings import FAULTS
from reports.findings.prompt_rules import FAULT_OF
from tests.conformance.checking import wire_checks
from tests.places import ROOT

#: Where ids of checks are used to name a fault, or to weigh a verdict.
RULES = ("reports/findings", "reports/verdict")

#: Checks whose breaking names no fault: the verdict differs by them alone. Most of what breaks one of these shows in
#: the examples too, and is named there.
NOT_USED_BY_RULES = frozenset(
    {
        # A second turn or a tool's result that is refused may have any cause.
        CheckId.TOOL_RESULT_ACCEPTED,
        # What two APIs of one endpoint say otherwise has a cause in one of them, which its own checks name.
        CheckId.APIS_COUNT_ALIKE,
        CheckId.APIS_ANSWER_ALIKE,
        # Rules go by the requests without an answer, whichever check lists them.
        CheckId.REQUESTS_ANSWERED,
        # No server has been reported that breaks them: they have no entry in the catalogue.
        CheckId.UNSTREAMED_BY_DEFAULT,
        CheckId.TEMPERATURE_HONOURED,
        CheckId.TOP_P_HONOURED,
        CheckId.SEED_HONOURED,
    }
)


def used_by_rules() -> set[CheckId]:
    """Returns the ids that the sources of findings and verdict mention."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for room in RULES for path in (ROOT / room).glob("*.py")]
    return {
        CheckId[node.attr]
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "CheckId"
    }


def test_every_id_is_that_of_one_test_of_conformance() -> None:
    tests = {(check.check_id, check.id.partition("[")[0]) for check in wire_checks().values()}

    assert Counter(check_id for check_id, _ in tests) == Counter(CheckId)


def test_every_test_that_looks_at_exchanges_has_an_id() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "conformance").glob("test_*.py")]
    tests = [
        function
        for source in sources
        for function in ast.parse(source).body
        if isinstance(function, ast.FunctionDef) and "wire" in {argument.arg for argument in function.args.args}
        if function.name.startswith("test_")
    ]

    assert {function.name for function in tests} == {
        check.id.partition("::")[2].partition("[")[0] for check in wire_checks().values()
    }


def test_every_id_is_used_by_a_rule_or_left_alone_on_purpose() -> None:
    assert used_by_rules() | NOT_USED_BY_RULES == set(CheckId)
    assert used_by_rules() & NOT_USED_BY_RULES == set()


def test_no_rule_names_a_test_of_conformance() -> None:
    names = {check.id.partition("::")[2].partition("[")[0] for check in wire_checks().values()}
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "reports").rglob("*.py")}

    assert [path for path, source in sources.items() if any(name in source for name in names)] == []


def test_every_mistake_leads_to_a_fault_of_the_catalogue() -> None:
    assert set(FAULT_OF.values()) <= set(FAULTS)
