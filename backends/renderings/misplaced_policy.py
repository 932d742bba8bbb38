"""The policy in Harmony's system message, which is the model's own, in place of the developer message.

Source: a switch of vLLM's (vllm#44330, vllm#45342) puts it behind the identity line; the published template's
`model_identity` replaces that line; vllm#33210 tells of a system message of its own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backends.renderings.mistake import Mistake
from backends.renderings.template import Template, make_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backends.prompt import Prompt

#: The roles of a message that opens a conversation and holds the policy.
OPENING = ("system", "developer")

#: The placeholder of the policy, which no message of a conversation has: those are numbered from 0.
_POLICY = "zq9999qz"

#: Harmony's system message in a structure: its head, the identity line, the lines below, and its end.
_SYSTEM = re.compile(r"\A(<\|start\|>system<\|message\|>)([^\n<]*)([^<]*)(<\|end\|>)")

#: By the mistake the places of the policy, as `re.sub` reads them.
_PLACES: tuple[tuple[Mistake, str], ...] = (
    (Mistake.POLICY_BEFORE_IDENTITY, r"\1{policy}{gap}\2\3\4"),
    (Mistake.POLICY_AFTER_IDENTITY, r"\1\2{gap}{policy}\3\4"),
    (Mistake.POLICY_INSTEAD_OF_IDENTITY, r"\1{policy}\3\4"),
    (Mistake.POLICY_AT_SYSTEMS_END, r"\1\2\3{gap}{policy}\4"),
    (Mistake.POLICY_AS_SYSTEM_MESSAGE, r"\1\2\3\4\1{policy}\4"),
    (Mistake.POLICY_AS_SYSTEM_MESSAGE, r"\1{policy}\4"),
)

#: What a server puts between the policy and the lines beside it.
_GAPS = (r"\n", r"\n\n")


def policy_in_system_message(tokenizer: Any, prompt: Prompt) -> Iterator[tuple[Mistake, Template]]:  # noqa: ANN401 - not typed
    """Yields the conversation with its policy in each place of the system message, and without developer message."""
    first, rest = prompt.messages[0], prompt.messages[1:]
    if first.role not in OPENING or not first.content or not rest:
        return
    bare = make_template(tokenizer, replace(prompt, messages=rest))
    for mistake, place in _PLACES:
        for gap in _GAPS if "{gap}" in place else ("",):
            structure = _SYSTEM.sub(place.format(policy=_POLICY, gap=gap), bare.structure, count=1)
            if structure != bare.structure:
                yield mistake, Template(structure, bare.texts | {_POLICY: first.content})
