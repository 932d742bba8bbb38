from __future__ import annotations

import pytest
from hypothesis import given

from backends.harmony import DEVIATIONS, Deviation, ErrorKind, HarmonyError, HarmonyStream, Role, find_markup, parse
from backends.harmony.deviations import checked
from tests.backends.harmony.reference import (
    Outcome,
    encode,
    read_ours,
    read_reference,
    read_tokens,
    without_surrogates,
)
from tests.backends.harmony.strategies import MANY, hostile_texts, roles
from tests.backends.harmony.vocabulary import load_encoding

EXAMPLES = {deviation.id: deviation.example for deviation in DEVIATIONS}


def test_every_deviation_has_a_test_here() -> None:
    assert set(EXAMPLES) == {"lone-surrogates", "spelled-out-tokens", "long-runs", "stream-header-limit"}


@pytest.mark.parametrize("deviations", [(), DEVIATIONS * 2], ids=["empty", "repeated"])
def test_a_list_without_its_own_ids_is_refused(deviations: tuple[Deviation, ...]) -> None:
    with pytest.raises(ValueError, match="each its own"):
        checked(deviations)


def repaired(outcome: Outcome) -> Outcome:
    """Does to our result what the reference does to the text before it reads it."""
    if isinstance(outcome, str):
        return outcome
    return [tuple(None if field is None else without_surrogates(field) for field in fields) for fields in outcome]  # type: ignore[misc]


def test_surrogates_are_kept_here_and_replaced_in_the_reference() -> None:
    text = EXAMPLES["lone-surrogates"]

    assert read_ours(text, Role.ASSISTANT) != read_reference(text, Role.ASSISTANT)
    assert parse(text).messages[0].content == "a\ud800b"


@MANY
@given(text=hostile_texts(), role=roles)
def test_surrogates_make_no_other_difference(text: str, role: Role | None) -> None:
    assert repaired(read_ours(text, role)) == read_reference(text, role)


def test_spelled_out_tokens_count_here_and_not_in_the_reference() -> None:
    text = EXAMPLES["spelled-out-tokens"]
    stop = find_markup(text)[-1]
    encoding = load_encoding()
    tokens = encode(text[: stop.position]) + encoding.encode(stop.text, disallowed_special=())

    assert encoding.decode(tokens) == text
    assert read_ours(text, Role.ASSISTANT) == [("assistant", None, "final", None, None, "a")]
    assert read_tokens(tokens, Role.ASSISTANT) == [("assistant", None, "final", None, None, "a<|end|>")]


def test_long_runs_are_read_here_and_stop_the_reference() -> None:
    text = EXAMPLES["long-runs"]
    encoding = load_encoding()
    # The panic is no Exception, on purpose of the library's bindings: only its base class can be caught.
    with pytest.raises(BaseException, match="StackOverflow"):
        encoding.encode(text, allowed_special="all")

    assert len(parse(text).messages[0].content) == 1_000_000


def test_only_a_stream_with_a_limit_refuses_a_long_header() -> None:
    text = EXAMPLES["stream-header-limit"]
    with pytest.raises(HarmonyError) as limited:
        HarmonyStream().feed(text)
    unlimited = HarmonyStream(header_limit=None)
    unlimited.feed(text)
    with pytest.raises(HarmonyError) as ended:
        unlimited.end()
    with pytest.raises(HarmonyError) as whole:
        parse(text)

    assert limited.value.kind is ErrorKind.HEADER_TOO_LONG
    assert ended.value.kind is whole.value.kind is ErrorKind.EOS_IN_HEADER
