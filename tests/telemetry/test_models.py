"""Model calls are counted with their outcome, their times and their tokens."""

from collections.abc import AsyncIterator, Sequence

import pytest

from bot.agent.tool import ToolSpec
from bot.core.errors import BotError, ContextTooLongError, ModelRejectedError, ModelUnavailableError
from bot.core.types import ChatMessage, ModelTurn, TextDelta, Usage
from bot.telemetry.metrics import Metrics
from bot.telemetry.models import WatchedModel
from tests.support.metrics import value

TURN = ModelTurn("answer", (), Usage(100, 20, 60, 1), model="gpt-6-luna-2026-10-01")


class Model:
    """Says *parts*, then raises *error* if there is one."""

    name = "gpt-6-luna"

    def __init__(self, *parts: TextDelta | ModelTurn, error: BotError | None = None) -> None:
        self.parts = parts
        self.error = error
        self.closed = False

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        for part in self.parts:
            yield part
        if self.error:
            raise self.error

    async def aclose(self) -> None:
        self.closed = True


def watched(model: Model, price: float | None = 0.5) -> tuple[WatchedModel, Metrics]:
    """Watch *model*, each call of which costs *price*."""
    metrics = Metrics()
    return WatchedModel(model, metrics, lambda _: price), metrics


async def test_a_whole_call_is_counted_under_the_name_of_the_settings() -> None:
    """Names that a server makes up must not multiply the series."""
    model, metrics = watched(Model(TextDelta("answer"), TURN))

    assert [part async for part in model.stream([], [])] == [TextDelta("answer"), TURN]
    assert value(metrics, "kotae_model_calls_total", model="gpt-6-luna", outcome="ok") == 1
    assert value(metrics, "kotae_model_tokens_total", model="gpt-6-luna", kind="input") == 100
    assert value(metrics, "kotae_model_tokens_total", model="gpt-6-luna", kind="cached") == 60
    assert value(metrics, "kotae_model_cost_usd_total", model="gpt-6-luna") == 0.5
    assert value(metrics, "kotae_model_first_output_seconds_count", model="gpt-6-luna") == 1
    assert value(metrics, "kotae_model_call_seconds_count", model="gpt-6-luna") == 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ModelUnavailableError("down"), "unavailable"),
        (ModelRejectedError("bad key"), "rejected"),
        (ContextTooLongError("too long"), "too_long"),
    ],
)
async def test_a_failed_call_is_counted_and_fails_as_before(error: BotError, outcome: str) -> None:
    """What was said before it broke off counts as begun."""
    model, metrics = watched(Model(TextDelta("ans"), error=error))

    with pytest.raises(type(error)):
        async for _ in model.stream([], []):
            pass
    assert value(metrics, "kotae_model_calls_total", model="gpt-6-luna", outcome=outcome) == 1
    assert value(metrics, "kotae_model_first_output_seconds_count", model="gpt-6-luna") == 1
    assert b"kotae_model_tokens_total{" not in metrics.render()


async def test_closing_reaches_the_model() -> None:
    """The connections are the model's."""
    inner = Model()
    model, _ = watched(inner)
    await model.aclose()

    assert inner.closed
