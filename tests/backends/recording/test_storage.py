"""What a run kept is read back equal, and what is not as this suite writes it is refused without a traceback."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.completion import Completion, InferenceBackend
from backends.recording import RecordedAnswer, RecordingError, read_recording, write_recording
from backends.recording.archive import read_archive, write_archive
from backends.recording.recording import FORMAT
from backends.recording.storage import MANIFEST
from tests.recording_material import HUB_MODEL, arm, recording, subject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording."""
    write_recording(recording(), tmp_path / "a.rec")
    return tmp_path / "a.rec"


def _change(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    members = read_archive(path)
    manifest = json.loads(members[MANIFEST])
    change(manifest)
    write_archive(path, members | {MANIFEST: json.dumps(manifest)})


def test_what_was_kept_is_read_back_equal(tmp_path: Path) -> None:
    kept = RecordedAnswer(name="n", request="r", answer=Completion(content="\ud800 \u2028 \x85 line\nbreak"))
    both = (subject(), subject(HUB_MODEL, arms={InferenceBackend.API: arm(InferenceBackend.API, wire=(kept,))}))
    made = recording(subjects=both)

    write_recording(made, tmp_path / "a.rec")

    assert read_recording(tmp_path / "a.rec") == made


def test_incomplete_recording_says_so_and_is_refused(tmp_path: Path) -> None:
    write_recording(recording(complete=False), tmp_path / "a.rec")

    assert json.loads(read_archive(tmp_path / "a.rec")[MANIFEST])["complete"] is False
    with pytest.raises(
        RecordingError, match=r"a\.rec is not complete: the run that wrote it ended early\. Record again\."
    ):
        read_recording(tmp_path / "a.rec")


@pytest.mark.parametrize("version", [FORMAT + 1, 0, "1", None])
def test_other_format_is_refused_by_its_number(path: Path, version: object) -> None:
    _change(path, lambda manifest: manifest.update(format=version))

    with pytest.raises(RecordingError, match=f"has format {version}, and this version of the suite reads format 1"):
        read_recording(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.pop("subjects"),
        lambda manifest: manifest.update(subjects=None),
        lambda manifest: manifest.update(settings=3),
        lambda manifest: manifest["subjects"][0].update(tokenizer="missing.jsonl"),
        lambda manifest: manifest["subjects"][0].update(tokenizer="../../etc/passwd"),
        lambda manifest: manifest["subjects"][0].update(id="../../x"),
        lambda manifest: manifest["subjects"][0]["arms"]["api"]["noise"].update({"../../x": MANIFEST}),
        lambda manifest: manifest["subjects"][0]["reference"].update(more=1),
        lambda manifest: manifest["subjects"][0]["arms"].update(other={}),
        lambda manifest: manifest["subjects"][0]["arms"]["api"].update(day="yesterday"),
        lambda manifest: manifest["subjects"][0]["arms"]["api"].update(examples=MANIFEST),
    ],
)
def test_manifest_that_nobody_here_wrote_is_refused(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    _change(path, change)

    with pytest.raises(RecordingError, match="is not as this suite writes recordings") as caught:
        read_recording(path)
    assert len(str(caught.value).splitlines()) == 1


@given(
    text=st.one_of(
        st.text(max_size=40),
        st.just("[" * 100_000),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        ).map(json.dumps),
    ),
    member=st.sampled_from([MANIFEST, "examples.jsonl", "miniature.api.examples.jsonl", "miniature.tokenizer.jsonl"]),
)
def test_no_content_ends_in_anything_but_a_recording_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, text: str, member: str
) -> None:
    path = tmp_path_factory.mktemp("odd") / "a.rec"
    write_recording(recording(), path)
    members = read_archive(path)
    write_archive(path, members | {member: text.encode("utf-8", "replace").decode()})

    try:
        read_recording(path)
    except RecordingError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - both ways out are right


def test_example_whose_id_is_a_path_is_refused(path: Path) -> None:
    members = read_archive(path)
    first = json.loads(members["examples.jsonl"].splitlines()[0]) | {"example_id": "../../x"}
    write_archive(path, members | {"examples.jsonl": json.dumps(first) + "\n"})

    with pytest.raises(RecordingError, match="is not as this suite writes recordings"):
        read_recording(path)


def test_manifest_is_for_people_too(path: Path) -> None:
    told = json.loads(read_archive(path)[MANIFEST])

    assert (told["format"], told["complete"]) == (FORMAT, True)
    assert {"torch", "python"} <= set(told["versions"])
    assert told["settings"]["--policy"]["name"] == "toxic_simple"
    assert told["sample"]["sha256"] == recording().sample["sha256"]
    assert told["subjects"][0]["arms"]["local"]["about"]["dtype"] == "float32"


def test_arms_without_wire_replies_have_none(tmp_path: Path) -> None:
    only = subject(arms={InferenceBackend.LOCAL: replace(arm(InferenceBackend.LOCAL), noise={})})
    write_recording(recording(subjects=(only,)), tmp_path / "a.rec")

    (got,) = read_recording(tmp_path / "a.rec").subjects
    assert set(got.arms) == {InferenceBackend.LOCAL}
    assert (got.arms[InferenceBackend.LOCAL].wire, got.arms[InferenceBackend.LOCAL].noise) == ((), {})
