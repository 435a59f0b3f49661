"""Two workspaces on one deployment: installed by OAuth, apart in everything, removed alone."""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import aiohttp
import pytest

from bot.entries.entry import Entry
from bot.entries.store import EntryStore
from bot.entries.versions import EntryVersions
from bot.redis.connection import RedisConnection
from bot.slack.installations.encryption import new_key
from bot.workspace import Channel, SlackMessage, User, Workspace
from knowledge.storage.index_versions import IndexVersions
from tests.support.browser import Browser
from tests.support.in_redis import keys_with
from tests.support.llm_server import Conversation, LlmServer, llm_server, searching_brain
from tests.support.ports import free_port
from tests.support.redis import in_namespace

ENGLISH = "When is the reception open on weekdays?"
JAPANESE = "国内出張の日当はいくらですか？"
SAVED = "Where is the parking permit?"
HOURS = {"T0WORKSPACE": "half past five", "T0BETA": "quarter past four"}
ALLOWANCE = {"T0WORKSPACE": "2,200円", "T0BETA": "3,300円"}
SECRETS = ("SLACK_CLIENT_SECRET", "INSTALLATION_KEY", "OPERATOR_PAGE_TOKEN")
PERMIT = {"T0WORKSPACE": "at the gate of Alpha", "T0BETA": "in the lobby of Beta"}


@dataclass
class House:
    """One of the workspaces, with the same people and ids as the other."""

    workspace: Workspace
    hanako: User = field(init=False)
    bob: User = field(init=False)
    general: Channel = field(init=False)

    def __post_init__(self) -> None:
        self.hanako = self.workspace.add_user("hanako", admin=True, language="ja-JP")
        self.bob = self.workspace.add_user("bob")
        self.general = self.workspace.add_channel("general", [self.hanako, self.bob])

    @property
    def team(self) -> str:
        """Its id."""
        return self.workspace.team_id

    async def post(self, user: User, text: str) -> SlackMessage:
        """Ask the bot."""
        mention = f"<@{self.workspace.bot_user_id}> {text}"
        return await self.workspace.post(self.general, user, mention)

    def answers(self, message: SlackMessage) -> list[SlackMessage]:
        """Return the finished answers to *message*."""
        thread = self.workspace.messages(self.general, message)
        return [
            reply for reply in thread if reply.bot_id and "feedback_buttons" in str(reply.blocks)
        ]

    async def answer(self, message: SlackMessage) -> str:
        """Wait for the answer to *message*."""
        found = await self.workspace.wait_for(lambda: self.answers(message), timeout=90)
        return found[0].plain

    async def said(self, message: SlackMessage, words: str) -> str:
        """Wait until a reply to *message* has *words*, and return it."""

        def found() -> list[str]:
            thread = self.workspace.messages(self.general, message)
            return [reply.plain for reply in thread if words in reply.plain]

        return (await self.workspace.wait_for(found, timeout=60))[0]

    async def ask(self, user: User, text: str) -> str:
        """Ask, and wait for the answer."""
        return await self.answer(await self.post(user, text))


@dataclass
class Deployment:
    """`kotae` for both, as a person starts it."""

    folder: Path
    environment: dict[str, str]
    model: LlmServer
    alpha: House
    beta: House
    held: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.model.before_turn = self._wait

    @property
    def install(self) -> str:
        """Where people install the app."""
        return f"http://127.0.0.1:{self.environment['PORT']}/slack/install"

    async def run(self, *arguments: str) -> str:
        """Run a command to its end and return what it printed."""
        process = await self.start(*arguments, output=asyncio.subprocess.PIPE)
        printed, _ = await process.communicate()
        assert process.returncode == 0, printed.decode()
        return printed.decode()

    async def start(
        self, *arguments: str, output: int | None = None, log: BinaryIO | None = None
    ) -> asyncio.subprocess.Process:
        """Start a command."""
        command = (sys.executable, "-m", "bot", *arguments)
        return await asyncio.create_subprocess_exec(
            *command, cwd=self.folder, env=self.environment, stdout=output, stderr=log
        )

    async def ready(self, words: str = "") -> str:
        """Wait until `/readyz` says yes, and *words*."""
        address = f"http://127.0.0.1:{self.environment['METRICS_PORT']}/readyz"
        async with asyncio.timeout(90), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(address) as response:
                        told = json.dumps(await response.json())
                        if response.status == 200 and words in told:
                            return told
                except aiohttp.ClientConnectionError:
                    pass
                await self.alpha.workspace.changed(0.05)

    async def _wait(self, conversation: Conversation) -> None:
        if "slowly" in conversation.question:
            self.held.set()
            await self.let_go.wait()


def _write_documents(folder: Path, team: str) -> None:
    here = folder / "data" / "workspaces" / team
    (here / "docs").mkdir(parents=True)
    head = "---\ndate: 2026-04-01\n---\n"
    (here / "docs" / "hours.md").write_text(
        f"{head}# Office hours\n\n## Reception\n"
        f"The reception is open from nine to {HOURS[team]} on weekdays.\n",
        encoding="utf-8",
    )
    (here / "docs" / "travel.md").write_text(
        f"{head}# 出張旅費の手引き\n\n## 日当\n国内出張の日当は1日{ALLOWANCE[team]}です。\n",
        encoding="utf-8",
    )
    (here / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')


async def _save(store: RedisConnection, team: str) -> None:
    versions = EntryVersions(in_namespace(store, f"kotae:{team}").commands)
    told = f"The parking permit is {PERMIT[team]}."
    await EntryStore(versions, None).save(Entry(SAVED, told, "U1", "U1", ""))


@pytest.fixture
async def deployment(
    store: RedisConnection, redis_url: str, tmp_path: Path
) -> AsyncIterator[Deployment]:
    """Two workspaces with other documents and entries, and nothing running yet."""
    async with (
        await Workspace.start(retry_delays=(0.0, 0.5, 1.0)) as workspace,
        llm_server(searching_brain()) as model,
    ):
        other = workspace.beside("T0BETA", "Beta")
        alpha, beta = House(workspace), House(other)
        port = str(free_port())
        for house in (alpha, beta):
            house.workspace.use_http(f"http://127.0.0.1:{port}/slack/events")
            _write_documents(tmp_path, house.team)
            await _save(store, house.team)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "DATA_DIR": str(tmp_path / "data"),
            "REDIS_URL": redis_url,
            "SLACK_API_URL": workspace.api_url,
            "SLACK_CLIENT_ID": workspace.oauth.client_id,
            "SLACK_CLIENT_SECRET": workspace.oauth.client_secret,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "SLACK_REDIRECT_URL": f"http://127.0.0.1:{port}/slack/oauth_redirect",
            "INSTALLATION_KEY": new_key(),
            "OPERATOR_PAGE_TOKEN": "operators-token-0123456789abcdef",
            "OPENAI_BASE_URL": model.url,
            "OPENAI_WIRE": "chat",
            "PORT": port,
            "METRICS_PORT": str(free_port()),
        }
        yield Deployment(tmp_path, environment, model, alpha, beta)


@asynccontextmanager
async def serving(deployment: Deployment) -> AsyncIterator[None]:
    """Run `kotae serve`, and see that it stops in order."""
    log = deployment.folder / "serve.log"
    with log.open("wb") as file:
        process = await deployment.start("serve", log=file)
        try:
            await deployment.ready()
            yield
        finally:
            deployment.let_go.set()
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 90)
            sys.stderr.write(log.read_text("utf-8"))
    assert process.returncode == 0
    secrets = [
        *("xoxb", "code=", "state="),
        *(deployment.environment[name] for name in SECRETS),
    ]
    assert [secret for secret in secrets if secret in log.read_text("utf-8")] == []


@pytest.mark.timeout(400)
async def test_two_workspaces_are_apart_and_one_leaves(
    deployment: Deployment, store: RedisConnection
) -> None:
    """The same question has another answer in each; what one of them does, the other never sees."""
    alpha, beta = deployment.alpha, deployment.beta
    for house in (alpha, beta):
        await deployment.run("--workspace", house.team, "sync")

    async with serving(deployment):
        browser = Browser()
        await browser.install(deployment.install, "Allow in Workspace")
        await browser.install(deployment.install, "Allow in Beta")
        await deployment.ready("2 at work")
        for house in (alpha, beta):
            assert HOURS[house.team] in await house.ask(house.bob, ENGLISH)
            assert ALLOWANCE[house.team] in await house.ask(house.hanako, JAPANESE)
            assert PERMIT[house.team] in await house.ask(house.bob, SAVED)
        await _see_that_nothing_is_mixed(deployment, store)
        await _see_the_page_of_each(deployment)

        # Beta leaves while both have questions in work.
        lost = await beta.post(beta.bob, f"{ENGLISH} Tell me slowly")
        await asyncio.wait_for(deployment.held.wait(), 60)
        kept = await alpha.post(alpha.bob, f"{ENGLISH} Tell me slowly")
        before = await _kept_answers(store, beta.team)
        index = _files(deployment.folder, alpha.team)
        beta.workspace.uninstall()
        await deployment.ready("1 at work")
        deployment.let_go.set()
        assert HOURS[alpha.team] in await alpha.answer(kept)
        assert HOURS[alpha.team] in await alpha.ask(alpha.bob, ENGLISH)
        assert ALLOWANCE[alpha.team] in await alpha.ask(alpha.hanako, JAPANESE)
        assert PERMIT[alpha.team] in await alpha.ask(alpha.bob, SAVED)
        assert _files(deployment.folder, alpha.team) == index
        assert beta.answers(lost) == []
        listed = json.loads(await deployment.run("workspaces", "list", "--json"))
        assert [row["id"] for row in listed] == [alpha.team]

        # And comes back: what was kept of it is there, and what it waits for is answered.
        await browser.install(deployment.install, "Allow in Beta")
        await deployment.ready("2 at work")
        assert HOURS[beta.team] in await beta.ask(beta.bob, ENGLISH)
        assert PERMIT[beta.team] in await beta.ask(beta.bob, SAVED)
        assert HOURS[beta.team] in await beta.answer(lost)
        assert before
        assert before <= await _kept_answers(store, beta.team)
        await _see_that_nothing_is_mixed(deployment, store)


@pytest.mark.timeout(300)
async def test_a_fresh_workspace_answers_before_it_has_documents(deployment: Deployment) -> None:
    """From what people have saved; otherwise it says what an operator does."""
    alpha = deployment.alpha
    shutil.rmtree(deployment.folder / "data" / "workspaces")

    async with serving(deployment):
        await Browser().install(deployment.install, "Allow in Workspace")
        await deployment.ready("1 at work")
        folder = deployment.folder / "data" / "workspaces" / alpha.team
        index = IndexVersions(folder / "index")
        await alpha.workspace.wait_for(index.pointer.exists)
        assert PERMIT[alpha.team] in await alpha.ask(alpha.bob, SAVED)
        english = await alpha.said(await alpha.post(alpha.bob, ENGLISH), "no documents yet")
        japanese = await alpha.said(
            await alpha.post(alpha.hanako, JAPANESE), "まだ登録されていない"
        )
        command = f"kotae --workspace {alpha.team} sync"
        assert command in english
        assert command in japanese


async def _kept_answers(store: RedisConnection, team: str) -> set[str]:
    """Return the keys of the answers of a workspace; its bot may be at work."""
    return {str(key) for key in await store.commands.keys(f"{{kotae:{team}}}:v1:answer:*")}


async def _see_that_nothing_is_mixed(deployment: Deployment, store: RedisConnection) -> None:
    """No key, no file and no answer of one workspace has words of the other."""
    alpha, beta = deployment.alpha.team, deployment.beta.team
    roots = {str(key).partition("}")[0][1:] for key in await store.commands.keys("*")}
    assert roots == {"kotae", f"kotae:{alpha}", f"kotae:{beta}"}
    shared = {str(key).split(":")[2] for key in await store.commands.keys("{kotae}:v1:*")}
    assert shared <= {"installations", "audit"}
    for team, other in ((alpha, beta), (beta, alpha)):
        for words in (HOURS[other], ALLOWANCE[other], PERMIT[other]):
            assert await keys_with(store, f"{{kotae:{team}}}:*", words) == []
        for words in (HOURS[other], ALLOWANCE[other]):
            found = [
                name for name, data in _files(deployment.folder, team).items() if words in data
            ]
            assert found == []
    places = {path.name for path in (deployment.folder / "data").iterdir()}
    assert places <= {"workspaces"}
    for house, other in ((deployment.alpha, beta), (deployment.beta, alpha)):
        said = [message.plain for message in house.workspace.messages(house.general)]
        assert [text for text in said if HOURS[other] in text] == []


async def _see_the_page_of_each(deployment: Deployment) -> None:
    """Operators see their own workspace by its own token, and on the private port alone."""
    alpha, beta = deployment.alpha.team, deployment.beta.team
    private, public = deployment.environment["METRICS_PORT"], deployment.environment["PORT"]
    told = [
        json.loads(await deployment.run("workspaces", "page-token", team, "--json"))
        for team in (alpha, beta)
    ]
    tokens = [one["token"] for one in told] + [deployment.environment["OPERATOR_PAGE_TOKEN"]]
    async with aiohttp.ClientSession() as session:
        for place, other in ((told[0], beta), (told[1], alpha)):
            for language in ("en", "ja"):
                for token in tokens:
                    url = f"http://127.0.0.1:{private}{place['path']}?lang={language}"
                    bearer = {"Authorization": f"Bearer {token}"}
                    async with session.get(url, headers=bearer) as response:
                        right = token == place["token"]
                        assert response.status == (200 if right else 401)
                        assert other not in await response.text()
            async with session.get(f"http://127.0.0.1:{public}{place['path']}") as response:
                assert response.status == 404
        async with session.get(f"http://127.0.0.1:{private}/operator") as response:
            assert response.status == 404


_AT_WORK = {".lock", ".new", ".sqlite", ".tmp", ".sqlite-wal", ".sqlite-shm"}


def _files(folder: Path, team: str) -> dict[str, str]:
    """Return what the documents and the published index of a workspace say, by their names."""
    here = folder / "data" / "workspaces" / team
    found = dict[str, str]()
    for path in here.rglob("*"):
        if path.suffix in _AT_WORK or "health" in path.name:
            continue
        with suppress(FileNotFoundError, IsADirectoryError):  # its bot is at work
            text = path.read_bytes().decode("utf-8", "replace")
            found[path.relative_to(here).as_posix()] = text
    return found
