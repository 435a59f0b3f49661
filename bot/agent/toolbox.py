"""The tools of a run: each call is checked, then executed within its time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from bot.agent.finish import complaint
from bot.agent.loop_guard import LoopGuard
from bot.agent.run_limits import RunBudget
from bot.agent.tool import Tool, ToolResult, ToolSpec
from bot.core.errors import ToolError
from bot.core.types import Question, ToolCall
from bot.text.lenient_json import read_object


@dataclass(frozen=True, slots=True)
class CheckedCall:
    """A tool call after its checks: `tool` does it with `parsed`, or `error` says why not."""

    call: ToolCall
    arguments: Mapping[str, object]
    tool: Tool | None = None
    parsed: BaseModel | None = None
    error: str = ""


class Toolbox:
    """Finds and uses tools; what goes wrong becomes a text for the model, never a traceback.

    Attributes:
        specs: What the tools are at the beginning of the run, by name.
    """

    def __init__(self, tools: Sequence[Tool], budget: RunBudget, actions: LoopGuard) -> None:
        described = [(tool.spec, tool) for tool in tools]
        self.specs = {spec.name: spec for spec, _ in described}
        self._tools = {spec.name: tool for spec, tool in described}
        self._budget = budget
        self._actions = actions

    def check(self, call: ToolCall) -> CheckedCall:
        """Find the tool of *call* and read its arguments, or say what is wrong with it."""
        tool = self._tools.get(call.name)
        if tool is None:
            return CheckedCall(
                call, {}, error=f"unknown tool; there are {', '.join(self._tools)}, finish"
            )
        try:
            parsed = _parsed(self.specs[call.name], call.arguments)
        except ValidationError as error:
            return CheckedCall(call, {}, error=f"bad arguments: {complaint(error)}")
        arguments = parsed.model_dump(mode="json")
        if self._actions.repeats(call.name, arguments):
            return CheckedCall(call, arguments, error="same call as before: rephrase it, or finish")
        if not self._budget.spend_call():
            return CheckedCall(call, arguments, error="no tool calls are left: finish")
        return CheckedCall(call, arguments, tool, parsed)

    async def use(
        self, act: CheckedCall, question: Question, seconds: float
    ) -> tuple[ToolResult, str]:
        """Do *act* within *seconds*; return its result and "", or nothing and what went wrong."""
        if act.tool is None or act.parsed is None:
            return ToolResult(), act.error
        try:
            async with asyncio.timeout(seconds):
                return await act.tool.use(act.parsed, question), ""
        except ToolError as error:
            return ToolResult(), str(error)
        except TimeoutError:
            return ToolResult(), f"no result within {seconds:.0f} seconds"


def _parsed(spec: ToolSpec, arguments: str) -> BaseModel:
    """Read *arguments*, repaired where they are no JSON. Raises `ValidationError`."""
    try:
        return spec.arguments.model_validate_json(arguments or "{}")
    except ValidationError:
        found = read_object(arguments)
        if found is None:
            raise
        return spec.arguments.model_validate(found.value)
