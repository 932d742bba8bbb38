"""Many endpoints in one run: a subject each, one table, one verdict; and a dry run tells beforehand what it takes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import repeat
from typing import TYPE_CHECKING

import pytest

from tests.backends.scripted_server import ScriptedServer, message
from tests.end_to_end.running import pytest_arguments, run_in
from tests.end_to_end.scripted import SCRIPT
from tests.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: A reference on which a script speaks, beside endpoints that are asked.
ASKED = ("-p", "tests.end_to_end.scripted", "-m", "not wire", "--noise-size", "2", "--sample-size", "12", "--no-cache")
SAYS = {SCRIPT: json.dumps({"local": ["0", "It is harmless."]})}


@pytest.fixture
def servers() -> Iterator[list[ScriptedServer]]:
    """Two servers, of which the second says the opposite of the reference."""
    replies = [message(content=says, reasoning="It is harmless.") for says in "01"]
    made = [ScriptedServer(repeat(reply)) for reply in replies]
    yield made
    for server in made:
        server.stop()


def _named(servers: list[ScriptedServer]) -> list[str]:
    return [f"--base-url={name}={server.base_url}" for name, server in zip(("good", "bad"), servers, strict=True)]


@pytest.mark.parametrize("mode", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)], ids=["plain", "xdist"])
def test_each_endpoint_has_a_verdict_and_all_stand_in_one_table(
    servers: list[ScriptedServer], mode: tuple[str, ...], tmp_path: Path
) -> None:
    more = ("--model", "MINIATURE", *_named(servers), "--price", "bad=1,10")
    told = run_in(tmp_path, *ASKED, *more, "--dry-run", env=SAYS)
    assert [len(server.calls) for server in servers] == [0, 0]

    done = run_in(tmp_path, *ASKED, *more, *mode, env=SAYS)

    assert done.verdict is not None, done.text
    good, bad = done.verdict["subjects"]
    assert (good["id"], bad["id"]) == ("miniature@good", "miniature@bad")
    assert {row["subject"] for row in done.rows} == {"miniature@good", "miniature@bad"}
    assert len(done.rows) == 24
    assert good["verdict"] != "differs"
    assert done.verdict["verdict"] == bad["verdict"]
    start = done.text.index("subject         verdict")
    table = done.text[start:].splitlines()[:3]
    assert [line.split()[0] for line in table] == ["subject", "miniature@good", "miniature@bad"]
    heading = f"| {' | '.join(table[0].split())} |"
    assert heading in (tmp_path / "report" / "summary.md").read_text(encoding="utf-8")
    # What was told beforehand is what was asked.
    assert [len(server.calls) for server in servers] == [14, 14]
    assert re.findall(r"  requests  (\d+)", told.text) == ["14", "14"]
    assert good["requests"]["made"] == bad["requests"]["made"] == 14
    assert bad["tokens"] == {"prompt": 98, "completion": 42, "cached": 0, "replies_that_tell": 14}
    assert (good["cost_usd"], bad["cost_usd"]) == (None, pytest.approx((98 + 420) / 1e6))
    assert done.text.count("spent    14 requests in 14 attempts: 1.000 answered at the first, 1.000 in the end") == 2


def test_endpoint_that_is_not_there_costs_the_other_nothing(servers: list[ScriptedServer], tmp_path: Path) -> None:
    both = ("--base-url=dead=http://127.0.0.1:9/v1", f"--base-url=good={servers[0].base_url}")

    done = run_in(tmp_path, *ASKED, "--model", "MINIATURE", *both, env=SAYS)

    assert done.verdict is not None, done.text
    dead, good = done.verdict["subjects"]
    assert (dead["verdict"], done.verdict["verdict"], done.status) == ("no-verdict", "no-verdict", 6)
    assert dead["requests"] is None
    assert good["requests"]["answered"] == 14
    assert {row["api_response"] for row in done.rows if row["subject"] == "miniature@good"} == {"0"}
    (line,) = [line for line in done.text.splitlines() if line.startswith("miniature@dead  no-verdict")]
    assert line.split()[2:6] == ["-"] * 4


def test_dry_run_asks_nobody_writes_nothing_and_loads_no_model(tmp_path: Path) -> None:
    arguments = pytest_arguments(
        tmp_path,
        *("--dry-run", "-q", "-n", "2", "--model", "MINIATURE", "--base-url", "http://127.0.0.1:9/v1"),
        *("--record", tmp_path / "a.rec", "--max-cost", "1"),
    )
    code = (
        "import sys, pytest; status = pytest.main(sys.argv[1:]); "
        "print('status', int(status), 'torch' in sys.modules, 'transformers' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )

    assert done.stdout.splitlines()[-1] == "status 0 False False", done.stdout + done.stderr
    assert "dry run: nobody is asked" in done.stdout
    assert re.search(r"  requests  \d+: 100 examples, \d+ wire calls, 20 that measure noise; 80 more", done.stdout)
    assert "money     unknown: tell what a million tokens cost, with --price PROMPT,ANSWER" in done.stdout
    assert "the local reference would answer 100 prompts" in done.stdout
    assert not (tmp_path / "report").exists()
    assert not (tmp_path / "a.rec").exists()
    assert "verdict:" not in done.stdout


def test_price_that_nobody_knows_and_a_limit_of_it_are_refused(servers: list[ScriptedServer], tmp_path: Path) -> None:
    done = run_in(tmp_path, *ASKED, "--model", "MINIATURE", *_named(servers), "--max-cost", "1", env=SAYS)

    assert done.status == 4
    assert "--max-cost needs to know what tokens cost" in done.text
    assert "Traceback" not in done.text
    assert [len(server.calls) for server in servers] == [0, 0]
