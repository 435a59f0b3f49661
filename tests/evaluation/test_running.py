"""Cases over the real agent and a real index: kept, resumed, judged by their words."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.agent.loop import Agent
from bot.agent.prompt import Prompt
from bot.evaluation.cases import Case
from bot.evaluation.generating import from_structure
from bot.evaluation.metrics import summarise
from bot.evaluation.results import Result
from bot.evaluation.running import Answers, answer_case, run_cases
from bot.llm.extractive import ExtractiveModel
from bot.protocols import Limits
from bot.tools.search_knowledge import SearchKnowledge
from bot.types import Answer
from knowledge.base import KnowledgeBase
from tests.support.library import MEMBER, Library

LEAVE = "# 休暇\n\n## 有給休暇は何日もらえますか\n\n有給休暇は年に**10日**もらえます。\n"
FEES = "# Fees\n\n| Item | Fee |\n|---|---|\n| Sofa | 1,200 yen |\n| Desk | 600 yen |\n"
TIMES = "# Times\n\n| Shop | Opens |\n|---|---|\n| Bakery | 7:30 |\n| Library | 9:00 |\n"
CASES = (
    Case(
        id="ja",
        question="有給休暇は何日もらえますか",
        answers=("10日",),
        gold_documents=("docs/leave.md",),
    ),
    Case(
        id="en",
        question="What is the fee for a sofa?",
        answers=("1,200 yen",),
        gold_documents=("docs/fees.md",),
    ),
    Case(
        id="hidden",
        question="有給休暇は何日もらえますか",
        answerable=False,
        hidden=("docs/leave.md",),
    ),
    Case(id="none", question="When does the swimming pool close?", answerable=False),
)


@pytest.fixture
async def base(tmp_path: Path) -> AsyncIterator[KnowledgeBase]:
    library = Library(tmp_path)
    library.write("leave.md", LEAVE)
    library.write("fees.md", FEES)
    library.write("times.md", TIMES)
    base = library.open()
    await base.sync()
    yield base
    await base.aclose()


class Counting:
    """Answers with the real agent, counting how often."""

    def __init__(self, base: KnowledgeBase) -> None:
        self.asked: list[str] = []
        tools = (SearchKnowledge(base),)
        self._agent = Agent(ExtractiveModel(), tools, Limits(), Prompt.load(), lambda _: None)

    async def answer(self, case: Case) -> Answer:
        self.asked.append(case.id)
        return await answer_case(self._agent, case, MEMBER)


async def results_of(answering: Counting, answers: Answers) -> dict[str, Result]:
    running = run_cases(CASES, answering.answer, answers)
    return {result.case.id: result async for _, result in running}


async def test_right_answers_and_right_hand_overs_are_told_apart(
    base: KnowledgeBase, tmp_path: Path
) -> None:
    results = await results_of(Counting(base), Answers(tmp_path / "answers", "a"))
    assert (results["ja"].correct, results["ja"].labeler) == (True, "reference")
    assert results["en"].correct is True
    assert not results["none"].shown
    figures = {metric.name: metric for metric in summarise(list(results.values()))}
    assert figures["right source first"].value == 1
    assert figures["answerable, answered right"].value == 1
    assert figures["citations that support it"].value == 1


async def test_what_a_case_hides_is_not_found(base: KnowledgeBase, tmp_path: Path) -> None:
    results = await results_of(Counting(base), Answers(tmp_path / "answers", "a"))
    found = [passage.partition("#")[0] for passage in results["hidden"].passages]
    assert "docs/leave.md" not in found
    assert "docs/leave.md#0" in results["ja"].passages


async def test_nothing_is_asked_twice_under_the_same_conditions(
    base: KnowledgeBase, tmp_path: Path
) -> None:
    answering = Counting(base)
    first = await results_of(answering, Answers(tmp_path / "answers", "a"))
    again = await results_of(answering, Answers(tmp_path / "answers", "a"))
    assert again == first
    assert len(answering.asked) == len(CASES)
    await results_of(answering, Answers(tmp_path / "answers", "another model"))
    assert len(answering.asked) == 2 * len(CASES)


async def test_a_run_that_was_broken_off_goes_on(base: KnowledgeBase, tmp_path: Path) -> None:
    answering, answers = Counting(base), Answers(tmp_path / "answers", "a")
    running = run_cases(CASES, answering.answer, answers, parallel=1)
    await anext(running)
    await running.aclose()
    assert len(answering.asked) < len(CASES)
    await results_of(answering, answers)
    assert sorted(answering.asked)[:2] != [answering.asked[0]] * 2
    assert set(answering.asked) == {case.id for case in CASES}


async def test_questions_are_written_from_headings_and_tables(base: KnowledgeBase) -> None:
    passages = [passage async for passage in base.passages(MEMBER)]
    cases = from_structure(passages, 9)
    by_question = {case.question: case for case in cases}
    assert by_question["有給休暇は何日もらえますか"].answers == ("10日",) or any(
        case.question == "有給休暇は何日もらえますか" and case.hidden for case in cases
    )
    assert any(case.answers == ("1,200 yen",) for case in cases)
    assert any(not case.answerable for case in cases)
    assert not any(case.checked for case in cases)
    assert len({case.id for case in cases}) == len(cases)
    assert from_structure(passages, 9) == cases
