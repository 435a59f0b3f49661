"""Cases over the real agent: stored, resumed, judged by their text."""

from dataclasses import replace
from pathlib import Path

from bot.agent.agent import Agent
from bot.agent.prompt import Prompt
from bot.agent.run_limits import RunLimits
from bot.core.types import Answer
from bot.evaluation.cases import Case
from bot.evaluation.metrics import summarise
from bot.evaluation.question_generation import from_structure
from bot.evaluation.results import Result
from bot.evaluation.runner import AnswerCache, answer_case, run_cases
from bot.llm.extractive import ExtractiveModel
from knowledge.model.types import Signals
from tests.support.shelf import ASKER, Shelf, passage

SURE = Signals(coverage=0.95, highlight_coverage=0.95)
DAYS, SOFA, POOL = (
    "有給休暇は何日もらえますか",
    "What is the fee for a sofa?",
    "When does the pool close?",
)
LEAVE = replace(
    passage("有給休暇は年に**10日**もらえます。", "休暇", id="docs/leave.md#0", signals=SURE),
    headings=("休暇", DAYS),
    highlight="有給休暇は年に**10日**もらえます。",
)
FEES = replace(
    passage(
        "| Item | Fee |\n|---|---|\n| Sofa | 1,200 yen |\n| Table | 600 yen |",
        "Fees",
        id="docs/fees.md#0",
        signals=SURE,
    ),
    highlight="| Sofa | 1,200 yen |",
)
TIMES = passage(
    "| Shop | Opens |\n|---|---|\n| Bakery | 7:30 |\n| Library | 9:00 |",
    "Times",
    id="docs/times.md#0",
    signals=Signals(coverage=0.1),
)
CASES = (
    Case(id="ja", question=DAYS, answers=("10日",), gold_documents=("docs/leave.md",)),
    Case(id="en", question=SOFA, answers=("1,200 yen",), gold_documents=("docs/fees.md",)),
    Case(id="hidden", question=DAYS, answerable=False, hidden=("docs/leave.md",)),
    Case(id="none", question=POOL, answerable=False),
)


class Counting:
    """Answers with the real agent, counting how often."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        found = {DAYS: [LEAVE, TIMES], SOFA: [FEES], POOL: [TIMES]}
        tools = (Shelf(found, name="search_knowledge"),)
        self._agent = Agent(ExtractiveModel(), tools, RunLimits(), Prompt.load(), lambda _: None)

    async def answer(self, case: Case) -> Answer:
        self.asked.append(case.id)
        return await answer_case(self._agent, case, ASKER)


async def results_of(answering: Counting, answers: AnswerCache) -> dict[str, Result]:
    running = run_cases(CASES, answering.answer, answers)
    return {result.case.id: result async for _, result in running}


async def test_right_answers_and_right_hand_overs_are_distinguished(tmp_path: Path) -> None:
    results = await results_of(Counting(), AnswerCache(tmp_path / "answers", "a"))
    assert (results["ja"].correct, results["ja"].labeler) == (True, "reference")
    assert results["en"].correct is True
    assert not results["none"].shown
    metrics = {metric.name: metric for metric in summarise(list(results.values()))}
    assert metrics["right source first"].value == 1
    assert metrics["answerable, answered right"].value == 1
    assert metrics["citations that support it"].value == 1


async def test_hidden_passages_are_not_found(tmp_path: Path) -> None:
    results = await results_of(Counting(), AnswerCache(tmp_path / "answers", "a"))
    found = [passage.partition("#")[0] for passage in results["hidden"].passages]
    assert "docs/leave.md" not in found
    assert "docs/leave.md#0" in results["ja"].passages


async def test_nothing_is_asked_twice_under_the_same_conditions(tmp_path: Path) -> None:
    answering = Counting()
    first = await results_of(answering, AnswerCache(tmp_path / "answers", "a"))
    again = await results_of(answering, AnswerCache(tmp_path / "answers", "a"))
    assert again == first
    assert len(answering.asked) == len(CASES)
    await results_of(answering, AnswerCache(tmp_path / "answers", "another model"))
    assert len(answering.asked) == 2 * len(CASES)


async def test_an_interrupted_run_continues(tmp_path: Path) -> None:
    answering, answers = Counting(), AnswerCache(tmp_path / "answers", "a")
    running = run_cases(CASES, answering.answer, answers, parallel=1)
    await anext(running)
    await running.aclose()
    assert len(answering.asked) < len(CASES)
    await results_of(answering, answers)
    assert answering.asked.count(answering.asked[0]) == 1
    assert set(answering.asked) == {case.id for case in CASES}


def test_questions_are_written_from_headings_and_tables() -> None:
    passages = [LEAVE, FEES, TIMES]
    cases = from_structure(passages, 9)
    assert any(case.question == DAYS and case.answers == ("10日",) for case in cases)
    assert any(case.answers == ("1,200 yen",) for case in cases)
    assert any(not case.answerable for case in cases)
    assert not any(case.checked for case in cases)
    assert len({case.id for case in cases}) == len(cases)
    assert from_structure(passages, 9) == cases
