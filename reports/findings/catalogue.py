"""The faults that a finding can name: what a user sees, what usually causes it, and the reported cases it resembles.

The cases are public: repository and number of the issue, or the name of a publication.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from reports.findings.fault_id import EndpointFaultId, FaultId, ReferenceFaultId


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault that servers of gpt-oss have had.

    Attributes:
        id: of the catalogue; the name that verdicts use.
        title: what a user sees, one sentence without a full stop.
        cause: what usually brings it about.
        resembles: where it was reported.
    """

    id: FaultId
    title: str
    cause: str
    resembles: tuple[str, ...]


def _fault(name: FaultId, title: str, cause: str, *resembles: str) -> Fault:
    return Fault(id=name, title=title, cause=cause, resembles=resembles)


_FAULTS = (
    _fault(
        "raw-harmony-in-content",
        "The answer holds raw Harmony: headers and channels in content",
        "The server has no Harmony parser switched on, or its response template is missing.",
        "llama.cpp#15181",
        "sglang#10061",
        "lmdeploy#3954",
    ),
    _fault(
        "glued-channels",
        "The answer holds all channels glued together, as in 'analysis...assistantfinal...'",
        "Special tokens are stripped when the text is decoded, before the channels were split.",
        "oobabooga/textgen#7374",
    ),
    _fault(
        "special-token-in-field",
        "A special token stands inside a name or an answer",
        "The parser cuts a header or a stop token at the wrong place.",
        "vllm#32587",
        "harmony#114",
    ),
    _fault(
        "commentary-as-final",
        "A message of the commentary channel is returned as the answer",
        "The parser takes the first message that is no analysis, and drops the final one.",
        "TensorRT-LLM#9256",
    ),
    _fault(
        "null-content",
        "The answer is null though it was generated and billed",
        "The final channel is lost between the parser and the response.",
        "vllm#45736",
    ),
    _fault(
        "null-everything",
        "Both the answer and the reasoning are null though tokens were billed",
        "The parser fails on the text, and its error is swallowed.",
        "vllm#37030",
        "vllm#41902",
    ),
    _fault(
        "reasoning-only",
        "The model thinks and then gives no answer",
        "Generation ends with the analysis: its end token is taken for the end of the turn.",
        "TensorRT-LLM#12030",
        "llama.cpp#15789",
    ),
    _fault(
        "budget-eaten-by-reasoning",
        "The answer is cut off though the request allowed many more tokens",
        "The server has a lower token limit of its own, and the reasoning uses it up.",
        "omlx#449",
    ),
    _fault(
        "answer-in-reasoning",
        "The answer arrives in the field of the reasoning",
        "The parser does not see where the analysis ends.",
        "vllm#23318",
    ),
    _fault(
        "stop-string-left",
        "The stop string stays in the text",
        "The text is cut behind the stop string, not in front of it.",
        "vllm#52612",
    ),
    _fault(
        "reasoning-dropped",
        "There is no reasoning though it was generated and billed",
        "The server or a gateway removes the analysis from the response.",
        "vercel/ai#7866",
    ),
    _fault(
        "reasoning-inline-tags",
        "The reasoning stands between tags inside the answer",
        "The server is set up for a model of another family, which writes its thoughts between tags.",
        "promptfoo#9587",
    ),
    _fault(
        "reasoning-in-content",
        "The reasoning stands in the answer, without any tags",
        "The server or a gateway joins the channels to one text, or its reasoning parser is not switched on.",
        "lmstudio#851",
    ),
    _fault(
        "reasoning-beside-call",
        "Beside a tool call the reasoning comes as the answer's text",
        "Where a call leaves the content empty, the server or a gateway fills it with the reasoning.",
        "diegosouzapw/OmniRoute#9196",
    ),
    _fault(
        "reasoning-field-unknown",
        "The reasoning comes under a name that no client reads",
        "The server names the field in a way of its own.",
        "huggingface_hub#3338",
    ),
    _fault(
        "usage-missing",
        "The response reports no usage",
        "The server or a gateway leaves the token counts out.",
        "vllm#23007",
    ),
    _fault(
        "usage-inflated",
        "The reported prompt is longer than the one that was sent, always by the same number of tokens",
        "The count is taken of something else, or another text is put before every prompt.",
        "ROCm/ATOM#1727",
    ),
    _fault(
        "reasoning-tokens-untold",
        "The usage tells no tokens of a reasoning that is there",
        "The reasoning's part is written into the usage as a constant 0, or left out.",
        "tashfeenahmed/freellmapi#829",
        "huggingface/responses.js#8",
        "vllm-project/vllm#23007",
    ),
    _fault(
        "cut-untold",
        "A text that the token limit cut is told to be whole",
        "The status, or the finish reason, is a constant: whoever reads it takes half an answer for all of it.",
        "vllm-project/vllm#24184",
        "jundot/omlx#2817",
        "vllm-project/agentic-api#273",
    ),
    _fault(
        "previous-response-forgotten",
        "A request that names an earlier response does not go on from it",
        "The field previous_response_id is taken and nothing is kept: the conversation begins anew at each turn.",
        "Blaizzy/mlx-vlm#1046",
        "BerriAI/litellm#11204",
    ),
    _fault(
        "usage-uncached-only",
        "The reported length of a prompt depends on what the server has seen before",
        "Only the tokens that no prefix cache held are counted, so a repeat of a request seems to have hardly any.",
        "ollama/ollama#2068",
        "ollama/ollama#3427",
        "SamSaffron/term-llm#424",
    ),
    _fault(
        "usage-lacks-reasoning",
        "The reported completion tokens leave the reasoning out",
        "The tokens of the answer are counted behind the parser, which has taken the reasoning away.",
        "jundot/omlx#430",
        "BerriAI/litellm#24546",
    ),
    _fault(
        "usage-wrong",
        "The reported token counts contradict each other or the texts",
        "The counts are put together from several places, of which streams and whole answers use different ones.",
        "vllm#8625",
        "vllm-project/vllm-omni#2313",
    ),
    _fault(
        "effort-ignored",
        "The reasoning effort changes nothing",
        "The field is not passed on to the chat template.",
        "llama.cpp#15130",
        "ollama#12589",
    ),
    _fault(
        "effort-refused",
        "A legitimate reasoning effort is refused",
        "The server checks the field against the values of another model family.",
        "OpenWhispr#1611",
    ),
    _fault(
        "developer-dropped",
        "The policy never reaches the model",
        "The chat template has no place for the system or developer message.",
        "lmstudio#972",
        "sglang#13167",
    ),
    _fault(
        "developer-as-user",
        "The policy reaches the model in the user's turn",
        "The server maps the role of the developer to that of the user.",
        "vllm#45342",
    ),
    _fault(
        "developer-in-system",
        "The policy reaches the model in Harmony's system message",
        "A switch of the server, or a chat template of its own, puts it there, where the model looks for its identity.",
        "vllm#44330",
        "vllm#33210",
    ),
    _fault(
        "template-drift",
        "The prompt is not rendered as the model's chat template renders it",
        "The server has a chat template of its own, or an old one.",
        "llama.cpp#15110",
        "vllm-mlx#568",
    ),
    _fault(
        "template-none",
        "The messages are joined as plain text, without Harmony",
        "The checkpoint is served without its chat template.",
        "vllm#23975",
    ),
    _fault(
        "tokenizer-drift",
        "Prompts are cut into other tokens than the model's tokenizer gives",
        "The server reads the tokenizer's rules of splitting wrongly, or falls back on those of another model.",
        "kekzl/imp#662",
        "ollama/ollama#17698",
    ),
    _fault(
        "prompt-truncated",
        "Long prompts lose a part",
        "The server's context is smaller than the model's, and it cuts without a word.",
        "ollama#17427",
    ),
    _fault(
        "context-too-small",
        "Requests that the model has room for are refused as too long",
        "The server was started with a smaller context than the model's, or requests side by side share one.",
        "llama.cpp#17284",
        "continue#9797",
    ),
    _fault(
        "history-reasoning-kept",
        "The reasoning of earlier turns is fed back to the model",
        "The chat template keeps analysis that Harmony drops once a turn is answered.",
        "codex#2461",
    ),
    _fault(
        "temperature-ignored",
        "Texts are drawn although temperature 0 was asked for",
        "The temperature is not passed on, or a default of the server takes its place.",
        "sglang#9418",
    ),
    _fault(
        "nondeterministic",
        "The same request gets another text at temperature 0",
        "Batches or caches disturb each other, or several replicas differ.",
        "vllm#24067",
    ),
    _fault(
        "weights-quantised-4bit",
        "Different weights or precision: the texts are plausible, many are other ones",
        "The weights were rounded to fewer bits than the model is shipped with.",
        "K2-Vendor-Verifier#13",
    ),
    _fault(
        "weights-quantised-8bit",
        "Different weights or precision: the texts are plausible, some are other ones",
        "The weights were rounded, or the server computes in another precision.",
        "infer-check, which published a similarity of 0.807",
    ),
    _fault(
        "other-model",
        "Another model or prompt: the answers are not those that this model gives to what was asked",
        "Another checkpoint stands behind the name, or what the model is fed is not what was sent.",
        "Model Equality Testing",
    ),
    _fault(
        "kernel-gibberish",
        "Some answers are nonsense while others are right",
        "A kernel computes wrongly for some inputs or shapes.",
        "vllm#31422",
    ),
    _fault(
        "second-call-corrupted",
        "The first answer is right, a repeat of the same request is not",
        "The prefix cache returns what does not belong there.",
        "vllm#29436",
    ),
    _fault(
        "load-corrupted",
        "Answers that are right one at a time are wrong when requests run side by side",
        "Requests in one batch disturb each other.",
        "tenstorrent/vllm#396",
    ),
    _fault(
        "stream-loses-text",
        "The streamed text is not the unstreamed one",
        "The parser of the stream drops or repeats pieces at the borders of channels.",
        "vllm#28635",
        "vllm#30099",
    ),
    _fault(
        "stream-bad-deltas",
        "The stream's chunks are not well formed",
        "The stream is put together by hand: roles are null, or the finish reason comes too soon or never.",
        "sglang#18335",
        "open-webui#16377",
    ),
    _fault(
        "stream-fails",
        "Streams fail where the same requests are answered whole",
        "What fails once a stream has begun can change no status: an error stands inside, or the connection breaks.",
        "diegosouzapw/OmniRoute#8210",
        "aaif-goose/goose#8027",
        "Blaizzy/nativ#195",
    ),
    _fault(
        "stream-loses-call",
        "A tool call in a stream is not the unstreamed one",
        "The parser of the stream loses or repeats pieces of the arguments, or puts them into another field.",
        "vllm#10781",
        "vllm#35449",
        "vllm#48702",
    ),
    _fault(
        "stream-wrong-finish",
        "A stream ends with another finish reason than the unstreamed answer",
        "The finish reason of the stream is a constant, or is told before the calls of tools are known.",
        "vllm#9209",
        "vllm#53269",
        "googleapis/python-genai#2868",
    ),
    _fault(
        "stream-without-done",
        "A stream ends without the event [DONE]",
        "A translating gateway or a hand-written stream leaves the last event out, for which clients wait.",
        "diegosouzapw/OmniRoute#6777",
    ),
    _fault(
        "stream-left-open",
        "A stream stays open behind its last event",
        "Whatever keeps the connection alive is not told that the answer has ended.",
        "EricLBuehler/mistral.rs#1874",
    ),
    _fault(
        "characters-broken",
        "Characters outside ASCII come broken: accents, other scripts, emoji",
        "Tokens or packets are decoded one by one though characters lie in several, or text is encoded twice.",
        "Luce-Org/lucebox#641",
        "mattn/tensai#110",
        "Pasta-Devs/Marinara-Engine#2472",
    ),
    _fault(
        "bad-envelope",
        "Replies or chunks lack what the protocol puts around an answer: id, object, created",
        "The server writes its own idea of the protocol, or a gateway translates from another one.",
        "openvinotoolkit/model_server#3553",
        "huggingface/text-generation-inference#1782",
        "microsoft/foundry-local#144",
    ),
    _fault(
        "eos-ignored",
        "The text goes on after the answer",
        "The model's stop tokens are not those that the server stops at.",
        "guidellm#979",
    ),
    _fault(
        "guard-refuses",
        "A guard in front of the model refuses requests, and an error or an empty answer comes in the model's place",
        "A content filter looks at what goes in or comes out. An evaluation of such texts never reaches the model.",
        "compl-ai/compl-ai#20",
        "tatsu-lab/alpaca_eval#430",
    ),
    _fault(
        "phantom-call-refused",
        "A plain request is refused since a tool was called, though none was offered",
        "An ordinary message is taken for a tool call, and the server refuses what it was not asked for.",
        "OpenHands/OpenHands#11725",
    ),
    _fault(
        "request-refused",
        "Legitimate requests are refused",
        "The server does not take what the protocol and the model allow: its own words say what.",
        "langchain4j/langchain4j#3475",
    ),
    _fault(
        "no-chat-completion",
        "The body of a reply with a good status is no chat completion",
        "Another API answers under this address, or a gateway wraps the body or puts its own in its place.",
        "langchain-ai/langchain#32252",
    ),
    _fault(
        "content-in-parts",
        "The content of an answer is a list of typed parts, not text",
        "The server answers in the shape of another API, where clients of this one read a text.",
        "posit-dev/chatlas#392",
        "databricks/appkit#559",
    ),
    _fault(
        "parser-500",
        "The server fails on a share of the requests",
        "Its Harmony parser raises on texts that the model really writes.",
        "harmony#38",
        "vllm#51977",
    ),
    _fault(
        "server-error",
        "The server itself fails on a share of the requests, for reasons of its own",
        "It runs out of memory, or a part behind it breaks: its own words say which.",
        "vllm#7073",
        "vllm#6907",
    ),
    _fault(
        "broken-json",
        "The bodies of replies are no JSON that strict clients can read",
        "Text is cut inside a character before it is written down, or the JSON's writer lets through what is none.",
        "Kohaku-Lab/KohakuTerrarium#48",
        "mlx-omni-server#56",
    ),
    _fault(
        "phantom-tool-call",
        "A tool is called though none was offered",
        "The parser takes an ordinary message for a tool call.",
        "vllm#51616",
    ),
    _fault(
        "tool-call-lost",
        "A tool call comes back as text or not at all",
        "The parser does not read calls in the commentary channel.",
        "vllm#45657",
        "omlx#2143",
    ),
    _fault(
        "tool-call-glued",
        "A tool call comes back as text, with its header glued to it, as in 'commentary to=functions.f json{...}'",
        "Special tokens are stripped when the text is decoded, before calls are looked for.",
        "Augustas11/macprovider#743",
    ),
    _fault(
        "tool-call-in-reasoning",
        "A tool call, or its arguments, arrives as reasoning",
        "The parser goes by the channel alone, or by what came before, and misses to whom a message is addressed.",
        "vllm#24076",
        "vllm#25514",
    ),
    _fault(
        "tool-call-in-content",
        "A tool call's arguments stand in the answer's text too",
        "The parser takes each message that is no analysis for text, and calls are read beside it.",
        "vllm#25560",
    ),
    _fault(
        "tool-name-prefixed",
        "A called tool's name keeps words of Harmony's header, as in 'functions.get_weather'",
        "The server hands the recipient on as it was written, or cuts it at the wrong place.",
        "mlx-openai-server#51",
        "llama.cpp#15158",
    ),
    _fault(
        "tool-arguments-malformed",
        "A tool call's arguments are not the text of a JSON object: they have another type, or are encoded twice",
        "The server hands its own data on where the protocol wants text, or writes text down as JSON once more.",
        "llama.cpp#20198",
        "vllm#54964",
    ),
    _fault(
        "tool-call-without-id",
        "A tool call comes without an id of its own",
        "The server makes no id for a call, so no client can say which call a result belongs to.",
        "vllm#18412",
        "anomalyco/opencode#30247",
    ),
    _fault(
        "json-mode-breaks-harmony",
        "With a response format the channels are no longer apart",
        "The grammar of the format is laid over the analysis too.",
        "sglang#9259",
    ),
    _fault(
        "provider-changes",
        "The provider changes between requests",
        "A router sends each request where it likes.",
        "hub-docs#2215",
    ),
    _fault(
        "canned-refusal",
        "Something in front of the model refuses in its place",
        "A guard looks at the input and answers instead of the model.",
        "published ToxicChat runs of gpt-oss",
    ),
    _fault(
        "developer-role-refused",
        "Instructions in the role developer are refused",
        "The server, or a gateway in front of it, checks roles against an old list.",
        "peonist-ai/halogen-flash-server#32",
        "8monkey-ai/hebo-gateway#251",
    ),
    _fault(
        "developer-role-lost",
        "Instructions in the role developer do not reach the model as those in the role system do",
        "The server or its chat template knows the role system alone.",
        "sglang#40082",
        "ollama#18305",
    ),
    _fault(
        "text-parts-refused",
        "Content that comes as a list of text parts is refused",
        "The server takes content as one text alone.",
        "qualcomm/GenieX#683",
        "mudler/LocalAI#10552",
    ),
    _fault(
        "text-parts-lost",
        "Of content that comes in several text parts, only some reaches the model",
        "The server keeps the last part, or the first, in the place of all.",
        "Blaizzy/mlx-vlm#1137",
        "CommandCodeAI/command-code#820",
    ),
    _fault(
        "second-system-refused",
        "A conversation with two system messages is refused",
        "The server's own chat template, or a check in front of it, allows one system message.",
        "DEEIX-AI/DEEIX-Chat#755",
        "anomalyco/opencode#42909",
    ),
    _fault(
        "first-system-lost",
        "Of two system messages the first does not reach the model",
        "The server keeps one system message, and a later one takes its place.",
        "run-llama/llama_index#13131",
    ),
    _fault(
        "call-reasoning-lost",
        "The reasoning before a tool's call does not reach the model with the call's result",
        "The server does not hand the reasoning to its chat template, and the model forgets why it called.",
        "CommandCodeAI/command-code#829",
        "openai/codex#2461",
    ),
    _fault(
        "tool-choice-ignored",
        "The tool_choice of a request has no effect",
        "The server accepts the field and does not look at it, or its Harmony path does not.",
        "vllm#44216",
        "vllm#30867",
        "ollama#17921",
    ),
    _fault(
        "response-format-ignored",
        "The response format of a request has no effect, or its schema has none",
        "The server accepts the field and does not look at it, or lets no grammar at the final channel.",
        "llama.cpp#15276",
        "ollama#11691",
    ),
    _fault(
        "parameter-ignored",
        "A parameter of a request is accepted and has no effect",
        "The server knows it under another name alone, or accepts fields that it does not know.",
        "abetlen/llama-cpp-python#1907",
        "ikawrakow/ik_llama.cpp#2321",
        "theroyallab/tabbyAPI#430",
    ),
    _fault(
        "logprobs-misplaced",
        "The log-probabilities are not those of the answer's tokens",
        "They are taken from the output before reasoning and answer were told apart, or are no log-probabilities.",
        "sglang#25055",
        "togethercomputer/openapi#5",
    ),
    _fault(
        "unknown-effort-fails",
        "A reasoning effort that gpt-oss does not have makes the server fail, in place of a refusal",
        "The value is looked up in a table, and nobody catches that it is not there.",
        "BerriAI/litellm#40748",
    ),
    _fault(
        "overflow-cut",
        "A prompt longer than the context is not refused: it is cut without a word, or makes the server fail",
        "The server drops what it has no room for, mostly the beginning with the policy, or finds out too late.",
        "ollama#4967",
        "ollama#3839",
        "ollama#17889",
    ),
)


#: The faults of a local reference that has drifted: then it is no measure, and the endpoint is accused of nothing.
_REFERENCE_FAULTS = (
    _fault(
        "template-drift",
        "The local reference's prompt is no legitimate rendering of the conversation",
        "Its chat template was changed, or this version of transformers renders it otherwise.",
    ),
    _fault(
        "tokenizer-drift",
        "The local reference's prompt has other tokens than its tokenizer file gives",
        "This version of transformers adds, drops or splits tokens otherwise than the file says.",
    ),
    _fault(
        "generation-drift",
        "The local reference does not decode greedily up to Harmony's stop tokens",
        "Its generation defaults were changed, or this version of transformers heeds others than were asked for.",
    ),
    _fault(
        "attention-drift",
        "The local reference's labels depend on which attention implementation computes them",
        "One of the implementations of this version computes otherwise, or the number format is too coarse.",
    ),
)


def _by_id(faults: tuple[Fault, ...], ids: tuple[str, ...]) -> dict[str, Fault]:
    """Returns the faults by id; each id that the type knows must have one entry, and no other may."""
    if sorted(fault.id for fault in faults) != sorted(ids):
        raise ImportError(f"the catalogue must hold each of these faults once: {', '.join(ids)}")
    return {fault.id: fault for fault in faults}


#: The faults of an endpoint, by id.
FAULTS: dict[str, Fault] = _by_id(_FAULTS, get_args(EndpointFaultId))

#: The faults of a local reference, by id.
REFERENCE_FAULTS: dict[str, Fault] = _by_id(_REFERENCE_FAULTS, get_args(ReferenceFaultId))
