"""The messages of one run; every call id in them is answered exactly once."""

from collections.abc import Sequence
from dataclasses import replace

from bot.agent.evidence import Evidence, Observation
from bot.agent.finish import FINISH
from bot.agent.tool import ToolResult
from bot.core.types import ChatMessage, ModelTurn, ToolCall

_NOT_DONE = "error: not done, because `finish` was called in the same turn"


class Transcript:
    """The messages to the model, turn by turn."""

    def __init__(self, messages: Sequence[ChatMessage], evidence: Evidence) -> None:
        self.messages = list(messages)
        self._evidence = evidence

    def say(self, turn: ModelTurn) -> None:
        """Add what the model said; the results of its calls have to follow."""
        if turn.text or turn.calls:
            self.messages.append(
                ChatMessage("assistant", turn.text, turn.calls, opaque=turn.opaque)
            )

    def observe(
        self, call: ToolCall, result: ToolResult, error: str, limit: int, *, own: bool = False
    ) -> Observation:
        """Answer *call* with its result in at most about *limit* tokens, or with its error.

        An *own* call is one that the model has not made.
        """
        if error:
            observation = Observation(f"error: {error}")
        else:
            observation = self._evidence.observe(result, limit)
        self._answer(call, observation, own=own)
        return observation

    def object(self, turn: ModelTurn, objection: str) -> None:
        """Add a turn that cannot end the run, and why."""
        self.say(turn)
        finishing = calls_finish(turn)
        for call in turn.calls:
            meant = call.name == FINISH.name or not finishing
            self._answer(call, Observation(objection if meant else _NOT_DONE))
        if not turn.calls:
            self.messages.append(ChatMessage("user", objection))

    def drop_oldest_observation(self) -> bool:
        """Take the passages out of the oldest observation; False if none has any."""
        for place, message in enumerate(self.messages):
            if message.passages:
                numbers = [item.number for item in message.passages]
                text = self._evidence.forget(numbers)
                self.messages[place] = replace(message, text=text, passages=())
                return True
        return False

    def _answer(self, call: ToolCall, observation: Observation, *, own: bool = False) -> None:
        self.messages.append(
            ChatMessage(
                "tool",
                observation.text,
                (call,) if own else (),
                call_id=call.id,
                passages=observation.passages,
            )
        )


def calls_finish(turn: ModelTurn) -> bool:
    """Tell whether the model wants to end the run."""
    return any(call.name == FINISH.name for call in turn.calls)
