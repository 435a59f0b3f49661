"""A model that may write its tool calls as text, think aloud, or repeat itself for ever."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from bot.agent.chat_model import ChatModel
from bot.agent.tool import ToolSpec
from bot.core.types import ChatMessage, ModelTurn, TextDelta, Usage
from bot.llm.text_calls import read_text, without_thoughts

STEP = 200
"""Characters after which the text is looked at again."""

LONGEST_ROUND = 200
ROUNDS = 6
SHORTEST_LOOP = 120
"""Characters: a row of dashes, or a few like rows of a table, are no loop."""


class TextCallModel:
    """Says what *model* says, with the calls in its text as calls and without its thoughts.

    A text that only repeats itself is ended after a few rounds, as if the limit had cut it.

    Attributes:
        model: The model itself.
    """

    def __init__(self, model: ChatModel) -> None:
        self.model = model

    @property
    def name(self) -> str:
        return self.model.name

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        said, looked_at = "", 0
        async with aclosing(self.model.stream(messages, tools, force=force)) as parts:  # type: ignore[type-var]
            async for part in parts:
                if isinstance(part, ModelTurn):
                    yield _read(part, tools)
                    return
                yield part
                said += part.text
                if len(said) - looked_at >= STEP:
                    looked_at = len(said)
                    if (end := loop_in(said)) is not None:
                        cut = ModelTurn(said[:end], (), Usage(calls=1), truncated=True)
                        yield _read(replace(cut, model=self.name), tools)
                        return

    async def aclose(self) -> None:
        await self.model.aclose()


def loop_in(text: str) -> int | None:
    """Return where the first round of a loop at the end of *text* ends, or None."""
    for length in range(1, LONGEST_ROUND + 1):
        looped = max(ROUNDS * length, SHORTEST_LOOP)
        if len(text) < looped + length:
            break
        tail = text[-looped - length :]
        if tail[length:] == tail[:-length] and tail.strip():
            start = len(text) - looped
            while start > length and text[start - length - 1] == text[start - 1]:
                start -= 1
            return start
    return None


def _read(turn: ModelTurn, tools: Sequence[ToolSpec]) -> ModelTurn:
    """Return *turn* with the calls that are in its text, where it has no others."""
    if turn.calls:
        return replace(turn, text=without_thoughts(turn.text).strip())
    read = read_text(turn.text, tools)
    # What the vendor sent goes back unless it holds calls of ours that it does not know.
    opaque = () if read.calls else turn.opaque
    return replace(
        turn,
        text=read.text,
        calls=read.calls,
        truncated=turn.truncated or read.cut,
        opaque=opaque,
    )
