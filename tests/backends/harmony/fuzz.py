"""Structure-aware fuzzing with atheris, for a fixed number of runs.

The invariants:

- strict parsing gives messages or raises `HarmonyError`, and nothing else;
- a stream gives what whole parsing gives, however the text is cut;
- lenient parsing gives a result for every text;
- every character of content or of a leftover stands in the text, in order, and no mark is lost or doubled;
- where lenient parsing finds nothing wrong, it gives strict parsing's messages;
- what strict parsing reads can be split by channel, and, rendered where it can be, is read back as it was.

Run as `python tests/backends/harmony/fuzz.py`; options after that are libFuzzer's, for example `-runs=1000000`.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import atheris

if TYPE_CHECKING:
    from backends import harmony

ROOT = Path(__file__).parents[3]

# The parser needs nothing but Python; the rest of its room needs an HTTP client and more, which would only slow the
# fuzzer down. So the room's own face is passed by, and atheris is all that has to be installed.
_room = ModuleType("backends")
_room.__path__ = [str(ROOT / "backends")]
sys.modules["backends"] = _room
with atheris.instrument_imports(include=["backends.harmony"]):
    harmony = importlib.import_module("backends.harmony")

# Long inputs from the beginning, because short ones never get past a first header; a seed, to make a run repeatable.
DEFAULTS = ("-runs=200000", "-max_len=400", "-len_control=0", "-seed=1")
MARK = "\ue000"
# Pieces that the fuzzer puts together; what a byte means is fixed by its place here.
PIECES = (
    "<|start|>", "<|channel|>", "<|message|>", "<|constrain|>", "<|end|>", "<|return|>", "<|call|>", "<|endoftext|>",
    "<|reserved_200014|>", "assistant", "user", "tool", "functions.f", "analysis", "commentary", "final", "to=", " ",
    "\n", "\x1c", "\u00a0", "\u2003", "json", "<", "<|", "|>", "<|end", "<|chan", "\x00", "\ud800", "\U0001f600",
    "<|start|>assistant<|channel|>final<|message|>", "<|channel|>analysis<|message|>", "<|end|><|start|>assistant",
    "assistantfinal", "Hello.", "<|start|>functions.f", "<|constrain|>json", "assistantcode{", '{"a":1}',
    'commentary to=f json{"a":1}',
)  # fmt: skip
ROLES = (harmony.Role.ASSISTANT, None, harmony.Role.TOOL)


def draw_text(data: atheris.FuzzedDataProvider) -> str:
    """Puts pieces together, with a mark of its own after some of them."""
    parts = []
    for number in range(data.ConsumeIntInRange(0, 40)):
        choice = data.ConsumeIntInRange(0, len(PIECES) + 4)
        if choice < len(PIECES):
            parts.append(PIECES[choice])
        elif choice == len(PIECES):
            parts.append(data.ConsumeUnicode(8))
        else:
            parts.append(chr(ord(MARK) + 1 + number))
    return "".join(parts)


def strictly(text: str, role: harmony.Role | None) -> tuple[object, ...]:
    try:
        return harmony.parse(text, role=role).messages
    except harmony.HarmonyError as error:
        return error.kind, error.state, error.position


def streamed(text: str, role: harmony.Role | None, size: int) -> tuple[object, ...]:
    stream = harmony.HarmonyStream(role)
    events: list[harmony.Event] = []
    try:
        for at in range(0, len(text), size):
            events += stream.feed(text[at : at + size])
        events += stream.end()
    except harmony.HarmonyError as error:
        return error.kind, error.state, error.position
    return harmony.gather(events)


def check_conservation(text: str, parsed: harmony.Parsed) -> None:
    """Every mark of ours appears exactly once, and all content stands in the text in order."""
    position = 0
    held = [piece.text for piece in parsed.leftover]
    for message in parsed.messages:
        position = text.index(message.content, position) + len(message.content)
        fields = (message.content, message.name, message.channel, message.recipient, message.content_type)
        held += [field for field in fields if field is not None]
    everything = "".join(held)
    assert all(everything.count(mark) == text.count(mark) for mark in text if MARK < mark < "\ue100")


def check(data: bytes) -> None:
    provider = atheris.FuzzedDataProvider(data)
    role = ROLES[provider.ConsumeIntInRange(0, len(ROLES) - 1)]
    size = provider.ConsumeIntInRange(1, 20)
    text = draw_text(provider)

    strict = strictly(text, role)
    assert streamed(text, role, size) == strict
    lenient = harmony.parse(text, role=role, strict=False)
    harmony.split_channels(lenient)
    check_conservation(text, lenient)
    if {problem.kind for problem in lenient.problems} <= {harmony.ProblemKind.TRUNCATED_CONTENT}:
        assert lenient.messages == strict
        try:
            written = harmony.render(lenient.messages, role=role)
        except harmony.RenderError:
            return
        assert harmony.parse(written, role=role).messages == strict


if __name__ == "__main__":
    # Of an option given twice libFuzzer takes the last.
    atheris.Setup([sys.argv[0], *DEFAULTS, *sys.argv[1:]], check)
    atheris.Fuzz()
