"""Asks questions of the history again, with the rights of their readers."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from bot.agent.agent import Agent
from bot.answering.examples import ApprovedExamples
from bot.core.types import Answer, Question
from bot.evaluation.cases import Case
from bot.evaluation.runner import answer_as_in
from bot.rollout.history import PastQuestion


async def ask_again(
    agent: Agent, case: Case, question: Question, examples: ApprovedExamples | None = None
) -> Answer:
    """Answer *question* with the date and the earlier turns of *case*.

    A failure becomes an answer with the status `failed`.
    """
    shown = await examples.similar(question) if examples else ()
    return await answer_as_in(case, agent, replace(question, links=(), private=False), shown)


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
