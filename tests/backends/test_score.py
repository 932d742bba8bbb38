"""A score is told as plain data and comes back to the letter, whatever stands in its tokens."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from backends.completion import Completion, model_answer
from backends.errors import Failure, FailureKind
from backends.score import (
    Likelihood,
    NothingToScore,
    Part,
    ReportedLogprobs,
    Score,
    Scoring,
    TokenSource,
    UnlikelyToken,
    Unscored,
    WrittenToken,
    scoring_data,
    scoring_from_data,
)
from backends.stored_answer import answer_from_json, answer_to_json

ODD = '"\\\n\u2028\ufffd\x00</script>é<|end|>'

SCORE = Score(
    answer="a" * 64,
    source=TokenSource.REBUILT,
    logprobs=ReportedLogprobs.ANSWER,
    tokens=9,
    unlikely=(
        UnlikelyToken(position=3, part=Part.REASONING, written=ODD, likeliest="\ud83d", margin=0.1, rank=2),
        UnlikelyToken(position=7, part=Part.ANSWER, written="1", likeliest="0", margin=2.5, rank=17),
    ),
    ambiguous=1,
    log_probability=-4.25,
    reported=2,
    reported_gap=0.5,
    likelihoods=(
        Likelihood(form={"choices": []}, mistake=None, length=9, log_probability=-4.25, unlikely=2, margin_sum=2.6),
        Likelihood(
            form=None, mistake="developer-dropped", length=5, log_probability=-40.0, unlikely=8, margin_sum=33.0
        ),
    ),
    written=(
        WrittenToken("<|channel|>", None, None),
        WrittenToken(ODD, Part.REASONING, 0.1, "\ud83d"),
        WrittenToken("1", Part.ANSWER, 2.5, "0"),
    ),
    effective_overrides={"batch_size": 2},
)
BARE = Score(answer="b", source=TokenSource.RAW_TEXT, tokens=0, unlikely=(), log_probability=0.0)
NOTHING = Unscored(kind=NothingToScore.EMPTY, why=ODD, answer=None)


@pytest.mark.parametrize("scoring", [SCORE, BARE, NOTHING])
def test_scoring_comes_back_as_it_was(scoring: Scoring) -> None:
    assert scoring_from_data(json.loads(json.dumps(scoring_data(scoring)))) == scoring
    text = answer_to_json(scoring)
    assert text.isascii()
    assert answer_from_json(text) == scoring
    assert answer_to_json(answer_from_json(text)) == text


def test_sums_are_those_of_the_tokens() -> None:
    assert SCORE.margin_sum == pytest.approx(2.6)
    assert SCORE.greatest_margin == 2.5
    assert SCORE.first_unlikely == SCORE.unlikely[0]
    assert (BARE.margin_sum, BARE.greatest_margin, BARE.first_unlikely) == (0, 0, None)


@pytest.mark.parametrize(
    "damage", ['{"type": "score"}', '{"type": "unscored", "kind": "?", "why": "", "answer": null}']
)
def test_damaged_score_is_no_stored_answer(damage: str) -> None:
    with pytest.raises(ValueError, match="not a stored answer"):
        answer_from_json(damage)


def test_score_is_no_answer_to_a_prompt() -> None:
    answer = Completion(content="1")
    failure = Failure(kind=FailureKind.SERVER, message="no")
    assert [model_answer(answer), model_answer(failure)] == [answer, failure]
    for scoring in (SCORE, NOTHING):
        with pytest.raises(TypeError, match="no answer to a prompt"):
            model_answer(scoring)


def test_score_that_an_earlier_version_kept_has_no_tokens() -> None:
    kept = scoring_data(SCORE)
    del kept["written"]

    assert scoring_from_data(kept) == replace(SCORE, written=())
