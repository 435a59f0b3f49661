"""Asks questions of the history again, with the rights of their readers."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.agent.agent import Agent
from bot.answering.examples import ApprovedExamples
from bot.core.errors import BotError
from bot.core.types import Answer, Question, Turn
from bot.evaluation.cases import Case
from bot.rollout.history import PastQuestion


async def ask_again(
    agent: Agent, case: Case, question: Question, examples: ApprovedExamples | None = None
) -> Answer:
    """Answer *question* with the date and the earlier turns of *case*.

    A failure becomes an answer with the status `failed`.
    """
    if case.as_of:
        agent = replace(agent, today=lambda: date.fromisoformat(case.as_of))
    shown = await examples.similar(question) if examples else ()
    said = [Turn(turn.question, turn.answer) for turn in case.history]
    run = agent.start(replace(question, links=(), private=False), said, examples=shown)
    try:
        async for _ in run.events():
            pass
    except BotError as error:
        return Answer(
            "failed", str(error), termination_reason="model_error", model=agent.model.name
        )
    return run.answer()


def replaying(
    agent: Agent,
    history: Mapping[str, PastQuestion],
    others: Callable[[Case], Coroutine[Any, Any, Answer]],
    examples: ApprovedExamples | None = None,
) -> Callable[[Case], Coroutine[Any, Any, Answer]]:
    """Return a function that answers cases.

    It answers those of *history* with the rights of their readers, all others by *others*.
    """

    async def answer(case: Case) -> Answer:
        asked = history.get(case.id)
        if asked is None:
            return await others(case)
        return await ask_again(agent, case, asked.question, examples)

    return answer
