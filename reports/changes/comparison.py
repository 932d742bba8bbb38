"""Compares reports of one sample: what changed beyond chance, what of it is a regression, and what merely stands there.

A regression is a verdict that became `differs`, a finding of the endpoint's that is new although the older run looked
at what shows it, a wire check that was kept and is broken, tokens that were the model's and are another writer's, or a
criterion that fell: paired over the examples, exact, p < 0.01 after correction for all tests of all reports that are
compared, and also beside the older run's local answers where those were others, unless the tokens are the same
model's and near-ties explain it. Labels that flip, texts that part, times and tokens are told, and are none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reports.changes.change import Change, ChangeKind, Direction
from reports.changes.flips import Flip, flips_of
from reports.changes.likeness import Difference, Fact, Likeness, keys_of, likeness_of
from reports.changes.named import check_changes, finding_changes, token_changes, verdict_changes
from reports.changes.paired import PairedChange, corrected, paired_changes
from reports.changes.shifts import Shift, shifts_of, surest
from reports.changes.spending import Spending, spending_of
from reports.statistics.probability import told_p
from reports.statistics.token_evidence import TokenStanding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.changes.paired import Pair
    from reports.changes.report import Report, ToldSubject

#: Facts without which two verdicts are answers to two questions.
_OF_A_VERDICT = (Fact.KIND, Fact.SAMPLE, Fact.MODEL, Fact.POLICY, Fact.SETTINGS, Fact.THRESHOLDS)


class NotComparableError(ValueError):
    """Two reports tell of different things; the message says of which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectComparison:
    """A subject in two reports.

    Attributes:
        old: the subject in the older one.
        new: the same in the newer one.
        likeness: what the two have in common.
        common: examples that have a row in both.
        criteria: how far each moved on those.
        shifts: what the API does otherwise.
        flips: examples whose answer came to something else.
        spending: what the answers of either run took.
    """

    old: ToldSubject
    new: ToldSubject
    likeness: Likeness
    common: int
    criteria: tuple[PairedChange, ...]
    shifts: tuple[Shift, ...]
    flips: tuple[Flip, ...]
    spending: tuple[Spending, Spending] | None

    @property
    def changes(self) -> tuple[Change, ...]:
        """What changed beyond chance, regressions first."""
        order = list(Direction)
        return tuple(sorted(self._changes(), key=lambda change: order.index(change.direction)))

    def _changes(self) -> Iterator[Change]:
        named = [*verdict_changes(self.old, self.new), *finding_changes(self.old, self.new)]
        one_question = all(self.likeness.is_same(fact) for fact in _OF_A_VERDICT)
        yield from named if one_question else (replace(change, direction=Direction.OTHER) for change in named)
        yield from token_changes(self.old, self.new)
        yield from check_changes(self.old, self.new)
        yield from (self._of_criterion(result) for result in self.criteria if result.moved)
        for shift in self.shifts:
            yield self._change(ChangeKind.SHIFT, Direction.OTHER, shift.feature, shift.told)

    def _of_criterion(self, result: PairedChange) -> Change:
        direction = Direction.WORSE if result.fell else Direction.BETTER if result.rose else Direction.OTHER
        told = (
            f"{result.name} {'rose' if result.difference > 0 else 'fell'} from {result.old:.3f} to {result.new:.3f} on "
            f"{result.n} examples ({told_p(result.corrected)})"
        )
        if direction is Direction.OTHER and result.is_explained:
            told += ": the tokens are the same model's, and near-ties explain it, as where another precision serves"
        elif direction is Direction.OTHER:
            told += ": the local reference's doing, or not the endpoint's alone"
        return self._change(ChangeKind.CRITERION, direction, result.name, told)

    def _change(self, kind: ChangeKind, direction: Direction, what: str, told: str) -> Change:
        return Change(kind=kind, direction=direction, subject=self.new.id, what=what, told=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two reports.

    Attributes:
        old: the name of the older one.
        new: of the newer one.
        subjects: those that are in both.
        unpaired: ids of subjects that are in one alone, each with the report's name.
    """

    old: str
    new: str
    subjects: tuple[SubjectComparison, ...]
    unpaired: tuple[tuple[str, str], ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """What changed beyond chance."""
        return tuple(change for subject in self.subjects for change in subject.changes)

    @property
    def regressions(self) -> tuple[Change, ...]:
        """What became worse."""
        return tuple(change for change in self.changes if change.direction is Direction.WORSE)


def compare(old: Report, news: Sequence[Report], *, anyway: bool = False) -> tuple[Comparison, ...]:
    """Returns what changed from one report to each of the others.

    Args:
        old: what the others are held against.
        news: at least one.
        anyway: True compares the examples that both have, whatever else they have not in common.

    Raises:
        NotComparableError: samples, policies or settings differ, or the reports have no subject in common.
    """
    found = [_paired(old, new, anyway=anyway) for new in news]
    tests = corrected([result for one in found for subject in one.subjects for result in subject.criteria])
    left, count = iter(tests), sum(len(one.subjects) for one in found)

    def settled(subject: SubjectComparison) -> SubjectComparison:
        criteria = tuple(next(left) for _ in subject.criteria)
        return replace(subject, criteria=criteria, shifts=surest(subject.shifts, count))

    return tuple(replace(one, subjects=tuple(map(settled, one.subjects))) for one in found)


def _paired(old: Report, new: Report, *, anyway: bool) -> Comparison:
    pairs = subject_pairs(old, new)
    if not pairs:
        mine, theirs = (", ".join(one.id for one in report.subjects) for report in (old, new))
        raise NotComparableError(f"{old.name} tells of {mine or 'nobody'}, and {new.name} of {theirs or 'nobody'}.")
    compared = tuple(_subject(*pair, anyway=anyway) for pair in pairs)
    in_both = {id(one) for pair in pairs for one in pair}
    return Comparison(
        old=old.name,
        new=new.name,
        subjects=compared,
        unpaired=tuple(
            (one.id, report.name) for report in (old, new) for one in report.subjects if id(one) not in in_both
        ),
    )


def subject_pairs(old: Report, new: Report) -> list[tuple[ToldSubject, ToldSubject]]:
    """Returns the subjects of one id in both reports; where each has just one, those, whatever they are called."""
    if len(old.subjects) == len(new.subjects) == 1:
        return [(old.subjects[0], new.subjects[0])]
    by_id = {one.id: one for one in old.subjects}
    return [(by_id[one.id], one) for one in new.subjects if one.id in by_id]


def require_likeness(old: Report, new: Report) -> None:
    """Raises NotComparableError where what is told of a newer run before it begins asks other questions."""
    for pair in subject_pairs(old, new):
        _refuse(pair[1].id, likeness_of(*pair).refusals)


def _refuse(subject: str, refusals: Sequence[Difference]) -> None:
    if refusals:
        told = "; ".join(one.told for one in refusals)
        raise NotComparableError(f"{subject}: the reports do not tell of the same: {told}.")


def _subject(old: ToldSubject, new: ToldSubject, *, anyway: bool) -> SubjectComparison:
    likeness = likeness_of(old, new)
    if not anyway:
        _refuse(new.id, likeness.refusals)
    earlier, later = keys_of(old.rows), keys_of(new.rows)
    pairs: list[Pair] = [(earlier[key], row) for key, row in later.items() if key in earlier]
    if anyway and not pairs and likeness.refusals:
        raise NotComparableError(f"{new.id}: the reports have no example in common.")
    return SubjectComparison(
        old=old,
        new=new,
        likeness=likeness,
        common=len(pairs),
        criteria=paired_changes(pairs, same_model=new.tokens is TokenStanding.EQUIVALENT),
        shifts=shifts_of(pairs),
        flips=flips_of(pairs),
        spending=(spending_of([one for one, _ in pairs]), spending_of([one for _, one in pairs])) if pairs else None,
    )
