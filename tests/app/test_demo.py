"""What `kotae try` shows: questions that work, owners who exist, documents with rights."""

import re
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import aiohttp
import pytest

from bot.app.container import gate_of, open_agent, open_knowledge
from bot.app.demo import (
    EXAMPLES,
    UNKNOWN,
    DemoAddress,
    demo_address,
    documents_of,
    running,
    seed,
    write_demo_files,
)
from bot.cli.context import SAMPLES
from bot.core.types import Question, QuestionId, ThreadId
from bot.settings.settings import Settings
from bot.workspace import Workspace
from bot.workspace.page import Page, PageOptions
from knowledge.base import KnowledgeBase
from knowledge.model.types import Principal

ADDRESS = DemoAddress(8765, "key")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of `kotae try`, without a model."""
    data = tmp_path_factory.mktemp("try")
    plain = Settings(
        _env_file=None,
        knowledge_config=SAMPLES,
        data_dir=data,
        openai_api_key=None,
        openai_base_url=None,
    )
    return plain.model_copy(update={"knowledge_config": write_demo_files(plain, ADDRESS)})


@pytest.fixture
async def base(settings: Settings) -> AsyncIterator[KnowledgeBase]:
    """The sample documents, indexed."""
    async with aclosing(open_knowledge(settings)) as base:
        await base.sync()
        yield base


async def test_every_suggestion_is_answered(settings: Settings, base: KnowledgeBase) -> None:
    """A newcomer presses them first, and passages are no answer; nobody knows the unknown one."""
    outcomes = dict[str, str]()
    async with open_agent(settings, base) as agent:
        for text in (*EXAMPLES["en"], *EXAMPLES["ja"], *UNKNOWN.values()):
            question = Question(
                QuestionId("terminal:demo"),
                ThreadId("terminal:demo"),
                text,
                Principal("U1", member=True),
                received_at=time.time(),
            )
            run = agent.start(question, ())
            async for _ in run.events():
                pass
            answer = await gate_of(settings, agent, base).passed(question, run.answer())
            outcomes[text] = answer.status

    unknown = {text: outcomes.pop(text) for text in UNKNOWN.values()}
    assert {text: status for text, status in outcomes.items() if status != "answered"} == {}
    assert set(unknown.values()) == {"handed_over"}


async def test_every_owner_is_somebody_in_the_workspace() -> None:
    """Else the expert who is named cannot be asked."""
    text = "\n".join(file.read_text("utf-8") for file in SAMPLES.parent.rglob("*.md"))
    owners = set(re.findall(r'^owner: "?@([\w-]+)', text, re.MULTILINE))
    async with await Workspace.start() as workspace:
        seed(workspace)
        groups = {group.handle for group in workspace.team.usergroups.values() if group.members}

    assert owners
    assert owners | {"kankyo-ka", "people-team"} <= groups


async def test_a_citation_leads_to_the_document_with_its_readers_rights(
    base: KnowledgeBase,
) -> None:
    """A guest sees what anyone may read; nobody sees anything without saying who they are."""
    async with await Workspace.start() as workspace, aiohttp.ClientSession() as session:
        team = seed(workspace)
        guest = next(user for user in workspace.team.users.values() if user.guest)
        options = PageOptions(documents=documents_of(base), key="key")
        async with await Page.start(workspace, 0, options) as page:

            async def status(path: str, user: str) -> int:
                async with session.get(f"{page.url}documents/{path}?user={user}") as response:
                    return response.status

            leave, waste = "handbook/people/annual-leave.md", "waste/seido/faq.md"
            found = await base.search("annual leave days", Principal("U", member=True), 1)
            assert found[0].url.startswith(f"{ADDRESS.url}documents/handbook/")
            async with session.get(f"{page.url}documents/{leave}?user={team.bob.id}") as response:
                assert 'id="how-much-you-get"' in await response.text()
            assert await status(leave, guest.id) == 404
            assert await status(waste, guest.id) == 200
            assert await status(waste, "") == 404
            assert await status("handbook/../../secret", team.bob.id) == 404


async def test_a_second_try_finds_the_first(tmp_path: Path) -> None:
    """By its remembered address, if something answers there."""
    plain = Settings(_env_file=None, knowledge_config=SAMPLES, data_dir=tmp_path)
    assert running(tmp_path) == ""
    address = demo_address(tmp_path, 0)
    write_demo_files(plain, address)
    assert running(tmp_path) == ""
    assert demo_address(tmp_path, address.port) == address
