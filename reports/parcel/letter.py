"""The letter on top of a parcel: what was found and how to see it again, as Markdown that quotes nobody unescaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.plain_text import printable
from reports.markdown import cell, prose, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Characters of a sentence.
_LONG = 2000


def letter(told: Mapping[str, Any], *, with_texts: bool) -> str:
    """Returns the letter.

    Args:
        told: what `findings.json` holds.
        with_texts: True where texts of examples go with it.
    """
    return (
        "\n".join([*_head(with_texts=with_texts), *(line for one in told["subjects"] for line in _subject(one))]) + "\n"
    )


def _head(*, with_texts: bool) -> Iterator[str]:
    yield "# What a conformance suite found"
    yield ""
    yield (
        "harmony-conformance sends requests to a hosted gpt-oss model, and holds its answers against those of the same "
        "model in transformers. `findings.json` tells the verdict, the faults, the settings and the versions; "
        "`requests/` holds bodies of requests, and `exchanges.json`, where it is there, raw exchanges that broke a "
        "claim. Run the commands in this folder, with the key in the variable that they name."
    )
    yield ""
    if with_texts:
        yield "**The texts of examples are here. Many are toxic: that is what they were chosen for.**"
    else:
        yield (
            "The texts of examples are left out, since many are toxic: their digests stand in their place. The "
            "conversation's id finds a text in the data set (lmsys/toxic-chat, unless `settings` say another): put it "
            "into the request where its mark stands."
        )


def _subject(told: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## {cell(told['id'])}: {cell(str(told['verdict'] or 'no verdict'))}"
    yield ""
    yield prose(told["reason"], _LONG)
    yield ""
    for finding in told["findings"]:
        yield from _finding(finding)
    yield from table(
        ("broken claim", "what was seen"), ((one["claim"], one.get("message", "")) for one in told["checks"])
    )
    yield from table(
        ("example", "conversation", "came to", "reference", "request"),
        (
            (
                one["example_id"],
                one["conv_id"],
                one["api"]["came_to"],
                (one["local"] or {}).get("came_to", ""),
                one["request"] or "not kept",
            )
            for one in told["examples"]
        ),
    )
    yield from _block(one["curl"] for one in told["examples"] if one["curl"])


def _finding(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {cell(told['id'])}: {cell(told.get('title', ''), length=_LONG)}"
    yield ""
    yield f"Shown by {told.get('count')}. {cell(told.get('cause', ''), length=_LONG)}"
    yield ""
    yield from (f"- {cell(switch, length=_LONG)}" for switch in told.get("switches", ()))
    yield ""
    yield from _block([told.get("reproduce", "")])


def _block(commands: Any) -> Iterator[str]:  # noqa: ANN401 - an iterable of texts
    """Yields commands as a block of code, which none of them can end."""
    lines = [printable(str(one)).replace("```", "'''") for one in commands if one]
    if lines:
        yield from ("```sh", *lines, "```", "")
