"""Wire checks run under pytest: every outcome is told, known differences are strict, and the exit status is right."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from backends.installation import DEFAULT_REPORT
from reports.session.reporter import EXIT_NO_VERDICT

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["pytester"]

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

_EVIDENCE = json.dumps({"status": 200, "token": TOKEN})

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
    raise CheckViolation("expected:\\n  one\\ngot:\\n  {TOKEN}", evidence={{"policy": {_EVIDENCE!r}}})
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


def _run(
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


@pytest.fixture(autouse=True, scope="module")
def _loaded() -> None:
    """Loads what the end of a run loads: an inner run forgets what it loaded, and numpy cannot be loaded twice."""
    import_module("scipy.stats")
    import_module("pyarrow.parquet")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps from the inner run that the outer one may be a worker."""
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)


# Every outcome --------------------------------------------------------------------------------------------------------

EVERY = ("kept", "broken", "known", "skipped", "unanswered", "unanswered-in-setup", "error", "error-in-setup")


@in_every_mode
def test_every_outcome_is_told_in_every_mode(pytester: pytest.Pytester, mode: str) -> None:
    done = _run(pytester, *EVERY, mode=mode, examples=20)

    assert done.outcomes() == {
        "test_broken[plain]": "broken",
        "test_broken[unicode]": "broken",
        "test_error": "error",
        "test_error_in_setup": "error",
        "test_kept": "kept",
        "test_known[even]": "kept",
        "test_known[odd]": "known-difference",
        "test_skipped": "skipped",
        "test_skipped_by_mark": "skipped",
        "test_unanswered": "unanswered",
        "test_unanswered_in_setup": "unanswered",
    }
    assert done.outcomes("small-two")["test_known[odd]"] == "kept"
    assert done.status == 1
    counts = {name: done.counts[name] for name in ("failed", "errors", "xfailed", "skipped", "unanswered")}
    assert counts == {"failed": 6, "errors": 2, "xfailed": 1, "skipped": 4, "unanswered": 4}


@in_every_mode
def test_check_in_the_verdict_file_has_claim_message_exchanges_and_link(pytester: pytest.Pytester, mode: str) -> None:
    done = _run(pytester, *EVERY, mode=mode, examples=20)

    assert done.verdict is not None
    told = {check["id"].rpartition("::")[2]: check for check in done.verdict["subjects"][0]["checks"]}
    assert told["test_kept"] == {
        "id": "test_fields.py::test_kept",
        "check": "usage-adds-up",
        "claim": "The counts of /v1/usage add up, e.g. these two.",
        "outcome": "kept",
        "message": "Seen.",
        "exchanges": ["policy", "policy-again"],
        "link": "",
        "facts": {"offset": 0},
    }
    assert told["test_broken[plain]"]["message"] == "expected:\n  one\ngot:\n  [redacted]"
    known = told["test_known[odd]"]
    assert (known["message"], known["link"]) == ("It counts twice.", "https://example.org/1")
    assert told["test_skipped"]["message"] == "no /v1/completions"
    assert told["test_skipped_by_mark"]["message"] == "no logprobs"
    for name in ("test_error", "test_error_in_setup"):
        assert re.fullmatch(r"KeyError: 'usage' \(test_fields\.py, line \d+\)", told[name]["message"])


@in_every_mode
def test_evidence_of_broken_claims_alone_is_written_without_credentials(pytester: pytest.Pytester, mode: str) -> None:
    done = _run(pytester, *EVERY, mode=mode, examples=20, more=("--junitxml", "junit.xml"))

    of_one = {
        f"test_fields.py::test_broken[{case}]": {"policy": json.loads(_EVIDENCE)} for case in ("plain", "unicode")
    }
    wanted = json.loads(json.dumps({"small": of_one, "small-two": of_one}).replace(TOKEN, "[redacted]"))
    assert done.counts["passed"] == 40 + 5
    assert done.exchanges == wanted
    assert f"wrote {DEFAULT_REPORT}/exchanges.json" in done.text
    for path in (*done.folder.iterdir(), pytester.path / "junit.xml", pytester.path / "properties.txt"):
        assert TOKEN.encode() not in path.read_bytes(), path.name


@in_every_mode
def test_summary_tells_the_checks_of_each_subject(pytester: pytest.Pytester, mode: str) -> None:
    done = _run(pytester, *EVERY, mode=mode, examples=20)

    assert done.text.count("subject  small (") == 1
    counts = "2 kept, 2 broken, 1 known difference, 2 skipped, 2 unanswered, 2 errors; 3 requests"
    of_small = done.text[done.text.index("subject  small (") : done.text.index("subject  small-two")].splitlines()
    assert f"wire     11 checks: {counts}" in of_small
    for line in (
        "broken: The prompt is rendered.",
        "      one",
        "known difference: Tokens are counted once. It counts twice. https://example.org/1",
        "skipped: 1 check, no /v1/completions",
        "skipped: 1 check, no logprobs",
        "unanswered: 2 checks, http://x could not be reached.",
    ):
        assert line in of_small, line
    errors = [line for line in of_small if line.startswith("error: It is judged. KeyError: 'usage' (test_fields.py, ")]
    assert [line.rpartition(" ")[2] for line in errors] == [
        "(test_fields.py::test_error)",
        "(test_fields.py::test_error_in_setup)",
    ]
    (rerun,) = (line for line in of_small if line.startswith("  rerun it with: ") and "unicode" in line)
    assert rerun.endswith(' -k "test_broken and unicode"')
    assert all(word in rerun for word in MODES[mode])
    assert "broken: The prompt is rendered." in (done.folder / "summary.md").read_text(encoding="utf-8")
    assert "small: differs. 2 of 11 wire checks fail: The prompt is rendered. small-two: differs." in done.text


def test_failure_of_a_broken_claim_is_told_by_claim_and_message_without_a_traceback(
    pytester: pytest.Pytester,
) -> None:
    done = _run(pytester, "broken", more=("-v",))

    failures = done.text[done.text.index("= FAILURES =") : done.text.index("= conformance =")]
    assert (
        "conformance/test_fields.py::test_broken[small-unicode]\nThe prompt is rendered.\nexpected:\n  one" in failures
    )
    assert "raise CheckViolation" not in failures
    assert "test_broken[small-plain] FAILED" in done.text
    assert TOKEN not in done.text


# Strictness -----------------------------------------------------------------------------------------------------------


@in_every_mode
def test_known_difference_that_differs_as_expected_fails_nothing(pytester: pytest.Pytester, mode: str) -> None:
    done = _run(pytester, "known", mode=mode, examples=20)

    assert done.status == 0, done.text
    assert done.verdict is not None
    assert done.verdict["verdict"] == "conforms"
    assert done.exchanges is None


@in_every_mode
def test_known_difference_that_no_longer_differs_fails_the_run_and_names_its_file(
    pytester: pytest.Pytester, mode: str
) -> None:
    done = _run(pytester, "stale", mode=mode, examples=20)

    assert done.status == 1
    assert done.counts["failed"] == 1
    assert done.verdict is not None
    assert done.verdict["verdict"] == "conforms"
    assert done.outcomes() == {"test_known[odd]": "stale"}
    assert done.outcomes("small-two") == {"test_known[odd]": "kept"}
    assert f"This known difference no longer differs: remove its entry from {pytester.path / 'known.toml'}" in done.text
    assert "stale: Tokens are counted once. This known difference no longer differs" in done.text
    assert "conformance/test_fields.py::test_known[small-odd]\nTokens are counted once.\nThis known" in done.text


@in_every_mode
@pytest.mark.parametrize(("breaks", "outcome"), [("", "kept"), ("yes", "known-difference")])
def test_known_difference_that_the_model_may_keep_by_itself_fails_nothing_where_it_does(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, mode: str, breaks: str, outcome: str
) -> None:
    monkeypatch.setenv("BREAKS", breaks)

    done = _run(pytester, "kept-at-times", mode=mode, examples=20)

    assert done.verdict is not None
    assert (done.status, done.verdict["verdict"]) == (0, "conforms")
    assert done.outcomes() == {"test_json[odd]": outcome}
    assert ("stale" in done.text) is False


@pytest.mark.parametrize(
    ("piece", "outcome", "status"),
    [("other-fault-of-known", "error", 1), ("unanswered-known", "unanswered", EXIT_NO_VERDICT)],
)
def test_known_difference_excuses_nothing_but_a_broken_claim(
    pytester: pytest.Pytester, piece: str, outcome: str, status: int
) -> None:
    done = _run(pytester, piece, examples=20)

    assert done.outcomes() == {"test_known[odd]": outcome}
    assert done.status == status
    assert ("ValueError: no such exchange (test_fields.py, line " in done.text) is (outcome == "error")


def test_expectations_can_be_switched_off_as_with_pytest_itself(pytester: pytest.Pytester) -> None:
    done = _run(pytester, "known", examples=20, more=("--runxfail",))

    assert done.outcomes() == {"test_known[odd]": "broken", "test_known[even]": "kept"}
    assert done.status == 1


# Exit status ----------------------------------------------------------------------------------------------------------


@in_every_mode
@pytest.mark.parametrize(
    ("pieces", "status", "verdict"),
    [
        (("kept", "skipped"), 0, "conforms"),
        (("kept", "broken"), 1, "differs"),
        (("kept", "unanswered"), EXIT_NO_VERDICT, "no-verdict"),
        (("kept", "unanswered", "broken"), 1, "differs"),
        (("kept", "error"), 1, "no-verdict"),
    ],
    ids=str,
)
def test_run_with_examples_ends_with_the_status_of_its_verdict(
    pytester: pytest.Pytester, mode: str, pieces: tuple[str, ...], status: int, verdict: str
) -> None:
    done = _run(pytester, *pieces, mode=mode, examples=20)

    assert done.status == status, done.text
    assert done.verdict is not None
    assert (done.verdict["verdict"], done.verdict["complete"]) == (verdict, True)
    assert f"verdict: {verdict}." in done.text


@in_every_mode
@pytest.mark.parametrize(
    ("pieces", "status", "verdict"),
    [
        (("kept", "known", "skipped"), 0, "conforms"),
        (("kept", "broken"), 1, "differs"),
        (("kept", "stale"), 1, "conforms"),
        (("kept", "unanswered", "unanswered-in-setup"), EXIT_NO_VERDICT, "no-verdict"),
        (("kept", "unanswered", "broken"), 1, "differs"),
        (("unanswered", "error"), 1, "no-verdict"),
        (("skipped",), EXIT_NO_VERDICT, "no-verdict"),
    ],
    ids=str,
)
def test_run_of_wire_checks_alone_has_a_verdict_of_its_own_kind(
    pytester: pytest.Pytester, mode: str, pieces: tuple[str, ...], status: int, verdict: str
) -> None:
    done = _run(pytester, *pieces, mode=mode)

    assert done.status == status, done.text
    assert done.verdict is not None
    assert (done.verdict["kind"], done.verdict["verdict"], done.verdict["complete"]) == ("wire", verdict, True)
    assert [(one["id"], one["kind"]) for one in done.verdict["subjects"]] == [("small", "wire"), ("small-two", "wire")]
    assert f"verdict: {verdict}. small: {done.verdict['subjects'][0]['verdict']}. " in done.text
    assert "subject  small (model some/model)" in done.text
    assert "subject  small-two (model some/model)" in done.text
    files = ["exchanges.json", "report.html", "summary.md", "verdict.json"]
    assert sorted(path.name for path in done.folder.iterdir()) == files
    assert f"# Conformance: {verdict}\n" in (done.folder / "summary.md").read_text(encoding="utf-8")


@in_every_mode
def test_exchanges_of_a_run_of_wire_checks_alone_are_kept_also_when_all_is_well(
    pytester: pytest.Pytester, mode: str
) -> None:
    done = _run(pytester, "kept", mode=mode)

    assert done.status == 0, done.text
    assert done.exchanges == {
        name: {"exchanges": {"policy": {"status": 200, "of": name}}} for name in ("small", "small-two")
    }


@in_every_mode
def test_verdict_of_wire_checks_alone_looks_at_no_example(pytester: pytest.Pytester, mode: str) -> None:
    done = _run(pytester, "kept", mode=mode)

    assert done.verdict is not None
    told = done.verdict["subjects"][0]
    assert [told[name] for name in ("sample", "flow", "pairs_with_two_labels", "token_evidence")] == [None] * 4
    assert [told[name] for name in ("criteria", "missing", "noise", "checks_not_selected")] == [[]] * 4
    assert told["criteria_not_looked_at"] == ["label_agreement", "response_similarity", "api_parsed", "local_parsed"]
    assert told["reason"].startswith("1 of 1 wire check kept. No example was asked")


@in_every_mode
@pytest.mark.parametrize(
    ("chosen", "left_out"),
    [("kept", ["prompt-length-legitimate"]), ("kept or plain", ["prompt-length-legitimate"]), ("broken", [])],
    ids=str,
)
def test_part_of_the_checks_passes_nobody_and_is_told(
    pytester: pytest.Pytester, mode: str, chosen: str, left_out: list[str]
) -> None:
    pieces = ("kept", "broken") if left_out else ("broken",)
    done = _run(pytester, *pieces, mode=mode, more=("-k", chosen))

    broken = "plain" in chosen or not left_out
    assert done.verdict is not None
    assert done.verdict["complete"] is not bool(left_out)
    for told in done.verdict["subjects"]:
        assert told["checks_not_selected"] == left_out
        assert told["verdict"] == ("differs" if broken else "no-verdict")
        assert ("1 claim was not selected, wholly or in part (prompt-length-legitimate)" in told["reason"]) is bool(
            left_out
        )
    assert done.status == (1 if broken else EXIT_NO_VERDICT)
    assert ("1 claim was not selected" in done.text) is bool(left_out)


def test_report_about_examples_is_not_overwritten_by_one_about_wire_checks_alone(pytester: pytest.Pytester) -> None:
    whole = _run(pytester, "kept", examples=20)
    kept = {path.name: path.read_bytes() for path in whole.folder.iterdir()}

    done = pytester.runpytest_inprocess("-p", "reports.plugin", "-p", "no:benchmark", "-k", "kept")

    assert {path.name: path.read_bytes() for path in whole.folder.iterdir() if path.is_file()} == kept
    told = json.loads((whole.folder / "wire" / "verdict.json").read_text(encoding="utf-8"))
    assert (told["kind"], told["verdict"]) == ("wire", "conforms")
    done.stdout.fnmatch_lines([f"wrote {DEFAULT_REPORT}/wire/verdict.json"])


def test_report_about_all_checks_is_not_overwritten_by_one_about_a_part(pytester: pytest.Pytester) -> None:
    whole = _run(pytester, "kept", "known")
    before = (whole.folder / "verdict.json").read_bytes()

    for again in ("kept", "known"):
        pytester.runpytest_inprocess("-p", "reports.plugin", "-p", "no:benchmark", "-k", again)

        assert (whole.folder / "verdict.json").read_bytes() == before
        told = json.loads((whole.folder / "partial" / "verdict.json").read_text(encoding="utf-8"))
        assert told["subjects"][0]["checks"][0]["id"].startswith(f"test_fields.py::test_{again}")


def test_selection_without_any_check_prints_no_section(pytester: pytest.Pytester) -> None:
    done = _run(pytester, "kept", more=("-k", "nothing_of_that_name"))

    assert done.status == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "= conformance =" not in done.text


def test_subject_of_which_only_checks_are_selected_has_a_verdict_of_another_kind_beside_one_that_has_examples(
    pytester: pytest.Pytester,
) -> None:
    done = _run(
        pytester,
        "unanswered",
        examples=20,
        more=("--deselect", "conformance/test_fields.py::test_unanswered[small]", "-k", "unanswered or not small-two"),
    )

    assert done.verdict is not None
    assert done.verdict["kind"] == "examples"
    assert [(one["id"], one["kind"], one["verdict"]) for one in done.verdict["subjects"]] == [
        ("small", "examples", "conforms"),
        ("small-two", "wire", "no-verdict"),
    ]
    assert "wire     1 check: 1 unanswered" in done.text
    assert done.status == EXIT_NO_VERDICT


def test_evidence_that_cannot_be_written_is_told_and_fails_the_run(pytester: pytest.Pytester) -> None:
    (pytester.path / DEFAULT_REPORT).write_text("in the way", encoding="utf-8")

    done = _run(pytester, "broken")

    assert done.status == 1
    assert "The report could not be written" in done.text


def test_module_that_cannot_be_imported_is_pytests_to_tell(pytester: pytest.Pytester) -> None:
    done = _run(pytester, "unimportable")

    assert done.status == pytest.ExitCode.INTERRUPTED
    assert "ERROR conformance/test_fields.py" in done.text
    assert "No module named 'nothing_of_that_name'" in done.text


@pytest.mark.parametrize(
    ("piece", "told"),
    [
        ("without-id", "test_without_id[small]: the marker wire takes the check's id, *, and is given nothing."),
        (
            "unknown-id",
            "test_unknown_id[small]: the marker wire takes the check's id, *, and is given 'usage-adds-down'.",
        ),
        ("same-id", "*::test_kept and *::test_same_id are both the wire check 'usage-adds-up'."),
    ],
)
def test_wire_check_without_an_id_of_its_own_is_refused(pytester: pytest.Pytester, piece: str, told: str) -> None:
    done = _run(pytester, "kept", piece)

    assert done.status == pytest.ExitCode.USAGE_ERROR
    assert fnmatch(done.text, f"*{told.replace('[', '[[]')}*")


# Losses ---------------------------------------------------------------------------------------------------------------


def test_check_that_was_selected_and_never_ran_leaves_no_verdict(pytester: pytest.Pytester) -> None:
    done = _run(pytester, "kept", "interrupting", examples=20)

    assert done.status == pytest.ExitCode.INTERRUPTED
    assert "small-two: no-verdict. 1 wire check never came to an end: run it again." in done.text
    assert "small: conforms." in done.text


@pytest.mark.slow
def test_check_whose_process_died_is_lost_and_leaves_no_verdict(pytester: pytest.Pytester) -> None:
    done = _run(pytester, "kept", "broken", "crashing", mode="xdist", examples=20)

    assert done.verdict is not None
    assert done.verdict["verdict"] == "no-verdict"
    assert "1 test was lost with the process that ran it: run it again." in done.text
    assert "test_crashing" not in done.outcomes()


# A job of GitHub Actions ----------------------------------------------------------------------------------------------


def _obeyed(text: str) -> list[str]:
    """Returns the lines that the runner of GitHub Actions obeys in what a step prints.

    Source: `ActionCommand.cs` and `ActionCommandManager.cs` of actions/runner: a command begins a line or, in its old
    form, stands anywhere in one; `stop-commands` names the word that lets it obey again.
    """
    obeyed, waits_for = [], None
    for line in map(str.strip, text.splitlines()):
        if waits_for is not None:
            waits_for = None if line == f"::{waits_for}::" else waits_for
        elif line.startswith("::stop-commands::"):
            waits_for = line.removeprefix("::stop-commands::")
        elif line.startswith("::") or "##[" in line:
            obeyed.append(line)
    assert waits_for is None
    return obeyed


@in_every_mode
def test_job_of_github_obeys_nothing_that_was_said_and_shows_the_verdict_and_each_finding(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    done = _run(pytester, "kept", "commanding", mode=mode, more=("-rA",))

    assert done.status == 1
    assert "::add-mask::e" in done.text
    assert done.verdict is not None
    verdict, *findings = _obeyed(done.text)
    assert verdict.startswith("::error title=conformance%3A differs::verdict: differs. small: differs. ")
    ids = [finding["id"] for subject in done.verdict["subjects"] for finding in subject["findings"]]
    assert [line.split("::")[1] for line in findings] == [f"error title={name}" for name in ids]


def test_job_that_is_interrupted_obeys_again(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    done = _run(pytester, "commanding", "interrupting")

    assert [line for line in _obeyed(done.text) if not line.startswith(("::error title=", "::warning title="))] == []


def test_summary_of_the_step_is_appended(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pytester.path / "step.md"
    file.write_text("# Before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))

    done = _run(pytester, "kept", "broken")

    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Before\n# Conformance: differs\n")
    assert "| wire check | is | claim | what was seen |" in text
    assert "As it was printed" not in text
    assert "As it was printed" in (done.folder / "summary.md").read_text(encoding="utf-8")
    assert "::" not in done.text.replace(".py::", "")


def test_summary_of_the_step_that_cannot_be_written_is_told_and_changes_no_status(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pytester.path / "nowhere" / "step.md"))

    done = _run(pytester, "kept")

    assert done.status == 0
    assert "The summary of the step could not be written to " in done.text
