"""Recordings: both sides' answers of a run, with their raw evidence, in one portable file.

The file is a zip archive of JSON and JSON Lines, so any archive tool shows what is in it; its comment holds a checksum
over every byte before it. `read_recording` takes nothing for granted: a file that is damaged, cut, incomplete, newer
than this suite or simply something else is a `RecordingError` with one sentence, and nothing in it can run code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.lazy_face import lazy_face

if TYPE_CHECKING:
    from backends.recording.archive import RecordingError
    from backends.recording.backend import RecordedBackend, RecordedRawBackend
    from backends.recording.portable import Folders, localise, mask_paths, portable_answer, unmask_paths
    from backends.recording.recording import (
        READ,
        RecordedAnswer,
        RecordedModel,
        RecordedSide,
        RecordedSubject,
        Recording,
    )
    from backends.recording.storage import read_recording, write_recording
    from backends.recording.tokenizer import (
        COUNT,
        DATE_LENGTHS,
        Questions,
        RecordingTokenizer,
        ReplayTokenizer,
        question,
        read_notes,
    )
else:
    __getattr__, __dir__ = lazy_face(
        __name__,
        {
            "archive": ("RecordingError",),
            "backend": ("RecordedBackend", "RecordedRawBackend"),
            "portable": ("Folders", "localise", "mask_paths", "portable_answer", "unmask_paths"),
            "recording": ("READ", "RecordedAnswer", "RecordedModel", "RecordedSide", "RecordedSubject", "Recording"),
            "storage": ("read_recording", "write_recording"),
            "tokenizer": (
                "COUNT",
                "DATE_LENGTHS",
                "Questions",
                "RecordingTokenizer",
                "ReplayTokenizer",
                "question",
                "read_notes",
            ),
        },
    )

__all__ = [
    "COUNT",
    "DATE_LENGTHS",
    "READ",
    "Folders",
    "Questions",
    "RecordedAnswer",
    "RecordedBackend",
    "RecordedModel",
    "RecordedRawBackend",
    "RecordedSide",
    "RecordedSubject",
    "Recording",
    "RecordingError",
    "RecordingTokenizer",
    "ReplayTokenizer",
    "localise",
    "mask_paths",
    "portable_answer",
    "question",
    "read_notes",
    "read_recording",
    "unmask_paths",
    "write_recording",
]
