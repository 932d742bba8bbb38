"""The prompt that the model saw is the one that was sent, as Harmony renders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backends import harmony
from conformance.wire_assertions import assert_same_text, is_same_text, shown
from conformance.wire_replies import any_reply, broken, completion_of, date_shift, explain_count, legitimate_lengths
from fixtures.wire import FORM_PROBES, RENDERED
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
@pytest.mark.exchanges("policy", "policy-again", "raw", "raw-other-day", *FORM_PROBES)
def test_raw_route_gives_the_answer_of_the_chat_route(wire: Wire) -> None:
    """Our own rendering of the prompt, sent as plain text, gets the answer that the chat route gives."""
    plain, again = completion_of(wire, "policy"), completion_of(wire, "policy-again")
    raw = [any_reply(wire, name, expected=_NO_ROUTE) for name in ("raw", "raw-other-day")]
    refused = [reply for reply in raw if reply.status in _NO_ROUTE]
    if refused:
        pytest.skip(f"the server has no raw completions route (HTTP {refused[0].status})")

    texts = [_split(reply) for reply in raw]
    same = [text for text in texts if text[1] and is_same_text(text, plain, again)]
    if not same:
        if texts[0] != texts[1]:
            pytest.skip("the answer depends on the date that the prompt prints, and the server's may be another one")
        of_route = "the raw completions route, given our own rendering of the prompt,"
        assert_same_text(texts[0], of_route, plain, again, of=raw[0])


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
