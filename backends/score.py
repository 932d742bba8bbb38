"""A Score: what the local model says of each token of an answer that somebody else wrote.

The model reads prompt and answer in one forward pass. A token's margin says by how much the likeliest token was
likelier than the one that was written, in nats: near-ties give small margins, other weights, drawn tokens and another
prompt give large ones. Only tokens that are surely the writer's count; `backends.transcripts` says which those are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class TokenSource(StrEnum):
    """From where the tokens of an answer were taken, the surest first."""

    TOKEN_IDS = "token_ids"  # noqa: S105 - no password
    LOGPROBS = "logprobs"
    RAW_TEXT = "raw_text"
    REBUILT = "rebuilt"


class ReportedLogprobs(StrEnum):
    """What the `logprobs` of a reply are: none, of all that was written, of the answer alone, or of another text."""

    ABSENT = "absent"
    WHOLE = "whole"
    ANSWER = "answer"
    FOREIGN = "foreign"


class Part(StrEnum):
    """The part of an answer in which a token stands."""

    REASONING = "reasoning"
    PREAMBLE = "preamble"
    CALL = "call"
    ANSWER = "answer"


class NothingToScore(StrEnum):
    """Why an answer has no score; the closed vocabulary of `Unscored.kind`.

    `UNWRITABLE` is an answer that Harmony has no way to write, such as one with special tokens in its texts.
    `REASONING_WITHHELD` is an answer whose reasoning is not shown though it may have had one: what was written behind
    it cannot be judged without it.
    """

    NO_ANSWER = "no_answer"
    EMPTY = "empty"
    REASONING_WITHHELD = "reasoning_withheld"
    UNWRITABLE = "unwritable"
    NOT_TEXT = "not_text"
    NOT_GREEDY = "not_greedy"
    NO_RENDERING = "no_rendering"
    NO_MEMORY = "no_memory"
    MODEL_FAILED = "model_failed"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlikelyToken:
    """A token that was written though another one was likelier.

    Attributes:
        position: index among all tokens of the answer, those of the format included; 0 is the first behind the prompt.
        part: where it stands.
        written: its text; bytes that are no whole character are shown as U+FFFD.
        likeliest: the text of the likeliest token.
        margin: nats by which the likeliest one was likelier, above 0.
        rank: its place among all tokens by likelihood; 2 is the second likeliest.
    """

    position: int
    part: Part
    written: str
    likeliest: str
    margin: float
    rank: int


@dataclass(frozen=True, slots=True)
class WrittenToken:
    """A token of an answer, as the local model read it.

    Attributes:
        text: what it adds to the text: a character of several tokens stands at the last of them.
        part: where it stands; None for a header's.
        margin: nats by which the likeliest token was likelier, 0 for the likeliest; None where it does not count.
        likeliest: the text of the likeliest token; None where it was written, or does not count.
    """

    text: str
    part: Part | None
    margin: float | None
    likeliest: str | None = None

    @classmethod
    def from_data(cls, data: list[Any]) -> WrittenToken:
        """Returns the token whose fields are `data`, as JSON gives them."""
        text, part, margin, likeliest = data
        return cls(text, None if part is None else Part(part), margin, likeliest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Likelihood:
    """How likely an answer is behind one rendering of its prompt.

    At temperature 0 the rendering that was answered is the one whose margins are smallest: behind another one, the same
    text may well be likelier as a whole and yet not what would have been written.

    Attributes:
        form: the rendering's form as `backends.renderings.Form.from_data` reads it; None where a mistake leaves none.
        mistake: the value of the `backends.renderings.Mistake` in it; None for a legitimate rendering.
        length: of the rendering, in tokens.
        log_probability: of the counted tokens, in nats.
        unlikely: how many counted tokens are not the likeliest.
        margin_sum: of these, in nats.
    """

    form: Mapping[str, Any] | None
    mistake: str | None
    length: int
    log_probability: float
    unlikely: int
    margin_sum: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What the local model says of one answer.

    Attributes:
        answer: digest of the answer that was scored.
        source: from where its tokens were taken.
        logprobs: what the reply's own `logprobs` are.
        tokens: how many count.
        unlikely: those of them that are not the likeliest, in their order.
        ambiguous: how many tokens are not the likeliest and do not count, since the writer may have written the
            likeliest one as well: white space that a server strips, or the same text in other tokens.
        log_probability: sum over the counted tokens, in nats.
        reported: how many tokens have a log-probability in the reply.
        reported_gap: mean absolute difference between those and the local model's, in nats; None where there are none.
        likelihoods: of every rendering that was asked for, the best explanation first; empty where it was one alone.
        written: all tokens that were read, in their order; empty where the text holds a credential, and in what an
            earlier version kept.
        effective_overrides: as in `Completion`.
    """

    answer: str
    source: TokenSource
    logprobs: ReportedLogprobs = ReportedLogprobs.ABSENT
    tokens: int
    unlikely: tuple[UnlikelyToken, ...]
    ambiguous: int = 0
    log_probability: float
    reported: int = 0
    reported_gap: float | None = None
    likelihoods: tuple[Likelihood, ...] = ()
    written: tuple[WrittenToken, ...] = ()
    effective_overrides: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def margin_sum(self) -> float:
        """Of all counted tokens, in nats."""
        return sum(token.margin for token in self.unlikely)

    @property
    def greatest_margin(self) -> float:
        """Of a counted token, in nats; 0 where all are the likeliest."""
        return max((token.margin for token in self.unlikely), default=0.0)

    @property
    def first_unlikely(self) -> UnlikelyToken | None:
        """Where the answer leaves what the local model would have written; None where it does not."""
        return self.unlikely[0] if self.unlikely else None

    def as_data(self) -> dict[str, Any]:
        """Returns the score as JSON plain data. `from_data` is its inverse."""
        return {
            "answer": self.answer,
            "source": str(self.source),
            "logprobs": str(self.logprobs),
            "tokens": self.tokens,
            "unlikely": [_token_data(token) for token in self.unlikely],
            "ambiguous": self.ambiguous,
            "log_probability": self.log_probability,
            "reported": self.reported,
            "reported_gap": self.reported_gap,
            "likelihoods": [_likelihood_data(one) for one in self.likelihoods],
            **_written_data(self.written),
            "otherwise": dict(self.effective_overrides),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Score:
        """Returns the score that `as_data` made plain.

        Raises:
            ValueError, TypeError, KeyError: the data is no score.
        """
        told = dict(data)
        return cls(
            effective_overrides=told.pop("otherwise"),
            **told
            | {
                "source": TokenSource(told["source"]),
                "logprobs": ReportedLogprobs(told["logprobs"]),
                "unlikely": tuple(UnlikelyToken(**one | {"part": Part(one["part"])}) for one in told["unlikely"]),
                "likelihoods": tuple(Likelihood(**one) for one in told["likelihoods"]),
                "written": tuple(WrittenToken.from_data(one) for one in told.get("written", ())),
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscored:
    """An answer without a score, which is no error: there was nothing to score.

    Attributes:
        kind: why.
        why: the same as a sentence.
        answer: digest of the answer; None where none came.
    """

    kind: NothingToScore
    why: str
    answer: str | None = None

    @property
    def is_lasting(self) -> bool:
        """True where the answer itself is the reason, so that asking again would end alike."""
        return self.kind in _LASTING

    def as_data(self) -> dict[str, Any]:
        """Returns it as JSON plain data. `from_data` is its inverse."""
        return {"kind": str(self.kind), "why": self.why, "answer": self.answer}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Unscored:
        """Returns what `as_data` made plain.

        Raises:
            ValueError, TypeError, KeyError: the data is none.
        """
        return cls(kind=NothingToScore(data["kind"]), why=data["why"], answer=data["answer"])


#: What cannot be scored on another day either.
_LASTING = frozenset(
    {
        NothingToScore.EMPTY,
        NothingToScore.REASONING_WITHHELD,
        NothingToScore.UNWRITABLE,
        NothingToScore.NOT_TEXT,
        NothingToScore.NOT_GREEDY,
    }
)

#: What scoring an answer comes to.
Scoring: TypeAlias = Score | Unscored


def scoring_data(scoring: Scoring) -> dict[str, Any]:
    """Returns either as JSON plain data, its type beside it. `scoring_from_data` is its inverse."""
    return {"type": type(scoring).__name__.lower(), **scoring.as_data()}


def scoring_from_data(data: Mapping[str, Any]) -> Scoring:
    """Returns what `scoring_data` made plain.

    Raises:
        ValueError, TypeError, KeyError: the data is neither.
    """
    told = dict(data)
    kinds: dict[str, type[Score | Unscored]] = {"score": Score, "unscored": Unscored}
    return kinds[told.pop("type")].from_data(told)


def _written_data(tokens: Sequence[WrittenToken]) -> dict[str, Any]:
    """Returns nothing where there are none, as in what an earlier version kept."""
    return {"written": [[one.text, one.part, one.margin, one.likeliest] for one in tokens]} if tokens else {}


def _token_data(token: UnlikelyToken) -> dict[str, Any]:
    return {name: getattr(token, name) for name in ("position", "written", "likeliest", "margin", "rank")} | {
        "part": str(token.part)
    }


def _likelihood_data(one: Likelihood) -> dict[str, Any]:
    names = ("mistake", "length", "log_probability", "unlikely", "margin_sum")
    return {name: getattr(one, name) for name in names} | {"form": None if one.form is None else dict(one.form)}
