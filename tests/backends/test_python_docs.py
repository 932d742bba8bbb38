"""The examples of docs/python.md are what they say they are: each is run, against a real server."""

from __future__ import annotations

import doctest
import re
from typing import TYPE_CHECKING

import pytest

from backends.completion import InferenceBackend
from backends.errors import FailureKind
from backends.outcome import OutcomeKind
from reports.output.files import write_report
from reports.verdict.judge import judge
from reports.verdict.verdict import Verdict
from tests.places import ROOT
from tests.reports.material import NO, REFUSAL, YES, about, rows, said
from tests.reports.output.test_run_lines import RECORD

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.servers import EmbeddedServer

PAGE = ROOT / "docs" / "python.md"

#: The address that the page gives for a server.
SHOWN = "http://127.0.0.1:8000/v1"

_OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


def _examples() -> str:
    return "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))


@pytest.mark.embedded
@pytest.mark.slow
def test_every_example_does_what_the_page_says(
    embedded_server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    judged = judge(about(30), rows((said(YES), said(YES), 28), (said(REFUSAL), said(NO), 2)), {})
    write_report(Verdict(subjects=(judged,), run=RECORD), tmp_path / "conformance-report")
    text = _examples()
    assert text.count(">>>") > 20
    case = doctest.DocTestParser().get_doctest(
        text.replace(SHOWN, embedded_server.base_url), {}, PAGE.name, str(PAGE), 0
    )
    told: list[str] = []

    result = doctest.DocTestRunner(optionflags=_OPTIONS).run(case, out=told.append)

    assert result.failed == 0, "".join(told)


@pytest.mark.parametrize("kind", [*OutcomeKind, *(kind for kind in FailureKind if kind is not FailureKind.POINTLESS)])
def test_page_tells_of_every_outcome_and_failure(kind: str) -> None:
    assert re.search(rf"^\|.*`{kind}`", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("kind", InferenceBackend)
def test_page_names_both_sides(kind: str) -> None:
    assert f"`{kind}`" in PAGE.read_text(encoding="utf-8")
