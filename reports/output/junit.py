"""pytest's JUnit file, amended: it fails where the run does, tells verdict and criteria, and its rows are short.

pytest's own file counts every odd example as a failure, also in a run that conforms, and holds nothing of what decides.
Here an odd example is a case that passes and says what was seen; each subject has a case for its verdict and one for
each criterion.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Final

from backends.plain_text import printable, printable_lines
from backends.secrets import redact
from reports.rows.row import Row
from reports.statistics.criteria import Standing
from reports.text import excerpt
from reports.verdict.judgement import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reports.rows.row import RowSide
    from reports.statistics.criteria import CriterionResult
    from reports.verdict.verdict import SubjectVerdict, Verdict

#: The name of the suite of cases that this room adds.
SUITE: Final = "conformance"

#: Exit statuses of runs that failed: such a file holds a failure.
_FAILED: Final = frozenset({1, 6})

#: What is counted of a suite: the attribute, and the child that makes a case one of them.
_COUNTED: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def amend_junit(
    path: Path, verdict: Verdict | None, *, status: int, problem: str | None, names: Mapping[str, str]
) -> None:
    """Amends the file that pytest has written.

    Args:
        path: of the file.
        verdict: on the run; None where there is none.
        status: the run's exit status.
        problem: what else went wrong, such as a report that could not be written.
        names: under which property a case carries its `row` and the kind of an `odd` example; those that are
            `dropped`, parted by blanks, are for programs of the run alone.

    Raises:
        OSError: it cannot be read or written.
        xml.etree.ElementTree.ParseError: it is not what pytest writes.
    """
    tree = ET.parse(path)  # noqa: S314 - pytest wrote it, moments ago
    root = tree.getroot()
    for case in root.iter("testcase"):
        _shorten(case, names)
    if verdict is not None:
        root.append(_suite(verdict))
    if status in _FAILED and not any(True for _ in _failures(root)):
        root.append(_suite_of([_case(SUITE, "exit status", _failure("failed", problem or f"Exit status {status}."))]))
    for suite in root.iter("testsuite"):
        _count(suite)
    half = path.with_name(f"{path.name}.half")
    tree.write(half, encoding="utf-8", xml_declaration=True)
    half.replace(path)


def _failures(root: ET.Element) -> Iterator[ET.Element]:
    yield from root.iter("failure")
    yield from root.iter("error")


def _shorten(case: ET.Element, names: Mapping[str, str]) -> None:
    """Makes the row of a case short, and an odd example a case that passes and tells what was seen."""
    properties = case.find("properties")
    told = [] if properties is None else list(properties)
    values = {one.get("name"): one.get("value", "") for one in told}
    for one in told:
        name = one.get("name")
        if properties is not None and name in (names["row"], *names["dropped"].split()):
            properties.remove(one)
    if properties is not None:
        short = _row(values.get(names["row"]))
        properties.extend(ET.Element("property", name=name, value=value) for name, value in short)
    if names["odd"] in values:
        _pass(case)


def _pass(case: ET.Element) -> None:
    """Turns the failures of a case into what it printed."""
    for failure in case.findall("failure"):
        case.remove(failure)
        out = case.find("system-out")
        if out is None:
            out = ET.SubElement(case, "system-out")
        out.text = "\n".join(filter(None, (failure.text, out.text)))


def _row(text: str | None) -> Iterator[tuple[str, str]]:
    if not text:
        return
    row = Row.from_json(text)
    yield "example", row.example_id
    yield "api", _side(row.api)
    if not row.audited:
        yield "local", _side(row.local)
        yield "response_similarity", f"{row.response_similarity:.3f}"


def _side(side: RowSide) -> str:
    return f"{side.outcome}: {excerpt(side.error or side.response)}"


def _suite(verdict: Verdict) -> ET.Element:
    """Returns the suite that tells the verdict on each subject, and its criteria."""
    cases = [case for judged in verdict.subjects for case in _subject(judged)]
    suite = _suite_of(cases)
    run = verdict.run
    if run is not None:
        suite.set("timestamp", run.started.isoformat(timespec="seconds"))
        suite.set("time", f"{run.took_s:.3f}")
        properties = ET.Element("properties")
        for name, value in (("id", run.id), ("command", run.command), ("suite_version", run.suite_version)):
            ET.SubElement(properties, "property", name=name, value=_clear(value))
        suite.insert(0, properties)
    return suite


def _suite_of(cases: list[ET.Element]) -> ET.Element:
    suite = ET.Element("testsuite", name=SUITE, time="0")
    suite.extend(cases)
    return suite


def _subject(judged: SubjectVerdict) -> Iterator[ET.Element]:
    where = f"{SUITE}.{printable(judged.subject.id)}"
    failed = None if judged.judgement is Judgement.CONFORMS else _failure(str(judged.judgement), judged.reason)
    case = _case(where, "verdict", failed)
    ET.SubElement(case, "system-out").text = _clear(judged.reason)
    yield case
    for result in judged.criteria:
        yield _criterion(where, result)


def _criterion(where: str, result: CriterionResult) -> ET.Element:
    low, high = result.interval
    told = f"{result.observed:.3f}, 95% interval [{low:.3f}, {high:.3f}], n = {result.n}, least {result.threshold:.3f}"
    if result.ceiling is not None:
        told += f", {result.ceiling.beside:.3f} beside a ceiling of {result.ceiling.observed:.3f}"
    if result.standing is Standing.UNDECIDED:
        case = _case(where, result.name, ET.Element("skipped", type="undecided", message=f"undecided: {told}"))
    else:
        case = _case(where, result.name, None if result.passed else _failure("below", told))
    ET.SubElement(case, "system-out").text = told
    return case


def _case(where: str, name: str, inside: ET.Element | None) -> ET.Element:
    case = ET.Element("testcase", classname=where, name=name, time="0")
    if inside is not None:
        case.append(inside)
    return case


def _failure(kind: str, text: str) -> ET.Element:
    failure = ET.Element("failure", type=kind, message=_clear(text))
    failure.text = _clear(text)
    return failure


def _clear(text: str) -> str:
    return printable_lines(redact(text))


def _count(suite: ET.Element) -> None:
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for attribute, child in _COUNTED.items():
        suite.set(attribute, str(sum(case.find(child) is not None for case in cases)))
