"""The recorded API side fits this suite, and a reference whose template was changed is named, not the endpoint."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from backends.models import MINIATURE, resolve_model
from tests.end_to_end.running import run_in
from tests.versions.lines import RECORDING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import RunAndRead

pytest.importorskip("transformers")

#: A line of the committed chat template, and what stands in its place.
LINE, CHANGED = "Reasoning: ", "Reasoning effort: "


def test_committed_recording_answers_what_this_suite_asks(tmp_path: Path) -> None:
    done = run_in(tmp_path, "-m", "not gpu", "--api-from", RECORDING, "--collect-only", "-q")

    assert done.status == 0, f"record again, as docs/versions.md says: {done.text}"


@pytest.mark.slow
@pytest.mark.embedded
def test_changed_template_of_the_reference_is_its_own_drift(tmp_path: Path, run_and_read: RunAndRead) -> None:
    folder = tmp_path / "miniature"
    shutil.copytree(resolve_model(MINIATURE).id, folder)
    template = folder / "chat_template.jinja"
    text = template.read_text(encoding="utf-8")
    assert text.count(LINE) == 1
    template.write_text(text.replace(LINE, CHANGED), encoding="utf-8")

    asked = ("-m", "not gpu", "--noise-size", "0", "--no-cache", "--model", folder, "--api-from", RECORDING)
    done = run_and_read(*asked, rows=100)

    assert done.status == 6
    assert done.verdict is not None
    (subject,) = done.verdict["subjects"]
    (finding,) = subject["findings"]
    assert (subject["verdict"], finding["id"], finding["side"], finding["count"]) == (
        "no-verdict",
        "template-drift",
        "local",
        100,
    )
    assert finding["evidence"]["lines"] == [f"- {LINE}medium\\n", f"+ {CHANGED}medium\\n"]
    assert "finding: template-drift (of the local reference)." in done.text
    assert "wire     64 checks: 54 kept, 10 known differences; 64 requests" in done.text
