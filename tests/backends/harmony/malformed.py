"""Malformed texts that servers and models were seen to produce, with what should be recovered from each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backends.harmony import ProblemKind as Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """One malformed text: what is recovered, which problems are named, and what is left over."""

    id: str
    text: str
    reasoning: str | None = None
    answer: str | None = None
    problems: tuple[Kind, ...]
    leftover: tuple[str, ...] = ()
    preambles: tuple[str, ...] = ()
    calls: tuple[tuple[str, str], ...] = ()


MALFORMED: Final = (
    Malformed(
        id="glued",  # oobabooga/textgen#7374
        text="analysisWe need a label.assistantfinal0",
        reasoning="We need a label.",
        answer="0",
        problems=(Kind.GLUED_CHANNELS,),
    ),
    Malformed(
        id="glued-with-stop",
        text="analysisHm.assistantfinalYes<|return|>",
        reasoning="Hm.",
        answer="Yes",
        problems=(Kind.GLUED_CHANNELS,),
    ),
    Malformed(
        id="glued-twice",
        text="assistantanalysisA.assistantanalysisB.assistantfinalC",
        reasoning="A.\nB.",
        answer="C",
        problems=(Kind.GLUED_CHANNELS,),
    ),
    Malformed(
        id="glued-call",
        text='analysisAsk.assistantcommentary to=functions.get_weatherjson{"city": "Oslo"}',
        reasoning="Ask.",
        problems=(Kind.GLUED_CHANNELS,),
        calls=(("functions.get_weather", '{"city": "Oslo"}'),),
    ),
    Malformed(
        id="glued-preamble",
        text="commentaryLet me look.assistantfinalDone.",
        answer="Done.",
        preambles=("Let me look.",),
        problems=(Kind.GLUED_CHANNELS,),
    ),
    Malformed(
        id="glued-call-alone",
        text='commentary to=functions.sky json{"c":"b"}',
        problems=(Kind.GLUED_CHANNELS,),
        calls=(("functions.sky", '{"c":"b"}'),),
    ),
    Malformed(
        id="glued-call-in-analysis",  # jundot/omlx#2216
        text='analysisWe need it.assistantanalysis to=functions.find code{"q":"x"}',
        reasoning="We need it.",
        problems=(Kind.GLUED_CHANNELS,),
        calls=(("functions.find", '{"q":"x"}'),),
    ),
    Malformed(
        id="glued-call-without-its-address",
        text='assistantcode{"q":"x"}',
        preambles=('{"q":"x"}',),
        problems=(Kind.GLUED_CHANNELS,),
    ),
    Malformed(
        id="glued-call-with-the-address-first",
        text='analysisAsk.assistant to=functions.findcommentary json{"q":"x"}<|call|>',
        reasoning="Ask.",
        problems=(Kind.GLUED_CHANNELS,),
        calls=(("functions.find", '{"q":"x"}'),),
    ),
    Malformed(
        id="glued-call-behind-a-text",
        text='Let me look.assistantcommentary to=functions.find json{"q":"x"}',
        answer="Let me look.",
        problems=(Kind.GLUED_CHANNELS,),
        calls=(("functions.find", '{"q":"x"}'),),
    ),
    Malformed(
        id="glued-calls-in-a-row",
        text='commentary to=functions.a json{"x":1}commentary to=functions.b json{"y":[2',
        problems=(Kind.GLUED_CHANNELS,),
        calls=(("functions.a", '{"x":1}'), ("functions.b", '{"y":[2')),
    ),
    Malformed(
        id="glued-call-of-the-interpreter",
        text="analysisWe compute.assistantanalysis to=python codeprint(1)",
        reasoning="We compute.",
        problems=(Kind.GLUED_CHANNELS,),
        calls=(("python", "print(1)"),),
    ),
    Malformed(
        id="plain",
        text=" A plain answer. ",
        answer=" A plain answer. ",
        problems=(Kind.NO_MARKUP,),
    ),
    Malformed(
        id="markup-in-content",
        text="<|channel|>final<|message|>the <|message|> and the <|start|> token<|return|>",
        answer="the <|message|> and the <|start|> token",
        problems=(Kind.MARKUP_IN_CONTENT,),
    ),
    Malformed(
        id="second-channel",  # vllm-project/vllm#35906
        text="<|channel|>commentary<|channel|>final<|message|>x<|return|>",
        answer="x",
        problems=(Kind.REPEATED_CHANNEL,),
    ),
    Malformed(
        id="second-channel-unknown",  # ggml-org/llama.cpp#27720
        text="<|channel|>commentary to=assistant<|channel|>commentary?<|message|>x<|end|>",
        preambles=("x",),
        problems=(Kind.REPEATED_CHANNEL, Kind.LEFTOVER_HEADER),
        leftover=("commentary?",),
    ),
    Malformed(
        id="second-channel-after-unknown",  # openai/harmony#114
        text=" to=functions.bash<|channel|>bash<|channel|>commentary json<|message|>{}<|call|>",
        calls=(("functions.bash", "{}"),),
        problems=(Kind.REPEATED_CHANNEL,),
        leftover=("bash",),
    ),
    Malformed(
        id="second-channel-with-text-between",
        text="<|channel|>analysis We think so.<|channel|>final<|message|>x<|return|>",
        reasoning="We think so.",
        answer="x",
        problems=(Kind.TRUNCATED_HEADER, Kind.MISSING_START),
    ),
    Malformed(
        id="missing-end",
        text="<|channel|>analysis<|message|>a<|start|>assistant<|channel|>final<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.MISSING_END,),
    ),
    Malformed(
        id="missing-end-and-start",
        text="<|channel|>analysis<|message|>a<|channel|>final<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.MISSING_END, Kind.MISSING_START),
    ),
    Malformed(
        id="missing-end-before-an-unknown-channel",
        text="<|channel|>analysis<|message|>a<|channel|>finale<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.MISSING_END, Kind.MISSING_START, Kind.UNKNOWN_CHANNEL),
    ),
    Malformed(
        id="missing-start",  # vllm-project/vllm#35906
        text="<|channel|>analysis<|message|>a<|end|><|channel|>final<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.MISSING_START,),
    ),
    Malformed(
        id="missing-start-before-the-role",
        text="<|channel|>analysis<|message|>a<|end|>assistant<|channel|>final<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.MISSING_START,),
    ),
    Malformed(
        id="repeated-start",  # vllm-project/vllm#43408
        text="<|channel|>analysis<|message|>a<|end|><|start|><|start|>assistant<|channel|>final<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.REPEATED_START,),
    ),
    Malformed(
        id="start-of-the-prompt",
        text="<|start|>assistant<|channel|>final<|message|>b<|return|>",
        answer="b",
        problems=(Kind.REPEATED_START,),
    ),
    Malformed(
        id="stray-text",  # vllm-project/vllm#43408
        text="<|channel|>analysis<|message|>a<|end|> 364 <|start|>assistant<|channel|>final<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.STRAY_TEXT,),
        leftover=(" 364 ",),
    ),
    Malformed(
        id="text-before-start",
        text="Sure!<|start|>assistant<|channel|>final<|message|>b<|return|>",
        answer="b",
        problems=(Kind.STRAY_TEXT,),
        leftover=("Sure!",),
    ),
    Malformed(
        id="text-before-channel",
        text="Let me think.<|channel|>final<|message|>b<|return|>",
        answer="b",
        problems=(Kind.TEXT_BEFORE_CHANNEL,),
        leftover=("Let me think.",),
    ),
    Malformed(
        id="one-word-before-channel",
        text="Sure!<|channel|>final<|message|>b<|return|>",
        answer="b",
        problems=(Kind.TEXT_BEFORE_CHANNEL,),
        leftover=("Sure!",),
    ),
    Malformed(
        id="channel-marker-missing",
        text="analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.MISSING_CHANNEL,),
    ),
    Malformed(
        id="role-and-channel-glued",
        text="<|channel|>analysis<|message|>a<|end|><|start|>assistantfinal<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.GLUED_CHANNELS,),
    ),
    Malformed(
        id="no-role",
        text="<|channel|>analysis<|message|>a<|end|><|start|><|channel|>final<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.NO_ROLE,),
    ),
    Malformed(
        id="unknown-role",
        text="<|channel|>analysis<|message|>a<|end|><|start|>oracle<|channel|>final<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.UNKNOWN_ROLE, Kind.TEXT_BEFORE_CHANNEL, Kind.NO_ROLE),
        leftover=("oracle",),
    ),
    Malformed(
        id="words-in-another-order",
        text="<|channel|>final <|constrain|>json to=functions.f<|message|>{}<|call|>",
        problems=(Kind.LEFTOVER_HEADER,),
        calls=(("functions.f", "{}"),),
    ),
    Malformed(
        id="empty-channel",  # openai/harmony#48
        text="<|channel|><|message|>b<|return|>",
        answer="b",
        problems=(Kind.EMPTY_CHANNEL,),
    ),
    Malformed(
        id="space-before-channel",
        text="<|channel|> final<|message|>b<|return|>",
        answer="b",
        problems=(Kind.EMPTY_CHANNEL,),
    ),
    Malformed(
        id="mistyped-channel",  # ai-dynamo/frontend-crates#237
        text="<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>finalx<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.UNKNOWN_CHANNEL,),
    ),
    Malformed(
        id="words-in-header",  # openai/harmony#38
        text="<|channel|>analysis we go on<|message|>a<|end|>",
        reasoning="a",
        problems=(Kind.LEFTOVER_HEADER,),
        leftover=("we go on",),
    ),
    Malformed(
        id="missing-message",  # vllm-project/vllm#45736
        text="<|channel|>final The answer.<|return|>",
        answer="The answer.",
        problems=(Kind.TRUNCATED_HEADER,),
    ),
    Malformed(
        id="missing-message-glued",
        text="<|channel|>finalThe answer.<|return|>",
        answer="The answer.",
        problems=(Kind.TRUNCATED_HEADER,),
    ),
    Malformed(
        id="free-text-after-channel",  # ggml-org/llama.cpp#27720
        text="<|channel|>The answer.<|return|>",
        answer="The answer.",
        problems=(Kind.TRUNCATED_HEADER, Kind.UNKNOWN_CHANNEL),
    ),
    Malformed(
        id="no-header-at-all",
        text="The answer.<|return|>",
        answer="The answer.",
        problems=(Kind.TRUNCATED_HEADER,),
    ),
    Malformed(
        id="call-without-message",
        text=' to=functions.f<|channel|>commentary <|constrain|>json {"a": 1}<|call|>',
        calls=(("functions.f", '{"a": 1}'),),
        problems=(Kind.TRUNCATED_HEADER,),
    ),
    Malformed(
        id="empty-final-without-message",
        text="<|channel|>final<|return|>",
        answer="",
        problems=(Kind.TRUNCATED_HEADER,),
    ),
    Malformed(
        id="cut-in-analysis",
        text="<|channel|>analysis<|message|>We need to",
        reasoning="We need to",
        problems=(Kind.TRUNCATED_CONTENT,),
    ),
    Malformed(
        id="cut-in-channel-name",
        text="<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>fin",
        reasoning="a",
        problems=(Kind.TRUNCATED_HEADER,),
        leftover=("fin",),
    ),
    Malformed(
        id="cut-after-channel-name",
        text="<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final",
        reasoning="a",
        problems=(Kind.TRUNCATED_HEADER,),
    ),
    Malformed(
        id="cut-in-address",
        text="<|channel|>analysis<|message|>a<|end|><|start|>assistant to=functions.f<|channel|>commentary",
        reasoning="a",
        problems=(Kind.TRUNCATED_HEADER,),
        leftover=("assistant to=functions.f<|channel|>commentary",),
    ),
    Malformed(
        id="return-after-end",
        text="<|channel|>final<|message|>b<|end|><|return|>",
        answer="b",
        problems=(Kind.REPEATED_STOP,),
    ),
    Malformed(
        id="padding",
        text="<|channel|>final<|message|>b<|return|><|endoftext|><|endoftext|>",
        answer="b",
        problems=(Kind.PADDING,),
    ),
    Malformed(
        id="padding-without-stop",
        text="<|channel|>final<|message|>b<|endoftext|><|endoftext|>",
        answer="b",
        problems=(Kind.PADDING, Kind.TRUNCATED_CONTENT),
    ),
    Malformed(
        id="padding-before-and-between",
        text="<|endoftext|><|channel|>analysis<|message|>a<|end|><|endoftext|>"
        "<|start|>assistant<|channel|>final<|message|>b<|return|>",
        reasoning="a",
        answer="b",
        problems=(Kind.PADDING, Kind.PADDING),
    ),
    Malformed(
        id="trailing-text",  # ROCm and others: the end-of-turn token was ignored
        text="<|channel|>final<|message|>b<|return|>And more.",
        answer="b",
        problems=(Kind.TRAILING_TEXT,),
        leftover=("And more.",),
    ),
    Malformed(
        id="nothing",
        text="",
        problems=(Kind.TRUNCATED_HEADER,),
    ),
    Malformed(
        id="lone-stop",
        text="<|return|>",
        problems=(Kind.TRUNCATED_HEADER,),
    ),
    Malformed(
        id="special-token-in-field",  # vllm-project/vllm#32587
        text="<|channel|>final<|endoftext|><|message|>b<|return|>",
        answer="b",
        problems=(Kind.LEFTOVER_HEADER,),
        leftover=("<|endoftext|>",),
    ),
)
