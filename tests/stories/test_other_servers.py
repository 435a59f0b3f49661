"""Kotae asks an operator's server for what the documents do not hold, and cites it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.agent.steps import step_title
from bot.core.language import wanted_language
from bot.core.types import ToolStarted
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from tests.safety.conftest import Team, team_with
from tests.support.llm_brains import Call, Conversation, Turn
from tests.support.mcp_servers import serving_tickets

FIND = "tickets__find"
QUESTIONS = {
    "en": ("Why does the VPN drop at noon?", "VPN", "certificate of gateway 4", "IT-7"),
    "ja": ("VPNが正午に切れるのはなぜですか？", "VPN 正午", "ゲートウェイ4の証明書", "IT-8"),
}


def asks_the_server(conversation: Conversation) -> Turn:
    """Ask the server in words of the question, then say the sentence that it gave."""
    language = "ja" if "正午" in conversation.question else "en"
    _, query, words, _ = QUESTIONS[language]
    told = "\n".join(result.text for result in conversation.results)
    if FIND in conversation.tools and words not in told and not conversation.forced:
        made = [call for message in conversation.said for call in message.calls]
        if not any(call.name == FIND for call in made):
            return Turn(calls=(Call(FIND, {"query": query, "limit": None, "state": None}),))
    line = next((line for line in told.splitlines() if words in line), "")
    numbers = re.findall(r"^\[(\d+)\] ", told.partition(words)[0], re.MULTILINE)
    finish = {
        "status": "answered" if line else "insufficient_evidence",
        "answer": f"{line} [{numbers[-1]}]" if line else "",
        "citations": [{"n": int(numbers[-1]), "quote": line}] if line else [],
        "missing": "" if line else "why",
        "confidence": 1.0,
    }
    return Turn(calls=(Call("finish", finish),))


@asynccontextmanager
async def team(folder: Path, redis_url: str, url: str, audience: str) -> AsyncIterator[Team]:
    (folder / "docs").mkdir()
    (folder / "docs" / "office.md").write_text("# Office\n\nThe VPN needs a token.\n", "utf-8")
    (folder / "knowledge.toml").write_text(
        '[[sources]]\nname = "docs"\npath = "docs"\n\n'
        f'[[mcp_servers]]\nname = "tickets"\nurl = "{url}"\ntools = ["find"]\n'
        f"audience = {audience}\n",
        "utf-8",
    )
    async with team_with([], folder, redis_url, asks_the_server) as found:
        yield found


@pytest.mark.parametrize("language", QUESTIONS)
async def test_what_a_server_says_is_answered_with_its_address(
    language: str, tmp_path: Path, redis_url: str, store: RedisConnection
) -> None:
    """A person sees the answer, the ticket that it rests on, and that the server was asked."""
    question, _, words, ticket = QUESTIONS[language]
    async with (
        serving_tickets() as url,
        team(tmp_path, redis_url, url, '"members"') as asking,
    ):
        asked = await asking.ask(question)
        answer = asking.answers_to(asked)[-1]
        steps = (await Ledger(store.commands).recent(1))[0].answer.steps

    assert words in answer.plain
    assert f"https://tickets.example/browse/{ticket}" in str(answer.blocks)
    step = next(step for step in steps if step.tool == FIND)
    assert step.error == ""
    told = step_title(ToolStarted("1", step.tool, step.arguments), wanted_language(question))
    assert told.startswith("tickets に問い合わせ" if language == "ja" else "Asking tickets")


@pytest.mark.parametrize("language", QUESTIONS)
async def test_a_server_is_not_asked_for_others_than_its_audience(
    language: str, tmp_path: Path, redis_url: str, store: RedisConnection
) -> None:
    """Nor is its tool offered to the model, or its name shown."""
    question, _, words, _ = QUESTIONS[language]
    async with (
        serving_tickets() as url,
        team(tmp_path, redis_url, url, '["#it"]') as asking,
    ):
        asked = await asking.ask(question)
        answer = asking.answers_to(asked)[-1]
        sent = str(asking.sent_for(asked, 0))

    assert words not in answer.plain
    assert "tickets" not in sent


@pytest.mark.parametrize("language", QUESTIONS)
async def test_a_server_that_is_down_is_said_in_the_steps(
    language: str, tmp_path: Path, redis_url: str, store: RedisConnection
) -> None:
    """The question ends as if there were no such server."""
    question = QUESTIONS[language][0]
    async with team(tmp_path, redis_url, "http://127.0.0.1:9/mcp", '"members"') as asking:
        asked = await asking.ask(question)
        answers = asking.answers_to(asked)
        steps = (await Ledger(store.commands).recent(1))[0].answer.steps

    assert len(answers) == 1
    assert [step.error for step in steps if step.tool == FIND] == [
        "tickets: cannot be asked: nothing answers at its address"
    ]
