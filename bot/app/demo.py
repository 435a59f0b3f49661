"""`kotae try`: the real bot in a workspace on this machine, over the sample documents."""

import asyncio
import json
import re
import socket
import urllib.request
import webbrowser
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

import knowledge
from bot.app.server import stop_signal
from bot.app.slack_bot import Bot, open_bot
from bot.core.errors import BotError
from bot.core.language import Language
from bot.settings.settings import Settings
from bot.slack.client.command_words import Name as CommandName
from bot.slack.client.manifest import manifest
from bot.slack.entries.texts import SAVED, SAVED_LATER
from bot.slack.transport import serve_socket_mode
from bot.telemetry.metrics import Metrics
from bot.workspace import Channel, SlackMessage, User, Workspace
from bot.workspace.page import Page, PageDocument, PageDocuments, PageOptions, new_key
from bot.workspace.plain_text import readable
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError
from knowledge.model.types import Principal

_ALL = 10_000
"""More passages than a sample document has."""

ANSWER_SECONDS = 120.0
"""How long the demonstration waits for an answer before it goes on."""


@dataclass(frozen=True, slots=True)
class DemoTeam:
    """The people in the workspace, and the channels of the demonstration."""

    hanako: User
    bob: User
    kenji: User
    keiko: User
    waste: Channel
    general: Channel

    @property
    def demonstration(self) -> tuple[tuple[Channel, User, str], ...]:
        """A question in each language: its channel, its author, its text."""
        return (
            (self.waste, self.hanako, EXAMPLES["ja"][0]),
            (self.general, self.bob, EXAMPLES["en"][0]),
        )


_SAMPLES = Path(knowledge.__file__).parent / "samples"
_OWNER = re.compile(r'^owner: "?@([\w-]+)', re.MULTILINE)


def owners(source: str) -> Sequence[str]:
    """Return the handles of all groups that own sample documents of *source*."""
    texts = (file.read_text(encoding="utf-8") for file in (_SAMPLES / source).rglob("*.md"))
    return sorted({handle for text in texts for handle in _OWNER.findall(text)})


EXPERTS = {"@people-team": "choir", "@kankyo-ka": "カラオケ大会"}
"""Who knows about which subject that no document comes close to."""

EXAMPLES: Mapping[Language, Sequence[str]] = {
    "en": (
        "How many days of annual leave do I get?",
        "How often do I have to change my password?",
        "How long are camera recordings kept?",
    ),
    "ja": (
        "ごみは朝何時までに出せばいいですか？",
        "スプレー缶に穴を開ける必要はありますか？",
        "二段ベッドの粗大ごみ手数料はいくらですか？",
    ),
}
"""Questions that the samples answer without a model; a test asks each."""

UNKNOWN: Mapping[Language, str] = {
    "en": "Is there a choir?",
    "ja": "カラオケ大会はいつですか？",
}
"""Questions that the samples do not answer."""

STATE = "page.json"
"""File in the data folder that says where the page of a running `kotae try` is."""


@dataclass(frozen=True, slots=True)
class DemoAddress:
    """Where the page is served; it stays the same from run to run, so that links go on working."""

    port: int
    key: str

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self.port}/{self.key}/"


def demo_address(data: Path, port: int) -> DemoAddress:
    """Return where `kotae try` serves its page: on *port*, or a free one for 0."""
    if not port:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
    known = _remembered(data)
    return DemoAddress(port, known.key if known else new_key())


def running(data: Path) -> str:
    """Return the address of the page that another `kotae try` serves for *data*, or ""."""
    known = _remembered(data)
    if known is None:
        return ""
    try:
        with urllib.request.urlopen(known.url, timeout=2) as answer:  # noqa: S310 - loopback
            return known.url if answer.status == HTTPStatus.OK else ""
    except OSError:
        return ""


def write_demo_files(settings: Settings, address: DemoAddress) -> Path:
    """Remember *address*; return a `knowledge.toml` of the samples whose citations lead there."""
    data = settings.data_dir
    data.mkdir(parents=True, exist_ok=True)
    written = json.dumps({"port": address.port, "key": address.key})
    (data / STATE).write_text(written, encoding="utf-8")
    samples = settings.knowledge_config.parent
    text = settings.knowledge_config.read_text(encoding="utf-8")
    for name in ("waste", "handbook"):
        path, url = samples / name, f"{address.url}documents/{name}/{{path}}"
        text = text.replace(
            f'path = "{name}"', f"path = {json.dumps(str(path))}\nurl = {json.dumps(url)}"
        )
    for owner, topic in EXPERTS.items():
        text += f'\n[[experts]]\nowner = "{owner}"\ntopics = ["{topic}"]\n'
    file = data / "knowledge.toml"
    file.write_text(text, encoding="utf-8")
    return file


def _remembered(data: Path) -> DemoAddress | None:
    try:
        known = json.loads((data / STATE).read_text(encoding="utf-8"))
        return DemoAddress(int(known["port"]), str(known["key"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def guide(team: DemoTeam) -> Mapping[str, object]:
    """Return what the page offers in each language: examples, and the steps of the tour.

    `saved` has the words by which the page sees that the expert's answer is saved.
    """
    experts = {"en": team.keiko, "ja": team.kenji}
    askers = {"en": (team.bob, team.general), "ja": (team.hanako, team.waste)}
    return {
        language: {
            "examples": list(examples),
            "question": examples[1],
            "unknown": UNKNOWN[language],
            "asker": askers[language][0].id,
            "place": askers[language][1].id,
            "expert": experts[language].id,
            "saved": [
                SAVED.to(language, question="\n").partition("\n")[2],
                SAVED_LATER.to(language),
            ],
        }
        for language, examples in EXAMPLES.items()
    }


def documents_of(base: KnowledgeBase) -> PageDocuments:
    """Return what reads the documents of *base* for the people of the workspace."""

    async def read(reader: User, document_id: str) -> PageDocument | None:
        member = not (reader.guest or reader.external or reader.bot_id)
        try:
            passages = await base.read(document_id, Principal(reader.id, member=member), 0, _ALL)
        except KnowledgeError:
            return None
        anchors = [passage.url.partition("#")[2] for passage in passages]
        first = [anchor if anchor not in anchors[:n] else "" for n, anchor in enumerate(anchors)]
        texts = [
            f"## {passage.headings[-1]}\n\n{passage.text}" if anchor else passage.text
            for anchor, passage in zip(first, passages, strict=True)
        ]
        return PageDocument(passages[0].title, list(zip(map(unquote, first), texts, strict=True)))

    return read


def try_in_browser(
    settings: Settings, console: Console, address: DemoAddress, *, demo: bool
) -> None:
    """Run the bot and the workspace until Ctrl-C, and open the page in the browser.

    Args:
        settings: With the sample knowledge, already indexed, and a data folder of their own.
        console: Prints the address and the demonstration.
        address: Where to serve the page.
        demo: Whether to ask the two questions of the demonstration.
    """
    asyncio.run(_run(settings, console, address, demo=demo))


@asynccontextmanager
async def bot_in_workspace(settings: Settings, workspace: Workspace) -> AsyncIterator[Bot]:
    """Connect the bot of *settings* to *workspace* by Socket Mode, and run its workers."""
    own = settings.model_copy(
        update={
            "slack_bot_token": SecretStr(workspace.bot_token),
            "slack_app_token": SecretStr(workspace.app_token),
            "slack_api_url": workspace.api_url,
        }
    )
    async with open_bot(own, Metrics()) as bot, serve_socket_mode(bot.adapter):
        schedules = (scheduler.run() for scheduler in bot.schedulers)
        work = (bot.worker.run(), bot.position_notifier.run(), bot.base.keep_embedded())
        tasks = {*map(asyncio.create_task, (*work, *schedules))}
        try:
            yield bot
        finally:
            for task in tasks:
                task.cancel()  # nobody waits for an answer any more
            await asyncio.wait(tasks)


def seed(workspace: Workspace) -> DemoTeam:
    """Add people: two colleagues, the two expert teams, and a guest."""
    hanako = workspace.add_user("hanako", language="ja-JP", admin=True)
    bob = workspace.add_user("bob")
    kenji = workspace.add_user("kenji", language="ja-JP")
    keiko = workspace.add_user("keiko")
    mika = workspace.add_user("mika", guest=True, language="ja-JP")
    for person, source in ((kenji, "waste"), (keiko, "handbook")):
        for handle in owners(source):
            workspace.add_usergroup(handle, [person])
    everybody = [hanako, bob, kenji, keiko]
    general = workspace.add_channel("general", everybody, topic="Handbook and everything else")
    waste = workspace.add_channel("ごみ相談", [hanako, bob, kenji], topic="ごみの分け方・出し方")
    workspace.add_channel("窓口", [hanako, kenji, mika], topic="社外の方も参加しています")
    for person in (hanako, bob, kenji, keiko, mika):
        workspace.direct_channel(person)
    return DemoTeam(hanako, bob, kenji, keiko, waste, general)


async def _run(settings: Settings, console: Console, address: DemoAddress, *, demo: bool) -> None:
    stopping = stop_signal()
    async with (
        await Workspace.start(rate_limits=True) as workspace,
        bot_in_workspace(settings, workspace) as bot,
    ):
        team = seed(workspace)
        workspace.add_steps(manifest("/kotae", workflow_step=True)["functions"])
        page = await _page(workspace, address, guide(team), documents_of(bot.base))
        console.print(
            Panel.fit(f"[bold]{page.url}[/bold]\nCtrl-C ends it.", title="Kotae in your browser")
        )
        show(page.url)
        asking = asyncio.create_task(_demonstrate(workspace, team, console) if demo else _nothing())
        await stopping.wait()
        asking.cancel()
        await asyncio.wait({asking})
        await page.aclose()


async def _page(
    workspace: Workspace,
    address: DemoAddress,
    guide: Mapping[str, object],
    documents: PageDocuments,
) -> Page:
    words = [name for name in get_args(CommandName) if name != "misspelt"]
    try:
        offered = manifest(command="/kotae")["features"]["shortcuts"]
        names = {str(item["callback_id"]): str(item["name"]) for item in offered}
        commands = [f"/kotae {word}" for word in words]
        options = PageOptions(names, commands, guide, documents, address.key)
        return await Page.start(workspace, address.port, options)
    except OSError as error:
        raise BotError(f"port {address.port} is taken: choose another one with --port") from error


async def _demonstrate(workspace: Workspace, team: DemoTeam, console: Console) -> None:
    """Ask the questions of the demonstration, and print the answers."""
    for channel, person, text in team.demonstration:
        mention = f"<@{workspace.bot_user_id}>"
        question = await workspace.post(channel, person, f"{mention} {text}")
        console.print(f"\n[bold green]{person.name}[/bold green] in #{channel.name}: {text}")
        answers = await workspace.wait_for(partial(_answers, workspace, question), ANSWER_SECONDS)
        for answer in answers:
            console.print(f"[bold cyan]kotae[/bold cyan]: {escape(_said(answer))}")


def _answers(workspace: Workspace, question: SlackMessage) -> list[SlackMessage]:
    """Return the finished answers in the thread of *question*: those with feedback buttons."""
    return [
        message
        for message in workspace.messages(question.channel, question)
        if message.bot_id and any(b.get("type") == "context_actions" for b in message.blocks)
    ]


def _said(answer: SlackMessage) -> str:
    return readable([b for b in answer.blocks if b.get("type") != "context_actions"], answer.text)


def show(url: str) -> None:
    """Open the desktop's browser, but none that would take over the terminal."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    in_terminal = isinstance(browser, webbrowser.GenericBrowser) and not isinstance(
        browser, webbrowser.BackgroundBrowser
    )
    if not in_terminal:
        browser.open(url)


async def _nothing() -> None:
    """Ask nothing."""
