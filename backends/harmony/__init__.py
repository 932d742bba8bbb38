"""Harmony, gpt-oss's chat format, read from text.

Strict parsing agrees with oss-harmony's strict mode; lenient parsing takes any text, loses nothing and names what
was wrong; `HarmonyStream` parses strictly as text arrives; `split_channels` sorts messages into reasoning, answer,
preambles and tool calls; `render` writes messages down again; `find_markup` looks for special tokens in text that
should be plain. No vocabulary, no input or output, linear time.
"""

from __future__ import annotations

from backends.harmony.channels import Channels, ToolCall, split_channels
from backends.harmony.deviations import DEVIATIONS, Deviation
from backends.harmony.errors import ErrorKind, HarmonyError, State
from backends.harmony.events import ContentDelta, Event, MessageEnded, MessageStarted
from backends.harmony.message import CHANNELS, Ending, Header, Message, Role
from backends.harmony.parser import parse
from backends.harmony.problem import Leftover, Parsed, Problem, ProblemKind
from backends.harmony.render import RenderError, render
from backends.harmony.stream import HEADER_LIMIT, HarmonyStream, gather
from backends.harmony.tokens import GENERATION_ENDS, MESSAGE_ENDS, SPECIAL_TOKENS, Markup, find_markup

__all__ = [
    "CHANNELS",
    "DEVIATIONS",
    "GENERATION_ENDS",
    "HEADER_LIMIT",
    "MESSAGE_ENDS",
    "SPECIAL_TOKENS",
    "Channels",
    "ContentDelta",
    "Deviation",
    "Ending",
    "ErrorKind",
    "Event",
    "HarmonyError",
    "HarmonyStream",
    "Header",
    "Leftover",
    "Markup",
    "Message",
    "MessageEnded",
    "MessageStarted",
    "Parsed",
    "Problem",
    "ProblemKind",
    "RenderError",
    "Role",
    "State",
    "ToolCall",
    "find_markup",
    "gather",
    "parse",
    "render",
    "split_channels",
]
