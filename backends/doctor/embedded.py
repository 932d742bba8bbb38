"""The embedded default: the miniature behind `transformers serve`, against itself."""

from __future__ import annotations

import socket
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from backends.checkpoints.kernels import is_met
from backends.doctor.check_result import CheckResult, Status
from backends.doctor.libraries import install_tested
from backends.installation import DISTRIBUTION, IS_PACKAGE
from backends.models import MINIATURE
from backends.system.versions import installed_version, requirements_of

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What the extra names and the embedded default does without: itself, and what tells of GPUs.
_SPARED = frozenset({"harmony-conformance", "nvidia-ml-py"})

#: How many requirements a line names before it counts the rest.
_NAMED = 2

_FILES = ("config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja")


def judge_embedded(missing: Sequence[str], absent: Sequence[str], *, loopback: bool) -> CheckResult:
    """Says whether the embedded default can run.

    Args:
        missing: requirements that are not met.
        absent: files of the miniature that are not there.
        loopback: True where a server can listen on 127.0.0.1.
    """
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        text = f"cannot run, missing: {', '.join(missing[:_NAMED])}{more}"
        return CheckResult(topic="embedded", status=Status.ERROR, text=text, remedy=install_tested())
    if absent:
        text = f"cannot run, the miniature lacks {', '.join(absent)}"
        return CheckResult(topic="embedded", status=Status.ERROR, text=text, remedy=_bring_back())
    if not loopback:
        text = "cannot run, nothing may listen on 127.0.0.1"
        return CheckResult(
            topic="embedded", status=Status.ERROR, text=text, remedy="allow loopback in the sandbox or firewall"
        )
    return CheckResult(topic="embedded", status=Status.OK, text="the miniature behind transformers serve can run")


def _bring_back() -> str:
    if IS_PACKAGE:
        return f"pip install --force-reinstall --no-deps {DISTRIBUTION}"
    return "git restore fixtures/miniature/checkpoint"


def check_embedded(root: Path) -> CheckResult:
    """Looks for what the embedded default needs, and starts nothing."""
    absent = [name for name in _FILES if not (Path(MINIATURE) / name).is_file()]
    return judge_embedded(_missing(root), absent, loopback=_can_listen())


def _missing(root: Path) -> list[str]:
    """Returns the requirements of the extra `embedded` that are not met, those of `transformers[serving]` with them."""
    extras = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    wanted = [Requirement(text) for text in [*extras["local"], *extras["embedded"]]]
    wanted = [one for one in wanted if one.name not in _SPARED]
    wanted += _of_serving()
    unmet = [one for one in wanted if not is_met(one, installed_version(one.name))]
    return list(dict.fromkeys(canonicalize_name(one.name) + str(one.specifier) for one in unmet))


def _of_serving() -> list[Requirement]:
    every = [Requirement(text) for text in requirements_of("transformers")]
    return [one for one in every if one.marker is not None and one.marker.evaluate({"extra": "serving"})]


def _can_listen() -> bool:
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            probe.listen()
    except OSError:
        return False
    return True
