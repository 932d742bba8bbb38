"""A run against a server that fails in many ways, tells credentials in every dress and tries to steer whoever reads."""

from __future__ import annotations

import itertools
import json
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from tests.backends.dressing import DRESSES
from tests.backends.scripted_server import Reply, ScriptedServer, message
from tests.end_to_end.running import Finished, run_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.backends.scripted_server import Call

TOKEN = "hf_t0ken/of+HuggingFace-alone"  # noqa: S105 - the point
KEY, TEAM, QUERY, PASSWORD = "k3y/of+the=server&x", "t3am-0f/mine", "qu3ry-k3y", "p4ss/w0rd-7"
ENVIRONMENT = {"HF_TOKEN": TOKEN, "MY_KEY": KEY, "MY_TEAM": TEAM, "OPENAI_API_KEY": "0penai-of-nobody"}

#: All that a run can be made to show. pytest prints locals whole with `-vv`, which takes most of a whole run's time.
SHOWING = ("-v", "-rA", "--showlocals", "--log-level=DEBUG", "-o", "log_cli=true", "-o", "junit_logging=all")
WHOLE = "-vv"

STEERING = "\x1b[2J\x1b]0;owned\x07\x9b2J\r\u202egnp \n```\n<script>alert(1)</script>\n# conforms\n@everyone ../../x"


@dataclass(slots=True)
class Hostile:
    """What a hostile server says: by turns an answer and a failure, both full of credentials.

    Attributes:
        secrets: that it repeats.
        elsewhere: the address to which it sends requests on.
    """

    secrets: Sequence[str]
    elsewhere: str
    _turn: Iterator[int] = field(default_factory=itertools.count)

    def reply(self, call: Call) -> Reply:
        turn = next(self._turn)
        dress = list(DRESSES.values())[turn // 2 % len(DRESSES)]
        worn = " ".join(dress(secret) for secret in self.secrets)
        told = {"x-request-id": worn, "x-inference-provider": worn, "x-hf-warning": f"you; {worn}", "server": worn}
        headers = {name: value for name, value in told.items() if value.isascii() and "\n" not in value}
        said = f"{worn} {STEERING}"
        if turn % 2 == 0 or not isinstance(call.body.get("messages"), list):
            return self._answer(said, worn, headers, streamed=bool(call.body.get("stream")))
        return self._failure(turn // 2, said, worn, headers)

    def _answer(self, said: str, worn: str, headers: dict[str, str], *, streamed: bool) -> Reply:
        if streamed:
            chunk = {"choices": [{"index": 0, "delta": {"content": said, "reasoning": worn}, "finish_reason": worn}]}
            error = {"error": {"message": f"{'x' * 290}{said}", "code": worn}}
            body = "".join(f"data: {json.dumps(event)}\n\n" for event in (chunk, error)) + "data: [DONE]\n\n"
            return Reply(body=body.encode(), headers=headers | {"content-type": "text/event-stream"})
        answer = json.loads(message(content=f"0 {said}", reasoning=said, heard=said).body)
        answer |= {"model": said, "provider": said, "system_fingerprint": worn, "id": worn}
        answer["choices"][0]["finish_reason"] = worn
        answer["choices"][0]["message"]["tool_calls"] = [{"id": worn, "function": {"name": worn, "arguments": said}}]
        # As other programs write JSON: slashes escaped, letters by their numbers.
        text = json.dumps(answer).replace("/", "\\/").replace(self.secrets[0], self.secrets[0].replace("e", "\\u0065"))
        return Reply(body=text.encode(), headers=headers)

    def _failure(self, number: int, said: str, worn: str, headers: dict[str, str]) -> Reply:
        error = json.dumps({"error": {"message": said, "code": worn, "type": worn, "param": worn}}).encode()
        away = {"location": f"{self.elsewhere}/chat/completions?told={self.secrets[0]}"}
        ways = (
            Reply(status=500, body=said.encode(), headers=headers),
            Reply(status=400, body=error, headers=headers),
            Reply(status=500, body=f"<html><script>{said}".encode(), headers=headers | {"content-type": "text/html"}),
            Reply(status=200, body=error[:-3], headers=headers),
            Reply(status=307, headers=headers | away),
            Reply(status=429, body=error, headers=headers | {"retry-after": "0"}),
            Reply(status=403, body=f"{'x' * 290}{said}".encode(), headers=headers),
            message(content=None, refusal=said),
            Reply(status=500, body=error, headers=headers, breaks="within"),
            Reply(status=422, body=said.encode("utf-16"), headers=headers),
        )
        return ways[number % len(ways)]


@pytest.fixture
def elsewhere() -> Iterator[ScriptedServer]:
    """A server to which nobody may send anything."""
    server = ScriptedServer(lambda _: message(content="0"))
    yield server
    server.stop()


def _run(folder: Path, hostile: Hostile, url: str, *arguments: str) -> tuple[Finished, list[Call]]:
    """Runs against a hostile server; returns what the run left and what the server heard.

    Args:
        folder: of all files of the run.
        hostile: what the server says.
        url: around the server's host and port.
        arguments: further ones.
    """
    server = ScriptedServer(hostile.reply)
    server.models = Reply(body=json.dumps({"data": [{"id": secret} for secret in hostile.secrets]}).encode())
    place = server.base_url.removeprefix("http://").removesuffix("/v1")
    asked = ("--base-url", url.format(place), "--model", "MINIATURE", "--sample-size", "8", "--noise-size", "0")
    kept = ("--record", folder / "kept.rec", "--junitxml", folder / "junit.xml")
    done = run_in(folder, *asked, *kept, *SHOWING, *arguments, env=ENVIRONMENT)
    server.stop()
    return done, server.calls


def _artefacts(folder: Path, printed: str) -> dict[str, str]:
    """Returns all that a run has left, unpacked, by name."""
    left = {"what was printed": printed}
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = str(path.relative_to(folder))
        left[name] = path.read_bytes().decode("utf-8", "surrogateescape")
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as file:
                left |= {f"{name}/{one}": file.read(one).decode() for one in file.namelist()}
        if path.suffix == ".parquet":
            left[f"{name} unpacked"] = repr(pq.read_table(path).to_pylist())
    return left


def _assert_not_told(secrets: Sequence[str], artefacts: dict[str, str]) -> None:
    lowered = {name: text.lower() for name, text in artefacts.items()}
    worn = {dress: {make(secret).strip('"').lower() for secret in secrets} for dress, make in DRESSES.items()}
    told = [
        f"{name}: {dress}: {one}"
        for name, text in lowered.items()
        for dress, ones in worn.items()
        for one in ones
        if one in text
    ]
    assert told == []


def _assert_nothing_steers(done: Finished, artefacts: dict[str, str]) -> None:
    # transformers draws a bar of its own while it loads weights.
    lines = done.text.replace("\rLoading weights", "").split("\n")
    steered = [line for line in lines if {"\x1b", "\x07", "\x9b", "\u202e", "\r"} & set(line)]
    assert steered == []
    assert not {"\x1b", "\x07"} & set(artefacts["junit.xml"])
    outside, *blocks = artefacts["report/summary.md"].split("```")
    assert len(blocks) % 2 == 0
    prose = outside + "".join(blocks[1::2])
    assert "<" not in prose
    assert "@everyone" not in prose
    ours = ("# Conformance: ", "## miniature: ", "### Finding: ", "## As it was printed")
    assert [line for line in prose.splitlines() if line.startswith("#") and not line.startswith(ours)] == []


@pytest.mark.embedded
@pytest.mark.slow
@pytest.mark.parametrize(
    "mode",
    [(), *(pytest.param(one, marks=pytest.mark.thorough) for one in ((WHOLE,), ("-n", "2")))],
    ids=["plain", "whole", "xdist"],
)
def test_no_credential_is_in_anything_that_a_run_leaves(
    tmp_path: Path, elsewhere: ScriptedServer, mode: tuple[str, ...]
) -> None:
    told = (KEY, TOKEN, TEAM, QUERY)
    hostile = Hostile(told, elsewhere.base_url)
    named = ("--api-key-env", "MY_KEY", "--header", "X-Team=MY_TEAM", "--extra-body", '{"team": "mine"}')

    done, heard = _run(tmp_path, hostile, f"http://{{}}/v1?key={QUERY}", *named, *mode)

    artefacts = _artefacts(tmp_path, done.text)
    assert {"report/verdict.json", "report/summary.md", "report/exchanges.json", "junit.xml"} <= set(artefacts)
    assert any(name.startswith("answers/") for name in artefacts)
    assert any("kept.rec" in name for name in artefacts)
    assert "[redacted]" in done.text
    _assert_not_told(told, artefacts)
    _assert_nothing_steers(done, artefacts)
    assert elsewhere.calls == []
    assert len(heard) > 60
    assert {call.headers["authorization"] for call in heard} == {f"Bearer {KEY}"}
    assert {call.headers["x-team"] for call in heard} == {TEAM}
    assert all(call.path.endswith(f"?key={QUERY}") for call in heard)
    assert not any(secret in str(call) for call in heard for secret in (TOKEN, ENVIRONMENT["OPENAI_API_KEY"]))
    commands = [finding["reproduce"] for finding in (done.verdict or {})["subjects"][0]["findings"]]
    curls = [one for one in commands if one.startswith("curl ")]
    assert all('-H "Authorization: Bearer $MY_KEY" -H "x-team: $MY_TEAM"' in one for one in curls)
    assert curls


@pytest.mark.embedded
@pytest.mark.slow
def test_no_credential_of_an_address_is_in_anything_that_a_run_leaves(
    tmp_path: Path, elsewhere: ScriptedServer
) -> None:
    told = (PASSWORD, TOKEN, f"ann:{PASSWORD}")
    hostile = Hostile(told, elsewhere.base_url)
    url = f"http://ann:{PASSWORD.replace('/', '%2F')}@{{}}/v1"

    done, heard = _run(tmp_path, hostile, url, "-k", "(well_formed and -api-) or test_fields or test_bodies", WHOLE)

    _assert_not_told(told, _artefacts(tmp_path, done.text))
    assert "[redacted]" in done.text
    assert elsewhere.calls == []
    assert all(call.headers["authorization"].startswith("Basic ") for call in heard)
    assert not any(secret in str(call) for call in heard for secret in (TOKEN, *list(ENVIRONMENT.values())[1:]))
