"""A recording gives back what it holds, in the order of recording, and says where it holds nothing."""

from __future__ import annotations

from backends.completion import Answer, Completion, InferenceBackend
from backends.errors import Failure, FailureKind
from backends.prompt import make_prompt
from backends.recording.backend import RecordedBackend

ONE, TWO = make_prompt("one"), make_prompt("two")
RECORDING = RecordedBackend(
    kind=InferenceBackend.LOCAL,
    answers={ONE.digest: [Completion(content="a"), Completion(content="b")]},
    source="old.parquet",
)


def test_repeated_prompts_get_their_answers_in_the_order_of_recording_and_then_none() -> None:
    got: dict[int, Answer] = {}
    RECORDING.answer_all([ONE, TWO, ONE, ONE], got.__setitem__, lambda: False)
    assert [got[0], got[2]] == [Completion(content="a"), Completion(content="b")]
    for position in (1, 3):
        answer = got[position]
        assert isinstance(answer, Failure)
        assert answer.kind is FailureKind.UNUSABLE
        assert "old.parquet" in answer.message


def test_playing_back_stops_when_told() -> None:
    got: dict[int, Answer] = {}
    RECORDING.answer_all([ONE, ONE], got.__setitem__, lambda: len(got) > 0)
    assert list(got) == [0]


def test_recording_can_always_be_asked_and_is_never_kept() -> None:
    RECORDING.check()
    assert RECORDING.cacheable is False
    assert RECORDING.kind is InferenceBackend.LOCAL
    assert RECORDING.describe() == {"recorded": "old.parquet"}
    assert RECORDING.cache_inputs(ONE) != RECORDING.cache_inputs(TWO)
