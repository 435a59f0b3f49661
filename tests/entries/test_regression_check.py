"""An entry is checked against right answers before anybody can read it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.agent.agent import Agent
from bot.answering.budgeted_model import BudgetedModel, paid_by
from bot.answering.spend_limits import DailyLimits, Payer, SpendLimits
from bot.app.container import open_agent, open_knowledge, open_saved
from bot.core.types import Label, Question, QuestionId, ThreadId
from bot.entries.entry import Entry
from bot.entries.regression_check import (
    RegressionCheck,
    RegressionReport,
    check_entry,
    nearest,
)
from bot.evaluation.cases import Case
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.rollout.history import PastQuestion
from bot.rollout.replay import ask_again
from bot.settings.settings import Settings, load_settings
from knowledge.base import KnowledgeBase
from knowledge.model.types import Principal
from tests.support.library import Library

MEMBER = Principal("C1", member=True, groups=frozenset({"C1"}))
QUESTIONS = (
    "年次有給休暇は何日付与されますか？",
    "How many days of parental leave do fathers get?",
    "忘年会の会場はどこですか？",
)


@dataclass
class Team:
    settings: Settings
    base: KnowledgeBase
    agent: Agent
    history: list[PastQuestion]
    store: RedisConnection

    async def check(self, question: str, answer: str, *groups: str) -> RegressionReport:
        entry = Entry(question, answer, "@恵子", "U1", "https://s.example/p1", groups)
        saved = open_saved(self.settings, self.base, self.store)
        return await check_entry(entry, saved.kept, self.base, saved.sync, self.agent, self.history)


@pytest.fixture
async def team(tmp_path: Path, store: RedisConnection) -> AsyncIterator[Team]:
    """Documents, the bot with no model, and its answers, which people found right."""
    library = Library(tmp_path)
    library.write("leave.md", "# 休暇\n\n年次有給休暇は入社後6か月で10日付与されます。\n")
    library.write("parents.md", "# Parental leave\n\nFathers get 20 days of parental leave.\n")
    library.write("party.md", "# 忘年会\n\n忘年会の会場は駅前の銀座亭です。\n")
    settings = load_settings(data_dir=tmp_path / "data", knowledge_config=library.config)
    async with AsyncExitStack() as closing:
        base = open_knowledge(settings, store)
        closing.push_async_callback(base.aclose)
        await base.sync()
        agent = await closing.enter_async_context(open_agent(settings, base))
        history = list[PastQuestion]()
        for number, text in enumerate(QUESTIONS):
            id_ = f"slack:T1:C1:{number}"
            question = Question(QuestionId(id_), ThreadId(id_), text, MEMBER)
            case = Case(id=id_, question=text)
            answer = await ask_again(agent, case, question)
            assert answer.status == "answered"
            history.append(PastQuestion(case, question, answer, right=True))
        yield Team(settings, base, agent, history, store)


async def test_an_entry_about_something_else_loses_nothing(team: Team) -> None:
    """What was right is answered as before, and the entry has left no trace."""
    report = await team.check("有給休暇の申請はどこでしますか？", "人事ポータルで申請します。")

    assert report.holds
    assert [item.effect for item in report.replayed] == ["kept"]
    assert "1 件" in report.lines("ja")[0]
    assert "again: 1" in report.lines("en")[0]
    assert await open_saved(team.settings, team.base, team.store).kept.indexed() == {}
    everything = Principal("x", member=True, groups=frozenset({"C1"}))
    found = await team.base.search("人事ポータルで申請", everything, 8)
    assert all("人事ポータル" not in passage.text for passage in found)


@pytest.mark.parametrize(
    ("place", "question", "answer"),
    [
        (0, "年次有給休暇は何日付与されますか？", "年次有給休暇は15日付与されます。"),
        (
            1,
            "How many days of parental leave do fathers get?",
            "Fathers get 5 days of parental leave.",
        ),
    ],
)
async def test_an_entry_that_turns_a_right_answer_into_another_is_told(
    team: Team, place: int, question: str, answer: str
) -> None:
    """With the question, in both languages; in private, only that there is one."""
    report = await team.check(question, answer)

    assert not report.holds
    assert [item.asked.case.id for item in report.harmed] == [team.history[place].case.id]
    for language, words in (("en", "Not published"), ("ja", "公開していません")):
        lines = report.lines(language)  # type: ignore[arg-type]
        assert words in lines[0]
        assert question in lines[1]


async def test_only_questions_of_its_readers_are_tried(team: Team) -> None:
    """An entry for another channel cannot change what these readers get."""
    entry = Entry("年次有給休暇は何日？", "15日です。", "@恵子", "U1", "", ("#hr",))

    assert nearest(entry, team.history) == []
    assert (await team.check(entry.question, entry.answer, "#hr")).lines("en")[0].startswith("No r")


async def test_while_it_is_checked_nobody_else_finds_it(team: Team, tmp_path: Path) -> None:
    """Not even by the name of its group, which no channel of Slack can have."""
    seen = list[str]()
    sync = team.base.sync

    async def watched(
        sources: tuple[str, ...], *, accept_loss: bool = False, vectors: bool = True
    ) -> object:
        synced = await sync(sources, accept_loss=accept_loss, vectors=vectors)
        found = await team.base.search("年次有給休暇は15日", MEMBER, 8)
        seen.extend(passage.document_id for passage in found)
        return synced

    team.base.sync = watched  # type: ignore[method-assign,assignment]
    await team.check("年次有給休暇は何日？", "年次有給休暇は15日付与されます。")

    assert seen
    assert not [id_ for id_ in seen if id_.startswith("saved/")]


async def test_only_what_people_found_right_is_tried(team: Team, store: RedisConnection) -> None:
    """As it is in the ledger, with the labels that there are."""
    ledger, labels = Ledger(store.commands), RedisLabels(store.commands)
    for asked in team.history:
        await ledger.record(asked.question, asked.answer)
    await labels.put(Label(team.history[0].question.id, "right", "恵子", 1.0))
    await labels.put(Label(team.history[1].question.id, "wrong", "恵子", 1.0))
    saved = open_saved(team.settings, team.base, store)
    prover = RegressionCheck(saved.kept, team.base, saved.sync, team.agent, ledger, labels)

    ja = Entry("年次有給休暇は何日付与されますか？", "15日付与されます。", "@恵子", "U1", "")
    assert len((await prover.check(ja)).harmed) == 1
    en = Entry("How many days of parental leave?", "Fathers get 5 days.", "@keiko", "U1", "")
    assert (await prover.check(en)).replayed == ()


async def test_a_check_ends_with_its_budget(team: Team, store: RedisConnection) -> None:
    """It says so, and each of its calls is in the totals."""
    spending = SpendLimits(store.commands, DailyLimits(person=0.01, day=5.0, answer=0.01))
    paid = BudgetedModel(team.agent.model, spending, lambda _: 0.01)
    team.agent = replace(team.agent, model=paid)
    with paid_by("U1"):
        report = await team.check("年次有給休暇は何日付与されますか？", "15日付与されます。")
    assert (report.replayed, report.unproven) == ((), "budget")
    assert (await spending.reserve(Payer("next", "U1"))).scope == "person"
