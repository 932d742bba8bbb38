"""Another day: for a run and for the server that it starts.

Python imports a module `sitecustomize` before anything else. This one shifts the date where it is asked for: in the
suite, and in the function that chat templates of transformers call. Nothing else in the processes sees another clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SITECUSTOMIZE = """
import datetime, importlib.abc, importlib.machinery, sys

DAYS = datetime.timedelta(days={days})


def _patch_suite(module):
    real = module.today
    module.today = lambda: real() + DAYS


def _patch_transformers(module):
    class Shifted:
        @staticmethod
        def now(tz=None):
            return datetime.datetime.now(tz) + DAYS

    module.datetime = Shifted


PATCHES = {{
    "backends.renderings.day": _patch_suite,
    "transformers.utils.chat_template_utils": _patch_transformers,
}}


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name not in PATCHES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            PATCHES[name](module)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Finder())
"""


def shift_clock(folder: Path, days: int) -> None:
    """Lets every Python process that has `folder` on its path live so many days later."""
    (folder / "sitecustomize.py").write_text(_SITECUSTOMIZE.format(days=days), encoding="utf-8")
