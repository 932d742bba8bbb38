"""One broken promise for each wire check: what a proxy does to it, and what the check must say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fixtures.faults import (
    Alteration,
    edit_body,
    edit_chunks,
    edit_completion,
    edit_content,
    edit_message,
    edit_reasoning,
    edit_streamed_choices,
    edit_usage,
    fail,
    repeated,
    set_field,
    side_by_side,
    streamed,
    when,
)
from fixtures.faults.proxy.completions import first_message
from fixtures.wire import RENDERED

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.faults import ProxiedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A promise, broken.

    Attributes:
        check: id of the wire check whose promise it is.
        does: how it is broken.
        says: a regular expression that the check's message matches.
        unmended: names of what the server does otherwise and is not mended here.
    """

    check: str
    does: tuple[Alteration, ...]
    says: str
    unmended: tuple[str, ...] = ()


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


def _put_stop_back(request: ProxiedRequest, completion: dict[str, Any]) -> None:
    first_message(completion)["content"] += "".join(request.original.get("stop", ()))


def _edit_calls(edit: Callable[[dict[str, Any], dict[str, Any]], object]) -> Alteration:
    return edit_message(lambda message: [edit(call["function"], message) for call in message.get("tool_calls", [])])


def _no_finish(chunk: dict[str, Any] | str) -> bool:
    return isinstance(chunk, str) or not any(choice.get("finish_reason") for choice in chunk.get("choices", []))


def _null_role(choice: dict[str, Any]) -> None:
    choice["delta"].setdefault("role", None)


_PHANTOM = [{"id": "x", "type": "function", "function": {"name": "search", "arguments": "{}"}}]

_DROP_POLICY = edit_body(lambda body: body.update(messages=[m for m in body["messages"] if m["role"] != "system"]))

_SAME_EFFORT = _without("chat_template_kwargs")

BREAKS: tuple[Break, ...] = (
    Break(
        check="test_conversation.py::test_second_turn_works",
        does=(when(_has_history, edit_message(lambda message: message.update(content=None))),),
        says="ended with finish_reason 'stop' .* but content is null, while the reasoning says",
    ),
    Break(
        check="test_conversation.py::test_second_turn_works_with_the_first_turns_reasoning",
        does=(when(_has_earlier_reasoning, fail(500, "unexpected token")),),
        says=r"answers a legitimate request \(exchange second-turn-with-reasoning\) with HTTP 500: .*unexpected token",
    ),
    Break(
        check="test_conversation.py::test_earlier_reasoning_is_dropped",
        does=(when(_has_earlier_reasoning, _add_to("prompt_tokens", 30)),),
        says="Harmony drops the reasoning of an answered turn",
    ),
    Break(
        check="test_effort.py::test_effort_changes_how_long_the_model_thinks",
        does=(_SAME_EFFORT,),
        says="answers at low and at high effort are the same, word for word",
    ),
    Break(
        check="test_effort.py::test_effort_is_read_in_the_field_of_its_own",
        does=(_SAME_EFFORT,),
        says="answers at low and at high effort are the same, word for word",
    ),
    Break(
        check="test_fields.py::test_reasoning_comes_apart_from_the_answer",
        does=(edit_message(_rename_reasoning),),
        says="no text under reasoning or reasoning_content; the message has these other fields: thoughts",
    ),
    Break(
        check="test_fields.py::test_answer_holds_no_harmony_markup",
        does=(edit_content(lambda text: f"{text}<|return|>"),),
        says=r"the answer holds Harmony markup: <\|return\|>",
    ),
    Break(
        check="test_fields.py::test_finished_answer_is_present",
        does=(edit_message(lambda message: message.pop("content")),),
        says="ended with finish_reason 'stop' .* but there is no content at all",
    ),
    Break(
        check="test_fields.py::test_answer_ends_before_the_limit",
        does=(set_field("choices.0.finish_reason", "length"),),
        says="the server has a lower limit of its own",
    ),
    Break(
        check="test_fields.py::test_token_limit_is_kept_and_told",
        does=(when(_is_cut, set_field("choices.0.finish_reason", "stop")),),
        says="the finish_reason is not 'length' but 'stop'",
    ),
    Break(
        check="test_fields.py::test_usage_adds_up",
        does=(_add_to("total_tokens", 1),),
        says="the total is not the sum of prompt and completion",
    ),
    Break(
        check="test_fields.py::test_usage_counts_the_reasoning",
        does=(edit_usage(lambda usage: usage.update(completion_tokens=2)),),
        says="reports 2 completion tokens; reasoning and answer have",
    ),
    Break(
        check="test_fields.py::test_stop_string_ends_the_text_and_is_left_out",
        does=(edit_completion(_put_stop_back),),
        says="The stop string '.+' stays in the text",
    ),
    Break(
        check="test_fields.py::test_model_and_provider_are_told_and_constant",
        does=(edit_completion(lambda request, completion: completion.update(model=f"m{request.index % 2}")),),
        says="The model changes within the run: 'm.' in exchange",
    ),
    *(
        Break(
            check=f"test_prompt.py::test_prompt_is_as_long_as_a_legitimate_rendering[{name}]",
            does=(_add_to("prompt_tokens", 500),),
            says=r"No legitimate rendering of the conversation has that length: the nearest \(.+\) has \d+",
        )
        for name in RENDERED
    ),
    Break(
        check="test_prompt.py::test_prompt_is_as_long_as_a_legitimate_rendering[policy]",
        does=(_DROP_POLICY,),
        says=r"as long as a prompt in which the developer message \(the policy\) is dropped",
    ),
    Break(
        check="test_prompt.py::test_prompt_lengths_are_not_off_by_a_constant",
        does=(_add_to("prompt_tokens", 500),),
        says=r"All 10 prompts are reported \+500 tokens off",
    ),
    Break(
        check="test_prompt.py::test_raw_route_gives_the_answer_of_the_chat_route",
        does=(edit_reasoning(lambda text: text.replace("message", "text")),),
        says="the raw completions route, given our own rendering of the prompt, is not that of the plain request",
    ),
    Break(
        check="test_sampling.py::test_temperature_zero_repeats_itself",
        does=(_with(temperature=2.0),),
        says=r"At temperature 0, \d of 4 requests get another text when they are made again",
    ),
    Break(
        check="test_sampling.py::test_second_call_gives_the_answer_of_the_first",
        does=(when(repeated, edit_content(lambda text: f"{text}!")),),
        says="The first call policy is answered '.', the second, identical one '.!'",
    ),
    Break(
        check="test_sampling.py::test_temperature_is_honoured",
        does=(_with(temperature=0.0),),
        says="drawn at temperature 1.5 are the greedy one again, so the temperature is ignored",
    ),
    Break(
        check="test_sampling.py::test_top_p_is_honoured",
        does=(edit_body(lambda body: body.update(top_p=1.0, temperature=2 * body["temperature"])),),
        says="so top_p is ignored",
    ),
    Break(
        check="test_sampling.py::test_seed_is_honoured",
        does=(_without("seed"), edit_body(lambda body: body.update(temperature=2 * body["temperature"]))),
        says="so the seed is ignored",
    ),
    Break(
        check="test_sampling.py::test_response_format_is_honoured",
        does=(),
        says="A JSON object was asked for with response_format",
        unmended=("response_format",),
    ),
    Break(
        check="test_sampling.py::test_response_format_leaves_the_channels_apart",
        does=(when(lambda request: "response_format" in request.original, edit_message(_glue)),),
        says="the answer holds all channels, glued together",
        unmended=("response_format",),
    ),
    Break(
        check="test_streaming.py::test_joined_stream_is_the_unstreamed_answer",
        does=(edit_chunks(lambda chunks: [*chunks[:5], *chunks[6:]]),),
        says="The reasoning of the joined stream is not that of the plain request",
    ),
    Break(
        check="test_streaming.py::test_stream_reports_the_usage_of_the_unstreamed_answer",
        does=(when(streamed, edit_usage(lambda usage: usage.update(completion_tokens=1))),),
        says=r"The stream reports Usage\(.+completion_tokens=1",
    ),
    Break(
        check="test_streaming.py::test_stream_is_made_of_well_formed_deltas",
        does=(edit_streamed_choices(_null_role),),
        says="has the role None",
    ),
    Break(
        check="test_streaming.py::test_stream_has_a_last_chunk",
        does=(edit_chunks(lambda chunks: [chunk for chunk in chunks if _no_finish(chunk)]),),
        says="ends without one that has a finish reason",
    ),
    Break(
        check="test_streaming.py::test_stream_is_closed_with_done",
        does=(),
        says=r"The last event of the stream is not \[DONE\]",
        unmended=("done",),
    ),
    Break(
        check="test_streaming.py::test_streamed_tool_call_is_the_unstreamed_one",
        does=(edit_streamed_choices(lambda choice: choice["delta"].pop("tool_calls", None)),),
        says="Unstreamed, these tools are called: get_weather; in the stream: none",
    ),
    Break(
        check="test_side_by_side.py::test_sixteen_at_once_get_the_answers_that_each_gets_alone",
        does=(when(side_by_side, edit_content(lambda text: f"{text}{text}")),),
        says=r"\d+ of 16 requests that went out at once get another answer than alone",
    ),
    Break(
        check="test_tools.py::test_offered_tool_is_called_by_its_name",
        does=(edit_message(lambda message: message.pop("tool_calls", None)),),
        says="get_weather was offered and asked for; the answer holds no tool call",
    ),
    Break(
        check="test_tools.py::test_tool_call_comes_with_json_arguments",
        does=(_edit_calls(lambda function, _: function.update(arguments="location: Paris")),),
        says="The arguments of the tool call are not a JSON object: 'location: Paris'",
    ),
    Break(
        check="test_tools.py::test_tool_call_leaves_nothing_in_content",
        does=(_edit_calls(lambda function, message: message.update(content=function["arguments"])),),
        says="The arguments of the tool call stand in content too",
    ),
    Break(
        check="test_tools.py::test_no_tool_is_called_where_none_is_offered",
        does=(edit_message(lambda message: message.update(tool_calls=json.loads(json.dumps(_PHANTOM)))),),
        says="No tool was offered in exchange policy, and the answer calls one: .*search",
    ),
    Break(
        check="test_tools.py::test_tool_result_is_accepted",
        does=(when(_has_tool_result, fail(400, "unknown role tool")),),
        says=r"answers a legitimate request \(exchange tool-result\) with HTTP 400: .*unknown role tool",
    ),
)
