"""Answers are kept as JSON text under all that determined them, and nothing in a cache folder can run code."""

from __future__ import annotations

import contextlib
import json
import pickle
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import diskcache
import pytest
from diskcache.core import MODE_RAW
from hypothesis import given
from hypothesis import strategies as st

from backends.completion import Answer, Completion, FinishReason, Missing, Usage
from backends.dispatch.cache import AnswerCache, is_worth_keeping, key_of
from backends.dispatch.sealed_store import SealedStore, sealed, unsealed
from backends.dispatch.text_store import TextCache, UntrustedRowError
from backends.errors import BackendUnavailable, Failure, FailureKind
from backends.score import NothingToScore
from backends.stored_answer import answer_from_json, answer_to_json
from tests.backends.dispatch.stored_rows import DATABASE, REFUSED_ROWS, Row, bomb, plant, run_sql
from tests.backends.test_score import NOTHING, SCORE
from tests.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backends.score import Scoring
WHAT = {"backend": "api", "prompt": "hello"}
ANSWER = Completion(content="1", reasoning="thus", finish_reason=FinishReason.STOP, raw="{}")

texts = st.one_of(st.text(), st.text(st.characters(), max_size=3), st.sampled_from(list(Missing)))
counts = st.none() | st.integers(0, 10**9)
completions = st.builds(
    Completion,
    content=texts,
    reasoning=texts,
    finish_reason=st.sampled_from(list(FinishReason)),
    usage=st.builds(Usage, prompt_tokens=counts, completion_tokens=counts, total_tokens=counts),
    reasoning_field=st.none() | st.text(),
    provider=st.none() | st.text(),
    model=st.none() | st.text(),
    malformed=st.none() | st.text(),
    latency_s=st.none() | st.floats(0, 1e6),
    attempts=st.integers(1, 9),
    cached=st.booleans(),
    raw=st.text(),
)
failures = st.builds(
    Failure,
    kind=st.sampled_from(list(FailureKind)),
    message=st.text(),
    attempts=st.integers(0, 9),
    status=st.none() | st.integers(100, 599),
    latency_s=st.none() | st.floats(0, 1e6),
    raw=st.text(),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def cache(folder: Path) -> Iterator[AnswerCache]:
    opened = AnswerCache(folder)
    yield opened
    opened.close()


@pytest.fixture
def no_pickles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every way into unpickling raise what no code of this project catches."""

    class UnpickledError(BaseException):
        pass

    def refuse(*_: object, **__: object) -> None:
        raise UnpickledError

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)


@given(st.one_of(completions, failures))
def test_answer_survives_its_json(answer: Answer) -> None:
    assert answer_from_json(answer_to_json(answer)) == answer


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", '{"type": "completion"}', '{"type": "failure"}', "[" * 99_999],
    ids=lambda text: text[:30],
)
def test_text_that_is_no_answer_is_told_by_one_error(text: str) -> None:
    with pytest.raises(ValueError, match="not a stored answer"):
        answer_from_json(text)


def test_kept_answer_comes_back_marked_as_cached(cache: AnswerCache, folder: Path) -> None:
    assert cache.get(WHAT) is None
    cache.put(WHAT, ANSWER)
    assert cache.get(WHAT) == replace(ANSWER, cached=True)
    assert AnswerCache(folder).get(WHAT) == replace(ANSWER, cached=True)


def test_dropped_answer_is_gone(cache: AnswerCache) -> None:
    cache.put(WHAT, ANSWER)
    cache.drop(WHAT)
    cache.drop(WHAT)
    assert cache.get(WHAT) is None


def test_cache_without_a_folder_keeps_nothing() -> None:
    cache = AnswerCache(None)
    cache.put(WHAT, ANSWER)
    cache.drop(WHAT)
    cache.close()
    assert cache.get(WHAT) is None


@pytest.mark.parametrize(
    "answer",
    [
        Failure(kind=FailureKind.SERVER, message="no"),
        Completion(content=Missing.NULL),
        Completion(content=Missing.ABSENT, reasoning="thus"),
    ],
)
def test_errors_and_null_answers_are_never_kept_nor_believed(cache: AnswerCache, folder: Path, answer: Answer) -> None:
    assert not is_worth_keeping(answer)
    cache.put(WHAT, answer)
    assert run_sql(folder, "SELECT COUNT(*) FROM Cache") == [(0,)]
    plant(folder, key_of(WHAT), Row(MODE_RAW, sealed(key_of(WHAT), answer_to_json(answer))))
    assert cache.get(WHAT) is None


def test_empty_answer_is_an_answer_and_is_kept(cache: AnswerCache) -> None:
    cache.put(WHAT, Completion(content=""))
    kept = cache.get(WHAT)
    assert isinstance(kept, Completion)
    assert kept.content == ""


@pytest.mark.parametrize("size", [10, 200_000])
def test_values_are_json_text_in_the_database_whatever_their_size(cache: AnswerCache, folder: Path, size: int) -> None:
    answer = Completion(content="x" * size)
    cache.put(WHAT, answer)
    ((kind, text, filename, mode, key),) = run_sql(
        folder, "SELECT typeof(value), value, filename, mode, key FROM Cache"
    )
    assert (kind, filename, mode, key) == ("text", None, MODE_RAW, key_of(WHAT))
    assert json.loads(str(unsealed(key_of(WHAT), str(text))))["content"] == "x" * size
    assert {file.name.partition("-")[0] for file in folder.iterdir()} == {DATABASE}


# What somebody else wrote


@pytest.mark.parametrize("kind", REFUSED_ROWS)
def test_planted_row_runs_nothing_counts_as_a_miss_and_is_replaced(folder: Path, tmp_path: Path, kind: str) -> None:
    AnswerCache(folder).close()
    mark = tmp_path / "code-ran"
    plant(folder, key_of(WHAT), REFUSED_ROWS[kind], bomb(mark))
    outside = {file: file.read_bytes() for file in tmp_path.glob("outside.*")}

    cache = AnswerCache(folder)
    assert cache.get(WHAT) is None
    cache.put(WHAT, ANSWER)
    assert cache.get(WHAT) == replace(ANSWER, cached=True)
    cache.drop(WHAT)
    assert cache.get(WHAT) is None
    cache.close()

    assert not mark.exists()
    assert {file: file.read_bytes() for file in tmp_path.glob("outside.*")} == outside


def test_planted_pickle_does_run_in_the_store_underneath(folder: Path, tmp_path: Path) -> None:
    """The danger is real: what the tests above plant goes off in diskcache as it comes."""
    AnswerCache(folder).close()
    mark = tmp_path / "code-ran"
    plant(folder, key_of(WHAT), REFUSED_ROWS["pickle inline"], bomb(mark))
    with diskcache.Cache(str(folder)) as plain:
        plain.get(key_of(WHAT))
    assert mark.exists()


@pytest.mark.usefixtures("no_pickles")
def test_nothing_in_a_cache_is_ever_unpickled_or_removed_outside(folder: Path, tmp_path: Path) -> None:
    """Every public way of diskcache into rows, on a folder full of planted ones, the expired included."""
    AnswerCache(folder).close()
    for expire_time in (None, 1.0):
        for number, row in enumerate(REFUSED_ROWS.values()):
            name = f"{number} {expire_time}"
            key = pickle.dumps(name) if row.raw == 0 else name
            plant(folder, key, row, bomb(tmp_path / "code-ran"), expire_time)
    store = TextCache(str(folder))

    assert len(store) == 2 * len(REFUSED_ROWS)
    for walk in (lambda: list(store), lambda: list(reversed(store)), store.peekitem):
        with pytest.raises(UntrustedRowError):
            walk()
    for number in range(len(REFUSED_ROWS)):
        for read in (store.get, store.pop, store.read):
            with contextlib.suppress(UntrustedRowError, KeyError):
                read(f"{number} None")
    with contextlib.suppress(UntrustedRowError):
        store.peek()
    with contextlib.suppress(UntrustedRowError):
        store.pull()
    store.stats(enable=True)
    store.set("a", "b")
    store.expire()
    store.evict("tag")
    store.cull()
    store.clear()
    store.close()

    assert {file.name for file in tmp_path.iterdir()} == {"cache", "outside.val", "outside.txt"}


@pytest.mark.parametrize(("key", "raw"), [("hello", 0), (b"hello", 1), (5, 1)])
def test_key_that_is_no_raw_text_is_refused(folder: Path, key: object, raw: int) -> None:
    store = TextCache(str(folder))
    plant(folder, key, Row(MODE_RAW, "{}", raw=raw))
    with pytest.raises(UntrustedRowError, match="key"):
        list(store)
    store.close()


@pytest.mark.parametrize("value", [1, b"x", None, ("x",), 1.5])
def test_store_takes_text_alone(folder: Path, value: object) -> None:
    store = TextCache(str(folder))
    with pytest.raises(TypeError, match="text"):
        store.set("key", value)
    with pytest.raises(TypeError, match="text"):
        store.set(value, "value")
    store.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_directory", "{outside}"),
        ("_disk", 0),
        ("get", 0),
        ("disk__directory", "{outside}"),
        ("disk_unknown", 1),
        ("sqlite_schema_version", 7),
        ("sqlite_journal_mode", "wal; DROP TABLE Cache"),
        ("sqlite_cache_size", "x y z"),
    ],
)
def test_database_with_a_planted_setting_is_set_aside(folder: Path, tmp_path: Path, name: str, value: object) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    AnswerCache(folder).close()
    planted = value.format(outside=outside) if isinstance(value, str) else value
    run_sql(folder, "INSERT OR REPLACE INTO Settings VALUES (?, ?)", (name, planted))

    said: list[str] = []
    cache = AnswerCache(folder, said.append)

    cache.put(WHAT, ANSWER)
    assert cache.get(WHAT) == replace(ANSWER, cached=True)
    assert len(said) == 1
    assert "set aside" in said[0]
    assert list(outside.iterdir()) == []
    cache.close()


@pytest.mark.parametrize(
    ("name", "value"), [("statistics", 1), ("cull_limit", "many"), ("eviction_policy", "nonsense"), ("count", "many")]
)
def test_setting_of_another_value_is_not_believed(folder: Path, name: str, value: object) -> None:
    AnswerCache(folder).close()
    run_sql(folder, "INSERT OR REPLACE INTO Settings VALUES (?, ?)", (name, value))
    cache = AnswerCache(folder)
    cache.put(WHAT, ANSWER)
    assert cache.get(WHAT) == replace(ANSWER, cached=True)
    cache.close()


# Damage


@pytest.mark.parametrize("content", [b"this is not a database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_damaged_database_is_set_aside_and_said_and_a_new_one_begun(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / DATABASE).write_bytes(content)
    said: list[str] = []

    cache = AnswerCache(folder, said.append)
    cache.put(WHAT, ANSWER)

    assert cache.get(WHAT) == replace(ANSWER, cached=True)
    (kept,) = folder.glob(f"{DATABASE}.damaged-*Z")
    assert kept.read_bytes() == content
    assert said == [f"The cache in {folder} was damaged: it was set aside as {kept.name}, and a new one begun."]
    cache.close()


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nowhere"])
def test_unusable_folder_is_named_with_a_way_out(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackendUnavailable, match=r"--cache-dir.*--no-cache"):
        AnswerCache(tmp_path / place)


def test_damage_during_a_run_costs_the_cache_and_nothing_else(cache: AnswerCache, folder: Path) -> None:
    cache.put(WHAT, ANSWER)
    run_sql(folder, "DROP TABLE Cache")
    assert cache.get(WHAT) is None
    cache.put(WHAT, ANSWER)
    assert cache.get(WHAT) == replace(ANSWER, cached=True)
    cache.drop(WHAT)


def test_text_that_is_no_utf8_counts_as_a_miss(cache: AnswerCache, folder: Path) -> None:
    cache.put(WHAT, ANSWER)
    run_sql(folder, "UPDATE Cache SET value = CAST(x'ff' AS TEXT)")
    assert cache.get(WHAT) is None
    cache.put(WHAT, ANSWER)
    assert cache.get(WHAT) == replace(ANSWER, cached=True)


def test_no_flipped_bit_makes_another_answer(folder: Path) -> None:
    """Each bit of the seal and of the first words, and some of the rest: a miss, and never another answer."""
    cache = AnswerCache(folder)
    cache.put(WHAT, ANSWER)
    ((whole,),) = run_sql(folder, "SELECT value FROM Cache")
    row = bytearray(str(whole).encode())
    assert cache.store is not None
    found = set()
    for bit in [*range(8 * 48), *range(8 * 48, 8 * len(row), 41)]:
        row[bit // 8] ^= 1 << bit % 8
        cache.store._opened()._sql("UPDATE Cache SET value = CAST(? AS TEXT)", (bytes(row),))
        found.add(repr(cache.get(WHAT)))
        row[bit // 8] ^= 1 << bit % 8
    assert found == {"None"}
    cache.close()


def test_flipped_bits_anywhere_in_the_database_make_no_other_answer(folder: Path) -> None:
    """200 single flipped bits, in pages of every kind: what comes back is what was put, or nothing."""
    cache = AnswerCache(folder)
    for number in range(20):
        cache.put({"n": number}, Completion(content=f"answer {number}"))
    cache.close()
    run_sql(folder, "PRAGMA wal_checkpoint(TRUNCATE)")
    whole = (folder / DATABASE).read_bytes()
    draw = random.Random(17)  # noqa: S311 - any bits will do, and the same ones each time
    kept = 0
    for _ in range(200):
        flipped = bytearray(whole)
        flipped[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        for part in folder.iterdir():
            part.unlink()
        (folder / DATABASE).write_bytes(flipped)
        one = AnswerCache(folder, lambda _: None)
        got = [one.get({"n": number}) for number in range(20)]
        one.close()
        told = [answer.content if isinstance(answer, Completion) else None for answer in got]
        assert all(content in (None, f"answer {number}") for number, content in enumerate(told))
        kept += sum(content is not None for content in told)
    assert kept > 200 * 10


@pytest.mark.parametrize(
    "damage",
    [
        {"usage": {"prompt_tokens": "9"}},
        {"usage": None},
        {"attempts": "one"},
        {"latency_s": "fast"},
        {"latency_s": True},
        {"raw": None},
        {"raw": 5},
        {"cached": "yes"},
        {"model": 3},
        {"malformed": []},
        {"otherwise": 7},
        {"provider": {}},
    ],
    ids=str,
)
def test_row_of_a_wrong_type_counts_as_a_miss(cache: AnswerCache, damage: dict[str, object]) -> None:
    """A row that is sealed and odd all the same, as an older edition or another program may write it."""
    data = json.loads(answer_to_json(ANSWER))
    assert cache.store is not None
    cache.store.set(key_of(WHAT), json.dumps(data | damage), tag="test")
    assert cache.get(WHAT) is None
    cache.put(WHAT, ANSWER)
    assert cache.get(WHAT) == replace(ANSWER, cached=True)


def test_row_expires(folder: Path) -> None:
    store = SealedStore(folder)
    store.set("lasting", "a", tag="t")
    store.set("brief", "b", tag="t", kept_s=0.01)
    time.sleep(0.05)
    assert (store.get("lasting"), store.get("brief")) == ("a", None)
    store.close()


def test_store_keeps_to_its_size_and_what_was_stored_first_goes_first(folder: Path) -> None:
    limit = 400_000
    store = TextCache(str(folder), size_limit=limit)
    for number in range(200):
        store.set(f"{number}", "x" * 10_000)
    kept = [number for number in range(200) if store.get(f"{number}") is not None]
    assert store.volume() < limit + 20_000
    assert kept
    assert kept == list(range(200 - len(kept), 200))
    store.close()


def test_folder_that_takes_nothing_is_said_once_and_done_without(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database itself refuses, as on a disk that is read-only or full."""
    said: list[str] = []
    cache = AnswerCache(folder, said.append)
    cache.put(WHAT, ANSWER)

    def refuse(self: TextCache, *_: object, **__: object) -> None:
        self._sql("PRAGMA query_only = ON")
        self._sql("DELETE FROM Cache")

    monkeypatch.setattr(TextCache, "set", refuse)
    for _ in range(3):
        cache.put({"n": 1}, ANSWER)
        assert cache.get(WHAT) is None
    assert len(said) == 1
    assert f"The cache folder {folder} takes nothing" in said[0]
    assert "goes on without a cache" in said[0]
    assert not list(folder.glob("*damaged*"))


FULL_DISK = """
import resource, sys
from pathlib import Path
from backends.completion import Completion
from backends.dispatch.cache import AnswerCache
cache = AnswerCache(Path(sys.argv[1]), print)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for number in range(100):
    cache.put({"n": number}, Completion(content="x" * 10_000))
    cache.get({"n": number})
cache.close()
"""


def test_full_disk_costs_the_cache_and_nothing_else(folder: Path) -> None:
    """The system itself lets no file grow beyond a limit: SQLite's writes fail as on a full disk."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.count("goes on without a cache") == 1, done.stdout
    kept = AnswerCache(folder, lambda _: None)
    assert isinstance(kept.get({"n": 0}), Completion)
    kept.close()


def test_score_is_kept_and_so_is_the_lack_of_one_where_the_answer_is_the_reason(cache: AnswerCache) -> None:
    scorings: tuple[Scoring, ...] = (SCORE, NOTHING)
    for place, scoring in enumerate(scorings):
        cache.put({"n": place}, scoring)
        assert cache.get({"n": place}) == scoring
    cache.put(WHAT, replace(NOTHING, kind=NothingToScore.MODEL_FAILED))
    assert cache.get(WHAT) is None


# Sharing


def test_threads_share_a_cache(cache: AnswerCache) -> None:
    def work(mine: int) -> list[Completion | Scoring | None]:
        for number in range(20):
            cache.put({"n": mine, "i": number}, Completion(content=f"{mine}-{number}"))
        return [cache.get({"n": mine, "i": number}) for number in range(20)]

    with ThreadPoolExecutor(8) as pool:
        for mine, kept in enumerate(pool.map(work, range(8))):
            assert [answer.content for answer in kept if isinstance(answer, Completion)] == [
                f"{mine}-{number}" for number in range(20)
            ]


WRITER = """
import sys
from pathlib import Path
from backends.dispatch.cache import AnswerCache
from backends.completion import Completion
folder, mine, count = sys.argv[1:]
cache = AnswerCache(Path(folder), print)
for number in range(int(count)):
    cache.put({"n": number % 50}, Completion(content=f"{number % 50}"))
    cache.put({"mine": mine, "n": number}, Completion(content=f"{mine}-{number}"))
    if number % 10 == 0:
        assert cache.get({"n": number % 50}).content == str(number % 50)
"""


def _write(folder: Path, processes: int, count: int) -> None:
    """Lets processes write `count` answers of their own each, and as many that they share."""
    commands = [[sys.executable, "-c", WRITER, str(folder), str(mine), str(count)] for mine in range(processes)]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for command in commands]
    assert [(one.communicate(timeout=300)[0], one.returncode) for one in started] == [(b"", 0)] * processes
    cache = AnswerCache(folder)
    lost = [
        (mine, number)
        for mine in range(processes)
        for number in range(count)
        if cache.get({"mine": f"{mine}", "n": number}) != Completion(content=f"{mine}-{number}", cached=True)
    ]
    assert lost == []
    assert run_sql(folder, "PRAGMA integrity_check") == [("ok",)]
    assert run_sql(folder, "SELECT COUNT(*) FROM Cache") == [(processes * count + min(count, 50),)]
    cache.close()


def test_processes_share_a_cache(folder: Path) -> None:
    _write(folder, 3, 60)


@pytest.mark.thorough
def test_four_processes_with_ten_thousand_writes_each_lose_and_tear_nothing(folder: Path) -> None:
    _write(folder, 4, 5_000)
