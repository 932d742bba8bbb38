"""A server for each wire check that breaks just its claim: what a proxy does, and what the check must have seen."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from backends.renderings import Mistake
from backends.strict_json import JsonFault
from fixtures.faults import (
    Alteration,
    edit_body,
    edit_choice,
    edit_chunks,
    edit_completion,
    edit_content,
    edit_message,
    edit_reasoning,
    edit_reply,
    edit_streamed_choices,
    edit_usage,
    fail,
    repeated,
    set_field,
    side_by_side,
    streamed,
    unstreamed,
    when,
)
from fixtures.faults.edits import faulty_streams as streams
from fixtures.faults.edits import request_forms as forms
from fixtures.faults.edits.faulty_calls import (
    call_in_reasoning,
    fill_content,
    glue_call,
    join_reasoning,
    keep_namespace,
    read_arguments,
)
from fixtures.faults.edits.faulty_replies import leave_raw
from fixtures.faults.gateway import Gateway
from fixtures.faults.proxy.completions import first_message
from fixtures.wire import RENDERED
from fixtures.wire.draws import WORDS_QUESTION
from reports.checks import ArgumentsForm, CheckId, Facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.faults import ProxiedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A claim, broken.

    Attributes:
        check: the wire check whose claim it is.
        does: how it is broken.
        case: the case of a parametrized check.
        facts: what the check must have seen, to the letter.
        told: names of facts that it must tell beside them, whatever they are.
        unmended: names of what the server does otherwise and is not mended here.
        gateway: what a gateway of the Responses API does, where it is a claim of that API alone.
    """

    check: CheckId
    does: tuple[Alteration, ...]
    case: str | None = None
    facts: Facts = field(default_factory=Facts)
    told: tuple[str, ...] = ()
    unmended: tuple[str, ...] = ()
    gateway: Gateway | None = None

    @property
    def id(self) -> str:
        """The check's id, and its case where it has one."""
        return str(self.check) if self.case is None else f"{self.check}-{self.case}"


def _history(request: ProxiedRequest) -> list[dict[str, Any]]:
    return [message for message in request.original.get("messages", []) if message["role"] == "assistant"]


def _has_history(request: ProxiedRequest) -> bool:
    return bool(_history(request))


def _has_earlier_reasoning(request: ProxiedRequest) -> bool:
    return any("reasoning_content" in message for message in _history(request))


def _has_tool_result(request: ProxiedRequest) -> bool:
    return any(message["role"] == "tool" for message in request.original.get("messages", []))


def _is_cut(request: ProxiedRequest) -> bool:
    return bool(request.original.get("max_tokens") == 16)


def _asks_for_words(request: ProxiedRequest) -> bool:
    return any(message["content"] == WORDS_QUESTION for message in request.original.get("messages", []))


def _draw_words(request: ProxiedRequest, completion: dict[str, Any]) -> None:
    words = Random(request.index).sample(_RANDOM_WORDS, len(_RANDOM_WORDS))  # noqa: S311 - a seeded draw
    first_message(completion).update(content=", ".join(words), reasoning_content=None)


def _add_to(field: str, number: int) -> Alteration:
    return edit_usage(lambda usage: usage.update({field: usage[field] + number}))


def _without(*fields: str) -> Alteration:
    return edit_body(lambda body: [body.pop(field, None) for field in fields])


def _with(**fields: object) -> Alteration:
    return edit_body(lambda body: body.update(fields))


def _rename_reasoning(message: dict[str, Any]) -> None:
    if "reasoning_content" in message:
        message["thoughts"] = message.pop("reasoning_content")


def _glue(message: dict[str, Any]) -> None:
    message["content"] = f"analysis{message.pop('reasoning_content', '')}assistantfinal{message['content']}"


def _say_thought_again(message: dict[str, Any]) -> None:
    message["content"] = f"{message['reasoning_content']} So {message['content']}"


def _put_stop_back(request: ProxiedRequest, completion: dict[str, Any]) -> None:
    first_message(completion)["content"] += "".join(request.original.get("stop", ()))


def _number_answer(request: ProxiedRequest, completion: dict[str, Any]) -> None:
    first_message(completion)["content"] += f" {request.index}"


def _edit_calls(edit: Callable[[dict[str, Any], dict[str, Any]], object]) -> Alteration:
    return edit_message(lambda message: [edit(call["function"], message) for call in message.get("tool_calls", [])])


def _no_finish(chunk: dict[str, Any] | str) -> bool:
    return isinstance(chunk, str) or not any(choice.get("finish_reason") for choice in chunk.get("choices", []))


def _null_role(choice: dict[str, Any]) -> None:
    choice["delta"].setdefault("role", None)


_PHANTOM = [{"id": "x", "type": "function", "function": {"name": "search", "arguments": "{}"}}]

_DROP_POLICY = edit_body(lambda body: body.update(messages=[m for m in body["messages"] if m["role"] != "system"]))

#: The miniature of the small vocabulary knows no random words. These are put in the place of what it says.
_RANDOM_WORDS = [
    "river",
    "stone",
    "apple",
    "window",
    "candle",
    "forest",
    "bridge",
    "cloud",
    "pepper",
    "silver",
    "rocket",
    "violin",
]
_DRAW_WORDS = when(_asks_for_words, edit_completion(_draw_words))

_SAME_EFFORT = _without("chat_template_kwargs")

BREAKS: tuple[Break, ...] = (
    Break(
        check=CheckId.REQUESTS_ANSWERED,
        does=(when(lambda request: bool(request.original.get("tools")), fail(400, "tools are not taken here")),),
        told=("unserved",),
    ),
    Break(
        check=CheckId.BODIES_STRICT_JSON,
        does=(when(unstreamed, edit_reasoning(lambda text: f"{text} \ud83d")),),
        facts=Facts(json_faults=(JsonFault.HALF_CHARACTER,)),
    ),
    Break(
        check=CheckId.ENVELOPE_WELL_FORMED,
        does=(edit_completion(lambda _, completion: completion.update(object="text_completion")),),
        told=("problems",),
    ),
    Break(
        check=CheckId.CHUNK_ENVELOPES_WELL_FORMED,
        does=(edit_chunks(streams.drop_envelope),),
        told=("problems",),
    ),
    Break(
        check=CheckId.STREAM_COMES_WHOLE,
        does=(edit_chunks(streams.fail_halfway),),
        told=("said",),
    ),
    Break(
        check=CheckId.STREAM_ENDS_BEHIND_DONE,
        does=(when(streamed, edit_reply(lambda _, reply: setattr(reply, "breaks", "open"))),),
    ),
    Break(
        check=CheckId.STREAM_NO_MARKUP,
        does=(when(streamed, edit_choice(leave_raw)),),
        told=("leaked",),
    ),
    Break(
        check=CheckId.CHARACTERS_WHOLE,
        does=(edit_streamed_choices(streams.break_characters),),
        facts=Facts(part="content"),
    ),
    Break(
        check=CheckId.USAGE_REPEATS,
        does=(when(repeated, edit_usage(lambda usage: usage.update(prompt_tokens=0))),),
        facts=Facts(uncached=True),
    ),
    Break(
        check=CheckId.TOOL_CALLS_HAVE_IDS,
        does=(when(unstreamed, edit_message(streams.empty_ids)),),
        facts=Facts(problems=("tool call 1 has the id ''",)),
    ),
    Break(
        check=CheckId.TOOL_CALLS_HAVE_IDS,
        does=(edit_streamed_choices(streams.null_ids),),
        facts=Facts(problems=("tool call 1 has no id",)),
    ),
    Break(
        check=CheckId.STREAMED_TOOL_CALL_ALIKE,
        does=(edit_streamed_choices(streams.lose_arguments),),
        facts=Facts(called=("get_weather",)),
    ),
    Break(
        check=CheckId.STREAMED_TOOL_CALL_ALIKE,
        does=(edit_streamed_choices(streams.end_plainly),),
        facts=Facts(finish_reason="stop"),
    ),
    Break(
        check=CheckId.STREAM_DELTAS_WELL_FORMED,
        does=(edit_streamed_choices(lambda choice: choice["delta"].pop("role", None)),),
        facts=Facts(problems=("no delta has a role",)),
    ),
    Break(
        check=CheckId.SECOND_TURN_WORKS,
        does=(when(_has_history, edit_message(lambda message: message.update(content=None))),),
        facts=Facts(reasoned=True),
    ),
    Break(
        check=CheckId.SECOND_TURN_WITH_REASONING_WORKS,
        does=(when(_has_earlier_reasoning, fail(500, "unexpected token")),),
        facts=Facts(status=500),
    ),
    Break(
        check=CheckId.EARLIER_REASONING_DROPPED,
        does=(when(_has_earlier_reasoning, _add_to("prompt_tokens", 30)),),
        facts=Facts(offset=30),
    ),
    Break(
        check=CheckId.EFFORT_CHANGES_THINKING,
        does=(_SAME_EFFORT,),
        facts=Facts(same=True),
    ),
    Break(
        check=CheckId.EFFORT_FIELD_READ,
        does=(_SAME_EFFORT,),
        facts=Facts(same=True),
    ),
    Break(
        check=CheckId.REASONING_APART,
        does=(edit_message(_rename_reasoning),),
        facts=Facts(other_fields=("thoughts",)),
    ),
    Break(
        check=CheckId.REASONING_APART,
        does=(edit_message(join_reasoning),),
        facts=Facts(inside="answer"),
    ),
    Break(
        check=CheckId.REASONING_APART,
        does=(edit_message(_say_thought_again),),
        facts=Facts(inside="answer"),
    ),
    Break(
        check=CheckId.NO_MARKUP,
        does=(edit_content(lambda text: f"{text}<|return|>"),),
        told=("leaked",),
    ),
    Break(
        check=CheckId.ANSWER_PRESENT,
        does=(edit_message(lambda message: message.pop("content")),),
        told=("reasoned",),
    ),
    Break(
        check=CheckId.ENDS_BEFORE_LIMIT,
        does=(set_field("choices.0.finish_reason", "length"),),
        told=("used", "limit"),
    ),
    Break(
        check=CheckId.LIMIT_KEPT,
        does=(when(_is_cut, set_field("choices.0.finish_reason", "stop")),),
        facts=Facts(finish_reason="stop"),
    ),
    Break(
        check=CheckId.USAGE_ADDS_UP,
        does=(_add_to("total_tokens", 1),),
        facts=Facts(missing=False),
    ),
    Break(
        check=CheckId.USAGE_COUNTS_REASONING,
        does=(edit_usage(lambda usage: usage.update(completion_tokens=2)),),
        facts=Facts(used=2),
    ),
    Break(
        check=CheckId.STOP_STRING_LEFT_OUT,
        does=(edit_completion(_put_stop_back),),
        facts=Facts(stop_left=True),
    ),
    Break(
        check=CheckId.MODEL_AND_PROVIDER_CONSTANT,
        does=(edit_completion(lambda request, completion: completion.update(model=f"m{request.index % 2}")),),
        facts=Facts(changes="model"),
    ),
    *(
        Break(
            check=CheckId.PROMPT_LENGTH_LEGITIMATE,
            case=name,
            does=(_add_to("prompt_tokens", 500),),
            facts=Facts(mistakes=()),
            told=("offset",),
        )
        for name in RENDERED
    ),
    Break(
        check=CheckId.PROMPT_LENGTH_LEGITIMATE,
        case="policy",
        does=(_DROP_POLICY,),
        facts=Facts(mistakes=(Mistake.DEVELOPER_DROPPED,)),
    ),
    Break(
        check=CheckId.PROMPT_LENGTHS_NOT_OFFSET,
        does=(_add_to("prompt_tokens", 500),),
        facts=Facts(offset=500),
    ),
    Break(
        check=CheckId.RAW_ROUTE_ANSWERS_ALIKE,
        does=(edit_reasoning(lambda text: text.replace("message", "text")),),
        facts=Facts(part="reasoning"),
    ),
    Break(
        check=CheckId.UNSTREAMED_BY_DEFAULT,
        does=(),
        gateway=Gateway(streams_unasked=True),
        facts=Facts(streamed=True),
    ),
    Break(
        check=CheckId.REASONING_TOKENS_TOLD,
        does=(),
        gateway=Gateway(tells_reasoning_tokens=False),
        facts=Facts(reasoning_tokens=0),
    ),
    Break(
        check=CheckId.PREVIOUS_RESPONSE_KNOWN,
        does=(),
        gateway=Gateway(remembers=False),
        facts=Facts(forgotten=True),
    ),
    Break(
        check=CheckId.TEMPERATURE_ZERO_REPEATS,
        does=(edit_completion(_number_answer),),
        facts=Facts(of=4),
    ),
    Break(
        check=CheckId.SECOND_CALL_ANSWERS_ALIKE,
        does=(when(repeated, edit_content(lambda text: f"{text}{text}")),),
    ),
    Break(
        check=CheckId.TEMPERATURE_HONOURED,
        does=(_with(temperature=0.0), when(_asks_for_words, edit_content(lambda _: ", ".join(_RANDOM_WORDS)))),
    ),
    Break(
        check=CheckId.TOP_P_HONOURED,
        does=(_with(top_p=1.0), _DRAW_WORDS),
    ),
    Break(
        check=CheckId.SEED_HONOURED,
        does=(_without("seed"), _DRAW_WORDS),
    ),
    Break(
        check=CheckId.RESPONSE_FORMAT_HONOURED,
        does=(),
        told=("not_json",),
        unmended=("response_format",),
    ),
    Break(
        check=CheckId.RESPONSE_FORMAT_KEEPS_CHANNELS_APART,
        does=(when(lambda request: "response_format" in request.original, edit_message(_glue)),),
        told=("leaked",),
        unmended=("response_format",),
    ),
    Break(
        check=CheckId.STREAM_JOINS_TO_THE_ANSWER,
        does=(edit_chunks(lambda chunks: [*chunks[:5], *chunks[6:]]),),
        facts=Facts(part="reasoning"),
    ),
    Break(
        check=CheckId.STREAM_JOINS_TO_THE_ANSWER,
        does=(when(streamed, edit_message(join_reasoning)),),
        facts=Facts(inside="answer"),
    ),
    Break(
        check=CheckId.STREAM_USAGE_ALIKE,
        does=(when(streamed, edit_usage(lambda usage: usage.update(completion_tokens=1))),),
        facts=Facts(used=1, missing=False),
    ),
    Break(
        check=CheckId.STREAM_DELTAS_WELL_FORMED,
        does=(edit_streamed_choices(_null_role),),
        told=("problems",),
    ),
    Break(
        check=CheckId.STREAM_HAS_LAST_CHUNK,
        does=(edit_chunks(lambda chunks: [chunk for chunk in chunks if _no_finish(chunk)]),),
    ),
    Break(
        check=CheckId.STREAM_CLOSED_WITH_DONE,
        does=(),
        unmended=("done",),
    ),
    Break(
        check=CheckId.STREAMED_TOOL_CALL_ALIKE,
        does=(edit_streamed_choices(lambda choice: choice["delta"].pop("tool_calls", None)),),
        facts=Facts(called=()),
    ),
    Break(
        check=CheckId.STREAMED_TOOL_CALL_ALIKE,
        does=(when(streamed, edit_choice(call_in_reasoning)),),
        facts=Facts(called=()),
        told=("in_reasoning",),
    ),
    Break(
        check=CheckId.STREAMED_TOOL_CALL_ALIKE,
        does=(when(streamed, edit_message(keep_namespace)),),
        facts=Facts(header_in_name="functions.get_weather"),
    ),
    Break(
        check=CheckId.STREAMED_TOOL_CALL_ALIKE,
        does=(when(streamed, edit_message(read_arguments)),),
        facts=Facts(called=("get_weather",)),
    ),
    Break(
        check=CheckId.CONCURRENT_CALLS_ANSWER_ALIKE,
        does=(when(side_by_side, edit_content(lambda text: f"{text}{text}")),),
        facts=Facts(of=16),
    ),
    Break(
        check=CheckId.OFFERED_TOOL_CALLED,
        does=(edit_message(lambda message: message.pop("tool_calls", None)),),
        facts=Facts(called=()),
    ),
    Break(
        check=CheckId.OFFERED_TOOL_CALLED,
        does=(edit_message(keep_namespace),),
        facts=Facts(header_in_name="functions.get_weather"),
    ),
    Break(
        check=CheckId.OFFERED_TOOL_CALLED,
        does=(edit_choice(glue_call),),
        facts=Facts(called=()),
        told=("leaked",),
    ),
    Break(
        check=CheckId.OFFERED_TOOL_CALLED,
        does=(edit_choice(call_in_reasoning),),
        facts=Facts(called=()),
        told=("in_reasoning",),
    ),
    Break(
        check=CheckId.TOOL_ARGUMENTS_ARE_JSON,
        does=(_edit_calls(lambda function, _: function.update(arguments="location: Paris")),),
        facts=Facts(not_json="location: Paris", arguments=ArgumentsForm.OTHER_TEXT),
    ),
    Break(
        check=CheckId.TOOL_ARGUMENTS_ARE_JSON,
        does=(edit_message(read_arguments),),
        facts=Facts(arguments=ArgumentsForm.OBJECT),
    ),
    Break(
        check=CheckId.TEXT_BESIDE_CALL_IS_NO_REASONING,
        does=(edit_message(fill_content),),
        facts=Facts(inside="preamble"),
    ),
    Break(
        check=CheckId.TOOL_CALL_NOT_IN_CONTENT,
        does=(_edit_calls(lambda function, message: message.update(content=function["arguments"])),),
        told=("in_content",),
    ),
    Break(
        check=CheckId.NO_TOOL_CALLED_UNOFFERED,
        does=(edit_message(lambda message: message.update(tool_calls=json.loads(json.dumps(_PHANTOM)))),),
    ),
    Break(
        check=CheckId.TOOL_RESULT_ACCEPTED,
        does=(when(_has_tool_result, fail(400, "unknown role tool")),),
        facts=Facts(status=400),
    ),
    Break(
        check=CheckId.DEVELOPER_ROLE_TAKEN,
        does=(edit_body(forms.drop_developer),),
        facts=Facts(mistakes=(Mistake.DEVELOPER_DROPPED,)),
        told=("offset",),
    ),
    Break(
        check=CheckId.DEVELOPER_ROLE_TAKEN,
        does=(when(forms.asks_as_developer, fail(400, "Unexpected message role.")),),
        facts=Facts(status=400, refused_form="developer"),
    ),
    Break(
        check=CheckId.TEXT_PARTS_JOINED,
        does=(edit_body(forms.keep_last_part),),
        told=("offset",),
    ),
    Break(
        check=CheckId.TEXT_PARTS_JOINED,
        does=(when(forms.sends_parts, fail(422, "Input should be a valid string")),),
        facts=Facts(status=422, refused_form="parts"),
    ),
    Break(
        check=CheckId.SECOND_SYSTEM_MESSAGE_TAKEN,
        does=(edit_body(forms.keep_last_system),),
        told=("offset",),
    ),
    Break(
        check=CheckId.SECOND_SYSTEM_MESSAGE_TAKEN,
        does=(when(forms.has_two_systems, fail(400, "System message must be at the beginning.")),),
        facts=Facts(status=400, refused_form="second system"),
    ),
    Break(
        check=CheckId.REASONING_BETWEEN_CALLS_KEPT,
        does=(),
        facts=Facts(offset=0),
        unmended=("call_reasoning",),
    ),
    Break(
        check=CheckId.TOOL_CHOICE_NONE_HONOURED,
        does=(),
        facts=Facts(ignored="tool_choice"),
        unmended=("tool_choice",),
    ),
    Break(
        check=CheckId.TOOL_CHOICE_REQUIRED_HONOURED,
        does=(edit_message(lambda message: message.pop("tool_calls", None)),),
        facts=Facts(ignored="tool_choice"),
        unmended=("tool_choice",),
    ),
    Break(
        check=CheckId.JSON_SCHEMA_HONOURED,
        does=(edit_content(lambda _: '{"river": "Rhine", "length_km": "1,233"}'),),
        facts=Facts(ignored="response_format"),
        unmended=("response_format",),
    ),
    Break(
        check=CheckId.COMPLETION_LIMIT_HONOURED,
        does=(edit_body(forms.forget_completion_limit),),
        facts=Facts(ignored="max_completion_tokens"),
    ),
    Break(
        check=CheckId.N_HONOURED,
        does=(),
        facts=Facts(ignored="n"),
        unmended=("n",),
    ),
    Break(
        check=CheckId.LOGPROBS_OF_THE_TEXT,
        does=(),
        facts=Facts(ignored="logprobs"),
        unmended=("logprobs",),
    ),
    Break(
        check=CheckId.LOGPROBS_OF_THE_TEXT,
        does=(forms.misplaced_logprobs,),
        facts=Facts(misplaced=True),
        unmended=("logprobs",),
    ),
    Break(
        check=CheckId.UNKNOWN_EFFORT_SURVIVED,
        does=(when(forms.asks_unknown_effort, fail(500, "KeyError: 'minimal'")),),
        facts=Facts(status=500),
    ),
    Break(
        check=CheckId.OVERFLOW_REFUSED,
        does=(edit_body(forms.cut_to_context),),
        told=("offset",),
        unmended=("context",),
    ),
)
