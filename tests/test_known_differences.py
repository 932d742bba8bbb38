"""Known differences are read whole or refused in one sentence, and expect what they name to fail, and nothing else."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING

import pytest

from fixtures.known_differences import (
    Difference,
    KnownDifferences,
    load_known_differences,
    shipped,
    unknown_tests,
)

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["pytester"]

_HEAD = 'server = "a server"\nseen_with = "1.0"\n'
_ENTRY = '''
[[difference]]
test = "conformance/test_prompt.py::test_x[unicode]"
reason = """It renders
  another prompt."""
reproduce = "curl http://127.0.0.1:8000/v1/models"
link = "https://example.org/1"
'''


def _load(folder: Path, text: str) -> KnownDifferences:
    path = folder / "some_server.toml"
    path.write_text(text, encoding="utf-8")
    return load_known_differences(path)


# Reading --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_file_loads_by_its_name_and_names_tests_that_may_exist(name: str) -> None:
    known = load_known_differences(name)

    assert known.name == name
    assert known.file == f"fixtures/known_differences/{name}.toml"
    assert known.seen_with
    assert all(entry.test.partition("::")[0].endswith(".py") for entry in known.entries)


def test_embedded_server_has_a_shipped_file() -> None:
    assert "transformers_serve" in shipped()
    assert load_known_differences("transformers_serve").server == "transformers serve"


@pytest.mark.parametrize(("line", "expected"), [("", False), ("effort_in_template = true\n", True)])
def test_file_may_say_that_the_effort_has_to_stand_in_the_template_too(
    tmp_path: Path,
    line: str,
    expected: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert _load(tmp_path, _HEAD + line).effort_in_template is expected


def test_file_is_read_with_all_its_fields(tmp_path: Path) -> None:
    known = _load(tmp_path, _HEAD + _ENTRY)

    assert known == KnownDifferences(
        name="some_server",
        path=(tmp_path / "some_server.toml").resolve(),
        server="a server",
        seen_with="1.0",
        entries=(
            Difference(
                test="conformance/test_prompt.py::test_x[unicode]",
                reason="It renders another prompt.",
                reproduce="curl http://127.0.0.1:8000/v1/models",
                link="https://example.org/1",
            ),
        ),
    )
    assert known.file == str((tmp_path / "some_server.toml").resolve())
    with pytest.raises(FrozenInstanceError):
        known.name = "other"  # type: ignore[misc]


def test_file_without_an_entry_knows_of_no_difference(tmp_path: Path) -> None:
    assert _load(tmp_path, _HEAD).entries == ()


def test_path_may_be_given_as_text_and_the_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "marked.toml"
    path.write_text(_HEAD, encoding="utf-8-sig")

    assert load_known_differences(str(path)).name == "marked"


@pytest.mark.parametrize("link", ["", "https://example.org/1"])
def test_reason_is_told_with_its_link_where_there_is_one(link: str) -> None:
    entry = Difference(test="conformance/a.py::b", reason="It counts twice.", reproduce="Ask it.", link=link)

    assert entry.told == ("It counts twice. (https://example.org/1)" if link else "It counts twice.")


def _without(field: str) -> str:
    lines = (_HEAD + _ENTRY.replace("renders\n", "renders")).splitlines()
    return "\n".join(line for line in lines if not line.startswith(field))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("server = ", "is not TOML, correct it"),
        (_HEAD + "[[difference]]\n[[difference]", "is not TOML, correct it"),
        (_without("server"), "server is missing, add it."),
        (_without("seen_with"), "seen_with is missing, add it."),
        (_without("test"), "test in difference 1 is missing, add it."),
        (_without("reason"), "reason in difference 1 is missing, add it."),
        (_without("reproduce"), "reproduce in difference 1 is missing, add it."),
        (_without("link"), "link in difference 1 is missing, add it."),
        (
            _HEAD + "versions = 1\n",
            "the key 'versions' is unknown, use only server, seen_with, effort_in_template, difference.",
        ),
        (_HEAD + "effort_in_template = 1\n", "effort_in_template must be true or false, not 1."),
        (_HEAD + _ENTRY + "why = 1\n", "the key 'why' in difference 1 is unknown, use only test, reason"),
        (_HEAD + _ENTRY + _ENTRY, "conformance/test_prompt.py::test_x[unicode] is named twice, keep one"),
        (_HEAD + "difference = 1\n", "write each known difference under a heading [[difference]]"),
        (_HEAD + "difference = [1]\n", "write each known difference under a heading [[difference]]"),
        (_HEAD + "[difference]\ntest = 1\n", "write each known difference under a heading [[difference]]"),
        (_HEAD.replace('"1.0"', "1.0"), "seen_with must be a text in quotation marks, not 1.0."),
        (_HEAD.replace("a server", "  "), "server must be a text in quotation marks, not '  '."),
        (_HEAD + _ENTRY.replace("conformance/", ""), "write it as conformance/test_file.py::test_name."),
        (_HEAD + _ENTRY.replace("::", "/"), "write it as conformance/test_file.py::test_name."),
        (_HEAD + _ENTRY.replace("https://", ""), "give a URL that begins with https://"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_one_sentence_that_names_it(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"some_server\.toml") as raised:
        _load(tmp_path, text)

    message = str(raised.value)
    assert told in message
    assert message.endswith(".")
    assert "\n" not in message


@pytest.mark.parametrize(
    "name", ["no_such_server", "no/such/file.toml", ".", "x" * 5000, "a\x00b", "TRANSFORMERS_SERVE"]
)
def test_name_that_stands_for_no_file_is_told_with_the_names_that_do(name: str) -> None:
    with pytest.raises(ValueError, match="There are no known differences") as raised:
        load_known_differences(name)

    assert all(known in str(raised.value) for known in shipped())


def test_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(ValueError, match="cannot be read: give a TOML file of UTF-8 text"):
        load_known_differences(path)


# Tests that do not exist ----------------------------------------------------------------------------------------------


def test_entries_that_name_no_collected_test_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    names = ["conformance/b.py::gone", "conformance/a.py::there[x]", "conformance/a.py::there"]
    entries = (_ENTRY.replace("conformance/test_prompt.py::test_x[unicode]", name) for name in names)
    known = _load(tmp_path, _HEAD + "".join(entries))

    assert unknown_tests(known, iter(["conformance/a.py::there[x]", "conformance/c.py::other"])) == [names[0], names[2]]
    assert unknown_tests(known, names) == []


# Marking --------------------------------------------------------------------------------------------------------------

_CONFTEST = r"""
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures.known_differences import load_known_differences, mark_known_differences, subject_and_test
from reports.check_reports import check_of

@dataclass(frozen=True)
class Subject:
    id: str

def pytest_generate_tests(metafunc):
    if "subject" in metafunc.fixturenames:
        metafunc.parametrize("subject", [pytest.param(Subject(name), id=name) for name in ("one", "one-two")])

def pytest_collection_modifyitems(items):
    known = load_known_differences(Path(__file__).parent / "some_server.toml")
    mark_known_differences(items, {"one": known}, raises=LookupError)
    for item in items:
        marks = [mark.kwargs for mark in item.iter_markers() if mark.name in ("xfail", "known_difference")]
        print("named", item.nodeid, subject_and_test(item), *marks, sep=" | ")

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    check = check_of(item, report, None)
    if check is not None:
        print("\nreported", item.nodeid, (check.subject, check.id), sep=" | ")
    return report
"""

_TESTS = """
import pytest

pytestmark = pytest.mark.wire

@pytest.mark.parametrize("case", ["unicode", "unicode-2", "one", "two[x]"])
def test_x(subject, case):
    raise LookupError

def test_plain(subject):
    pass

@pytest.mark.parametrize("case", ["unicode"])
def test_without_subject(case):
    pass
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with two subjects, of which one has a file that knows of two differences."""
    pytester.makeini(
        "[pytest]\naddopts = --strict-markers\nmarkers =\n    wire: -\n    known_difference: -\n    exchanges: -\n"
    )
    pytester.makeconftest(_CONFTEST)
    (pytester.mkdir("conformance") / "test_prompt.py").write_text(_TESTS, encoding="utf-8")
    plain = _ENTRY.replace("test_x[unicode]", "test_plain").replace("https://example.org/1", "")
    (pytester.path / "some_server.toml").write_text(_HEAD + _ENTRY + plain, encoding="utf-8")
    return pytester


def test_entry_marks_the_test_of_exactly_that_id_at_its_subject_alone(project: pytest.Pytester) -> None:
    lines = project.runpytest_inprocess("-s", "--collect-only").outlines
    collected = dict(line.split(" | ", 2)[1:] for line in lines if line.startswith("named | "))

    marked = {name: rest for name, rest in collected.items() if "strict" in rest}
    assert set(marked) == {
        "conformance/test_prompt.py::test_x[one-unicode]",
        "conformance/test_prompt.py::test_plain[one]",
    }
    told = marked["conformance/test_prompt.py::test_x[one-unicode]"]
    assert "'strict': True, 'raises': <class 'LookupError'>" in told
    assert "'reason': 'It renders another prompt. (https://example.org/1)'" in told
    file = project.path / "some_server.toml"
    assert f"{{'reason': 'It renders another prompt.', 'link': 'https://example.org/1', 'file': '{file}'}}" in told
    assert len(collected) == 11


def test_marked_test_must_fail_and_must_fail_so(project: pytest.Pytester) -> None:
    done = project.runpytest_inprocess("-rxX")

    assert done.parseoutcomes() == {"passed": 2, "failed": 8, "xfailed": 1}
    assert "It renders another prompt. (https://example.org/1)" in done.stdout.str()
    assert "[XPASS(strict)] It renders another prompt." in done.stdout.str()


def test_both_rooms_call_a_test_the_same(project: pytest.Pytester) -> None:
    lines = project.runpytest_inprocess("-s").outlines

    named, reported = (
        {one.split(" | ")[1]: one.split(" | ")[2] for one in lines if one.startswith(f"{word} | ")}
        for word in ("named", "reported")
    )
    assert named["conformance/test_prompt.py::test_without_subject[unicode]"] == "None"
    assert (
        named["conformance/test_prompt.py::test_x[one-two-one]"]
        == "('one-two', 'conformance/test_prompt.py::test_x[one]')"
    )
    of_subjects = {name: told for name, told in named.items() if told != "None"}
    assert reported == {name: told.replace("conformance/", "") for name, told in of_subjects.items()}
    assert len(reported) == 10
