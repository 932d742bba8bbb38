"""The whole way: the miniature over HTTP from a server of its own, and in this process, compared and judged."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import psutil
import pytest

from backends.models import MINIATURE
from tests.end_to_end.running import Finished, command, environment, finished, run_in, without_times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.servers import EmbeddedServer

pytestmark = [pytest.mark.embedded, pytest.mark.slow]

SIZE = 24

#: Tells, from every process of a run, whether it holds a model and which libraries it imported.
_TELLING = """
import json, os, pathlib, sys

def pytest_unconfigure(config):
    from backends.local.model_cache import LOCAL_MODELS
    told = {"worker": hasattr(config, "workerinput"), "loads": LOCAL_MODELS.loads, "torch": "torch" in sys.modules}
    pathlib.Path(os.environ["TELL"], f"told-{os.getpid()}.json").write_text(json.dumps(told))
"""


@pytest.fixture(scope="module")
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the runs that bring up the server themselves, and so of their cache."""
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def first(own_folder: Path) -> Finished:
    """A run with nothing but a sample size."""
    return run_in(own_folder, "--sample-size", str(SIZE))


class _Counting(ThreadingHTTPServer):
    """A proxy on loopback that passes everything on and counts the prompts."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target.removesuffix("/v1")
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    server: _Counting

    def log_message(self, *_: object) -> None:
        """Keeps quiet."""

    def do_GET(self) -> None:
        self._pass_on(None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        with self.server.lock:
            self.server.seen[json.dumps(json.loads(body)["messages"])] += 1
        self._pass_on(body)

    def _pass_on(self, body: bytes | None) -> None:
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.server.target + self.path, data=body, headers={"content-type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as response:
                status, answer = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, answer = error.code, error.read()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


@pytest.fixture
def counting(embedded_server: EmbeddedServer) -> Iterator[_Counting]:
    """A counting proxy before the server."""
    proxy = _Counting(embedded_server.base_url)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    yield proxy
    proxy.shutdown()
    proxy.server_close()


def test_faithful_server_conforms(first: Finished) -> None:
    assert first.status == 0, first.text
    assert first.closing.startswith("verdict: conforms. ")
    assert len(first.rows) == SIZE
    assert {row["api_parsed_successfully"] and row["local_parsed_successfully"] for row in first.rows} == {True}
    assert {row["api_cached"] or row["local_cached"] for row in first.rows} == {False}
    assert {row["api_attempts"] for row in first.rows} == {1}
    assert "left out: gpt-oss-20b. " in first.text


def test_both_sides_see_the_same_number_of_prompt_tokens_and_think(first: Finished) -> None:
    assert all(row["api_prompt_tokens"] == row["local_prompt_tokens"] for row in first.rows)
    assert all(row["api_reasoning"] and row["local_reasoning"] for row in first.rows)


def test_second_run_answers_from_the_cache_and_starts_no_server(first: Finished, own_folder: Path) -> None:
    (own_folder / "telling.py").write_text(_TELLING, encoding="utf-8")
    # A run without wire checks asks less than the first: its report would go into a folder beside.
    shutil.rmtree(own_folder / "report")
    started = time.monotonic()

    # What is claimed of an endpoint is looked at afresh in every run; examples are not.
    arguments = ("--sample-size", str(SIZE), "-m", "not wire and not noise", "-p", "telling")
    again = run_in(own_folder, *arguments, env={"TELL": str(own_folder)}, fresh=True)

    assert time.monotonic() - started < 20
    assert (again.status, again.closing) == (first.status, first.closing)
    assert all(row["api_cached"] and row["local_cached"] for row in again.rows)
    assert [json.loads(path.read_text()) for path in own_folder.glob("told-*.json")] == [
        {"worker": False, "loads": 0, "torch": False}
    ]
    # Which margins are decisive is told by the noise, which this run does not measure; so is the floor.
    of_a_run = ("api_cached", "local_cached", "api_score_decisive", "api_unlikely_kind", "api_floor_margins")
    assert [{**row, **dict.fromkeys(of_a_run)} for row in without_times(again.rows)] == [
        {**row, **dict.fromkeys(of_a_run)} for row in without_times(first.rows)
    ]


def test_several_processes_send_each_prompt_once_and_load_one_model(
    first: Finished, counting: _Counting, tmp_path: Path
) -> None:
    (tmp_path / "telling.py").write_text(_TELLING, encoding="utf-8")
    url = f"http://127.0.0.1:{counting.server_address[1]}/v1"
    arguments = ("--base-url", url, "--model", "MINIATURE", "--sample-size", str(SIZE), "-m", "not wire and not noise")

    done = run_in(tmp_path, *arguments, "-n", "2", "-p", "telling", env={"TELL": str(tmp_path)}, fresh=True)

    assert done.status == 0, done.text
    assert sorted(counting.seen.values()) == [1] * SIZE
    told = [json.loads(path.read_text()) for path in tmp_path.glob("told-*.json")]
    assert sorted(process["loads"] for process in told) == [0, 0, 1]
    assert sum(process["torch"] for process in told) == 1
    assert [process["loads"] for process in told if not process["worker"]] == [0]
    assert {row["api_attempts"] for row in done.rows} == {1}
    assert not [row for row in done.rows if row["api_cached"] or row["local_cached"]]
    same = ("api_response", "local_response", "api_reasoning", "example_id", "binary_match")
    assert [[row[name] for name in same] for row in done.rows] == [[row[name] for name in same] for row in first.rows]


@pytest.mark.thorough
def test_checkpoint_without_its_response_template_differs_by_glued_channels(
    embedded_server: EmbeddedServer, tmp_path: Path
) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(MINIATURE, changed)
    path = changed / "tokenizer_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    del config["response_template"]
    path.write_text(json.dumps(config), encoding="utf-8")
    subject = ("--model", "MINIATURE", "--base-url", embedded_server.base_url, "--api-model", changed)

    done = run_in(tmp_path, *subject, "--sample-size", str(SIZE))

    assert done.status == 1, done.text
    assert done.closing.startswith("verdict: differs. ")
    assert "assistantfinal" in done.text
    assert all("assistantfinal" in row["api_response"] for row in done.rows)
    assert not any(row["api_parsed_successfully"] for row in done.rows)


@pytest.fixture
def minded_interrupts() -> Iterator[None]:
    """Lets processes that are started heed an interrupt: a shell's background jobs, and their children, ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("minded_interrupts")
def test_interrupt_loses_nothing_that_arrived_and_leaves_no_server(tmp_path: Path) -> None:
    arguments = ("--sample-size", "30", "-m", "not wire and not noise")
    with subprocess.Popen(
        command(tmp_path, *arguments),
        cwd=tmp_path,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as running:
        try:
            _wait_for_answers(tmp_path / "tmp", 10)
            children = psutil.Process(running.pid).children(recursive=True)
            running.send_signal(signal.SIGINT)
            output, _ = running.communicate(timeout=60)
        finally:
            running.kill()
    stopped = finished(tmp_path, running.returncode, output)

    assert stopped.status == pytest.ExitCode.INTERRUPTED, stopped.text
    assert children
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert not list((tmp_path / "tmp").glob("conformance-*"))
    assert stopped.verdict is not None
    assert (stopped.verdict["verdict"], stopped.verdict["complete"]) == ("no-verdict", False)

    again = run_in(tmp_path, *arguments)

    assert again.status == 0, again.text
    assert "taking up the run that began" in again.text
    assert not any(row["api_cached"] for row in again.rows)


def _wait_for_answers(folder: Path, count: int) -> None:
    """Waits until the API side of the run whose files are in `folder` has given so many answers."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        if sum(1 for _ in folder.glob("conformance-*/miniature.api/*.json")) >= count:
            return
        time.sleep(0.05)
    raise TimeoutError(f"there are not {count} answers in {sorted(folder.iterdir())}")
