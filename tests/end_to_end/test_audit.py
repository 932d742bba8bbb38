"""An audit of the miniature over HTTP: the local model reads what the API answers, generates nothing, and judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends.models import MINIATURE
from fixtures.faults.faulty_server import FaultyServer
from fixtures.faults.staged import STAGED
from tests.end_to_end.running import run_in

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.servers import EmbeddedServer

#: Enough answers for their tokens to tell.
SIZE = 48

#: Notes it, and breaks, where the local model is made to generate.
_COUNTING = """
import pathlib
from backends.local.backend import LocalBackend

def answer_all(self, prompts, deliver, stopped):
    pathlib.Path("generated").write_text(str(len(prompts)))
    raise RuntimeError("an audit generates nothing")

LocalBackend.answer_all = answer_all
"""


@pytest.mark.embedded
@pytest.mark.slow
def test_faithful_endpoint_conforms_though_the_local_model_generates_nothing(
    embedded_server: EmbeddedServer, tmp_path: Path
) -> None:
    (tmp_path / "counting.py").write_text(_COUNTING, encoding="utf-8")
    options = ("--audit", "--base-url", embedded_server.base_url, "--model", MINIATURE, "--sample-size", str(SIZE))
    kept = tmp_path / "audit.rec"

    done = run_in(tmp_path, *options, "-m", "not wire", "-p", "counting", "--record", kept)

    assert done.status == 0, done.text
    assert done.closing.startswith("verdict: conforms. In an audit, which compares no answers: of ")
    assert not (tmp_path / "generated").exists()
    assert len(done.rows) == SIZE
    assert {row["local_outcome"] for row in done.rows} == {row["outcome_match"] for row in done.rows} == {None}
    assert all(row["api_score_tokens"] and row["api_outcome"] == "label" for row in done.rows)
    assert f"LOCAL    read {SIZE} of {SIZE} answers of the API" in done.text

    sides = ("--api-from", kept, "--local-from", kept, "--sample-size", str(SIZE), "-m", "not wire")
    played = run_in(tmp_path, "--audit", *sides)
    refused = run_in(tmp_path, *sides)

    assert (played.status, played.closing) == (0, done.closing), played.text
    assert refused.status == pytest.ExitCode.USAGE_ERROR
    assert "was recorded with --audit and holds no answers of the local reference: give --audit too." in refused.text


@pytest.mark.thorough
@pytest.mark.embedded
@pytest.mark.slow
def test_coarsely_rounded_weights_are_named(embedded_server: EmbeddedServer, tmp_path: Path) -> None:
    with FaultyServer(embedded_server.base_url, STAGED["weights-quantised-4bit"]) as faulty:
        options = ("--audit", "--base-url", faulty.base_url, "--model", MINIATURE, "--sample-size", str(SIZE))
        done = run_in(tmp_path, *options, "-m", "not wire")

    assert done.status == 1, done.text
    assert done.closing.startswith("verdict: differs. Found: weights-quantised-4bit")
    assert done.verdict is not None
    (told,) = done.verdict["subjects"]
    assert told["token_evidence"]["standing"] == "beyond"
    assert told["criteria_not_looked_at"] == ["label_agreement", "response_similarity", "local_parsed"]


def test_audit_collects_no_test_that_needs_a_local_answer(tmp_path: Path) -> None:
    collected = {
        mode: run_in(tmp_path, "--collect-only", "-q", "--sample-size", "2", *mode).text.splitlines()
        for mode in ((), ("--audit",))
    }

    audit, other = (
        [line.removeprefix("conformance/") for line in collected[mode] if "::" in line and "[miniature" in line]
        for mode in (("--audit",), ())
    )
    example = next(line for line in audit if line.startswith("test_audit")).rpartition("-")[2]
    assert sum(line.startswith("test_audit.py::") for line in audit) == 2
    assert not any(line.startswith("test_agreement.py::") or "[miniature-local-" in line for line in audit)
    noise = [line for line in audit if line.startswith("test_noise.py::")]
    assert sorted(line.partition("::")[2] for line in noise) == [
        "test_changed_reference_reads_the_apis_answers[miniature-attention]",
        "test_changed_reference_reads_the_apis_answers[miniature-dtype]",
        "test_same_side_repeats_its_outcomes[miniature-repeat]",
    ]
    assert f"test_harmony.py::test_answer_is_well_formed[miniature-api-toxicchat-{example}" in audit
    assert not any("test_audit.py" in line or "changed_reference" in line for line in other)
    wire = [[line for line in lines if line.partition("::")[0] not in _OF_EXAMPLES] for lines in (audit, other)]
    assert wire[0] == wire[1]


#: Files whose tests are no wire checks.
_OF_EXAMPLES = {"test_audit.py", "test_agreement.py", "test_noise.py", "test_harmony.py"}


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("--temperature", "0.5"), "tokens that are drawn need not be likely: leave out --temperature"),
        (("--replay", "a.parquet"), "a file for --replay holds none of it: leave out --audit, or play back"),
    ],
)
def test_audit_that_could_come_to_nothing_is_refused_in_one_sentence(
    option: tuple[str, str], told: str, tmp_path: Path
) -> None:
    done = run_in(tmp_path, "--audit", *option)

    assert done.status == pytest.ExitCode.USAGE_ERROR
    assert [line for line in done.text.splitlines() if told in line]
    assert "Traceback" not in done.text
