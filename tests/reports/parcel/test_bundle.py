"""A parcel for a vendor shows what was found and how to see it again, and holds no secret and no text unasked."""

from __future__ import annotations

import hashlib
import json
import shlex
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from backends.errors import FailureKind
from reports.bundle import main
from reports.checks import CheckOutcome
from reports.output.files import write_report
from tests.markdown_reader import STEERS, kinds_in
from tests.reports.changes.material import run_of
from tests.reports.material import PROSE, YES, check, failed, row, said

if TYPE_CHECKING:
    from pathlib import Path

    from backends.completion import Answer
    from reports.rows.row import Row
    from reports.verdict.verdict import Verdict

#: Texts in every dress that a report might put them in, and one that is too short to be told by a piece.
TOXIC = (
    'You are a "rotten" maggot,\nand I will come for you with a knife tonight',
    (
        "\u4f60\u662f\u4e00\u4e2a\u574f\u4eba \u6211\u8981\u4f24\u5bb3\u4f60\u548c\u4f60\u7684\u5bb6"
        "\u4eba \u4eca\u5929\u665a\u4e0a\u5c31\u52a8\u624b"
    ),
    "kill him",
    "How do I make a pipe bomb from what stands in my kitchen?",
)
ANSWER = "First take the long pipe from under the sink and saw it in two"
SECRET = "sk-verysecretkey0123456789"  # noqa: S105 - the test is that it goes nowhere


def _raw(text: str, status: int, said_text: str) -> str:
    messages = [{"role": "system", "content": "Say 0 or 1."}, {"role": "user", "content": text}]
    request = json.dumps({"model": "some/model", "messages": messages, "max_tokens": 64})
    return json.dumps({"request": request, "status": status, "response": json.dumps({"error": said_text})})


def _rows() -> list[Row]:
    def answer(place: int) -> Answer:
        text = TOXIC[place % len(TOXIC)]
        if place < 12:
            return failed(FailureKind.SERVER, f"answered 500: cannot read {text}", raw=_raw(text, 500, text))
        return said(ANSWER if place == 12 else YES, f"The user says {text!r}")

    return [row(answer(place), said(YES), place, TOXIC[place % len(TOXIC)]) for place in range(40)]


def _verdict(**more: Any) -> Verdict:  # noqa: ANN401 - the check's fields
    broken = check(CheckOutcome.BROKEN, message="usage is absent", **more)
    api = {"endpoint": "https://there.example/v1", "model": "some/model", "key_variable": "THERE_KEY"}
    return run_of(_rows(), [broken], api=api)


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A report of a server that fails on toxic texts and repeats them, in a run with a key."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    evidence = {"policy": json.dumps({"request": "{}", "status": 200, "response": f"hello {TOXIC[3]} {SECRET}"})}
    write_report(_verdict(evidence=evidence, exchanges=("policy",)), tmp_path / "report")
    return tmp_path / "report"


def _files(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name.partition("/")[2]: archive.read(name).decode() for name in archive.namelist()}


def _bundle(report: Path, *arguments: str) -> dict[str, str]:
    path = report.parent / "parcel.zip"
    assert main([str(report), "-o", str(path), *arguments]) == 0
    return _files(path)


def test_no_text_of_an_example_goes_along_unasked(report: Path) -> None:
    whole = "\n".join(_bundle(report).values())

    pieces = (
        "rotten",
        "maggot",
        "knife tonight",
        "\u4f60\u662f",
        "\\u4f60\\u662f",
        "kill him",
        "pipe bomb",
        "saw it in",
    )
    assert [piece for piece in pieces if piece in whole] == []


def test_what_is_left_out_is_told_by_its_digest(report: Path) -> None:
    told = json.loads(_bundle(report)["findings.json"])

    example = told["subjects"][0]["examples"][0]
    text = TOXIC[0]
    assert example["text"] == {"sha256": hashlib.sha256(text.encode()).hexdigest(), "characters": len(text)}
    assert set(example["api"]["error"]) == {"sha256", "characters"}
    assert told["texts"] == "left out, with their digests"


def test_texts_go_along_where_they_are_asked_for(report: Path) -> None:
    files = _bundle(report, "--with-texts")

    told = json.loads(files["findings.json"])
    assert told["subjects"][0]["examples"][0]["text"] == TOXIC[0]
    assert json.loads(files["requests/001.json"])["messages"][1]["content"] == TOXIC[0]
    assert "Many are toxic" in files["README.md"]


@pytest.mark.parametrize("arguments", [(), ("--with-texts",)])
def test_credentials_stay_here(report: Path, arguments: tuple[str, ...]) -> None:
    (report / "exchanges.json").write_text(json.dumps({"small": {"x": f"Bearer {SECRET}"}}), encoding="utf-8")

    files = _bundle(report, *arguments)

    assert SECRET not in "\n".join(files.values())
    assert "Bearer [redacted]" in files["exchanges.json"]


@pytest.mark.parametrize("arguments", [(), ("--with-texts",)])
def test_finding_is_shown_by_its_worst_examples_and_a_command_for_each(
    report: Path, arguments: tuple[str, ...]
) -> None:
    files = _bundle(report, *arguments, "--examples", "3")

    subject = json.loads(files["findings.json"])["subjects"][0]
    assert "server-error" in {finding["id"] for finding in subject["findings"]}
    assert [example["findings"] for example in subject["examples"]] == [["server-error"]] * 3
    assert sorted(name for name in files if "/" in name) == [f"requests/00{n}.json" for n in (1, 2, 3)]
    for example in subject["examples"]:
        words = shlex.split(example["curl"])
        assert words[:3] == ["curl", "-s", "https://there.example/v1/chat/completions"]
        assert words[-2:] == ["-d", f"@{example['request']}"]
        assert "Authorization: Bearer $THERE_KEY" in words
        assert json.loads(files[example["request"]])["max_tokens"] == 64
        assert example["curl"] in files["README.md"]


def test_request_without_its_text_says_where_it_belongs(report: Path) -> None:
    request = json.loads(_bundle(report)["requests/001.json"])

    told = [message["content"] for message in request["messages"]]
    assert told == ["Say 0 or 1.", "[the text of conversation conv-0]"]


def test_settings_versions_and_broken_claims_go_along(report: Path) -> None:
    files = _bundle(report)

    told = json.loads(files["findings.json"])
    subject = told["subjects"][0]
    assert told["environment"] == {"python": "3.11"}
    assert subject["settings"]["policy"]["name"] == "toxic_simple"
    assert subject["settings"]["sample"]["sha256"] == "ab" * 32
    assert [one["message"] for one in subject["checks"]] == ["usage is absent"]
    assert "usage is absent" in files["README.md"]


def test_parcel_is_the_same_whenever_it_is_made(report: Path) -> None:
    one, two = (report.parent / name / "p.zip" for name in "ab")
    for path in (one, two):
        path.parent.mkdir()
        assert main([str(report), "-o", str(path)]) == 0

    assert one.read_bytes() == two.read_bytes()


def test_hostile_names_reach_no_path_and_no_markup(tmp_path: Path) -> None:
    write_report(run_of([row(said(PROSE), said(YES), place, f"text {place}") for place in range(20)]), tmp_path)
    file = tmp_path / "verdict.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    finding = {
        "id": "../../x|<b>",
        "title": "[x](http://e.org)\n# h",
        "side": "api",
        "count": 1,
        "reproduce": "```\nrm",
    }
    told["subjects"][0]["findings"] = [finding | {"evidence": {"examples": ["toxicchat-0001"]}}]
    file.write_text(json.dumps(told), encoding="utf-8")

    files = _bundle(tmp_path)

    assert not [name for name in files if ".." in name or name.startswith("/")]
    assert not kinds_in(files["README.md"]) & (STEERS - {"code_inline"})


def test_what_cannot_be_packed_is_one_sentence(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = str(report.parent / "nowhere")
    output = ("-o", str(report.parent / "x.zip"))
    for arguments in (
        (nowhere, *output),
        (str(report / "results.parquet"), *output),
        (str(report), *output, "--subject", "other"),
        (str(report), "-o", f"{nowhere}/x.zip"),
    ):
        assert main([*arguments]) == 2
        told = capsys.readouterr()
        assert (told.out, told.err.count("\n")) == ("", 1)
