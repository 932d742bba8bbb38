"""The prompt that the model saw is the one that was sent, as Harmony renders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends import harmony
from conformance.stream_replies import joined_texts, streamed
from conformance.wire_assertions import assert_texts_alike, shown
from conformance.wire_replies import (
    any_reply,
    broken,
    completion_of,
    date_shift,
    explain_count,
    legitimate_lengths,
    texts_of,
)
from fixtures.wire import FORM_PROBES, RAW_CALLS, RENDERED, askings_of, raw_askings_of, streamed_as
from reports.checks import CheckId, Facts

if TYPE_CHECKING:
    from backends.api.parsed_reply import ParsedReply
    from fixtures.wire import Wire

#: Statuses with which a server says that it has no such route.
_NO_ROUTE = frozenset({400, 403, 404, 405, 422, 500, 501})


@pytest.mark.wire(CheckId.PROMPT_LENGTH_LEGITIMATE)
@pytest.mark.exchanges(*FORM_PROBES)
@pytest.mark.parametrize(
    "conversation", [pytest.param(name, marks=pytest.mark.exchanges(name), id=name) for name in RENDERED]
)
def test_prompt_is_as_long_as_a_legitimate_rendering(wire: Wire, conversation: str) -> None:
    """The reported length of the prompt is that of a legitimate rendering of the conversation."""
    reply = completion_of(wire, conversation)
    explained = explain_count(wire, conversation, _prompt_tokens(reply))

    if not explained.matches:
        mistakes = tuple(dict.fromkeys(wrong.mistake for wrong in explained.mistakes if wrong.mistake))
        raise broken(explained.describe(), reply, facts=Facts(offset=explained.offset, mistakes=mistakes))
    alike = ", which are equally long" if len(explained.matches) > 1 else ""
    wire.note(f"the prompt is rendered with {', or with '.join(one.name for one in explained.matches)}{alike}")
    wire.fact(Facts(forms=tuple(one.form for one in explained.matches if one.form is not None)))


@pytest.mark.wire(CheckId.PROMPT_LENGTHS_NOT_OFFSET)
@pytest.mark.exchanges(*RENDERED, *FORM_PROBES)
def test_prompt_lengths_are_not_off_by_a_constant(wire: Wire) -> None:
    """The reported lengths of the prompts are not all off by the same number of tokens."""
    replies = [completion_of(wire, name) for name in RENDERED]
    offsets = frozenset.intersection(
        *(
            frozenset(_prompt_tokens(reply) - length for length in legitimate_lengths(wire, reply.name))
            for reply in replies
        )
    )

    if offsets and 0 not in offsets and not date_shift(wire):
        raise broken(
            f"All {len(replies)} prompts are reported {min(offsets, key=abs):+} tokens off a legitimate "
            "rendering: the server counts something else too, or adds the same text to every prompt.",
            *replies[:2],
            facts=Facts(offset=min(offsets, key=abs)),
        )


@pytest.mark.wire(CheckId.RAW_ROUTE_ANSWERS_ALIKE)
@pytest.mark.exchanges(*(one for name in RAW_CALLS for one in (*askings_of(name), *raw_askings_of(name))))
@pytest.mark.exchanges(*map(streamed_as, RAW_CALLS), *FORM_PROBES)
def test_raw_route_gives_the_answer_of_the_chat_route(wire: Wire) -> None:
    """Our own rendering of a prompt, sent as plain text, gets the answer that the chat route gives."""
    plain = {
        name: [
            *(texts_of(completion_of(wire, one)) for one in askings_of(name)),
            joined_texts(streamed(wire, streamed_as(name))),
        ]
        for name in RAW_CALLS
    }
    raw = {name: [any_reply(wire, one, expected=_NO_ROUTE) for one in raw_askings_of(name)] for name in RAW_CALLS}
    refused = [reply for replies in raw.values() for reply in replies if reply.status in _NO_ROUTE]
    if refused:
        pytest.skip(f"the server has no raw completions route (HTTP {refused[0].status})")

    texts = {name: [_split(reply) for reply in replies] for name, replies in raw.items()}
    written = {name: _of_its_day(plain[name], texts[name]) for name in RAW_CALLS}
    of_route = "the raw completions route, given our own rendering of the prompt,"
    unclear = assert_texts_alike(plain, written, {name: replies[0] for name, replies in raw.items()}, of_route)
    if unclear:
        pytest.skip(unclear)


def _of_its_day(plain: list[tuple[str, str]], by_day: list[tuple[str, str]]) -> tuple[str, str]:
    """Returns the raw text whose prompt prints the endpoint's day; the check ends where nobody knows which that is."""
    same = [text for text in by_day if text[1] and text in plain]
    if same:
        return same[0]
    if len(set(by_day)) > 1:
        pytest.skip("the answer depends on the date that the prompt prints, and the server's may be another one")
    return by_day[0]


def _split(reply: ParsedReply) -> tuple[str, str]:
    """Returns reasoning and answer of a raw text, with its special tokens or without them."""
    if reply.plain_text is None:
        raise broken(f"The raw completions route answers without a text: {shown(reply.text)}", reply)
    channels = harmony.split_channels(harmony.parse(reply.plain_text, strict=False))
    return channels.reasoning or "", channels.answer or ""


def _prompt_tokens(reply: ParsedReply) -> int:
    count = reply.completion.usage.prompt_tokens
    if not count:
        raise broken(
            f"Exchange {reply.name} reports no prompt_tokens: usage is {shown(_usage(reply))}",
            reply,
            facts=Facts(missing=True),
        )
    return count


def _usage(reply: ParsedReply) -> str:
    return str(reply.completion.usage)
