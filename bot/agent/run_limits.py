"""The limits of a run, and its use of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.core.types import TerminationReason, Usage


@dataclass(frozen=True, slots=True)
class RunLimits:
    """When a run has to come to an end. Tokens are input plus output, summed over its calls."""

    steps: int = 6
    tool_calls: int = 12
    tokens: int = 120_000
    cost_usd: float = 1.0
    seconds: float = 120.0
    tool_seconds: float = 20.0
    observation_tokens: int = 3_000


TURNS_IN_RESERVE = 2
"""A run goes on only while one more turn and the finish after it fit, judged by its largest."""


class RunBudget:
    """Counts the turns, tool calls, tokens, dollars and seconds of one run against its limits.

    Attributes:
        usage: Tokens of all model calls so far.
        steps: Model turns so far.
        tool_calls: Tool calls so far, those that failed too.
    """

    def __init__(
        self,
        limits: RunLimits,
        price: Callable[[Usage], float | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.usage = Usage()
        self.steps = 0
        self.tool_calls = 0
        self._limits = limits
        self._price = price
        self._clock = clock
        self._start = self._turn_start = clock()
        self._most_tokens = 0
        self._most_cost = 0.0
        self._most_seconds = 0.0

    @property
    def cost_usd(self) -> float | None:
        """The cost of the tokens in US dollars; None if the price is unknown."""
        return self._price(self.usage)

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._start

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline, at least 0."""
        return max(0.0, self._limits.seconds - self.seconds)

    @property
    def has_room(self) -> bool:
        """Whether another turn fits into the time, judged by the longest so far."""
        return self.seconds_left > max(self._most_seconds, self._clock() - self._turn_start)

    def begin_turn(self) -> None:
        """Begin the next turn."""
        now = self._clock()
        if self.steps:
            self._most_seconds = max(self._most_seconds, now - self._turn_start)
        self._turn_start = now
        self.steps += 1

    def spend(self, usage: Usage) -> None:
        """Count the tokens of a model call."""
        self.usage += usage
        self._most_tokens = max(self._most_tokens, _tokens(usage))
        self._most_cost = max(self._most_cost, self._price(usage) or 0.0)

    def spend_call(self) -> bool:
        """Count a tool call; False if none was left."""
        self.tool_calls += 1
        return self.tool_calls <= self._limits.tool_calls

    def reason_to_finish(self) -> TerminationReason | None:
        """Return the limit that makes the coming turn the last one, or None."""
        limits, reserve = self._limits, TURNS_IN_RESERVE
        turn_seconds = max(self._most_seconds, self._clock() - self._turn_start)
        if self.steps >= limits.steps - 1:
            return "max_steps"
        if self.tool_calls >= limits.tool_calls:
            return "max_tool_calls"
        if _tokens(self.usage) + reserve * self._most_tokens > limits.tokens:
            return "max_tokens"
        if (self.cost_usd or 0.0) + reserve * self._most_cost > limits.cost_usd:
            return "max_cost"
        if self.seconds + reserve * turn_seconds > limits.seconds:
            return "deadline"
        return None


def _tokens(usage: Usage) -> int:
    return usage.input_tokens + usage.output_tokens
