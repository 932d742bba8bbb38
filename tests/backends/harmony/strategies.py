"""What the property tests draw: conversations that can be written, and text that is out to break the parser."""

from __future__ import annotations

import functools
from dataclasses import replace
from itertools import product
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st

from backends.harmony import CHANNELS, MESSAGE_ENDS, SPECIAL_TOKENS, Ending, Message, RenderError, Role, render
from backends.harmony.tokens import STOP_PATTERN

#: For a property of one short text, of which a thousand cost a few seconds.
MANY: Final = settings(max_examples=3 * settings().max_examples)

WHITE_SPACE: Final = (
    " \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2003\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
)
NEAR_MISSES: Final = (
    "<", "|", ">", "<|", "|>", "<||>", "<|chan", "<|end|", "|end|>", "<|END|>", "<|end |>", "<\uff5cend\uff5c>",
    "<|mess", "<|start", "<|reserved_1|>", "<|reserved_201089|>",
)  # fmt: skip
WORDS: Final = (
    *CHANNELS, *(role.value for role in Role), "to=", "to=functions.f", " to=a", "json", " json", "code", "functions.f",
    "a b", "assistantfinal", "assistantcommentary to=f{", "assistantcode{",
    'commentary to=f json{"a":1}', '{"a":1}', "finalx", "Hello.", "0",
)  # fmt: skip
WEIRD: Final = (
    "\x00", "e\u0301", "\u202e\u05d0", "\u0627\u0644", "\U0001f468\u200d\U0001f469", "\u65e5\u672c", "\ufdd0",
    "\U0010ffff",
)  # fmt: skip
SURROGATES: Final = ("\ud800", "\udfff", "\ud83d\ude00")
NAMED_TOKENS: Final = tuple(sorted(token for token in SPECIAL_TOKENS if "reserved" not in token))

_pieces = st.sampled_from((*NAMED_TOKENS * 3, "<|reserved_200014|>", *NEAR_MISSES, *WORDS * 2, *WHITE_SPACE, *WEIRD))

# Turns of a conversation, sound or with one thing wrong: random pieces alone hardly ever get past a first header.
_OPENINGS: Final = (
    *["<|start|>assistant"] * 7, "", "<|start|>", "<|start|>tool", "<|start|>functions.f", "<|start|>user", "assistant",
    "<|start|>oracle", "<|start|> assistant", "<|start|><|start|>assistant", "<|start|>assistantfinal",
    "<|start|>analysis",
)  # fmt: skip
_BEFORE: Final = ("", "", "", " ", " to=functions.f", " to=a json", " x", " a b", "\u00a0", "assistant", "\x1cx")
_CHANNELS: Final = (
    "", "<|channel|>final", "<|channel|>analysis", "<|channel|>commentary", "<|channel|>", "<|channel|> final",
    "<|channel|>finalx", "<|channel|>a<|channel|>final",
)  # fmt: skip
_AFTER: Final = (
    "", "", "", " to=functions.f", " json", " <|constrain|>json", "<|constrain|>json", " to=f json", " a b c",
    "\u2003x", "\x0bx", "<|endoftext|>", " ",
)  # fmt: skip
_SOUND_HEADERS: Final = (
    "<|channel|>final", "<|channel|>analysis", " to=functions.f<|channel|>commentary json", "<|channel|>commentary",
)  # fmt: skip
_HEADERS: Final = (*map("".join, product(_BEFORE, _CHANNELS, _AFTER)), *_SOUND_HEADERS * 300)
_BODIES: Final = (
    *["<|message|>Hello."] * 8, *("<|message|>" + piece for piece in NAMED_TOKENS + NEAR_MISSES + WEIRD), "",
    "Hello.", " Hello.",
)  # fmt: skip
_STOPS: Final = (
    *MESSAGE_ENDS * 5, "", "", "<|end|><|return|>", "<|end|>x", "<|endoftext|>", "<|end|><|endoftext|>",
    "<|end|><|sta",
)  # fmt: skip
_turns = st.tuples(*map(st.sampled_from, (_OPENINGS, _HEADERS, _BODIES, _STOPS))).map("".join)


def hostile_texts(*, surrogates: bool = True) -> st.SearchStrategy[str]:
    """Texts of tokens in wrong places, near misses, odd white space, odd characters and turns of a conversation."""
    pieces = _pieces | st.sampled_from(SURROGATES) if surrogates else _pieces
    return st.one_of(
        st.lists(pieces, max_size=14).map("".join),
        st.lists(_turns, max_size=4).map("".join),
        st.lists(_turns, max_size=4).map(lambda turns: "".join(turns).removeprefix("<|start|>assistant")),
        st.lists(_turns | pieces, max_size=6).map("".join),
    )


@st.composite
def marked_texts(draw: st.DrawFn) -> str:
    """Hostile texts between whose pieces stand private-use characters, each one once and in order."""
    pieces = draw(st.lists(st.tuples(_turns | _pieces, st.integers(0, 2)), max_size=10), label="pieces")
    marks = iter(range(0xE000, 0xF8FF))
    return "".join(piece + "".join(chr(next(marks)) for _ in range(count)) for piece, count in pieces)


roles: Final = st.sampled_from([Role.ASSISTANT, Role.ASSISTANT, None, None, Role.TOOL, Role.USER])


def _can_be_written(message: Message) -> bool:
    try:
        render([message])
    except RenderError:
        return False
    return True


_NAMES: Final = ("functions.f", "browser.search", "assistant", "x", "\u540d", "json")
_CONTENT_TYPES: Final = ("json", "<|constrain|>json", "code")


@functools.cache
def sayable_headers(role: Role) -> tuple[Message, ...]:
    """Returns a role's headers that Harmony can say, as messages without content: about half of all there could be."""
    parts = (
        (None, *_NAMES),
        (None, *CHANNELS, "other", "Final"),
        (None, *_NAMES, "<|constrain|>json"),
        (None, *_CONTENT_TYPES),
    )
    headers = (
        Message(role=role, name=name, channel=channel, recipient=recipient, content_type=content_type, content="")
        for name, channel, recipient, content_type in product(*parts)
    )
    return tuple(filter(_can_be_written, headers))


_headers = st.sampled_from(Role).flatmap(lambda role: st.sampled_from(sayable_headers(role)))
_contents = st.one_of(st.text(max_size=20), hostile_texts()).map(lambda text: STOP_PATTERN.split(text)[0])


def messages(endings: tuple[Ending, ...] = (Ending.END, Ending.RETURN, Ending.CALL)) -> st.SearchStrategy[Message]:
    """Messages that Harmony can say."""
    return st.builds(replace, _headers, content=_contents, ending=st.sampled_from(endings))


def conversations() -> st.SearchStrategy[tuple[Message, ...]]:
    """Well-formed conversations; the last message may be cut off."""
    cut_off = st.just(()) | st.tuples(messages((Ending.TRUNCATED,)))
    return st.tuples(st.lists(messages(), max_size=4), cut_off).map(lambda parts: (*parts[0], *parts[1]))
