"""Hand-written texts: every rule of the grammar, every malformation that was reported, and near misses."""

from __future__ import annotations

from typing import Final

from backends.harmony import Role

ASSISTANT: Final = Role.ASSISTANT

WELL_FORMED: Final = (
    "<|channel|>analysis<|message|>Think.<|end|><|start|>assistant<|channel|>final<|message|>Answer.<|return|>",
    "<|channel|>final<|message|>Answer.",
    "<|channel|>final<|message|>",
    "<|message|>no channel<|end|>",
    " to=functions.f<|channel|>commentary <|constrain|>json<|message|>{}<|call|>",
    "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>",
    "<|channel|>commentary to=functions.f<|constrain|>json<|message|>{}<|call|>",
    "<|channel|>commentary to=functions.f json<|message|>{}<|call|>",
    "<|channel|>final json<|message|>{}<|return|>",
    "<|channel|>final <|constrain|>json<|message|>{}<|return|>",
    "assistant<|channel|>final<|message|>x<|return|>",
)

ODD: Final = (
    "",
    " ",
    "plain text",
    "<|end|>",
    "<|return|>",
    "<|message|>",
    "<|channel|>",
    "<|channel|><|message|>x",
    "<|channel|> final<|message|>x",
    "<|channel|><|constrain|>json<|message|>x",
    "<|channel|>a b c d<|message|>x",
    "<|channel|>FINAL<|message|>x",
    "<|channel|>finalx<|message|>x",
    "<|channel|>final<|channel|>analysis<|message|>x",
    "<|channel|>fi<|con<|message|>x",
    "<|start|>assistant<|channel|>final<|message|>x<|return|>",
    "<|start|><|start|>assistant<|channel|>final<|message|>x",
    "<|channel|>final<|message|>a<|end|>b",
    "<|channel|>final<|message|>a<|end|><|end|>",
    "<|channel|>final<|message|>a<|end|><|sta",
    "<|channel|>final<|message|>a<|end|><|start|>",
    "<|channel|>final<|message|>a<|end|><|start|>assistant",
    "<|channel|>final<|message|>a<|end|><|start|><|message|>x",
    "<|channel|>final<|message|>a<|end|><|start|>oracle<|message|>x",
    "<|channel|>final<|message|>a<|end|><|start|>oracle to=x<|message|>x",
    "<|channel|>final<|message|>a<|end|><|start|>to=x<|message|>x",
    "<|channel|>final<|message|>a<|end|><|start|>tool<|message|>x",
    "<|channel|>final<|message|>a<|end|><|start|>f tool<|message|>x",
    "<|channel|>final<|message|>a<|end|><|start|>tool tool<|message|>x",
    "<|channel|>final<|message|>a<|end|><|start|>functions.f to=assistant<|channel|>commentary<|message|>1<|end|>",
    "<|channel|>final<|message|>a<|start|>b<|channel|>c<|message|>d<|constrain|>e<|endoftext|>f<|end|>",
    "<|channel|>final<|message|>a<|end|><|endoftext|>",
    "to=<|message|>x",
    "to=a to=b<|message|>x",
    "a b<|message|>x",
    "<|channel|>final\x0bx<|message|>y",
    "<|channel|>final\x1cx<|message|>y",
    "<|channel|>final\x85x<|message|>y",
    "<|channel|>final\u00a0x<|message|>y",
    "a\u00a0b c<|message|>y",
    "\u3000a\u3000<|message|>y",
    "\x1ca\x1c<|message|>y",
    "a\x0bb<|message|>y",
    "<|channel|>final\x00<|message|>y\x00",
    "<|channel|>final\u200b<|message|>y\ufeff",
    "<|reserved_200014|><|message|><|reserved_201088|><|reserved_201089|>",
    "<\uff5cchannel\uff5c>final<\uff5cmessage\uff5c>x",
    "<|channel|>final<|message|>\u202eabc e\u0301 \U0001f468\u200d\U0001f469 <|chan <|end| |end|> <|end|",
    "<|channel|>final<|message|>" + "<|end" * 9 + "<|end|>",
)

TEXTS: Final = tuple(
    (text, role)
    for bare in WELL_FORMED + ODD
    for text, role in (
        (bare, ASSISTANT),
        (bare, Role.TOOL),
        (bare, None),
        ("<|start|>assistant" + bare, None),
    )
)

IDS: Final = tuple(f"text-{number:03}" for number in range(len(TEXTS)))
