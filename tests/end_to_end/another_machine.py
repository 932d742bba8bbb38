"""Another machine: another day, and libraries that it lacks, for a run and for the server that it starts.

Python imports a module `sitecustomize` before anything else. This one shifts the date where it is asked for, in the
suite and in the function that chat templates of transformers call, and lets the libraries not be found. Nothing else
in the processes is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backends.clock import today

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: What the extra `local` brings, and what comes with it.
LOCAL_LIBRARIES = ("torch", "transformers", "tokenizers", "accelerate", "safetensors")

_SITECUSTOMIZE = """
import datetime, importlib.abc, importlib.machinery, sys

DAYS = datetime.timedelta(days={days})
MISSING = {missing}


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
    {clock!r}: _patch_suite,
    "transformers.utils.chat_template_utils": _patch_transformers,
}}


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
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


def make_other_machine(folder: Path, *, days: int = 0, missing: Iterable[str] = ()) -> Path:
    """Lets every fresh interpreter that has `folder` on its path live `days` later, without the `missing` libraries."""
    folder.mkdir(exist_ok=True)
    text = _SITECUSTOMIZE.format(days=days, missing=sorted(missing), clock=today.__module__)
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    return folder
