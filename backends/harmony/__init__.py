"""Harmony, gpt-oss's chat format, read from text.

Strict parsing agrees with openai-harmony's strict mode; lenient parsing takes any text, loses nothing and names what
was wrong; `HarmonyStream` parses strictly as text arrives; `split_channels` sorts messages into reasoning, answer,
preambles and tool calls; `render` writes messages down again; `find_markup` looks for special tokens in text that
should be plain. No vocabulary, no input or output, linear time.
"""

from __future__ import annotations

from .channels import Channels, ToolCall, split_channels
from .deviations import DEVIATIONS, Deviation
from .errors import ErrorKind, HarmonyError, State
from .events import ContentDelta, Event, MessageEnded, MessageStarted
from .message import CHANNELS, Ending, Header, Message, Role
from .parser import parse
from .problem import Leftover, Parsed, Problem, ProblemKind
from .render import RenderError, render
from .stream import HEADER_LIMIT, HarmonyStream, gather
from .tokens import SPECIAL_TOKENS, STOP_TOKENS, Markup, find_markup

__all__ = [
    "CHANNELS",
    "DEVIATIONS",
    "HEADER_LIMIT",
    "SPECIAL_TOKENS",
    "STOP_TOKENS",
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
