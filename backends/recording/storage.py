"""Writes recordings and reads them back: a manifest, and a file of JSON Lines for each group of answers."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any

from backends.completion import InferenceBackend
from backends.recording.archive import RecordingError, read_archive, write_archive
from backends.recording.recording import FORMAT, RecordedAnswer, RecordedModel, RecordedSide, RecordedSubject, Recording
from backends.stored_answer import answer_from_json, answer_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MANIFEST = "manifest.json"
_EXAMPLES = "examples.jsonl"

#: What data can be that is not as this suite writes it.
_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


def write_recording(recording: Recording, path: Path) -> None:
    """Writes a recording; the file appears whole or not at all, and then replaces an earlier one.

    Raises:
        OSError: the file cannot be written.
    """
    members: dict[str, str] = {MANIFEST: ""}
    members[_EXAMPLES] = _lines(json.dumps(dict(row)) for row in recording.examples)
    manifest = {
        "format": FORMAT,
        "complete": recording.complete,
        "settings": dict(recording.settings),
        "versions": dict(recording.versions),
        "sample": dict(recording.sample),
        "subjects": [_subject_data(subject, members) for subject in recording.subjects],
    }
    members[MANIFEST] = json.dumps(manifest, indent=2) + "\n"
    write_archive(path, members)


def read_recording(path: Path) -> Recording:
    """Returns the recording in a file.

    Raises:
        RecordingError: there is none that this suite can read, or it is not complete; the message says why.
    """
    members = read_archive(path)
    try:
        manifest = json.loads(members[MANIFEST])
        version = manifest["format"]
    except _DAMAGE as error:
        raise RecordingError(f"{path} is not a recording: it has no manifest that can be read.") from error
    if version != FORMAT:
        told = f"{path} has format {version}, and this version of the suite reads format {FORMAT}"
        raise RecordingError(f"{told}: use the version that wrote it, or record again.")
    try:
        recording = _recording(manifest, members)
    except _DAMAGE as error:
        raise RecordingError(
            f"{path} is not as this suite writes recordings ({type(error).__name__}: {error}): record again."
        ) from error
    if not recording.complete:
        raise RecordingError(f"{path} is not complete: the run that wrote it ended early. Record again.")
    return recording


#: What names of subjects, examples and changes are made of.
_NAME = re.compile(r"[A-Za-z0-9._@-]+")


def _subject_data(subject: RecordedSubject, members: dict[str, str]) -> dict[str, Any]:
    questions = f"{subject.id}.tokenizer.jsonl"
    members[questions] = _lines(json.dumps([json.loads(asked), told]) for asked, told in subject.questions.items())
    model = subject.reference
    return {
        "id": subject.id,
        "model": subject.model,
        "reference": {"id": model.id, "name": model.name, "revision": model.revision, "is_path": model.is_path},
        "embedded": subject.embedded,
        "tokenizer": questions,
        "arms": {str(kind): _arm_data(subject.id, arm, members) for kind, arm in subject.arms.items()},
    }


def _arm_data(subject_id: str, arm: RecordedSide, members: dict[str, str]) -> dict[str, Any]:
    def keep(group: str, kept: Iterable[RecordedAnswer]) -> str:
        name = f"{subject_id}.{arm.kind}.{group}.jsonl"
        members[name] = _lines(_kept_text(one) for one in kept)
        return name

    scores = {whose: keep(f"scores-{whose}", kept) for whose, kept in arm.scores.items()}
    return {
        "day": arm.day.isoformat(),
        "about": dict(arm.about),
        "examples": keep("examples", arm.examples),
        "noise": {change: keep(f"noise-{change}", kept) for change, kept in arm.noise.items()},
        "wire": keep("wire", arm.wire) if arm.wire else None,
        **({"scores": scores} if scores else {}),
    }


def _kept_text(kept: RecordedAnswer) -> str:
    return json.dumps({"name": kept.name, "request": kept.request, "answer": json.loads(answer_to_json(kept.answer))})


def _lines(texts: Iterable[str]) -> str:
    return "".join(f"{text}\n" for text in texts)


def _recording(manifest: Mapping[str, Any], members: Mapping[str, str]) -> Recording:
    return Recording(
        complete=manifest["complete"] is True,
        settings=dict(manifest["settings"]),
        versions=dict(manifest["versions"]),
        sample=dict(manifest["sample"]),
        examples=tuple(_example(json.loads(line)) for line in members[_EXAMPLES].splitlines()),
        subjects=tuple(_subject(data, members) for data in manifest["subjects"]),
    )


def _subject(data: Mapping[str, Any], members: Mapping[str, str]) -> RecordedSubject:
    answered = [json.loads(line) for line in members[data["tokenizer"]].splitlines()]
    return RecordedSubject(
        id=_name(data["id"]),
        model=str(data["model"]),
        reference=_model(**data["reference"]),
        embedded=data["embedded"] is True,
        arms={InferenceBackend(kind): _arm(InferenceBackend(kind), arm, members) for kind, arm in data["arms"].items()},
        questions={json.dumps(asked, sort_keys=True): told for asked, told in answered},
    )


def _example(told: Mapping[str, Any]) -> dict[str, Any]:
    return {**told, "example_id": _name(told["example_id"])}


def _name(told: object) -> str:
    """Returns a name that becomes a part of files' names and of commands.

    Raises:
        ValueError: it could be more than a name there.
    """
    if isinstance(told, str) and _NAME.fullmatch(told):
        return told
    raise ValueError("a name in it is none")


def _model(*, id: str, name: str, revision: str, is_path: bool) -> RecordedModel:  # noqa: A002 - the field's name
    return RecordedModel(id=str(id), name=str(name), revision=str(revision), is_path=is_path is True)


def _arm(kind: InferenceBackend, data: Mapping[str, Any], members: Mapping[str, str]) -> RecordedSide:
    return RecordedSide(
        kind=kind,
        day=dt.date.fromisoformat(data["day"]),
        about=dict(data["about"]),
        examples=_kept(members[data["examples"]]),
        noise={_name(change): _kept(members[name]) for change, name in data["noise"].items()},
        wire=() if data["wire"] is None else _kept(members[data["wire"]]),
        # Recordings that were made before there were scores hold none.
        scores={_name(whose): _kept(members[name]) for whose, name in data.get("scores", {}).items()},
    )


def _kept(text: str) -> tuple[RecordedAnswer, ...]:
    found = [json.loads(line) for line in text.splitlines()]
    return tuple(
        RecordedAnswer(
            name=str(one["name"]), request=str(one["request"]), answer=answer_from_json(json.dumps(one["answer"]))
        )
        for one in found
    )
