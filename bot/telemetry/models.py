"""Measures a chat model: calls, times, tokens and cost, failed tries included."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence

from bot.agent.chat_model import ChatModel
from bot.agent.tool import ToolSpec
from bot.core.errors import (
    BotError,
    ContextTooLongError,
    ModelBusyError,
    ModelRejectedError,
    ModelUnavailableError,
)
from bot.core.types import ChatMessage, ModelTurn, TextDelta, Usage
from bot.telemetry.metrics import Metrics


class WatchedModel:
    """A model that counts its calls, under its name from the settings.

    Args:
        price: Returns the cost of tokens in US dollars; None if the price is unknown.
    """

    def __init__(
        self, model: ChatModel, metrics: Metrics, price: Callable[[Usage], float | None]
    ) -> None:
        self._model = model
        self._metrics = metrics
        self._price = price

    @property
    def name(self) -> str:
        return self._model.name

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        started, spoke, outcome = time.monotonic(), False, "broken_off"
        try:
            async for part in self._model.stream(messages, tools, force=force):
                if not spoke:
                    spoke = True
                    self._metrics.model_first_output(self.name, time.monotonic() - started)
                if isinstance(part, ModelTurn):
                    outcome = "truncated" if part.truncated else "ok"
                    self._metrics.model_used(self.name, part.usage, self._price(part.usage))
                yield part
        except (BotError, asyncio.CancelledError) as error:
            outcome = _OUTCOMES.get(type(error), "failed")
            raise
        finally:
            self._metrics.model_called(self.name, outcome, time.monotonic() - started)

    async def aclose(self) -> None:
        await self._model.aclose()


_OUTCOMES: dict[type[BaseException], str] = {
    ModelBusyError: "unavailable",
    ModelUnavailableError: "unavailable",
    ModelRejectedError: "rejected",
    ContextTooLongError: "too_long",
    asyncio.CancelledError: "cancelled",
}
