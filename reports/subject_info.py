"""A subject as the reports know it: what stands at the head of its verdict, and the examples that it is asked about."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from backends.installation import suite_command
from backends.renderings import FormChoice
from backends.secrets import SERVER_KEY
from backends.server_software import ServerSoftware

if TYPE_CHECKING:
    from collections.abc import Mapping

_REQUIRED = frozenset({"id", "model", "api", "local", "policy", "sample", "examples"})

#: Names of headers, and of environment variables, that mean nothing else to a shell.
_HEADER, _VARIABLE = re.compile(r"[A-Za-z0-9_-]+"), re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _is_variable(name: object) -> bool:
    return isinstance(name, str) and _VARIABLE.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class SideInfo:
    """One side as its backend describes itself. Each kind of backend knows other facts, so their list is open.

    Attributes:
        facts: all of them, in the order in which they are told.
    """

    facts: Mapping[str, Any]

    @property
    def endpoint(self) -> str:
        """Where the API is; empty where it has no address."""
        return str(self.facts.get("endpoint", ""))

    @property
    def software(self) -> ServerSoftware | None:
        """What the API's server is, where the suite started it."""
        return ServerSoftware.read(self.facts.get("software"))

    @property
    def model(self) -> str | None:
        """The model that answers; None where nobody knows, as in a replay."""
        return None if "model" not in self.facts else str(self.facts["model"])

    @property
    def revision(self) -> str | None:
        """The revision of the model's files, where one is known."""
        return self.facts.get("revision")

    @property
    def batch_size(self) -> int | None:
        """Prompts in a batch, as asked for."""
        return self.facts.get("batch_size")

    @property
    def effective_batch_size(self) -> int | None:
        """Prompts in the smallest batch, where memory ran out for larger ones."""
        return self.facts.get("effective_batch_size")

    @property
    def otherwise(self) -> tuple[FormChoice, ...]:
        """What a local reference's prompts do otherwise than its chat template; empty for the template's own form."""
        words = str(self.facts.get("rendering", "")).split(", ")
        return tuple(choice for choice in FormChoice if choice in words)

    @property
    def request_headers(self) -> list[tuple[str, str]]:
        """The headers that say who asks, each with a value for a shell that names an environment variable.

        A server's key is in the usual one unless another is told; None is told where the address itself says who asks.

        Names that a recording tells and a shell would not take for one are left out.
        """
        key, further = self.facts.get("key_variable", SERVER_KEY), self.facts.get("header_variables")
        told = [("Authorization", f"Bearer ${key}")] if _is_variable(key) else []
        headers = further.items() if isinstance(further, dict) else ()
        own = [(name, f"${one}") for name, one in headers if _HEADER.fullmatch(str(name)) and _is_variable(one)]
        names = {name.lower() for name, _ in own}
        return [one for one in told if one[0].lower() not in names] + own

    @property
    def is_recorded(self) -> bool:
        """True where the side was played back, so that it can be asked nothing else."""
        return "recorded" in self.facts


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleInfo:
    """How the examples were drawn.

    Attributes:
        size: how many.
        seed: of the order; None where nothing was drawn, as in a replay.
        stratify: the share of toxic rows, `balanced` or `natural`; None where nothing was drawn.
        sha256: digest of the examples in their order.
    """

    size: int
    seed: int | None
    stratify: str | None
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDays:
    """The days that the prompts of both sides print, where they are not the same, as ISO dates."""

    api: str
    local: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectInfo:
    """A model, an endpoint and its local reference.

    Attributes:
        id: short ASCII text for test ids and tables.
        model: the model's name or id.
        api: one side.
        local: the other side.
        policy: the policy's name.
        sample: how the examples were drawn.
        examples: ids of the whole sample, in its order.
        prompt_days: where the prompts print different days.
        policy_facts: digest of the policy's text, and how its answers are read, where they are known.
        prompt: what is said with every prompt beside its text, where it is known.
        audit: True where the local side gives no answers and reads those of the API.
        command: the command line of the run, to which a selection can be added.
    """

    id: str
    model: str
    api: SideInfo
    local: SideInfo
    policy: str
    sample: SampleInfo
    examples: tuple[str, ...]
    prompt_days: PromptDays | None = None
    policy_facts: Mapping[str, Any] = field(default_factory=dict)
    prompt: Mapping[str, Any] = field(default_factory=dict)
    audit: bool = False
    command: str = field(default_factory=suite_command)

    def rerun(self, selector: str) -> str:
        """Returns the command that runs again, as it was run, what `selector` names to `pytest -k`."""
        return f"{self.command} -k {selector}"

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> SubjectInfo:
        """Returns the subject that the hook `pytest_conformance_subjects` describes as plain data.

        Raises:
            ValueError: something is missing, or has another name than it should.
        """
        name, days = data.get("id", "without an id"), data.get("prompt_days")
        if missing := sorted(_REQUIRED - set(data)):
            raise ValueError(f"pytest_conformance_subjects: the subject {name} lacks {', '.join(missing)}.")
        try:
            sample, prompt_days = SampleInfo(**data["sample"]), None if days is None else PromptDays(**days)
        except TypeError as error:
            raise ValueError(
                f"pytest_conformance_subjects: the subject {name} is not well described: {error}."
            ) from error
        return cls(
            id=data["id"],
            model=data["model"],
            api=SideInfo(data["api"]),
            local=SideInfo(data["local"]),
            policy=data["policy"],
            sample=sample,
            examples=tuple(data["examples"]),
            prompt_days=prompt_days,
            policy_facts=data.get("policy_facts", {}),
            prompt=data.get("prompt", {}),
            audit=bool(data.get("audit", False)),
        )

    def as_data(self) -> dict[str, Any]:
        """Returns the subject as `verdict.json` tells it: without the list of examples; `audit` where it is one."""
        days = None if self.prompt_days is None else asdict(self.prompt_days)
        perhaps = {"audit": self.audit or None, "prompt_days": days}
        return {name: value for name, value in perhaps.items() if value is not None} | {
            "id": self.id,
            "model": self.model,
            "api": dict(self.api.facts),
            "local": dict(self.local.facts),
            "policy": {"name": self.policy, **self.policy_facts},
            "prompt": dict(self.prompt),
            "sample": asdict(self.sample),
        }
