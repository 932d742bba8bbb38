"""The verdict in a sentence, and what stands at the head of a subject."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reports.verdict.judgement import Judgement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.page.source import Source, SubjectSource

#: A verdict as a word of a sentence, and the class of its badge.
_WORDS: Final = {
    Judgement.CONFORMS: ("conforms", "good"),
    Judgement.DIFFERS: ("differs", "bad"),
    Judgement.NO_VERDICT: ("no verdict", "unsure"),
}

#: Findings that are told at the head; all of them have their cards.
_LED: Final = 2

#: What stands at the head of a side, where its backend tells it.
_FACTS: Final = ("endpoint", "software", "provider", "model", "revision", "dtype", "device", "attention", "batch_size")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The verdict on a run.

    Attributes:
        sentence: in a few words.
        lead: what was found, the fault that explains most first.
        reason: one or more sentences.
        word: of the badge.
        state: the badge's class.
        complete: False where rows are missing.
        facts: name and value of what the run was.
    """

    sentence: str
    lead: Sequence[str]
    reason: str
    word: str
    state: str
    complete: bool
    facts: Sequence[tuple[str, str]]


def headline_of(source: Source) -> Headline:
    """Returns the verdict on a run."""
    word, state = words_of(source.told.get("verdict"))
    run = source.told.get("run") or {}
    facts = [(name, str(run[name])) for name in ("started", "finished", "command") if run.get(name)]
    one = source.subjects[0] if len(source.subjects) == 1 else None
    return Headline(
        sentence=_sentence(source, one, word),
        lead=[] if one is None else [f"{found['title']}." for found in (one.told.get("findings") or ())[:_LED]],
        reason="" if one is None else str(one.told.get("reason") or ""),
        word=word,
        state=state,
        complete=source.told.get("complete") is not False,
        facts=([] if one is None else facts_of(one)) + facts,
    )


def words_of(verdict: object) -> tuple[str, str]:
    """Returns a verdict as a word, and the class of its badge."""
    return next((words for known, words in _WORDS.items() if known == verdict), ("not judged", "plain"))


def facts_of(subject: SubjectSource) -> list[tuple[str, str]]:
    """Returns what was asked of a subject, by name."""
    told = subject.told
    first: Mapping[str, Any] = subject.rows[0] if subject.rows else {}
    facts = {
        "model": told.get("model") or first.get("model"),
        "endpoint": (told.get("api") or {}).get("endpoint"),
        "policy": _policy(told.get("policy") or first.get("policy")) if subject.rows else None,
        "examples": _sample(told.get("sample"), len(subject.rows)),
        "wire checks": str(len(told["checks"])) if told.get("checks") else None,
    }
    return [(name, str(value)) for name, value in facts.items() if value]


def sides_of(subject: SubjectSource) -> list[tuple[str, list[tuple[str, str]]]]:
    """Returns the facts of each side as its backend tells them; none where no verdict lies beside the rows."""
    sides = ((name.upper(), subject.told.get(name) or {}) for name in ("api", "local"))
    return [(name, _listed(facts)) for name, facts in sides if facts]


def _listed(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = [*(name for name in _FACTS if name in facts), *(name for name in facts if name not in _FACTS)]
    return [(name.replace("_", " "), _words(facts[name])) for name in names if facts[name] not in (None, "", {}, [])]


def _policy(told: object) -> str | None:
    """Returns the policy's name, and the beginning of its digest where that is told."""
    if not isinstance(told, dict):
        return None if told is None else str(told)
    digest = str(told.get("sha256") or "")
    return f"{told.get('name')}{f' (sha256 {digest[:12]})' if digest else ''}"


def _words(value: object) -> str:
    """Returns a fact in words, not as a program writes it."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(one)}" for name, one in value.items())
    return ", ".join(map(_words, value)) if isinstance(value, list) else str(value)


def _sample(sample: Mapping[str, Any] | None, n: int) -> str | None:
    if not n:
        return None
    if not sample or sample.get("seed") is None:
        return str(n)
    return f"{n}, {sample.get('stratify')}, seed {sample['seed']}"


def _sentence(source: Source, one: SubjectSource | None, word: str) -> str:
    if not source.told:
        return "Results without a verdict"
    if one is not None:
        return f"No verdict on {one.id}" if word == "no verdict" else f"{one.id} {word}"
    counts = Counter(words_of(subject.told.get("verdict"))[0] for subject in source.subjects)
    told = [f"{counts[word]} {_plural(word, counts[word])}" for word, _ in _WORDS.values() if counts[word]]
    return f"Of {len(source.subjects)} subjects, {' and '.join(told)}"


def _plural(word: str, count: int) -> str:
    return {"conforms": "conform", "differs": "differ"}.get(word, word) if count > 1 else word
