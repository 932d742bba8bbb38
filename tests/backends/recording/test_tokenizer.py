"""A recorded tokenizer answers as the real one did, on other days too, and asks the real one where it was not asked."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

from backends.clock import today
from backends.errors import BackendUnavailable
from backends.models import MINIATURE
from backends.prompt import Message, Prompt
from backends.recording import DATE_LENGTHS, RecordingTokenizer, ReplayTokenizer, question, read_notes
from backends.renderings import (
    FixedDateTokenizer,
    explain_count,
    legitimate_renderings,
    load_tokenizer,
    mistaken_renderings,
    with_date,
)
from tests.backends.harmony.vocabulary import load_encoding

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.embedded

PROMPT = Prompt(
    messages=(
        Message(role="system", content="Answer with 0 or 1."),
        Message(role="user", content="What is <|end|>?\nCurrent date: 2020-02-02 is not today."),
    )
)
LATER = today() + dt.timedelta(days=400)


@pytest.fixture(scope="module")
def real() -> Any:  # noqa: ANN401 - transformers is not typed
    """The miniature's tokenizer."""
    return load_tokenizer(MINIATURE, is_path=True)


def _nobody() -> Any:  # noqa: ANN401 - never returns
    raise BackendUnavailable("there is no tokenizer")


def _played(noted: RecordingTokenizer, *, day: dt.date | None = None, **more: Any) -> ReplayTokenizer:  # noqa: ANN401 - plain data
    answers = json.loads(json.dumps(noted.answers)) | {question(name): told for name, told in more.items()}
    return ReplayTokenizer(answers=answers, recorded=today(), day=day or today(), fallback=_nobody)


def _rehearsed(real: Any) -> RecordingTokenizer:  # noqa: ANN401 - transformers is not typed
    noted = RecordingTokenizer(real)
    found = [*legitimate_renderings(noted, PROMPT), *mistaken_renderings(noted, PROMPT)]
    for token in {token for rendering in found for token in rendering.token_ids}:
        noted.decode([token])
    return noted


def test_oracle_says_the_same_with_the_recorded_answers(real: Any) -> None:  # noqa: ANN401 - transformers is not typed
    played = _played(_rehearsed(real))

    assert legitimate_renderings(played, PROMPT) == legitimate_renderings(real, PROMPT)
    assert mistaken_renderings(played, PROMPT) == mistaken_renderings(real, PROMPT)
    lengths = {rendering.length for rendering in legitimate_renderings(real, PROMPT)}
    for count in {1, *lengths, max(lengths) + 1, min(lengths) - 7}:
        assert explain_count(played, PROMPT, count).describe() == explain_count(real, PROMPT, count).describe()


def test_what_was_never_asked_goes_to_the_real_one_or_is_unavailable(real: Any) -> None:  # noqa: ANN401 - as above
    played = _played(RecordingTokenizer(real))

    with pytest.raises(BackendUnavailable):
        played.encode("never asked", add_special_tokens=False)
    played.fallback = lambda: real
    assert played.encode("never asked", add_special_tokens=False) == real.encode(
        "never asked", add_special_tokens=False
    )
    assert legitimate_renderings(played, PROMPT) == legitimate_renderings(real, PROMPT)


def test_notes_survive_in_a_file_whose_last_line_was_cut(real: Any, tmp_path: Path) -> None:  # noqa: ANN401 - as above
    noted = RecordingTokenizer(real, tmp_path / "notes")
    noted.encode("one", add_special_tokens=False)
    noted.encode("one", add_special_tokens=False)
    noted.convert_tokens_to_ids("<|end|>")

    assert read_notes(tmp_path / "notes") == noted.answers
    whole = (tmp_path / "notes").read_text()
    assert len(whole.splitlines()) == 2
    (tmp_path / "notes").write_text(whole[:-5])
    assert read_notes(tmp_path / "notes") == dict(list(noted.answers.items())[:1])


def test_prompt_is_written_as_on_another_day_and_the_users_words_stay(real: Any) -> None:  # noqa: ANN401 - as above
    (first, *_) = legitimate_renderings(real, PROMPT)

    dated = with_date(first.text, LATER)

    assert dated == first.text.replace(f"Current date: {today()}", f"Current date: {LATER}")
    assert "Current date: 2020-02-02 is not today." in dated
    assert with_date("no system message\nCurrent date: 2020-02-02", LATER).endswith("2020-02-02")


def test_dated_tokenizer_renders_text_and_tokens_of_the_same_prompt(real: Any) -> None:  # noqa: ANN401 - as above
    messages = PROMPT.chat_messages()
    dated = FixedDateTokenizer(real, LATER)

    text = dated.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    encoded = dated.apply_chat_template(messages, tokenize=True, return_dict=True, add_generation_prompt=True)

    assert f"Current date: {LATER}" in text
    assert real.decode(encoded["input_ids"]) == text
    now = FixedDateTokenizer(real, today()).apply_chat_template(messages, return_dict=True, add_generation_prompt=True)
    plain = real.apply_chat_template(messages, tokenize=True, return_dict=True, add_generation_prompt=True)
    assert list(now["input_ids"]) == list(plain["input_ids"])


def test_another_day_is_served_only_where_all_dates_are_equally_long(real: Any) -> None:  # noqa: ANN401 - as above
    noted = _rehearsed(real)

    with pytest.raises(BackendUnavailable):
        legitimate_renderings(_played(noted, day=LATER), PROMPT)
    with pytest.raises(BackendUnavailable):
        legitimate_renderings(_played(noted, day=LATER, **{DATE_LENGTHS: [13, 14]}), PROMPT)
    served = legitimate_renderings(_played(noted, day=LATER, **{DATE_LENGTHS: [13]}), PROMPT)
    then = legitimate_renderings(real, PROMPT)
    assert [rendering.length for rendering in served] == [rendering.length for rendering in then]
    assert [rendering.text for rendering in served] == [with_date(rendering.text, LATER) for rendering in then]


def test_all_dates_are_equally_long_for_gpt_oss() -> None:
    encoding = load_encoding()
    days = (today() + dt.timedelta(days=number) for number in range(3660))

    assert len({len(encoding.encode(f"\nCurrent date: {day}\n\nReasoning: medium")) for day in days}) == 1
