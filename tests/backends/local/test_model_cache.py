"""One model at a time is held in a process, whoever asks from whichever thread, and loading fails in one sentence."""

from __future__ import annotations

import importlib.util
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from backends.checkpoints.spec import LocalSpec
from backends.errors import BackendUnavailable
from backends.local.loaded_model import LoadedModel
from backends.local.loading import library_versions, require_local_libraries
from backends.local.model_cache import LocalModelCache

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE, TWO = LocalSpec(model="one"), LocalSpec(model="two")


class ScriptedLoader:
    """Loads nothing, slowly, and knows how many of its models are alive."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.loading = 0
        self.alive = 0
        self.most_alive = 0

    def __call__(self, spec: LocalSpec, _: object = None) -> LoadedModel:
        assert self.loading == 0, "two threads load at once"
        self.loading += 1
        time.sleep(0.005)
        self.loaded.append(spec.model)
        self.loading -= 1
        return LoadedModel(spec, Weights(self), None)


class Weights:
    """Counts itself while it exists."""

    def __init__(self, loader: ScriptedLoader) -> None:
        self.loader = loader
        loader.alive += 1
        loader.most_alive = max(loader.most_alive, loader.alive)

    def __del__(self) -> None:
        self.loader.alive -= 1


@pytest.fixture
def loader() -> ScriptedLoader:
    return ScriptedLoader()


@pytest.fixture
def models(loader: ScriptedLoader) -> Iterator[LocalModelCache]:
    cache = LocalModelCache(loader)
    yield cache
    cache.unload()


def test_same_model_is_loaded_once_for_any_number_of_threads(models: LocalModelCache, loader: ScriptedLoader) -> None:
    start = threading.Barrier(16)

    def ask(_: int) -> int:
        start.wait()
        with models.use(LocalSpec(model="one")) as held:
            return id(held)

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(ask, range(16)))) == 1
    assert loader.loaded == ["one"]
    assert models.loads == 1


def test_threads_that_ask_for_different_models_take_turns(models: LocalModelCache, loader: ScriptedLoader) -> None:
    in_use: list[str] = []

    def ask(number: int) -> None:
        spec = (ONE, TWO)[number % 2]
        with models.use(spec) as held:
            in_use.append(spec.model)
            assert held.spec == spec
            assert len(in_use) == 1, "two models are in use at once"
            time.sleep(0.001)
            in_use.pop()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(6)))
    assert loader.most_alive == 1


def test_another_model_unloads_the_first(models: LocalModelCache, loader: ScriptedLoader) -> None:
    for spec in (ONE, ONE, TWO, TWO, ONE):
        with models.use(spec):
            assert loader.alive == 1
    assert loader.loaded == ["one", "two", "one"]
    assert loader.most_alive == 1


@pytest.mark.parametrize("change", [{"revision": "x"}, {"dtype": "float32"}, {"attention": "eager"}, {"device": "cpu"}])
def test_model_loaded_in_another_way_is_another_model(models: LocalModelCache, change: dict[str, str]) -> None:
    for spec in (ONE, LocalSpec(model="one", **change)):  # type: ignore[arg-type]  # all of these are text
        with models.use(spec) as held:
            assert held.spec == spec
    assert models.loads == 2


def test_unloading_lets_the_model_go(models: LocalModelCache, loader: ScriptedLoader) -> None:
    with models.use(ONE):
        pass
    models.unload()
    models.unload()
    assert loader.alive == 0


def test_failed_load_leaves_nothing_behind_and_the_next_one_can_succeed() -> None:
    tries: list[str] = []

    def load(spec: LocalSpec, _: object) -> LoadedModel:
        tries.append(spec.model)
        if len(tries) == 1:
            raise BackendUnavailable("not yet")
        return LoadedModel(spec, None, None)

    models = LocalModelCache(load)
    with pytest.raises(BackendUnavailable, match="not yet"), models.use(ONE):
        pass
    with models.use(ONE) as held:
        assert held.spec == ONE
    assert models.loads == 1


def test_error_of_a_user_of_the_model_does_not_block_the_next(models: LocalModelCache) -> None:
    with pytest.raises(ZeroDivisionError), models.use(ONE):
        raise ZeroDivisionError

    def ask() -> LocalSpec:
        with models.use(ONE) as held:
            return held.spec

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(ask).result(timeout=10) == ONE


def test_model_in_use_is_not_unloaded_under_its_user(models: LocalModelCache, loader: ScriptedLoader) -> None:
    with ThreadPoolExecutor(1) as pool:
        with models.use(TWO):
            waiting = pool.submit(models.unload)
            time.sleep(0.05)
            assert not waiting.done()
            assert loader.alive == 1
        waiting.result(timeout=10)
    assert loader.alive == 0


def test_stop_ids_are_one_set_however_the_checkpoint_tells_them() -> None:
    class Told:
        def __init__(self, ids: object) -> None:
            self.generation_config = self
            self.eos_token_id = ids

    found = [LoadedModel(ONE, Told(ids), None).stop_ids for ids in (5, [5, 6], None)]
    assert found == [frozenset({5}), frozenset({5, 6}), frozenset()]


def test_missing_libraries_are_named_with_the_command_that_brings_them(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    with pytest.raises(BackendUnavailable, match=r"needs torch: pip install -e '.*\[local\]'"):
        require_local_libraries()


def test_versions_of_what_shapes_a_local_answer_are_told() -> None:
    assert set(library_versions()) == {"transformers", "torch", "tokenizers"}
