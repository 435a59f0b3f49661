"""Every model call is paid for: by the answer that it belongs to, by a person, or by the day."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.agent.chat_model import ChatModel
from bot.agent.verification.judge import JudgeVerifier
from bot.answering.budgeted_model import BudgetedModel, paid_by, prepaid
from bot.answering.spend_limits import DailyLimits, Payer, SpendLimits
from bot.app.container import open_agent, open_knowledge, spending_of
from bot.core.errors import OverBudgetError
from bot.core.types import ChatMessage, Usage
from bot.entries.translation import translator
from bot.redis.connection import RedisConnection
from bot.settings.settings import load_settings
from tests.support.library import Library
from tests.support.scripted_model import ScriptedModel, says

BOT = Path(bot.__file__).parent
ASK = (ChatMessage("user", "有給は？"),)


def price(usage: Usage) -> float:
    return usage.input_tokens / 100


def wrapped(
    store: RedisConnection, limits: DailyLimits, model: ScriptedModel
) -> tuple[BudgetedModel, SpendLimits]:
    """Return *model* within *limits*; a call of ten tokens costs 0.10."""
    spending = SpendLimits(store.commands, limits)
    return BudgetedModel(model, spending, price), spending


async def call(model: ChatModel) -> None:
    async for _ in model.stream(ASK, ()):
        pass


async def test_a_call_that_nobody_answers_for_is_paid_by_the_day(store: RedisConnection) -> None:
    """What it costs is recorded; once the day's budget is used up, the model is not called."""
    inner = ScriptedModel(says("10日"))
    model, spending = wrapped(store, DailyLimits(person=0.01, day=0.25, answer=0.2), inner)
    await call(model)
    await call(model)
    assert (await spending.reserve(Payer("next"))).most_usd == pytest.approx(0.05)
    with pytest.raises(OverBudgetError):
        await call(model)
    assert len(inner.requests) == 2


async def test_a_person_pays_for_the_calls_of_a_block(store: RedisConnection) -> None:
    """Others still have theirs."""
    model, _ = wrapped(store, DailyLimits(person=0.1, answer=0.1), ScriptedModel(says("x")))
    with paid_by("U1"):
        await call(model)
        with pytest.raises(OverBudgetError):
            await call(model)
    with paid_by("U2"):
        await call(model)


async def test_an_answer_pays_once_for_all_its_calls(store: RedisConnection) -> None:
    """It has set money aside; its calls take no more, but each of them is counted."""
    limits = DailyLimits(day=0.2, answer=0.2, calls=3)
    inner = ScriptedModel(says("x"))
    model, spending = wrapped(store, limits, inner)
    payer = Payer("q1", "U1", "C1")
    allowance = await spending.reserve(payer)
    with prepaid():
        for _ in range(3):
            await call(model)
    await spending.settle(payer, allowance, 0.1)
    refused = await spending.reserve(Payer("q2", "U2", "C2"))
    assert (refused.scope, refused.limit_calls, refused.most_usd) == ("day", 3, 0.0)
    with pytest.raises(OverBudgetError):
        await call(model)
    assert len(inner.requests) == 3


async def test_a_judge_and_a_translation_are_paid_for(store: RedisConnection) -> None:
    """With nothing left a form shows no translation, and no judge is asked."""
    inner = ScriptedModel(says("What is the code?"))
    model, _ = wrapped(store, DailyLimits(person=0.1, answer=0.1), inner)
    translate = translator(model)
    assert await translate("暗証番号は？", "U1") == "What is the code?"
    assert await translate("暗証番号は？", "U1") == ""
    with paid_by("U1"), pytest.raises(OverBudgetError):
        await JudgeVerifier(model).verify([])
    assert len(inner.requests) == 1


def calls_in(file: Path) -> Iterator[tuple[str, str]]:
    """Yield each function of *file* and what it calls, as written."""
    for function in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    yield function.name, ast.unparse(node.func)


def test_models_are_made_in_one_place() -> None:
    """So that what the bot hands out is the model within its budgets.

    Whoever makes another model has to decide who pays for it, and to name the place here.
    """
    made = {
        (str(file.relative_to(BOT)), function)
        for file in BOT.rglob("*.py")
        if file.parent != BOT / "llm"
        for function, called in calls_in(file)
        if called.split(".")[-1] in {"make_model", "make_client", "ResponsesModel", "ChatModel"}
        or called.endswith("CompletionsModel")
    }
    assert made == {
        ("app/container.py", "open_agent"),  # wrapped there
        ("app/container.py", "make_model"),
        ("app/container.py", "_judges"),  # wrapped there
        ("app/doctor.py", "_model"),  # the rest are an operator's commands
        ("cli/measured.py", "open_judge"),
        ("cli/prompt_tune.py", "_writer"),
    }


def test_models_are_called_in_known_places() -> None:
    """By whoever `open_agent` gave one to; an operator's commands have no budget of the bot."""
    called = {
        str(file.relative_to(BOT))
        for file in BOT.rglob("*.py")
        for _, name in calls_in(file)
        if name.endswith("model.stream")
    }
    assert called == {
        "agent/agent.py",  # an answer, which has money set aside; or a check, paid by its person
        "agent/verification/judge.py",  # within one of these
        "entries/translation.py",  # paid by the person who saves
        "answering/budgeted_model.py",  # wrappers
        "llm/plain_text_model.py",
        "llm/text_call_model.py",
        "telemetry/models.py",
        "telemetry/traced.py",
        "app/doctor.py",  # the rest are an operator's commands
        "evaluation/llm_judge.py",
        "evaluation/question_generation.py",
        "prompt_tuning/rewriter.py",
    }


async def test_the_bot_hands_out_no_model_without_a_budget(
    store: RedisConnection, tmp_path: Path
) -> None:
    """With no money left nothing reaches the endpoint: there is none at this address."""
    library = Library(tmp_path)
    settings = load_settings(
        data_dir=tmp_path / "data",
        knowledge_config=library.config,
        openai_base_url="http://127.0.0.1:9/v1",
        openai_price="1/1",
        verifier="model",
        budget_day_usd=0.0,
    )
    base = open_knowledge(settings)
    async with open_agent(settings, base, spending=spending_of(settings, store)) as agent:
        with pytest.raises(OverBudgetError):
            await call(agent.model)
        (judge,) = [one for one in agent.verifiers if isinstance(one, JudgeVerifier)]
        with pytest.raises(OverBudgetError):
            await judge.verify([])
    await base.aclose()


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, False),
        ({"openai_price": "1/2"}, True),
        ({"budget_day_usd": 3.0}, True),
    ],
)
async def test_the_default_day_budget_counts_where_prices_are_known(
    store: RedisConnection, *, changes: dict[str, object], counts: bool
) -> None:
    """A model on one's own machine has no price: its calls are limited, not its dollars."""
    settings = load_settings(openai_base_url="http://127.0.0.1:9/v1", **changes)
    limits = spending_of(settings, store)._limits
    assert (limits.day is not None) == counts
    assert limits.calls == 20_000
