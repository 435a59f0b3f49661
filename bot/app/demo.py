"""`kotae try`: the real bot in a workspace on this machine, over the sample documents."""

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from bot.app.server import stop_signal
from bot.app.slack_bot import open_bot
from bot.core.errors import BotError
from bot.settings.settings import Settings
from bot.slack.client.manifest import manifest
from bot.slack.transport import serve_socket_mode
from bot.telemetry.metrics import Metrics
from bot.workspace import Channel, SlackMessage, User, Workspace
from bot.workspace.page import Page
from bot.workspace.plain_text import readable

ANSWER_SECONDS = 120.0
"""How long the demonstration waits for an answer before it goes on."""


@dataclass(frozen=True, slots=True)
class DemoTeam:
    """The people in the workspace, and the channels of the demonstration."""

    hanako: User
    bob: User
    waste: Channel
    general: Channel

    @property
    def demonstration(self) -> tuple[tuple[Channel, User, str], ...]:
        """A question in each language: its channel, its author, its text."""
        return (
            (
                self.waste,
                self.hanako,
                "モバイルバッテリーはどうやって捨てればいいですか？",
            ),
            (self.general, self.bob, "How many days of annual leave do I get?"),
        )


def try_in_browser(settings: Settings, console: Console, *, demo: bool, port: int) -> None:
    """Run the bot and the workspace until Ctrl-C, and open the page in the browser.

    Args:
        settings: With the sample knowledge, already indexed, and a data folder of their own.
        console: Prints the address and the demonstration.
        demo: Whether to ask the two questions of the demonstration.
        port: Port of the page; 0 takes any free one.
    """
    asyncio.run(_run(settings, console, demo=demo, port=port))


@asynccontextmanager
async def bot_in_workspace(settings: Settings, workspace: Workspace) -> AsyncIterator[None]:
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
        tasks = {
            *map(asyncio.create_task, (bot.worker.run(), bot.position_notifier.run(), *schedules))
        }
        try:
            yield
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
    workspace.add_usergroup("kankyo-ka", [kenji])
    workspace.add_usergroup("people-team", [keiko])
    everybody = [hanako, bob, kenji, keiko]
    general = workspace.add_channel("general", everybody, topic="Handbook and everything else")
    waste = workspace.add_channel(
        "ごみ相談", [hanako, bob, kenji, mika], topic="ごみの分け方・出し方"
    )
    for person in (hanako, bob, kenji, keiko, mika):
        workspace.direct_channel(person)
    return DemoTeam(hanako, bob, waste, general)


async def _run(settings: Settings, console: Console, *, demo: bool, port: int) -> None:
    stopping = stop_signal()
    async with (
        await Workspace.start(rate_limits=True) as workspace,
        bot_in_workspace(settings, workspace),
        await _page(workspace, port) as page,
    ):
        team = seed(workspace)
        console.print(
            Panel.fit(f"[bold]{page.url}[/bold]\nCtrl-C ends it.", title="Kotae in your browser")
        )
        _show(page.url)
        asking = asyncio.create_task(_demonstrate(workspace, team, console) if demo else _nothing())
        await stopping.wait()
        asking.cancel()
        await asyncio.wait({asking})


async def _page(workspace: Workspace, port: int) -> Page:
    try:
        offered = manifest(command="/kotae")["features"]["shortcuts"]
        names = {str(item["callback_id"]): str(item["name"]) for item in offered}
        return await Page.start(workspace, port, names)
    except OSError as error:
        raise BotError(f"port {port} is taken: choose another one with --port") from error


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


def _show(url: str) -> None:
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
