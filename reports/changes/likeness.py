"""Whether two reports tell of the same sample, asked in the same way: only then do they compare.

What only one of them tells is told as unknown, and is not taken to be the same.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reports.changes.asked import asked_of
from reports.changes.report import mapping
from reports.text import cut, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    from reports.changes.report import ToldSubject
    from reports.rows.row import Row

    #: A fact, a detail of it, and what each report says.
    _Told: TypeAlias = "tuple[Fact, str, Any, Any]"

#: Characters of a value that a message shows.
_SHOWN = 60


class Fact(StrEnum):
    """What two reports must have in common, or may have otherwise."""

    KIND = "what was asked"
    SAMPLE = "the sample"
    MODEL = "the model"
    POLICY = "the policy"
    SETTINGS = "the settings"
    DAY = "the day that the prompts print"
    THRESHOLDS = "the thresholds"
    ENDPOINT = "the endpoint"
    REFERENCE = "the local reference"


#: Facts that may be otherwise: what is compared may be just that.
_FREE = frozenset({Fact.DAY, Fact.THRESHOLDS, Fact.ENDPOINT, Fact.REFERENCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What two reports tell otherwise of their subjects.

    Attributes:
        fact: which.
        told: a clause: what the older one says, and what the newer one.
        detail: of the fact, such as the name of a setting; empty for the whole of it.
    """

    fact: Fact
    told: str
    detail: str = ""

    @property
    def refuses(self) -> bool:
        """True where answers to one question stand beside answers to another."""
        return self.fact not in _FREE


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What two reports have in common.

    Attributes:
        differences: what they tell otherwise.
        untold: what one of them, or neither, tells.
    """

    differences: tuple[Difference, ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def refusals(self) -> tuple[Difference, ...]:
        """Differences between questions."""
        return tuple(one for one in self.differences if one.refuses)

    @property
    def notes(self) -> tuple[Difference, ...]:
        """Differences between those who were asked."""
        return tuple(one for one in self.differences if not one.refuses)

    def is_same(self, fact: Fact) -> bool:
        """Returns whether no difference is known."""
        return all(one.fact is not fact for one in self.differences)


def likeness_of(old: ToldSubject, new: ToldSubject) -> Likeness:
    """Returns what two reports of a subject have in common."""
    facts = list(_facts(old, new))
    untold = [_named(fact, detail) for fact, detail, one, other in facts if one is None or other is None]
    unlike = [
        Difference(
            fact=fact,
            detail=detail,
            told=f"{_named(fact, detail)}: {_shown(one)} in the older report, {_shown(other)} in the newer",
        )
        for fact, detail, one, other in facts
        if one is not None and other is not None and one != other
    ]
    samples = _sample_difference(old, new)
    if samples is not None:
        unlike.insert(0, samples)
    elif not _has_sample(old, new):
        untold.insert(0, str(Fact.SAMPLE))
    return Likeness(differences=tuple(unlike), untold=tuple(dict.fromkeys(untold)))


def _named(fact: Fact, detail: str) -> str:
    return f"{fact} ({detail})" if detail else str(fact)


def _facts(old: ToldSubject, new: ToldSubject) -> Iterator[_Told]:
    """Yields fact, detail, and what each report says of it; None where it says nothing."""
    yield Fact.KIND, "", _kind(old), _kind(new)
    yield Fact.MODEL, "", _model(old), _model(new)
    yield Fact.POLICY, "", _policy_name(old), _policy_name(new)
    asked = asked_of(old.rows), asked_of(new.rows)
    texts = [mapping(one.told.get("policy")).get("sha256") for one in (old, new)]
    texts = texts if all(texts) else [one.policy for one in asked]
    yield Fact.POLICY, "its text", texts[0], texts[1]
    reading = [mapping(one.told.get("policy")).get("reading") for one in (old, new)]
    if None not in reading:
        yield Fact.POLICY, "how answers are read", reading[0], reading[1]
    told = [_settings(one) for one in (old, new)]
    yield from _of_settings(*(told if all(told) else [one.settings for one in asked]))
    yield Fact.THRESHOLDS, "", _thresholds(old), _thresholds(new)
    yield from _of_sides(old, new)


def _of_settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[_Told]:
    """Yields each setting of either; or all of them at once, where one of the reports tells none."""
    if not old or not new:
        yield Fact.SETTINGS, "", old or None, new or None
        return
    for name in sorted({*old, *new}):
        fact, detail = (Fact.DAY, "") if name == "date" else (Fact.SETTINGS, name)
        yield fact, detail, _value(old.get(name)), _value(new.get(name))


def _of_sides(old: ToldSubject, new: ToldSubject) -> Iterator[_Told]:
    for name in sorted({*old.api} & {*new.api}):
        yield Fact.ENDPOINT, name, _value(old.api[name]), _value(new.api[name])
    for name in sorted({*old.local} & {*new.local} - {"model"}):
        yield Fact.REFERENCE, name, _value(old.local[name]), _value(new.local[name])


def _value(value: object) -> object:
    """Returns what a side says of itself; nothing said on purpose is something too."""
    return "nothing" if value is None else value


def _kind(subject: ToldSubject) -> str | None:
    if subject.kind is not None:
        return str(subject.kind)
    return "audit" if subject.rows and all(row.audited for row in subject.rows) else None


def _model(subject: ToldSubject) -> str | None:
    """Returns the model's name; a folder is known by its last part."""
    name = str(subject.told.get("model") or next((row.model for row in subject.rows), ""))
    plain = name.rstrip("/").rpartition("/")[2] if name.startswith("/") else name
    return None if plain in ("", "recorded") else plain


def _policy_name(subject: ToldSubject) -> str | None:
    told = subject.told.get("policy")
    name = mapping(told).get("name") if isinstance(told, dict) else told
    return str(name or next((row.policy for row in subject.rows), "")) or None


def _thresholds(subject: ToldSubject) -> Mapping[str, Any] | None:
    told = subject.told.get("criteria")
    found = [mapping(one) for one in told] if isinstance(told, list) else []
    return {str(one["name"]): one.get("threshold") for one in found if "name" in one} or None


def _settings(subject: ToldSubject) -> Mapping[str, Any]:
    """Returns the settings of the prompts as `verdict.json` tells them; empty where it does not."""
    return mapping(subject.told.get("prompt")) or mapping(subject.told.get("settings"))


def keys_of(rows: tuple[Row, ...]) -> dict[tuple[str, str, int], Row]:
    """Returns rows by what tells an example from another: conversation, text, and which of its like it is."""
    counted: Counter[tuple[str, str]] = Counter()
    found = {}
    for row in rows:
        key = row.conv_id, row.text
        found[*key, counted[key]] = row
        counted[key] += 1
    return found


def _has_sample(old: ToldSubject, new: ToldSubject) -> bool:
    return all(one.sample.get("sha256") or one.rows for one in (old, new))


def _sample_difference(old: ToldSubject, new: ToldSubject) -> Difference | None:
    """Returns how the samples differ: by the digests of whole samples, or by the examples that have rows."""
    digests = [one.sample.get("sha256") for one in (old, new)]
    mine, theirs = keys_of(old.rows), keys_of(new.rows)
    if (all(digests) and digests[0] == digests[1]) or not _has_sample(old, new):
        return None
    if not (all(digests) or (mine and theirs)) or (mine and mine.keys() == theirs.keys()):
        return None
    sizes = [len(one.rows) or one.sample.get("size") for one in (old, new)]
    both = f", {len(mine.keys() & theirs.keys())} in both" if mine and theirs else ", other ones"
    told = f"{Fact.SAMPLE}: {sizes[0]} examples in the older report and {sizes[1]} in the newer{both}"
    return Difference(fact=Fact.SAMPLE, told=told + _drawn(old, new))


def _drawn(old: ToldSubject, new: ToldSubject) -> str:
    """Returns, as the end of a clause, in which ways the samples were drawn otherwise."""
    names = [name for name in ("size", "seed", "stratify") if old.sample.get(name) != new.sample.get(name)]
    told = [f"{name} {_shown(old.sample.get(name))} and {_shown(new.sample.get(name))}" for name in names]
    return f" ({', '.join(told)})" if told and old.sample and new.sample else ""


def _shown(value: object) -> str:
    return cut(one_line(value if isinstance(value, str) else json.dumps(value, default=str)), _SHOWN)
