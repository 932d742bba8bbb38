"""What a text that came another way says: nothing of a server that varies, and much of one that loses text."""

from __future__ import annotations

import json
import math
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from conformance.two_ways import FEWEST_LOSSES, FEWEST_TOKENS, TwoWays, is_lossy, lose_text, lost_tokens
from fixtures.wire import RAW_CALLS, REPEATED_CALLS, askings_of, raw_askings_of, streamed_as
from reports.checks import CheckId, CheckViolation
from tests.conformance.checking import find_check
from tests.conformance.scripted_wire import ScriptedRun, message, replied, scripted_wire
from tests.conformance.test_drawing import MOST, highest
from tests.places import ROOT

if TYPE_CHECKING:
    from backends.raw_reply import RawReply
    from conformance.drawing import Texts
    from fixtures.subjects.subject import Subject

WHOLE = "The user asks about a river. It is calm, so the policy allows it."
PLAIN = (WHOLE, "0")

#: How many of texts that part may be the plain one less a piece.
LOSSES = 1 / 25

STREAM = find_check(CheckId.STREAM_JOINS_TO_THE_ANSWER)
RAW = find_check(CheckId.RAW_ROUTE_ANSWERS_ALIKE)


def once_other(askings: int, others: int) -> float:
    """Returns how often at most a request gets one text so many times, and then so many times another one."""
    return highest(lambda share: share**askings * (1 - share) ** others)


def test_bounds_of_the_page_are_those_of_the_rules() -> None:
    page = (ROOT / "docs" / "wire.md").read_text(encoding="utf-8")
    requests, askings = len(REPEATED_CALLS), len(askings_of("policy"))
    all_part = once_other(askings, 1) ** requests
    some_lose = math.comb(requests, FEWEST_LOSSES) * (once_other(askings, 1) * LOSSES) ** FEWEST_LOSSES
    by_tokens = 1 / math.comb(requests * (askings + 1), requests)
    raw = once_other(askings + 1, 2) ** len(RAW_CALLS)

    assert all_part + some_lose + by_tokens < MOST
    assert raw < MOST
    for bound in (all_part, some_lose, by_tokens, raw):
        assert f"= {bound:.0e}".replace("e-0", "e-") in page


@pytest.mark.parametrize("share", [0.5, 0.8, 0.86, 0.95, 0.99])
def test_server_that_varies_is_accused_no_more_often_than_its_bound(share: float) -> None:
    rng = Random(11)  # noqa: S311 - a seeded simulation
    chance = share**6 * (1 - share)
    bound = chance**4 + 6 * (chance * LOSSES) ** 2

    def text() -> Texts:
        if rng.random() < share:
            return PLAIN
        return (WHOLE.replace("calm", "quiet"), "0") if rng.random() > LOSSES else (WHOLE.replace(" calm,", ""), "0")

    runs = 3000
    seen = sum(
        lose_text([TwoWays(plain=tuple(text() for _ in range(6)), other=text()) for _ in range(4)]) for _ in range(runs)
    )
    assert seen / runs <= bound + 5 * math.sqrt(bound / runs) + 1 / runs


@pytest.mark.parametrize(
    "got",
    [
        WHOLE[4:],
        WHOLE[:-3],
        WHOLE.replace("river", "ver"),
        WHOLE.replace("about a ", "").replace(" policy", ""),
        WHOLE.replace("calm", "calmcalm"),
        "",
    ],
)
def test_pieces_left_out_or_said_twice_are_a_loss(got: str) -> None:
    assert is_lossy(got, WHOLE)


@pytest.mark.parametrize("got", [WHOLE.replace("calm", "quiet"), f"{WHOLE} It is fine.", "Something else."])
def test_other_words_are_none(got: str) -> None:
    assert not is_lossy(got, WHOLE)


def test_half_of_steady_requests_with_a_loss_count_and_one_does_not() -> None:
    same = TwoWays(plain=(PLAIN,) * 6, other=PLAIN)
    lost = TwoWays(plain=(PLAIN,) * 6, other=(WHOLE[:-9], "0"))
    other = TwoWays(plain=(PLAIN,) * 6, other=("Something else.", "0"))

    assert lose_text([same, same, lost, lost])
    assert lose_text([other] * 4)
    assert not lose_text([same, same, same, lost])
    assert not lose_text([same, same, lost, other])
    assert not lose_text([lost, lost, lost, TwoWays(plain=(PLAIN, ("Else.", "0")), other=(WHOLE[:-9], "0"))])


def test_tokens_are_lost_only_beyond_what_any_plain_answer_lacks() -> None:
    assert lost_tokens([5, 5, 6], [9, 12]) == FEWEST_TOKENS
    assert lost_tokens([5, 5, 6], [8, 12]) == 0
    assert lost_tokens([5, 5, 6], [5, 40]) == 0
    assert lost_tokens([], [40]) == 0


# The checks ----------------------------------------------------------------------------------------------------------


def chunked(reasoning: str, content: str, billed: int) -> str:
    """Returns a stream of two pieces."""
    deltas: list[dict[str, str]] = [{"role": "assistant"}, {"reasoning_content": reasoning}, {"content": content}, {}]
    chunks: list[dict[str, Any]] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    chunks[-1]["choices"][0]["finish_reason"] = "stop"
    usage = {"prompt_tokens": 9, "completion_tokens": billed, "total_tokens": 9 + billed}
    chunks.append({"choices": [], "usage": usage})
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


class Words:
    """A tokenizer for which each word is a token."""

    def encode(self, text: str, **_: object) -> list[int]:
        return [0] * len(text.split())


class Run(ScriptedRun):
    """A scripted run with a tokenizer."""

    def tokenizer(self, _: Subject) -> Any:  # noqa: ANN401 - as in the class above
        return Words()


def look(said: dict[str, tuple[str, str]], streamed: dict[str, tuple[str, str]], billed: int = 20) -> None:
    others = {name: replied(chunked(*text, billed), stream=True) for name, text in streamed.items()}
    calls = {name: message(content, reasoning) for name, (reasoning, content) in said.items()}
    billing = {name: len(f"{reasoning} {content}".split()) + 6 for name, (reasoning, content) in said.items()}
    STREAM.run(scripted_wire(STREAM, Run(messages=calls, others=others, billed=billing)))


ASKED = [asked for name in REPEATED_CALLS for asked in askings_of(name)]
STREAMED = [streamed_as(name) for name in REPEATED_CALLS]
STEADY = dict.fromkeys(ASKED, PLAIN)
VARYING = {asked: (f"{WHOLE} {'Well. ' * number}", "0") for number, asked in enumerate(ASKED)}
LOST = ("The user asks about", "0")


def test_stream_of_a_steady_server_that_parts_once_is_told_and_accuses_nobody() -> None:
    look(STEADY, dict.fromkeys(STREAMED, PLAIN))
    with pytest.raises(pytest.skip.Exception, match="1 of 4 texts of the joined stream are other ones"):
        look(STEADY, dict.fromkeys(STREAMED, PLAIN) | {STREAMED[2]: LOST})


def test_streams_of_a_steady_server_that_all_part_break_the_claim() -> None:
    with pytest.raises(CheckViolation, match="in 4 of 4 requests") as raised:
        look(STEADY, dict.fromkeys(STREAMED, ("Something else.", "0")))
    assert raised.value.facts.part == "reasoning"


def test_streams_of_a_server_that_varies_break_it_by_the_tokens_that_they_lack() -> None:
    whole = len(f"{WHOLE} 0".split()) + 6
    look(VARYING, dict.fromkeys(STREAMED, ("Else, " + WHOLE, "0")), billed=whole + 1)
    with pytest.raises(pytest.skip.Exception, match="4 of these requests do not get one text"):
        look(VARYING, dict.fromkeys(STREAMED, ("Else, " + WHOLE, "5")), billed=whole + 1)
    with pytest.raises(CheckViolation, match="text is lost on the way") as raised:
        look(VARYING, dict.fromkeys(STREAMED, LOST), billed=whole)
    assert raised.value.facts.lost == whole - len(["The", "user", "asks", "about", "0"]) - 6


def raw(reasoning: str, content: str = "0") -> RawReply:
    """Returns a reply of the raw route."""
    text = f"<|channel|>analysis<|message|>{reasoning}<|end|><|start|>assistant<|channel|>final<|message|>{content}"
    return replied({"choices": [{"text": text}]})


def look_at_raw(said: dict[str, tuple[str, str]], *by_day: RawReply) -> None:
    others = {name: reply for call in RAW_CALLS for name, reply in zip(raw_askings_of(call), by_day, strict=True)}
    others |= {streamed_as(call): replied(chunked(*PLAIN, 20), stream=True) for call in RAW_CALLS}
    calls = {name: message(content, reasoning) for name, (reasoning, content) in said.items()}
    RAW.run(scripted_wire(RAW, ScriptedRun(messages=calls, others=others)))


def test_raw_route_is_judged_by_steady_requests_and_where_the_date_plays_no_part() -> None:
    look_at_raw(STEADY, raw(WHOLE), raw("Another day."))
    look_at_raw(VARYING, raw("Something else."), raw("Something else."))
    with pytest.raises(pytest.skip.Exception, match="depends on the date"):
        look_at_raw(STEADY, raw("Something else."), raw("Another day."))
    with pytest.raises(pytest.skip.Exception, match="2 of these requests do not get one text"):
        look_at_raw(VARYING, raw(WHOLE, "5"), raw(WHOLE, "5"))


def test_raw_route_that_gives_two_steady_requests_other_texts_breaks_the_claim() -> None:
    with pytest.raises(CheckViolation, match="in 2 of 2 requests"):
        look_at_raw(STEADY, raw("Something else."), raw("Something else."))
