"""Tokens that count against a writer: not those of a word that was cut into other tokens."""

from __future__ import annotations

from backends.local.reading import TokenReading
from backends.local.way import Behind, ReadWay, Way, unlikely_tokens
from tests.backends.transcripts.material import known, tokenizer, transcripts, written

TEXT = "<|channel|>analysis<|message|>Thezzz no<|end|><|start|>assistant<|channel|>final<|message|>1<|return|>"


def test_word_that_may_be_cut_otherwise_does_not_count_and_the_next_one_does() -> None:
    (transcript,) = transcripts(written(TEXT))
    own, words = tokenizer(), known()
    pieces = [words.text(token) for token in transcript.token_ids]
    start = next(place for place, part in enumerate(transcript.parts) if part is not None)
    space = next(place for place in range(start, len(pieces)) if pieces[place].startswith(" "))
    # The likeliest first piece is the beginning of the written one, and nothing behind it is what was expected.
    shorter = own.encode(pieces[start][:1], add_special_tokens=False)[0]
    stranger = own.encode("x", add_special_tokens=False)[0]
    assert shorter != transcript.token_ids[start]
    readings = [
        TokenReading(log_probability=-1.0, margin=2.0, likeliest=shorter if place == start else stranger, rank=3)
        if start <= place <= space
        else TokenReading(log_probability=0.0, margin=0.0, likeliest=token, rank=1)
        for place, token in enumerate(transcript.token_ids)
    ]

    unlikely, ambiguous = unlikely_tokens(words, ReadWay(Way(Behind(ids=(1,)), transcript), readings))

    assert [token.position for token in unlikely] == [space]
    assert ambiguous == space - start
