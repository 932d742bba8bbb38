"""What is told from drawn texts: nothing against a faithful server, whatever its rounding does, but against a liar.

The servers are scripted: they know a likeliest text, part from it at each word with some probability, or draw each word
from many. Each bound is computed and then held against thousands of runs.
"""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

import pytest

from conformance.drawing import (
    DIFFERENT_WORDS,
    FEWEST_LISTED,
    FEWEST_WORDS,
    LABELS_LEFT,
    OTHER_PLACES,
    STEADY_TIMES,
    WORDS,
    Drawn,
    answers_twice,
    how_drawn,
    is_list_of_words,
    is_lost_beside_others,
    is_lost_when_repeated,
    is_same_list,
    listed_words,
    most_shared,
    share_longer,
)
from conformance.test_effort import HIGH, LOW, NOT_LONGER
from conformance.test_sampling import PAIRS
from fixtures.wire import CONCURRENT_COPIES, GREEDY_WORDS, HOT_WORDS, NARROW_WORDS, REPEATED_CALLS, SEEDED_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.drawing import Texts

#: What each check that draws may cost a faithful server: one run in ten thousand.
MOST = 1e-4

#: Runs of a scripted server, enough to see what happens once in a few thousand.
RUNS = 4000

#: Calls whose texts are all one where nothing rounds and nothing is drawn.
POOL = len(SEEDED_WORDS)

VOCABULARY = [f"{first}{second}" for first in ("bra", "cle", "dri", "flo", "gru", "sto") for second in "abcdefghij"]
GREEDY = VOCABULARY[:WORDS]


def drawn_words(rng: Random, likeliest: Sequence[str], share: float) -> list[str]:
    """Draws a word for each place: the likeliest one with probability `share`, else any."""
    return [word if rng.random() < share else rng.choice(VOCABULARY) for word in likeliest]


def with_rounding(rng: Random, text: Sequence[str], rate: float) -> Texts:
    """Returns a text as a server writes it that parts from it for good at each word with probability `rate`."""
    said: list[str] = []
    for word in text:
        if rng.random() < rate:
            said.extend(rng.choice(VOCABULARY) for _ in range(len(text) - len(said)))
            break
        said.append(word)
    return "", " ".join(said)


def highest(chance: Callable[[float], float]) -> float:
    """Returns the highest value of a function of a probability."""
    return max(chance(step / 5000) for step in range(1, 5000))


# Temperature ----------------------------------------------------------------------------------------------------------


def chance_of_the_same_list(share: float, words: int) -> float:
    places = range(words - OTHER_PLACES, words + 1)
    return sum(math.comb(words, same) * share**same * (1 - share) ** (words - same) for same in places)


@pytest.mark.parametrize("words", range(FEWEST_LISTED, WORDS + 1))
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_words_that_were_drawn_are_hardly_ever_the_likeliest_ones(share: float, words: int) -> None:
    rng = Random(20)  # noqa: S311 - a seeded simulation
    likeliest, bound = GREEDY[:words], chance_of_the_same_list(share, words)
    # A word that is drawn among all may be the likeliest one too.
    drawn = [drawn_words(rng, likeliest, (share - 1 / 60) / (59 / 60)) for _ in range(RUNS)]
    seen = sum(is_same_list(" ".join(said), " ".join(likeliest)) for said in drawn) / RUNS

    assert bound ** len(HOT_WORDS) < MOST
    assert abs(seen - bound) <= 5 * math.sqrt(bound / RUNS) + 1 / RUNS


def test_model_that_counts_badly_and_repeats_itself_still_writes_a_list() -> None:
    assert is_list_of_words("copper pocket orange marble rocket flame yellow orange marble")


def test_likeliest_words_are_told_in_whatever_form_they_come() -> None:
    listed = "Here are twelve words:\n" + "\n".join(f"{n}. {word.title()}" for n, word in enumerate(GREEDY, 1))

    assert listed_words(listed) == GREEDY
    assert is_list_of_words(listed)
    assert is_same_list(listed, ", ".join(GREEDY))
    assert is_same_list(f"{', '.join(GREEDY[:-1])}, and {GREEDY[-1]}.", " ".join(GREEDY))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "1",
        "Thank you for telling me about stories. How can I help?",
        "I'm sorry, but I can't help with that. Please ask me for something else instead of random words.",
        " ".join(GREEDY[: FEWEST_LISTED - 1]),
        " ".join([GREEDY[0]] * WORDS),
        " ".join([*GREEDY[: DIFFERENT_WORDS - 1], *GREEDY[: DIFFERENT_WORDS - 1]]),
    ],
)
def test_answer_of_another_kind_is_no_list_of_words(answer: str) -> None:
    assert not is_list_of_words(answer)


# A top_p and a seed ---------------------------------------------------------------------------------------------------


def chance_of_parting(kept: float) -> float:
    """Returns the chance that all repeated texts come again, and of six texts no two have the same beginning.

    Args:
        kept: the probability that one call does not part within the beginning. Repeated texts have at least
            `STEADY_TIMES` times its words.
    """
    parts = 1 - kept
    return kept**STEADY_TIMES * (parts**POOL + POOL * parts ** (POOL - 1) * kept)


def test_beginnings_that_should_be_one_are_of_six_texts() -> None:
    assert len((GREEDY_WORDS, *NARROW_WORDS)) == POOL == 6


def test_steady_server_whose_beginnings_part_is_accused_less_than_once_in_ten_thousand_runs() -> None:
    assert highest(chance_of_parting) < MOST


def drawn_text(rng: Random) -> Texts:
    return "", " ".join(rng.choices(VOCABULARY, k=WORDS))


def run_of(rng: Random, rate: float, pool: list[Texts]) -> Drawn:
    """Returns what is told of texts of a server with this rounding, which repeats texts of 24 words."""
    long = [rng.choices(VOCABULARY, k=24) for _ in PAIRS]
    return how_drawn(pool, repeated=[(with_rounding(rng, text, rate), with_rounding(rng, text, rate)) for text in long])


@pytest.mark.parametrize("rate", [0.0, 0.001, 0.01, 0.03, 0.05, 0.1, 0.2, 0.5])
def test_faithful_server_is_never_said_to_draw_anew(rate: float) -> None:
    rng = Random(21)  # noqa: S311 - a seeded simulation
    likeliest = rng.choices(VOCABULARY, k=WORDS)
    told = [run_of(rng, rate, [with_rounding(rng, likeliest, rate) for _ in range(POOL)]) for _ in range(RUNS)]

    # At the bound, two such runs in 4,000 come once in 16 tries of the whole table.
    assert told.count(Drawn.ANEW) <= 1
    assert rate or set(told) == {Drawn.AGAIN}


def test_server_that_draws_anew_is_found_where_it_is_steady() -> None:
    rng = Random(22)  # noqa: S311 - a seeded simulation
    told = [run_of(rng, 0.0, [drawn_text(rng) for _ in range(POOL)]) for _ in range(RUNS)]

    assert told.count(Drawn.ANEW) >= 0.99 * RUNS


def test_server_that_draws_anew_and_does_not_repeat_itself_is_not_judged() -> None:
    rng = Random(23)  # noqa: S311 - a seeded simulation
    told = [run_of(rng, 0.1, [drawn_text(rng) for _ in range(POOL)]) for _ in range(200)]

    assert Drawn.ANEW not in told


def test_short_repeated_texts_show_no_steadiness() -> None:
    pool = [("", letter) for letter in "abcdef"]
    words = STEADY_TIMES * FEWEST_WORDS // 2
    enough = [(("", "x " * words), ("", "x " * words))]
    few = [(("", "x " * (words - 1)), ("", "x " * (words - 1)))]

    assert how_drawn(pool, repeated=enough) is Drawn.ANEW
    assert how_drawn(pool, repeated=few) is Drawn.UNTOLD


def test_texts_that_part_later_than_the_server_is_known_to_be_steady_were_not_drawn() -> None:
    words = STEADY_TIMES * FEWEST_WORDS // 2
    repeated = [(("", "x " * words), ("", "x " * words))]

    assert how_drawn([("", f"{'a ' * (FEWEST_WORDS - 1)}{one}") for one in "bcdefg"], repeated=repeated) is Drawn.ANEW
    assert how_drawn([("", f"{'a ' * FEWEST_WORDS}{one}") for one in "bcdefg"], repeated=repeated) is Drawn.AGAIN


def test_two_texts_that_are_one_were_not_drawn_however_short() -> None:
    assert how_drawn([("", "a"), ("", "a"), ("", "b")], repeated=[]) is Drawn.AGAIN


def test_reasoning_is_a_part_of_the_beginning() -> None:
    assert most_shared([("one two", "three"), ("one two", "four"), ("", "one")]) == 2


# Repeats --------------------------------------------------------------------------------------------------------------

REQUESTS = len(REPEATED_CALLS)
ASKED = 2 + CONCURRENT_COPIES


def chance_of_six_answers(likely: float) -> float:
    """Returns the chance that none of four requests gets its likeliest answer, which has this chance, twice in six."""
    other = 1 - likely
    return (other**ASKED + ASKED * likely * other ** (ASKED - 1)) ** REQUESTS


def chance_of_a_label_lost(label: float) -> float:
    return (label * (1 - label) ** (ASKED - 1)) ** REQUESTS


def chance_of_a_label_lost_beside(label: float) -> float:
    lost = sum(
        math.comb(CONCURRENT_COPIES, left) * label**left * (1 - label) ** (CONCURRENT_COPIES - left)
        for left in range(LABELS_LEFT + 1)
    )
    return float(label**2 * lost) ** REQUESTS


def test_request_with_an_answer_of_every_second_time_does_not_get_six_answers() -> None:
    assert chance_of_six_answers(0.55) < MOST


@pytest.mark.parametrize("chance", [chance_of_a_label_lost, chance_of_a_label_lost_beside])
def test_label_is_not_lost_by_chance_however_often_the_model_gives_it(chance: Callable[[float], float]) -> None:
    # Where both labels come, each adds its own part: the rarer of two is given in 3 of 100 calls at most.
    rarer = 0.03
    assert highest(chance) < MOST
    assert (highest(chance) ** (1 / REQUESTS) + chance(rarer) ** (1 / REQUESTS)) ** REQUESTS < MOST


@pytest.mark.parametrize("label", [0.2, 0.5, 0.7, 0.9])
def test_restless_server_loses_no_label(label: float) -> None:
    rng = Random(24)  # noqa: S311 - a seeded simulation

    def answered() -> list[str]:
        """Six answers: the label, a refusal, or a chat in words that never come again."""
        return [
            "1" if rng.random() < label else rng.choice(["I can't help with that.", f"{rng.random()}"])
            for _ in range(ASKED)
        ]

    runs = [[answered() for _ in range(REQUESTS)] for _ in range(RUNS)]
    labels = [[[True if one == "1" else None for one in answers] for answers in run] for run in runs]

    assert all(any(answers_twice(answers) for answers in run) for run in runs if label >= 0.5)
    assert not any(all(is_lost_when_repeated(one) for one in run) for run in labels)
    assert not any(all(is_lost_beside_others(one[:2], one[2:]) for one in run) for run in labels)


def test_what_is_lost_is_told() -> None:
    assert is_lost_when_repeated([True, None, None, False])
    assert not is_lost_when_repeated([None, True])
    assert not is_lost_when_repeated([True, None, True])
    assert is_lost_beside_others([False, False], [None, None, False, None])
    assert not is_lost_beside_others([False, False], [None, None, False, False])
    assert not is_lost_beside_others([False, None], [None] * 4)
    assert not answers_twice(["a", "b", "", ""])
    assert answers_twice(["a", "b", " a"])


# Effort ---------------------------------------------------------------------------------------------------------------


def lengths(rng: Random, middle: float, count: int) -> list[int]:
    return [round(1000 + 100 * rng.gauss(middle, 1)) for _ in range(count)]


def test_model_that_thinks_longer_at_high_effort_is_believed() -> None:
    rng = Random(25)  # noqa: S311 - a seeded simulation
    # So far apart, 97 of 100 pairs of texts are the longer one at high effort.
    apart = 1.881 * math.sqrt(2)
    shares = [share_longer(lengths(rng, 0, len(LOW)), lengths(rng, apart, len(HIGH))) for _ in range(20 * RUNS)]

    assert sum(share <= NOT_LONGER for share in shares) / len(shares) < MOST


def test_effort_that_changes_nothing_is_found_in_half_of_the_runs_of_a_restless_server() -> None:
    rng = Random(26)  # noqa: S311 - a seeded simulation
    shares = [share_longer(lengths(rng, 0, len(LOW)), lengths(rng, 0, len(HIGH))) for _ in range(RUNS)]

    assert 0.45 < sum(share <= NOT_LONGER for share in shares) / RUNS < 0.6
