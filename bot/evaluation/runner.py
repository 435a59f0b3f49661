"""Runs cases in parallel, and stores each answer as soon as it is there."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bot.agent.agent import Agent
from bot.agent.tool import Tool, ToolResult, ToolSpec
from bot.core.errors import BotError, OverBudgetError
from bot.core.serialization import answer_from, answer_json
from bot.core.types import Answer, Question, QuestionId, ThreadId, Turn
from bot.evaluation.cases import Case
from bot.evaluation.results import Result, result_of
from knowledge.model.types import Principal


class HidingTool:
    """A tool that does not find certain documents or passages."""

    def __init__(self, tool: Tool, hidden: Sequence[str]) -> None:
        self._tool = tool
        self._hidden = frozenset(hidden)

    @property
    def spec(self) -> ToolSpec:
        return self._tool.spec

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        result = await self._tool.use(arguments, question)
        kept = tuple(
            passage
            for passage in result.passages
            if not self._hidden & {passage.id, passage.document_id}
        )
        return replace(result, passages=kept)


@dataclass(frozen=True, slots=True)
class AnswerCache:
    """A cache of answers, by everything that they depend on.

    Args:
        folder: Folder of the answers, one file each.
        system: Identifies model, prompts, index version and settings.
    """

    folder: Path
    system: str

    def find(self, case: Case) -> Answer | None:
        """Return the answer to *case*, or None."""
        try:
            return answer_from(self._path(case).read_bytes())
        except FileNotFoundError:
            return None

    def keep(self, case: Case, answer: Answer) -> None:
        """Store *answer* atomically."""
        path = self._path(case)
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.with_suffix(".tmp")
        written.write_text(answer_json(answer), encoding="utf-8")
        written.replace(path)

    def _path(self, case: Case) -> Path:
        asked = case.model_dump_json(
            include={"question", "history", "as_of", "reader", "hidden", "lang"}
        )
        key = hashlib.sha256(f"{self.system}\0{asked}".encode()).hexdigest()
        return self.folder / key[:2] / f"{key[2:34]}.json"


async def answer_case(agent: Agent, case: Case, reader: Principal) -> Answer:
    """Answer one case with *agent*; a failure becomes an answer with the status `failed`."""
    if case.hidden:
        agent = replace(agent, tools=[HidingTool(tool, case.hidden) for tool in agent.tools])
    question = Question(
        QuestionId(f"case:{case.id}"), ThreadId(f"case:{case.id}"), case.question, reader
    )
    return await answer_as_in(case, agent, question)


async def answer_as_in(
    case: Case, agent: Agent, question: Question, examples: Sequence[Turn] = ()
) -> Answer:
    """Answer *question* with the date and the earlier turns of *case*.

    A failure becomes an answer with the status `failed`.

    Raises:
        OverBudgetError: a budget is used up.
    """
    if case.as_of:
        agent = replace(agent, today=lambda: date.fromisoformat(case.as_of))
    said = [Turn(turn.question, turn.answer) for turn in case.history]
    run = agent.start(question, said, examples=examples)
    try:
        async for _ in run.events():
            pass
    except OverBudgetError:
        raise
    except BotError as error:
        return Answer(
            "failed", str(error), termination_reason="model_error", model=agent.model.name
        )
    return run.answer()


async def run_cases(
    cases: Sequence[Case],
    answer: Callable[[Case], Coroutine[Any, Any, Answer]],
    answers: AnswerCache,
    *,
    parallel: int = 4,
) -> AsyncGenerator[tuple[int, Result], None]:
    """Answer *cases*, yielding each result with its position as it is done.

    Answers in the cache *answers* are used again; failures are not stored, so the next run tries
    them again.
    """
    waiting = asyncio.Semaphore(parallel)

    async def one(place: int, case: Case) -> tuple[int, Result]:
        found = answers.find(case)
        if found is None:
            async with waiting:
                found = await answer(case)
            if found.status != "failed":
                answers.keep(case, found)
        return place, result_of(case, found)

    tasks = [asyncio.ensure_future(one(place, case)) for place, case in enumerate(cases)]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
