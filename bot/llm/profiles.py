"""Profiles of model servers and models, as data: a new server is a new row.

Sources: the vendors' pages on their OpenAI-compatible layers and their models' parameters.
"""

from dataclasses import dataclass, replace
from fnmatch import fnmatch
from typing import Literal
from urllib.parse import urlsplit

Wire = Literal["responses", "chat"]
WireChoice = Literal["auto", "responses", "chat"]
ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]

OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """How to talk to one model at one server. The defaults suit an unknown compatible server.

    Attributes:
        server: Name of the row that matched, for logs.
        wire: Wire format to use.
        wire_on_auto: Wire format where the setting says `auto`.
        output_limit: Most tokens of one turn, hidden ones included; None: the server's own limit,
            which local servers do not have: a model that repeats itself would never end.
        limit_field: Name of that limit on the chat wire.
        strict_tools: Tool arguments can be held to their schema by the server.
        forced_tool_choice: One function can be demanded through `tool_choice`.
        parallel_switch: `parallel_tool_calls` is understood.
        reasoning_efforts: Efforts that the model accepts; empty: it does not reason, or its name
            does not tell.
        thinking_field: Field of the chat wire with the model's thoughts, sent back with the
            turn's tool calls; "" where thoughts are not sent back.
        single_system_message: Only one system message is allowed, at the start.
        stream_usage: `stream_options.include_usage` is understood.
        sends_finish_reason: A chat stream without a finish reason was cut.
        search_as_call: The search that a run begins with is told as a call of the model; else its
            passages stand before the question.
        passage_tokens: Most tokens of passages that one observation shows; None: as the run
            limits say. Small machines read some fifty tokens a second, and Ollama's window has
            4,096 unless it is told otherwise.
        wants_brevity: Its models write at length unless the question asks for a short answer.
        silence_seconds: Longest silence of the server; the whole answer's deadline is the agent's.
        pictures: The models there look at pictures; on a server of one's own some do and some do
            not, and one that does not refuses the whole request.
    """

    server: str = "compatible"
    wire: Wire = "chat"
    wire_on_auto: Wire = "chat"
    output_limit: int | None = None
    limit_field: Literal["max_completion_tokens", "max_tokens"] = "max_tokens"
    strict_tools: bool = False
    forced_tool_choice: bool = True
    parallel_switch: bool = True
    reasoning_efforts: tuple[ReasoningEffort, ...] = ()
    thinking_field: Literal["", "reasoning", "reasoning_content"] = ""
    single_system_message: bool = True
    stream_usage: bool = True
    sends_finish_reason: bool = True
    search_as_call: bool = False
    passage_tokens: int | None = None
    wants_brevity: bool = False
    silence_seconds: float = 60.0
    pictures: bool = False

    @property
    def chat_effort(self) -> ReasoningEffort | None:
        """The effort to ask for on the chat wire, where OpenAI refuses tools with reasoning on."""
        return "none" if "none" in self.reasoning_efforts else None

    @property
    def responses_effort(self) -> ReasoningEffort | None:
        """The effort to ask for on the Responses wire: people wait for the answer."""
        return "low" if "low" in self.reasoning_efforts else None


_OPENAI = ModelProfile(
    server="openai",
    wire_on_auto="responses",
    output_limit=16_000,
    limit_field="max_completion_tokens",
    strict_tools=True,
    single_system_message=False,
    search_as_call=True,
    pictures=True,
)

_LOCAL = ModelProfile(
    forced_tool_choice=False,
    output_limit=2_000,
    passage_tokens=600,
    wants_brevity=True,
    silence_seconds=180.0,
)
"""A server on one's own machine: slow, silent while it reads, and with a small window. It need not
read again what begins as the request before did."""

SERVERS: tuple[tuple[str, ModelProfile], ...] = (
    ("api.openai.com", _OPENAI),
    ("*.api.openai.com", _OPENAI),
    ("*.openai.azure.com", replace(_OPENAI, server="azure")),
    (
        "openrouter.ai",
        ModelProfile(
            server="openrouter",
            output_limit=16_000,
            strict_tools=True,
            thinking_field="reasoning",
            single_system_message=False,
            pictures=True,
        ),
    ),
    (
        "generativelanguage.googleapis.com",
        # Refuses unknown fields.
        ModelProfile(server="gemini", output_limit=16_000, parallel_switch=False, pictures=True),
    ),
    (
        "api.anthropic.com",
        ModelProfile(server="anthropic", output_limit=16_000, pictures=True),
    ),
    (
        "api.deepseek.com",
        ModelProfile(
            server="deepseek", forced_tool_choice=False, thinking_field="reasoning_content"
        ),
    ),
    # Local servers are recognised by their usual port.
    ("*:11434", replace(_LOCAL, server="ollama", sends_finish_reason=False)),
    ("*:1234", replace(_LOCAL, server="lm-studio")),
    (
        "*:8000",  # runs on graphics cards
        replace(
            _LOCAL,
            server="vllm",
            forced_tool_choice=True,
            passage_tokens=2_000,
        ),
    ),
    ("*:8080", replace(_LOCAL, server="llama.cpp")),
)
"""Pattern of the base URL's `host` or `host:port`, and its profile; the first match holds."""

_FULL_RANGE: tuple[ReasoningEffort, ...] = ("none", "low", "medium", "high", "xhigh")

REASONING: tuple[tuple[str, tuple[ReasoningEffort, ...]], ...] = (
    ("gpt-*-chat*", ()),
    ("gpt-6-astra*", ("low", "medium", "high", "xhigh")),
    ("gpt-6.1-sol*", ("low", "medium", "high", "xhigh")),
    ("gpt-6*", _FULL_RANGE),
    ("gpt-5.1*", ("none", "low", "medium", "high")),
    ("gpt-5.?*", _FULL_RANGE),
    ("gpt-5*", ("minimal", "low", "medium", "high")),
    ("o[1-9]*", ("low", "medium", "high")),
)
"""Pattern of OpenAI's model names, and the efforts that they accept; the first match holds."""


def profile_for(model: str, base_url: str | None, wire: WireChoice = "auto") -> ModelProfile:
    """Return the profile of *model* at *base_url* (None: OpenAI).

    Args:
        model: Name as it is sent; a fine-tuned model (`ft:base:…`) counts as its base.
        base_url: Address of the API, such as `http://127.0.0.1:11434/v1`.
        wire: A wire format to use whatever the server; `auto` takes the server's best.
    """
    profile = _server_profile(base_url or OPENAI_URL)
    return replace(
        profile,
        wire=profile.wire_on_auto if wire == "auto" else wire,
        reasoning_efforts=_efforts(model) if profile.server in {"openai", "azure"} else (),
    )


def _server_profile(base_url: str) -> ModelProfile:
    parts = urlsplit(base_url)
    places = (parts.hostname or "", f"{parts.hostname}:{parts.port}")
    for pattern, profile in SERVERS:
        if any(fnmatch(place, pattern) for place in places):
            return profile
    return ModelProfile()


def _efforts(model: str) -> tuple[ReasoningEffort, ...]:
    name = model.removeprefix("ft:")
    return next((efforts for pattern, efforts in REASONING if fnmatch(name, pattern)), ())
