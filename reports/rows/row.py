"""A Row: a Comparison as typed data, which a test report carries, the judge reads and the parquet file holds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from backends.api.responses_body import message_of
from backends.completion import FinishReason
from backends.errors import TRANSPORT_FAILURES, FailureKind, ResponseUnusable
from backends.evidence import read_local_evidence
from backends.no_completion import NoCompletion, why_error, why_no_completion, why_no_response
from backends.outcome import ANSWERS, FORMAT_TOKENS, OutcomeKind, is_well_formed
from backends.raw_reply import json_problems_of
from backends.score import Score, Scoring, Unscored, scoring_data, scoring_from_data
from backends.statuses import FIRST_ERROR, FIRST_SERVER_ERROR
from backends.strict_json import JsonProblem, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backends.evidence import LocalEvidence


#: A status of each kind of failure that is the server's own word.
_STATUS_OF = {FailureKind.REFUSED: FIRST_ERROR, FailureKind.SERVER: FIRST_SERVER_ERROR}


@dataclass(frozen=True, kw_only=True)
class RowSide:
    """One side of a row.

    Attributes:
        outcome: what the answer amounts to.
        label: the label that was read, True for toxic; None where none was.
        response: the final answer; None where there is none.
        reasoning: the analysis; None where there is none.
        error: why no answer came; None where one did.
        failure: where in the life of the request it ended; None where an answer came.
        finish_reason: why the text ended; None where no answer came.
        prompt_tokens: as reported.
        completion_tokens: as reported.
        latency_s: seconds for the last attempt, or the share of a local batch.
        attempts: requests sent, 1 for the first.
        cached: True where the answer came out of the cache.
        provider: who served it, as the response says; None where it does not.
        raw: JSON text of the evidence; None where none was kept.
    """

    outcome: OutcomeKind
    label: bool | None
    response: str | None
    reasoning: str | None
    error: str | None
    failure: FailureKind | None
    finish_reason: FinishReason | None
    prompt_tokens: int | None
    completion_tokens: int | None
    latency_s: float | None
    attempts: int
    cached: bool
    provider: str | None
    raw: str | None

    @property
    def has_label(self) -> bool:
        """True where the policy reads a label in the answer."""
        return self.outcome is OutcomeKind.LABEL

    @property
    def is_well_formed(self) -> bool:
        """True where the answer came, holds no markup and ended by itself, whatever it says."""
        return is_well_formed(self.outcome, self.finish_reason)

    @property
    def has_text(self) -> bool:
        """True where a thought or an answer is there."""
        return bool(self.reasoning or self.response)

    @property
    def texts(self) -> tuple[str | None, str | None]:
        """The thought and the answer."""
        return self.reasoning, self.response

    @cached_property
    def request(self) -> Mapping[str, Any]:
        """The body of the request to the API; empty where the evidence holds none."""
        return _object(self._exchange.get("request"))

    @cached_property
    def said(self) -> str:
        """The body of the API's response as text; empty where the evidence holds none."""
        said = self._exchange.get("response")
        return said if isinstance(said, str) else ""

    @cached_property
    def message(self) -> Mapping[str, Any]:
        """The message of the API's first choice, as it came; empty where the evidence holds none.

        Of a response of the Responses API it is the message that its items amount to.
        """
        response = read_json(self.said).value
        if isinstance(response, dict) and isinstance(response.get("output"), list):
            return _message_of_items(response)
        choices = response.get("choices") if isinstance(response, dict) else None
        first = choices[0] if isinstance(choices, list) and choices else {}
        message = first.get("message") if isinstance(first, dict) else None
        return message if isinstance(message, dict) else {}

    @cached_property
    def told_finish_reason(self) -> str | None:
        """Why the text ended, as the API's response says it, in the protocol's vocabulary or not."""
        response = read_json(self.said).value
        choices = response.get("choices") if isinstance(response, dict) else None
        first = choices[0] if isinstance(choices, list) and choices else {}
        told = first.get("finish_reason") if isinstance(first, dict) else None
        if isinstance(told, str):
            return told
        return None if self.finish_reason is None else str(self.finish_reason)

    @cached_property
    def json_problems(self) -> tuple[JsonProblem, ...]:
        """What a strict reader of JSON trips over in the body of a response that is no error."""
        return json_problems_of(self.raw)

    @cached_property
    def no_completion(self) -> NoCompletion | None:
        """Why the API's response holds no chat completion; None where it does, and where none came."""
        if self.failure in TRANSPORT_FAILURES:
            return None
        status = self._exchange.get("status")
        if type(status) is int and self.said:
            unusable = NoCompletion.OTHER_SHAPE if self.failure is FailureKind.UNUSABLE else None
            of_api = why_no_response if "input" in _object(self._exchange.get("request")) else why_no_completion
            return of_api(status, self.said) or unusable
        if self.failure in _STATUS_OF:
            return why_error(_STATUS_OF[self.failure], str(self.error))
        return NoCompletion.GUARD if self.finish_reason is FinishReason.CONTENT_FILTER else None

    @cached_property
    def local_evidence(self) -> LocalEvidence | None:
        """The prompt that the local model saw and the text that it wrote; None where the evidence is another."""
        return read_local_evidence(self.raw)

    @cached_property
    def _exchange(self) -> Mapping[str, Any]:
        return _object(self.raw)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> RowSide:
        """Returns the side whose fields are `data`, as JSON gives them."""
        failure, finish_reason = data["failure"], data["finish_reason"]
        typed = {
            "outcome": OutcomeKind(data["outcome"]),
            "failure": None if failure is None else FailureKind(failure),
            "finish_reason": None if finish_reason is None else FinishReason(finish_reason),
        }
        return cls(**{**data, **typed})


def _message_of_items(response: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return message_of(response)
    except ResponseUnusable:
        return {}


@dataclass(frozen=True, kw_only=True)
class Row:
    """The two answers to one example, side by side.

    Attributes:
        subject: the subject's id.
        model: the model's name or id.
        policy: the policy's name.
        example_id: of the example.
        conv_id: the data set's id of the conversation.
        text: what was asked about.
        ground_truth: 1 for toxic, 0 for not, as the data set says.
        api: one side.
        local: the other side.
        response_similarity: of the final answers, 0 to 1; a missing one counts 0.
        reasoning_similarity: of the reasonings, in the same way.
        local_prompt_drift: lines in which the prompt that the local model saw is no legitimate rendering.
        local_greedy: True where the local side was asked at temperature 0.
        api_scoring: what the local reference says of the API's answer, token by token; None where it was not asked.
        audited: True where the local reference has read the API's answer and gave none: `local` then says nothing, and
            neither does what compares the two.
        near_tie: the margin in nats up to which a token was nearly as likely as the likeliest one, by what legitimate
            changes of the reference do; None where no floor was measured, and before the whole run is judged.
        decisive: tokens of the API's answer with a greater margin than that; None likewise, and where it has no score.
        floor_margins: the margins of the floor on the same answer, in nats; None likewise.
    """

    subject: str
    model: str
    policy: str
    example_id: str
    conv_id: str
    text: str
    ground_truth: int
    api: RowSide
    local: RowSide
    response_similarity: float
    reasoning_similarity: float
    local_prompt_drift: tuple[str, ...] = ()
    local_greedy: bool = False
    api_scoring: Scoring | None = None
    audited: bool = False
    near_tie: float | None = None
    decisive: int | None = None
    floor_margins: tuple[float, ...] | None = None

    @property
    def sides(self) -> tuple[tuple[str, RowSide], tuple[str, RowSide]]:
        """Name and side, the API first."""
        return ("api", self.api), ("local", self.local)

    @property
    def both_labelled(self) -> bool:
        """True where both sides have a label."""
        return self.api.has_label and self.local.has_label

    @property
    def labels_agree(self) -> bool:
        """True where both sides have a label and the labels are equal. Two missing labels are not an agreement."""
        return self.both_labelled and self.api.label == self.local.label

    @property
    def outcomes_match(self) -> bool:
        """True where both sides come to the same: see `same_outcome`."""
        return same_outcome(self.api, self.local)

    @property
    def api_score(self) -> Score | None:
        """The score of the API's answer; None where it has none."""
        return self.api_scoring if isinstance(self.api_scoring, Score) else None

    @property
    def api_unscored(self) -> Unscored | None:
        """Why the API's answer has no score; None where it has one, and where nobody asked for it."""
        return self.api_scoring if isinstance(self.api_scoring, Unscored) else None

    def as_json(self) -> str:
        """Returns all of the row as JSON text, fit to travel on a test report."""
        scoring = None if self.api_scoring is None else scoring_data(self.api_scoring)
        return json.dumps(asdict(self) | {"api_scoring": scoring})

    @classmethod
    def from_json(cls, text: str) -> Row:
        """Returns the row that `as_json` wrote."""
        data = json.loads(text)
        typed = {side: RowSide.from_data(data[side]) for side in ("api", "local")}
        scoring = data["api_scoring"]
        told = {
            "local_prompt_drift": tuple(data["local_prompt_drift"]),
            "api_scoring": None if scoring is None else scoring_from_data(scoring),
        }
        return cls(**{**data, **typed, **told})


#: The local side of an audit, which gave no answer: an error that is nobody's, and agrees with nothing.
NO_ANSWER = RowSide(
    outcome=OutcomeKind.ERROR,
    label=None,
    response=None,
    reasoning=None,
    error=None,
    failure=FailureKind.NOT_ASKED,
    finish_reason=None,
    prompt_tokens=None,
    completion_tokens=None,
    latency_s=None,
    attempts=0,
    cached=False,
    provider=None,
    raw=None,
)


def same_outcome(one: RowSide, other: RowSide) -> bool:
    """Returns whether two answers come to the same: one label, two refusals, two unreadable answers, or two equal cuts.

    What is malformed, empty or an error agrees with nothing.
    """
    if one.outcome is not other.outcome:
        return False
    if one.outcome is OutcomeKind.TRUNCATED:
        return _cut_alike(one.completion_tokens, other.completion_tokens)
    return one.outcome in ANSWERS and one.label == other.label


def _cut_alike(one: int | None, other: int | None) -> bool:
    """Returns whether two texts were cut at the same limit, as far as the tokens tell; servers count markup or not."""
    return one is None or other is None or abs(one - other) <= FORMAT_TOKENS


def _object(text: object) -> Mapping[str, Any]:
    """Returns the object that a JSON text stands for; an empty one for anything else."""
    try:
        value = json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
