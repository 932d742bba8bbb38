"""The prompt that explains the answers is named, whatever lengths are reported."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from backends.renderings import Form, Mistake
from backends.score import Likelihood, Score
from reports.findings import Evidence, find
from reports.findings.explanation import explanation_of
from reports.statistics.token_evidence import token_evidence_of
from tests.reports.material import NO, YES, about, rows, said
from tests.reports.scores import reading, score, scored

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Legitimate forms, as a reading names them.
OWN, OTHER = Form().as_data(), {"another": "form"}


def likely(margins: float, mistake: Mistake | None = None, form: Mapping[str, Any] | None = None) -> Likelihood:
    """Returns a reading behind one rendering."""
    return Likelihood(
        form=form,
        mistake=None if mistake is None else str(mistake),
        length=100,
        log_probability=-10 - margins,
        unlikely=3,
        margin_sum=margins,
    )


def answer(own: float, **by: float) -> Score:
    """Returns an answer with its margins behind the reference's prompt, and behind others by name."""
    others = [likely(margins, Mistake[name.upper()]) for name, margins in by.items() if name != "form"]
    forms = [likely(by["form"], form=OTHER)] if "form" in by else []
    return replace(score(own), likelihoods=(likely(own, form=OWN), *forms, *others))


def explained(own: float, n: int = 6, **by: Any) -> dict[str, Score]:  # noqa: ANN401 - floats, but mypy sees `n`
    return {f"toxicchat-{place:04}": answer(own, **by) for place in range(n)}


def test_dropped_policy_explains_its_answers() -> None:
    found = explanation_of(explained(6.0, developer_dropped=0.0, effort_low=9.0))

    assert found is not None
    assert found.mistakes == (Mistake.DEVELOPER_DROPPED,)
    assert "the developer message (the policy) is dropped" in found.says
    assert "0.0 nats together where the best right prompt leaves 36.0, log-likelihood ratio 36.0" in found.says


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param({}, id="nobody asked"),
        pytest.param(explained(0.3, developer_dropped=6.0), id="the right prompt"),
        pytest.param(explained(1.0, developer_dropped=0.0), id="6 nats"),
        pytest.param(explained(9.0, developer_dropped=5.0), id="more than half is left"),
        pytest.param(explained(9.0, n=1, developer_dropped=0.0), id="a single answer"),
        pytest.param({"toxicchat-0000": score(9.0)}, id="one rendering alone"),
    ],
)
def test_no_prompt_is_named_without_need(scores: dict[str, Score]) -> None:
    assert explanation_of(scores) is None


def test_another_legitimate_form_is_no_mistake() -> None:
    found = explanation_of(explained(6.0, form=0.0, developer_dropped=0.0))

    assert found is not None
    assert found.mistakes == ()


def evidence_of(**by: float) -> Evidence:
    made = scored(rows((said(NO), said(YES), 60)), [[3.0, 3.0]] * 60)
    tokens = token_evidence_of(made, [reading(made, [[0.1]] * 3)])
    return Evidence(
        subject=about(60), rows=made, checks=[], tokens=tokens, explanations=explained(6.0, 6, **by) if by else {}
    )


def test_finding_rests_on_likelihood_alone_and_silences_other_weights() -> None:
    (found,) = find(evidence_of(developer_dropped=0.0))

    assert found.id == "developer-dropped"
    assert "log-likelihood ratio" in found.evidence["lines"][0]


def test_mistakes_that_explain_alike_stand_beside_each_other() -> None:
    (found,) = find(evidence_of(policy_in_users_turn=0.0, policy_after_identity=0.1))

    assert (found.id, found.candidates) == ("developer-as-user", ("developer-in-system",))


def test_answers_of_another_form_accuse_no_weights() -> None:
    assert "weights" not in str([found.id for found in find(evidence_of(form=0.0))])
    assert next(found.id for found in find(evidence_of(effort_low=9.0))) == "other-model"
