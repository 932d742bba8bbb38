"""`--record` keeps a run in one file, and `--api-from` and `--local-from` play it back to the same."""

from __future__ import annotations

import json
import threading
import zipfile
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end.running import MODES, SPENT, Finished, run_in
from tests.end_to_end.scripted import script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: A run without a model, on both sides of which a script speaks.
SCRIPTED = ("-p", "tests.end_to_end.scripted", "--no-cache", "--noise-size", "3", "-m", "not wire")
SIZE = ("--sample-size", "30")
PLAY = ("--no-cache", "--noise-size", "3", "-m", "not wire")
SAYS = script(api=["0", "It is \ud800 harmless."], local=["0", "It is harmless."])

TOKEN = "hf-token-that-nobody-may-see"  # noqa: S105 - the point
PASSWORD = "a-password-of-the-server"  # noqa: S105 - as above


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run and its recording.

    Attributes:
        run: what it left.
        path: of the recording.
        mode: the arguments that say in how many processes.
    """

    run: Finished
    path: Path
    mode: tuple[str, ...]


def _in(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


def _members(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def _came_to_the_same(one: Finished, other: Finished) -> None:
    assert one.verdict is not None, one.text
    assert other.verdict is not None, other.text
    assert other.rows == one.rows
    assert (other.status, other.closing) == (one.status, one.closing)
    for mine, yours in zip(one.verdict["subjects"], other.verdict["subjects"], strict=True):
        assert _told(yours) == _told(mine)


def _told(subject: dict[str, Any]) -> dict[str, Any]:
    """Returns what a verdict says of a subject, without who was asked and how to run it again."""
    told = {name: value for name, value in subject.items() if name not in ("api", "local", *SPENT)}
    findings = [{name: value for name, value in one.items() if name != "reproduce"} for one in subject["findings"]]
    return told | {"findings": findings}


@pytest.fixture(scope="module", params=["plain", pytest.param("xdist", marks=pytest.mark.slow)])
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A run that was recorded, in one process and in three."""
    folder = tmp_path_factory.mktemp("recorded")
    mode = MODES[request.param]
    done = run_in(_in(folder, "run"), *SCRIPTED, *SIZE, *mode, "--record", folder / "a.rec", env=SAYS)
    assert f"recorded {folder / 'a.rec'} (" in done.text, done.text
    assert [entry.name for entry in folder.iterdir() if entry.is_file()] == ["a.rec"]
    return Recorded(done, folder / "a.rec", mode)


def test_run_that_was_recorded_is_played_back_to_the_same_rows_verdict_and_noise(
    recorded: Recorded, tmp_path: Path
) -> None:
    again = run_in(tmp_path, *PLAY, *SIZE, *recorded.mode, "--api-from", recorded.path, "--local-from", recorded.path)

    assert len(recorded.run.rows) == 30
    _came_to_the_same(recorded.run, again)
    assert again.verdict is not None
    assert {one["change"] for one in again.verdict["subjects"][0]["noise"]} >= {"batch", "attention", "day", "repeat"}
    assert "recorded a.rec of " in again.text


@pytest.mark.slow
def test_one_recorded_side_stands_beside_a_live_one(recorded: Recorded, tmp_path: Path) -> None:
    other = script(api=["1", "It is rude."], local=["1", "It is rude."])

    api = run_in(_in(tmp_path, "api"), *SCRIPTED, *SIZE, "--api-from", recorded.path, env=other)
    local = run_in(_in(tmp_path, "local"), *SCRIPTED, *SIZE, "--local-from", recorded.path, env=other)

    assert {(row["api_response"], row["local_response"]) for row in api.rows} == {("0", "1")}
    assert {(row["api_response"], row["local_response"]) for row in local.rows} == {("1", "0")}
    assert (len(api.rows), len(local.rows)) == (30, 30)


@pytest.mark.parametrize("side", ["api", "local"])
def test_run_with_one_side_played_back_is_recorded_whole(recorded: Recorded, side: str, tmp_path: Path) -> None:
    other, path = script(api=["1", "It is rude."], local=["1", "It is rude."]), tmp_path / "b.rec"
    played = (f"--{side}-from", recorded.path)
    first = run_in(_in(tmp_path, "first"), *SCRIPTED, *SIZE, *recorded.mode, *played, "--record", path, env=other)
    assert f"recorded {path} (" in first.text, first.text

    again = run_in(_in(tmp_path, "again"), *PLAY, *SIZE, "--api-from", path, "--local-from", path)

    assert {row[f"{side}_response"] for row in first.rows} == {"0"}
    assert {row["local_response" if side == "api" else "api_response"] for row in first.rows} == {"1"}
    _came_to_the_same(first, again)
    assert "a.rec" not in again.text


@pytest.mark.slow
def test_existing_file_is_replaced_by_a_whole_recording_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.rec"
    path.write_text("an earlier file")
    (tmp_path / "stopping.py").write_text(_STOPPING, encoding="utf-8")

    cut = run_in(tmp_path, *SCRIPTED, *SIZE, "-p", "stopping", "--record", path, env=SAYS)

    assert cut.status == pytest.ExitCode.INTERRUPTED, cut.text
    assert path.read_text() == "an earlier file"
    beside = tmp_path / "a.rec.incomplete"
    assert f"What there is lies in {beside}, which cannot be played back: run again to write {path}." in cut.text
    assert json.loads(_members(beside)["manifest.json"])["complete"] is False
    played = run_in(_in(tmp_path, "played"), *PLAY, *SIZE, "--local-from", beside)
    assert played.status == pytest.ExitCode.USAGE_ERROR
    assert f"{beside} is not complete: the run that wrote it ended early. Record again." in played.text

    run_in(_in(tmp_path, "whole"), *SCRIPTED, *SIZE, "--record", path, env=SAYS)

    assert json.loads(_members(path)["manifest.json"])["complete"] is True
    assert not beside.exists()


#: Ends the run as an interrupt does, while the local side still has a thing to say.
_STOPPING = """
import pytest
from backends.local.backend import LocalBackend
from tests.end_to_end.scripted import _say

def _half(self, prompts, deliver, stopped):
    _say(self, prompts[: len(prompts) // 2], deliver, stopped)

@pytest.hookimpl(trylast=True)
def pytest_configure():
    LocalBackend.answer_all = _half

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    raise KeyboardInterrupt
"""


@pytest.mark.parametrize(
    ("name", "reason"), [("missing/a.rec", "No such file or directory"), ("file/a.rec", "Not a directory"), (".", "")]
)
def test_path_that_cannot_be_written_is_refused_before_anything_is_asked(
    tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "file").write_text("a file, and no folder")

    done = run_in(tmp_path, *SIZE, "--record", tmp_path / name)

    assert done.status == pytest.ExitCode.USAGE_ERROR
    assert f"--record {tmp_path / name} cannot be written (" in done.text
    assert reason in done.text
    assert done.verdict is None


def test_collecting_alone_writes_nothing(tmp_path: Path) -> None:
    done = run_in(tmp_path, "--collect-only", "-q", *SIZE, "--record", tmp_path / "a.rec")

    assert done.status == 0
    assert not (tmp_path / "a.rec").exists()


def test_recording_that_cannot_be_written_at_the_end_is_told_and_fails_the_run(tmp_path: Path) -> None:
    folder = _in(tmp_path, "gone")
    (tmp_path / "removing.py").write_text(
        "import shutil\n\ndef pytest_runtestloop():\n    shutil.rmtree('gone')\n", encoding="utf-8"
    )

    done = run_in(tmp_path, *SCRIPTED, *SIZE, "-p", "removing", "--record", folder / "a.rec", env=SAYS)

    assert done.status == 1, done.text
    assert f"The recording could not be written to {folder / 'a.rec'}" in done.text
    assert "name another file with --record" in done.text
    assert done.closing.startswith("verdict: ")


def test_damaged_recording_and_another_policy_are_refused_with_one_sentence(recorded: Recorded, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.rec"
    content = bytearray(recorded.path.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    refused: dict[str, tuple[str | Path, ...]] = {
        f"{damaged} is damaged: its checksum is not that of its content": ("--api-from", damaged),
        "was made with --policy toxic_simple, and this run has --policy toxic_detailed": (
            *("--local-from", recorded.path, "--policy", "toxic_detailed"),
        ),
    }
    for number, (sentence, arguments) in enumerate(refused.items()):
        done = run_in(_in(tmp_path, str(number)), *PLAY, *SIZE, *arguments, *recorded.mode)

        assert done.status == pytest.ExitCode.USAGE_ERROR, done.text
        assert done.text.count("ERROR") == 1, done.text
        assert sentence in done.text
        assert done.verdict is None


class _Telling(BaseHTTPRequestHandler):
    """Answers every prompt with the credentials that it was sent or knows."""

    def log_message(self, *_: object) -> None:
        """Keeps quiet."""

    def do_GET(self) -> None:
        self._answer({"data": []})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = f"{self.headers['authorization']} and {TOKEN} and {PASSWORD}"
        message = {"role": "assistant", "content": f"0 {said}", "reasoning_content": said, "more": said}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
        self._answer({"model": said, "choices": [choice], "usage": usage, "user": "user:" + str(body.get("user"))})

    def _answer(self, data: dict[str, Any]) -> None:
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("x-request-id", TOKEN)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def telling() -> Iterator[int]:
    """The port of a server that repeats credentials."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Telling)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_no_secret_and_no_folder_of_this_machine_is_in_a_recording(telling: int, tmp_path: Path) -> None:
    path = tmp_path / "a.rec"
    server = ("--base-url", f"http://user:{PASSWORD}@127.0.0.1:{telling}/v1", "--model", "MINIATURE")
    # The API side alone: the examples of one side, and all wire calls.
    asked = ("-k", "(well_formed and -api-) or wire or test_prompt", "--no-cache", "--sample-size", "4")

    done = run_in(tmp_path, *server, *asked, "--record", path, env={"HF_TOKEN": TOKEN})

    assert path.is_file(), done.text
    kept = _members(path)
    assert len(kept["miniature.api.examples.jsonl"].splitlines()) == 4
    assert "[redacted]" in kept["miniature.api.examples.jsonl"]
    assert "[redacted]" in kept["miniature.api.wire.jsonl"]
    everything = "\n".join([*kept, *kept.values()])
    for secret in (TOKEN, PASSWORD, "user:a", str(tmp_path), "miniature/checkpoint"):
        assert secret not in everything, secret
    assert TOKEN.encode() not in path.read_bytes()
