"""What a recording holds, as plain data classes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from backends.completion import Answer, InferenceBackend
    from backends.recording.tokenizer import Questions

#: Raised with the meaning of what is stored. A suite reads its own format and no newer one.
FORMAT = 1

#: How the names of scores begin that a changed local side gave of the API side's answers.
READ = "read-"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAnswer:
    """One answer.

    Attributes:
        name: of the request: an example's id, or a wire call's name.
        request: the request's digest: an answer to something else is no answer.
        answer: what came back.
    """

    name: str
    request: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSide:
    """One side of a subject.

    Attributes:
        kind: which side.
        day: on which it was asked: chat templates print the date.
        about: what the backend was, for the report.
        examples: the answers about the examples.
        noise: the answers of each noise measurement, by its change.
        wire: the API side's replies to the wire calls; the local side's own answers to some of their conversations.
        scores: what the local side says of the answers of others, by whose they are.
    """

    kind: InferenceBackend
    day: dt.date
    about: Mapping[str, Any]
    examples: tuple[RecordedAnswer, ...]
    noise: Mapping[str, tuple[RecordedAnswer, ...]] = field(default_factory=dict)
    wire: tuple[RecordedAnswer, ...] = ()
    scores: Mapping[str, tuple[RecordedAnswer, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedModel:
    """The model of a subject.

    Attributes:
        id: a Hub id, or for a folder its placeholder.
        name: short text.
        revision: of the Hub repository, or the digest of the folder.
        is_path: True where it was a folder.
    """

    id: str
    name: str
    revision: str
    is_path: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSubject:
    """One subject.

    Attributes:
        id: in test ids.
        model: what the report calls its model.
        reference: the model as it should be served.
        embedded: True where the suite served the model itself.
        arms: its sides.
        questions: what was asked of its tokenizer, and the answers.
    """

    id: str
    model: str
    reference: RecordedModel
    embedded: bool
    arms: Mapping[InferenceBackend, RecordedSide]
    questions: Questions


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A run's exchanges.

    Attributes:
        complete: False where the run ended before all of it was answered: fit to be looked at, not to be played back.
        settings: all that says what was asked, by the name of the option.
        versions: of the libraries and of Python.
        sample: size, seed, stratification and digest.
        examples: the rows of the sample, in order.
        subjects: what was under test.
    """

    complete: bool
    settings: Mapping[str, Any]
    versions: Mapping[str, str | None]
    sample: Mapping[str, Any]
    examples: tuple[Mapping[str, Any], ...]
    subjects: tuple[RecordedSubject, ...]
