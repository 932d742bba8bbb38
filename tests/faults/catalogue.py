"""The catalogue of faults: what a client sees, who reported it, and how a real server is made to show it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.faults import catalogue_replies as replies
from tests.faults import catalogue_requests as requests
from tests.faults import checkpoints as made
from tests.faults.alterations import (
    edit_body,
    edit_choice,
    edit_chunks,
    edit_completion,
    edit_message,
    edit_reply,
    edit_request,
    edit_usage,
    fail,
)
from tests.faults.completions import take_reasoning
from tests.faults.conditions import repeated, side_by_side, when

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.alteration import Alteration
    from tests.faults.conditions import Condition

#: How many faults the catalogue has.
COUNT: Final = 40

_END_OF_TEXT, _RETURN, _END, _CALL = 991, 992, 996, 998


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        id: as verdicts name it.
        sees: what a client sees.
        reported: where, as repository#number or the name of a publication.
        alterations: of the proxy in front of the server.
        checkpoint: makes a changed copy of the miniature from its folder in a new one, None where it stays.
        concerns: the requests that the changed checkpoint answers, None for all.
        unmended: names of what must stay as the embedded server does it, and must not be mended on the way.
    """

    id: str
    sees: str
    reported: tuple[str, ...]
    alterations: tuple[Alteration, ...] = ()
    checkpoint: Callable[[Path, Path], None] | None = None
    concerns: Condition | None = None
    unmended: tuple[str, ...] = ()


FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        "raw-harmony-in-content",
        "Content holds raw Harmony.",
        ("llama.cpp#15181", "sglang#10061", "lmdeploy#3954"),
        (edit_choice(replies.leave_raw),),
    ),
    Fault(
        "glued-channels",
        "Channels are glued together in content.",
        ("oobabooga/textgen#7374",),
        checkpoint=made.drop_response_template,
    ),
    Fault(
        "special-token-in-field",
        "Content or a tool's name ends with a special token.",
        ("vllm#32587", "harmony#114"),
        (edit_message(replies.add_special_token),),
    ),
    Fault(
        "commentary-as-final",
        "Commentary is the answer.",
        ("TensorRT-LLM#9256",),
        (edit_completion(lambda _, completion: replies.answer_with_preamble(completion)),),
    ),
    Fault(
        "null-content",
        "Content is null though its tokens are billed.",
        ("vllm#45736",),
        (edit_message(replies.lose_content),),
    ),
    Fault(
        "null-everything",
        "Content and reasoning are null though their tokens are billed.",
        ("vllm#37030", "vllm#41902"),
        (edit_message(replies.lose_everything),),
    ),
    Fault(
        "reasoning-only",
        "Generation ends with the reasoning, and content is null.",
        ("TensorRT-LLM#12030", "llama.cpp#15789"),
        (edit_message(replies.lose_content),),
        partial(made.set_end_tokens, tokens=(_RETURN, _END_OF_TEXT, _CALL, _END)),
    ),
    Fault(
        "budget-eaten-by-reasoning",
        "Content is empty: the token limit is lower than asked.",
        ("omlx#449",),
        (edit_body(requests.lower_limit),),
    ),
    Fault(
        "answer-in-reasoning",
        "The answer is in the reasoning field.",
        ("vllm#23318",),
        (edit_message(replies.answer_in_reasoning),),
    ),
    Fault("stop-string-left", "The stop string stays in the text.", ("vllm#52612",), unmended=("stop",)),
    Fault(
        "reasoning-dropped",
        "There is no reasoning field though its tokens are billed.",
        ("vercel/ai#7866",),
        (edit_message(take_reasoning),),
    ),
    Fault(
        "reasoning-inline-tags",
        "Reasoning stands in tags inside content.",
        ("promptfoo#9587",),
        (edit_choice(replies.put_reasoning_in_tags),),
    ),
    Fault(
        "reasoning-field-unknown",
        "Reasoning has an unexpected name.",
        ("huggingface_hub#3338",),
        (edit_message(replies.rename_reasoning),),
    ),
    Fault(
        "usage-missing",
        "There is no usage.",
        ("vllm#23007",),
        (edit_completion(lambda _, completion: completion.pop("usage", None)),),
    ),
    Fault(
        "usage-inflated",
        "Prompt tokens are off by a constant.",
        ("ROCm/ATOM#1727",),
        (edit_usage(replies.inflate),),
    ),
    Fault(
        "effort-ignored",
        "Reasoning effort has no effect.",
        ("llama.cpp#15130", "ollama#12589"),
        (edit_body(requests.forget_effort),),
    ),
    Fault(
        "effort-refused",
        "A legitimate effort is refused with 400.",
        ("OpenWhispr#1611",),
        (when(requests.asks_low_effort, fail(400, "reasoning_effort: Input should be 'medium' or 'high'.")),),
    ),
    Fault(
        "developer-dropped",
        "The policy never reaches the model.",
        ("lmstudio#972", "sglang#13167"),
        (edit_body(requests.drop_policy),),
    ),
    Fault(
        "developer-as-user",
        "The policy is moved into the user turn.",
        ("vllm#45342",),
        (edit_body(requests.move_policy),),
    ),
    Fault(
        "template-drift",
        "The effort's line is another one, and the channels' line is missing.",
        ("llama.cpp#15110", "vllm-mlx#568"),
        checkpoint=made.drift,
    ),
    Fault("template-none", "Messages are joined as plain text.", ("vllm#23975",), checkpoint=made.join_plainly),
    Fault(
        "prompt-truncated", "Long prompts lose their beginning.", ("ollama#17427",), (edit_body(requests.cut_front),)
    ),
    Fault(
        "history-reasoning-kept",
        "Analysis of earlier turns is fed back.",
        ("codex#2461",),
        (edit_body(requests.hand_reasoning_on),),
        made.keep_reasoning,
    ),
    Fault(
        "temperature-ignored",
        "Answers are sampled at temperature 0.",
        ("sglang#9418",),
        (edit_body(requests.draw_tokens),),
    ),
    Fault(
        "nondeterministic",
        "The same request gives other text.",
        ("vllm#24067",),
        (edit_request(requests.disturb),),
    ),
    Fault(
        "weights-quantised-4bit",
        "Text is plausible, answers differ.",
        ("K2-Vendor-Verifier#13",),
        checkpoint=partial(made.round_weights, bits=4),
    ),
    Fault(
        "weights-quantised-8bit",
        "Text is plausible, few answers differ.",
        ("infer-check",),
        checkpoint=partial(made.round_weights, bits=8),
    ),
    # Measured on 100 balanced examples: 17 labels are other ones, and 5 answers hold none.
    Fault(
        "other-model",
        "Another checkpoint answers.",
        ("Model Equality Testing",),
        checkpoint=partial(made.perturb_weights, share=0.25, seed=7),
    ),
    Fault(
        "kernel-gibberish",
        "Some answers are nonsense.",
        ("vllm#31422",),
        checkpoint=partial(made.scramble_experts, experts=2, seed=7),
        concerns=requests.share_of_texts(0.35, 31422),
    ),
    Fault(
        "second-call-corrupted",
        "A repeat is not right.",
        ("vllm#29436",),
        (when(repeated, edit_message(replies.garble)),),
    ),
    Fault(
        "load-corrupted",
        "Requests side by side go wrong.",
        ("tenstorrent/vllm#396",),
        (when(side_by_side, edit_message(replies.garble)),),
    ),
    Fault(
        "stream-loses-text",
        "Streamed text lacks pieces.",
        ("vllm#28635", "vllm#30099"),
        (edit_chunks(replies.lose_pieces),),
    ),
    Fault(
        "stream-bad-deltas",
        "Roles are null, reasoning is finished, and no chunk is the last.",
        ("sglang#18335", "open-webui#16377"),
        (edit_chunks(replies.make_bad_deltas),),
    ),
    Fault(
        "eos-ignored",
        "Text goes on after the answer.",
        ("guidellm#979",),
        checkpoint=partial(made.set_end_tokens, tokens=(_END_OF_TEXT,)),
    ),
    Fault(
        "parser-500",
        "A quarter of the texts end in a 500.",
        ("harmony#38", "vllm#51977"),
        (replies.ParserError(0.25, 38),),
    ),
    Fault(
        "phantom-tool-call",
        "Tools are called that were not offered.",
        ("vllm#51616",),
        (when(lambda request: not requests.offers_tools(request), edit_choice(replies.call_phantom)),),
    ),
    Fault(
        "tool-call-lost",
        "A tool call comes back as text.",
        ("vllm#45657", "omlx#2143"),
        (edit_choice(replies.lose_call),),
    ),
    Fault(
        "json-mode-breaks-harmony",
        "With response_format reasoning stays in content.",
        ("sglang#9259",),
        (when(requests.wants_json, edit_message(replies.glue_json)),),
        unmended=("response_format",),
    ),
    Fault(
        "provider-changes",
        "The provider changes between requests.",
        ("hub-docs#2215",),
        (edit_reply(lambda q, r: r.headers.update({"x-inference-provider": f"provider-{'ab'[q.index % 2]}"})),),
    ),
    Fault(
        "canned-refusal",
        "A guard answers in the model's place.",
        ("published ToxicChat runs",),
        (when(requests.is_flagged, edit_completion(lambda _, completion: replies.refuse(completion))),),
    ),
)

BY_ID: Final = {fault.id: fault for fault in FAULTS}

if len(BY_ID) != COUNT or len(FAULTS) != COUNT:
    raise ValueError(f"The catalogue has {COUNT} faults with different ids, not {len(FAULTS)} with {len(BY_ID)} ids.")
