"""The model that the settings ask for."""

from typing import TYPE_CHECKING

from bot.agent.chat_model import ChatModel
from bot.llm.profiles import OPENAI_URL, WireChoice, profile_for

if TYPE_CHECKING:
    from openai import AsyncOpenAI

CONNECT_SECONDS = 5.0
RETRIES = 2


def make_model(
    model: str, api_key: str = "", base_url: str | None = None, wire: WireChoice = "auto"
) -> ChatModel:
    """Return *model* at *base_url* (None: OpenAI), on the wire that suits the server.

    Args:
        model: Name as the server knows it.
        api_key: "" for servers that want none.
        base_url: Address of the API with its version, such as `http://127.0.0.1:11434/v1`.
        wire: `auto`, or the wire format to use whatever the server.
    """
    from bot.llm.chat_completions import ChatCompletionsModel
    from bot.llm.plain_text_model import PlainModel
    from bot.llm.responses import ResponsesModel
    from bot.llm.text_call_model import TextCallModel

    profile = profile_for(model, base_url, wire)
    client = make_client(api_key, base_url, profile.silence_seconds)
    kind = ResponsesModel if profile.wire == "responses" else ChatCompletionsModel
    return PlainModel(TextCallModel(kind(client, model, profile)))


def make_client(
    api_key: str = "", base_url: str | None = None, silence_seconds: float = 60.0
) -> "AsyncOpenAI":
    """Return a client of the server at *base_url* (None: OpenAI); see `make_model`."""
    import httpx2
    from openai import AsyncOpenAI

    return AsyncOpenAI(
        api_key=api_key or "none",
        base_url=base_url or OPENAI_URL,
        timeout=httpx2.Timeout(silence_seconds, connect=CONNECT_SECONDS),
        max_retries=RETRIES,
    )
