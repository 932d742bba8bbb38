"""What the model itself does with a conversation, by the local reference: it tells a server's fault from a model's.

A check that hangs on what the model knows declares it with `@pytest.mark.knows(...)`. Before it calls its claim broken
it looks here, and ends where the reference does not do what was asked either. Where the reference was not asked,
nothing is known of the model, and the check judges as if it did; but not in an audit, which asks for a verdict on what
the reference says, and in which it generates nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends import harmony
from backends.completion import FinishReason, text_or_none
from backends.evidence import read_local_evidence
from conformance.characters import is_broken, is_encoded_twice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.completion import Completion
    from fixtures.wire import Wire

#: How Harmony addresses a tool that the developer message offers.
_ADDRESS = "functions."


def end_unless_reference(wire: Wire, does: bool | None, what: str) -> None:  # noqa: FBT001 - None is the third value
    """Ends the check where the reference does not do what was asked, told as in "does not ..."; None is not known."""
    __tracebackhide__ = True
    if does is False:
        pytest.skip(f"the local reference itself does not {what}, so this tells nothing of the server")
    if does is None and wire.audit:
        pytest.skip(f"the server does not {what}, and in an audit nobody asks the local reference whether it does")


def reference_calls(wire: Wire, name: str, tool: str = "") -> list[str] | None:
    """Returns the arguments of the reference's own calls, as it wrote them; None where they are not known.

    Args:
        wire: what the reference was asked.
        name: of the call.
        tool: whose calls alone; of any tool where it is empty.
    """
    answer = wire.reference(name)
    evidence = None if answer is None else read_local_evidence(answer.raw)
    if evidence is None:
        return None
    calls = harmony.split_channels(evidence.text).tool_calls
    if not tool:
        return [call.arguments for call in calls if call.recipient.startswith(_ADDRESS)]
    return [call.arguments for call in calls if call.recipient == f"{_ADDRESS}{tool}"]


def does_reference_answer(wire: Wire, name: str) -> bool | None:
    """Returns whether the reference's own text, where it ends by itself, has an answer; None where it is not known."""
    answer = wire.reference(name)
    if answer is None:
        return None
    return answer.finish_reason is not FinishReason.STOP or bool((text_or_none(answer.content) or "").strip())


def does_reference_write_whole_characters(wire: Wire, name: str) -> bool | None:
    """Returns whether the reference's own texts hold no broken character; None where they are not known."""
    answer = wire.reference(name)
    if answer is None:
        return None
    texts = (text_or_none(answer.reasoning) or "", text_or_none(answer.content) or "")
    return not any(is_broken(text) or is_encoded_twice(text) for text in texts)


def reference_pairs(wire: Wire, pairs: Sequence[tuple[str, str]]) -> list[tuple[Completion, Completion]] | None:
    """Returns the reference's own answers to pairs of calls; None where one of them is not known."""
    asked = [(wire.reference(one), wire.reference(other)) for one, other in pairs]
    answers = [(one, other) for one, other in asked if one is not None and other is not None]
    return answers if len(answers) == len(pairs) else None


def reasoning_in(answer: Completion) -> str:
    """Returns the reasoning of an answer; an absent or null one is empty."""
    return text_or_none(answer.reasoning) or ""
