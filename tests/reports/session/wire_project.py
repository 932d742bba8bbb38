"""A project of wire checks that pytest runs: pieces of its one module, and what a run left."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from backends.installation import DEFAULT_REPORT

if TYPE_CHECKING:
    from pathlib import Path

MODES = {"plain": (), "xdist": ("-n", "2"), "no-xdist": ("-p", "no:xdist")}
in_every_mode = pytest.mark.parametrize(
    "mode", [pytest.param(mode, marks=pytest.mark.slow if mode == "xdist" else ()) for mode in MODES]
)

TOKEN = "hf_" + "abcdefghijklmnopqrstuvwxyz"

_INI = """
[pytest]
addopts = --strict-markers
xfail_strict = true
markers =
    wire(id): looks at raw exchanges
    exchanges: names of the exchanges that it looks at
    known_difference: is known to fail
"""

_CONFTEST = """
import re
from dataclasses import dataclass

import pytest

from fixtures.known_differences import load_known_differences, mark_known_differences
from reports.checks.check_id import CheckId
from reports.checks.check_violation import CheckViolation
from tests.reports.material import about, subject_data

@dataclass(frozen=True)
class Subject:
    id: str

SUBJECTS = [Subject("small"), Subject("small-two")]

def pytest_conformance_subjects(config):
    return [subject_data({examples}, id=subject.id) for subject in SUBJECTS]

def pytest_conformance_checks_left_out(config, subject):
    module = (config.rootpath / "conformance" / "test_fields.py").read_text(encoding="utf-8")
    return set(map(str, CheckId)) - set(re.findall(r'wire."([a-z-]+)"', module))

def pytest_conformance_exchanges(subject):
    return {{"policy": '{{"status": 200, "of": "' + subject + '"}}'}}

def pytest_generate_tests(metafunc):
    if "example" in metafunc.fixturenames:
        examples = about({examples}).examples
        cases = [pytest.param(s, e, id=f"{{s.id}}-{{e}}") for s in SUBJECTS for e in examples]
        metafunc.parametrize("subject, example", cases)
    elif "subject" in metafunc.fixturenames:
        metafunc.parametrize("subject", [pytest.param(subject, id=subject.id) for subject in SUBJECTS])

def pytest_runtest_logreport(report):
    with open("properties.txt", "a", encoding="utf-8") as file:
        file.write(str(report.user_properties))

def pytest_collection_modifyitems(config, items):
    known = load_known_differences(config.rootpath / "known.toml")
    mark_known_differences(items, {{"small": known}}, raises=CheckViolation)
"""

_KNOWN = """
server = "a server"
seen_with = "1.0"

[[difference]]
test = "conformance/test_fields.py::test_known[odd]"
reason = "It counts twice."
reproduce = "Ask it."
link = "https://example.org/1"

[[difference]]
test = "conformance/test_fields.py::test_json[odd]"
reason = "It does not look at the format."
reproduce = "Ask it."
link = ""
may_be_kept = true
"""

_HEAD = """
import os

import pytest

from reports.session.statuses import UNANSWERED, ExampleMismatch
from reports.checks import CheckViolation, Facts
"""

EVIDENCE = json.dumps({"status": 200, "token": TOKEN})

#: Pieces of the module of wire checks, by what they come to. Both subjects run each.
PIECES = {
    "kept": '''
@pytest.mark.wire("usage-adds-up")
@pytest.mark.exchanges("policy", "policy-again")
def test_kept(subject, request):
    """The counts of /v1/usage add up,
    e.g. these two. More words.

    And more."""
    request.node.user_properties.append(("note", "Seen."))
    request.node.user_properties.append(("facts", Facts(offset=0).as_json()))
''',
    "broken": f'''
@pytest.mark.wire("prompt-length-legitimate")
@pytest.mark.exchanges("policy", "tools")
@pytest.mark.parametrize("case", ["plain", "unicode"])
def test_broken(subject, case):
    """The prompt is rendered."""
    raise CheckViolation("expected:\\n  one\\ngot:\\n  {TOKEN}", evidence={{"policy": {EVIDENCE!r}}})
''',
    "commanding": '''
@pytest.mark.wire("prompt-length-legitimate")
def test_commanding(subject):
    """The prompt is rendered."""
    print("::add-mask::e", "  ::error::conforms", "so ##[error]conforms", "::stop-commands::x", "::x::", sep="\\n")
    raise CheckViolation("::warning::conforms\\n##[add-matcher]x")
''',
    "known": '''
@pytest.mark.wire("usage-counts-reasoning")
@pytest.mark.exchanges("policy")
@pytest.mark.parametrize("case", ["odd", "even"])
def test_known(subject, case):
    """Tokens are counted once."""
    if subject.id == "small" and case == "odd":
        raise CheckViolation("two", evidence={"policy": "{}"})
''',
    "kept-at-times": '''
@pytest.mark.wire("response-format-honoured")
@pytest.mark.parametrize("case", ["odd"])
def test_json(subject, case):
    """A format is honoured."""
    if os.environ.get("BREAKS") and subject.id == "small":
        raise CheckViolation("It is not.")
''',
    "stale": '''
@pytest.mark.wire("usage-counts-reasoning")
@pytest.mark.parametrize("case", ["odd"])
def test_known(subject, case):
    """Tokens are counted once."""
''',
    "other-fault-of-known": '''
@pytest.mark.wire("usage-counts-reasoning")
@pytest.mark.parametrize("case", ["odd"])
def test_known(subject, case):
    """Tokens are counted once."""
    raise ValueError("no such exchange")
''',
    "unanswered-known": '''
@pytest.mark.wire("usage-counts-reasoning")
@pytest.mark.parametrize("case", ["odd"])
def test_known(subject, case):
    """Tokens are counted once."""
    raise ExampleMismatch(UNANSWERED, "http://x answered 429.")
''',
    "skipped": '''
@pytest.mark.wire("raw-route-answers-alike")
@pytest.mark.exchanges("completions")
def test_skipped(subject):
    """Completions work too."""
    pytest.skip("no /v1/completions")

@pytest.mark.wire("top-p-honoured")
@pytest.mark.skip(reason="no logprobs")
def test_skipped_by_mark(subject):
    """Logprobs are there."""
''',
    "unanswered": '''
@pytest.mark.wire("second-turn-works")
def test_unanswered(subject):
    """It answers."""
    raise ExampleMismatch(UNANSWERED, "http://x could not be reached.")
''',
    "unanswered-in-setup": '''
@pytest.fixture
def exchange():
    raise ExampleMismatch(UNANSWERED, "http://x could not be reached.")

@pytest.mark.wire("tool-result-accepted")
@pytest.mark.exchanges("policy")
def test_unanswered_in_setup(subject, exchange):
    """It answers."""
''',
    "error": '''
@pytest.mark.wire("limit-kept")
def test_error(subject):
    """It is judged."""
    raise KeyError("usage")
''',
    "error-in-setup": '''
@pytest.fixture
def faulty_exchange():
    raise KeyError("usage")

@pytest.mark.wire("no-markup")
def test_error_in_setup(subject, faulty_exchange):
    """It is judged."""
''',
    "interrupting": '''
@pytest.mark.wire("seed-honoured")
def test_interrupting(subject):
    """It lets the run go on."""
    if subject.id == "small-two":
        pytest.exit("enough")
''',
    "without-id": """
@pytest.mark.wire
def test_without_id(subject):
    pass
""",
    "unknown-id": """
@pytest.mark.wire("usage-adds-down")
def test_unknown_id(subject):
    pass
""",
    "same-id": """
@pytest.mark.wire("usage-adds-up")
def test_same_id(subject):
    pass
""",
    "unimportable": "import nothing_of_that_name\n",
    "crashing": '''
@pytest.mark.wire("answer-present")
def test_crashing(subject):
    """It lives."""
    if subject.id == "small":
        os._exit(1)
''',
}

_EXAMPLES = """
from dataclasses import replace

from reports.session.statuses import ROW_PROPERTY
from tests.reports.material import YES, row, said

def test_final_answer_matches_local(subject, example, request):
    made = replace(row(said(YES), said(YES), int(example[-4:])), subject=subject.id)
    request.node.user_properties.append((ROW_PROPERTY, made.as_json()))
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run left: exit status, output, `verdict.json` and `exchanges.json` where they are, pytest's counts."""

    status: int
    text: str
    verdict: dict[str, Any] | None
    exchanges: dict[str, Any] | None
    counts: dict[str, int]
    folder: Path

    def outcomes(self, subject: str = "small") -> dict[str, str]:
        """Returns the outcomes in the verdict file by check."""
        assert self.verdict is not None, self.text
        told = next(one for one in self.verdict["subjects"] if one["id"] == subject)
        return {check["id"].removeprefix("test_fields.py::"): check["outcome"] for check in told["checks"]}


def run_checks(
    pytester: pytest.Pytester, *pieces: str, mode: str = "plain", examples: int = 0, more: tuple[str, ...] = ()
) -> Ran:
    """Runs these pieces, and beside them as many examples of each subject."""
    pytester.makeini(_INI)
    pytester.makeconftest(_CONFTEST.format(examples=max(examples, 1)))
    folder = pytester.mkdir("conformance")
    (folder / "test_fields.py").write_text(_HEAD + "".join(PIECES[piece] for piece in pieces), encoding="utf-8")
    if examples:
        (folder / "test_agreement.py").write_text(_EXAMPLES, encoding="utf-8")
    (pytester.path / "known.toml").write_text(_KNOWN, encoding="utf-8")
    done = pytester.runpytest_inprocess("-p", "reports.plugin", "-p", "no:benchmark", *MODES[mode], *more)
    report = pytester.path / DEFAULT_REPORT
    verdict, exchanges = (
        json.loads((report / name).read_text(encoding="utf-8")) if (report / name).is_file() else None
        for name in ("verdict.json", "exchanges.json")
    )
    text = done.stdout.str() + done.stderr.str()
    assert "INTERNALERROR" not in text
    return Ran(int(done.ret), text, verdict, exchanges, done.parseoutcomes(), report)
