"""The interface of a language model."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from bot.agent.tool import ToolSpec
from bot.core.types import ChatMessage, ModelTurn, TextDelta

QUOTES_ONLY = "extractive"
"""The name of the model that reads nothing and only quotes what was found."""


class ChatModel(Protocol):
    """A language model behind one wire format."""

    @property
    def name(self) -> str: ...

    def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        """Say the next turn: text as it comes, then one `ModelTurn` as the last item.

        Args:
            messages: The transcript.
            tools: What may be called.
            force: Name of the tool that must be called, or "".

        Raises:
            ModelUnavailableError: the endpoint failed after its retries, or the stream was cut.
            ModelRejectedError: the request will never be accepted (key, model name, ...).
            ContextTooLongError: the transcript does not fit.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...
