"""Several bots in one process: each request goes to its own, and no bot harms another."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from bs4 import BeautifulSoup
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.oauth.installation_store import Installation
from yarl import URL

from bot.app import workspace_bot as bot_module
from bot.app import workspaces as module
from bot.app.bot_at_work import run_until_stopped
from bot.app.installations import installations_of, token_for
from bot.app.server import open_port
from bot.app.workspace_bot import BotWork, Grant, WorkspaceBot
from bot.app.workspaces import Workspaces, open_workspaces, workspace_settings
from bot.audit.audit_log import AuditLog
from bot.backup.restore import MARK
from bot.core.errors import BotError, SettingsError
from bot.operator_page.layout import workspace_path
from bot.operator_page.routes import WorkspacePages
from bot.operator_page.sessions import workspace_token
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings, load_settings
from bot.slack.client.texts import TRY_AGAIN
from bot.slack.installations.encryption import new_key
from bot.slack.installations.store import STOPPED, InstallationStore
from bot.slack.transport import requests_app
from bot.telemetry.joined_metrics import JoinedMetrics
from bot.telemetry.metrics import Metrics
from bot.workspace import Channel, Workspace
from bot.workspace.events import envelope
from bot.workspace.methods import Arguments
from bot.workspace.oauth import OAuth
from tests.support.operator_team import TOKEN, PastWeek, plant_weeks, report_machines
from tests.support.ports import free_port
from tests.support.redis import in_namespace
from tests.support.waiting import wait_until

QUESTION = "When is the reception open?"


class Team:
    """A deployment at work in this process, and the workspaces beside it."""

    def __init__(
        self,
        workspace: Workspace,
        workspaces: Workspaces,
        installations: InstallationStore,
        data: Path,
        pages: str,
    ) -> None:
        self.pages = pages
        self.workspace = workspace
        self.workspaces = workspaces
        self.installations = installations
        self.data = data

    async def install(self, place: str) -> Installation:
        """Install the app in a workspace or an organisation."""
        oauth = self.workspace.oauth
        told = oauth.access(_arguments(oauth, oauth.allow(place, "http://127.0.0.1/")))
        enterprise, team = told["enterprise"] or {}, told["team"] or {}
        done = Installation(
            team_id=team.get("id"),
            team_name=team.get("name"),
            enterprise_id=enterprise.get("id"),
            is_enterprise_install=told["is_enterprise_install"],
            bot_token=told["access_token"],
            bot_user_id=told["bot_user_id"],
            user_id="UKEIKO",
        )
        await self.installations.async_save(done)
        await self.workspaces.installed(done)
        return done

    async def at_work(self, *teams: str) -> None:
        """Wait until the bots at work are those of *teams*."""
        bots = self.workspaces.bots
        await wait_until(lambda: {t for t, one in bots.items() if one.bot} == set(teams))

    def write(self, team: str, name: str, text: str) -> None:
        """Write a file of a workspace."""
        path = self.data / "workspaces" / team / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _arguments(oauth: OAuth, code: str) -> Arguments:
    secrets = {"client_id": oauth.client_id, "client_secret": oauth.client_secret}
    return Arguments({"code": code, **secrets})


def general(workspace: Workspace) -> Channel:
    """Return a channel with a person in it."""
    return workspace.add_channel("general", [workspace.add_user("bob")])


async def ask(workspace: Workspace, channel: Channel) -> str:
    """Ask something, and return the bot's first words."""
    user = next(u for u in workspace.team.users.values() if u.name == "bob")
    text = f"<@{workspace.bot_user_id}> {QUESTION}"
    message = await workspace.post(channel, user, text)
    replies = await workspace.wait_for(
        lambda: [m for m in workspace.messages(channel, message) if m.bot_id], timeout=60
    )
    return replies[0].plain


@pytest.fixture
async def team(
    store: RedisConnection, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Team]:
    """The deployment, which nobody has installed yet."""
    for one in (module, bot_module):
        monkeypatch.setattr(one, "FIRST_PAUSE", 0.2)
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.05)
    monkeypatch.chdir(tmp_path)
    async with (
        await Workspace.start(retry_delays=(0.0, 0.1, 0.1)) as workspace,
        AsyncExitStack() as closing,
    ):
        values = {
            "DATA_DIR": str(tmp_path / "data"),
            "REDIS_URL": redis_url,
            "SLACK_API_URL": workspace.api_url,
            "SLACK_CLIENT_ID": workspace.oauth.client_id,
            "SLACK_CLIENT_SECRET": workspace.oauth.client_secret,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "INSTALLATION_KEY": new_key(),
            "OPERATOR_PAGE_TOKEN": TOKEN,
        }
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        settings = load_settings()
        workspaces, routes = await closing.enter_async_context(
            open_workspaces(settings, BotWork(workspace_settings))
        )
        application = requests_app(workspace.signing_secret, workspaces.answer)
        application.add_routes(routes)
        port = await _served(application, closing)
        workspace.use_http(f"http://127.0.0.1:{port}/slack/events")
        private = web.Application()
        private.add_routes(WorkspacePages(workspaces.page_of).routes)
        pages = f"http://127.0.0.1:{await _served(private, closing)}"
        _ = run_until_stopped(workspaces.run(), closing)
        await wait_until(lambda: workspaces._looked)
        installations = installations_of(settings, store)
        yield Team(workspace, workspaces, installations, tmp_path / "data", pages)


async def _served(application: web.Application, closing: AsyncExitStack) -> int:
    return await open_port(application, "127.0.0.1", "PORT", free_port(), closing)


async def test_the_address_is_proven_before_anybody_has_installed(team: Team) -> None:
    url = team.workspace._dispatcher.transport._url  # type: ignore[attr-defined] # of Webhooks
    assert await team.workspace.verify_url(url)


@pytest.mark.parametrize("name", ["T0STRANGER", "../../../etc", "T0WORKSPACE/../x", "", "E0ORG"])
async def test_a_request_for_an_unknown_workspace_is_acknowledged(team: Team, name: str) -> None:
    """It makes no folder and no key, and nobody is asked to send it again."""
    stranger = team.workspace.beside(name, "Stranger")
    stranger.use_http(team.workspace._dispatcher.transport._url)  # type: ignore[attr-defined]

    delivery = await stranger.send_event({"type": "app_home_opened", "user": "U1", "tab": "home"})
    await delivery.ended.wait()

    assert (delivery.acked, delivery.attempts) == (True, 1)
    assert team.workspaces.bots == {}
    assert not team.data.exists() or list(team.data.rglob("*")) == []


async def test_a_workspace_that_cannot_start_keeps_no_other_down(team: Team) -> None:
    """Its events are acknowledged, it is named, and it starts once it is mended."""
    other = team.workspace.beside("T0BETA", "Beta")
    channel = general(team.workspace)
    team.write("T0BETA", "settings.env", "REDIS_URL=redis://elsewhere\n")

    for place in ("T0WORKSPACE", "T0BETA"):
        await team.install(place)

    await team.at_work("T0WORKSPACE")
    await wait_until(lambda: bool(team.workspaces.bots["T0BETA"].failure))
    assert "REDIS_URL" in await team.workspaces.readiness()
    assert await ask(team.workspace, channel)
    delivery = await other.send_event({"type": "app_home_opened", "user": "U1", "tab": "home"})
    await delivery.ended.wait()
    assert delivery.acked

    team.write("T0BETA", "settings.env", "TIME_ZONE=Asia/Tokyo\n")
    await team.at_work("T0WORKSPACE", "T0BETA")
    assert await team.workspaces.readiness() == "2 at work"


async def test_a_workspace_that_is_removed_stops_alone(team: Team, store: RedisConnection) -> None:
    """And comes back; the audit log of the deployment says both."""
    other = team.workspace.beside("T0BETA", "Beta")
    for place in ("T0WORKSPACE", "T0BETA"):
        await team.install(place)
    await team.at_work("T0WORKSPACE", "T0BETA")

    other.uninstall()

    await team.at_work("T0WORKSPACE")
    assert list(await team.installations.all()) == ["T0WORKSPACE"]
    await team.install("T0BETA")
    await team.at_work("T0WORKSPACE", "T0BETA")
    acts = [(a.act, a.about) async for a in AuditLog(store.commands).since(0)]
    assert ("uninstall", "T0BETA") in acts
    assert acts.count(("install", "T0BETA")) == 2


async def test_what_does_not_end_an_installation(team: Team) -> None:
    """A person's token, and the end of an installation that was replaced since."""
    await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    own = {"type": "tokens_revoked", "tokens": {"oauth": ["UKEIKO"], "bot": []}}

    delivery = await team.workspace.send_event(own)
    await delivery.ended.wait()
    team.workspace.clock.advance(-3_600)
    delivery = await team.workspace.send_event({"type": "app_uninstalled"})
    await delivery.ended.wait()

    assert delivery.acked
    assert list(await team.installations.all()) == ["T0WORKSPACE"]
    assert team.workspaces.bots["T0WORKSPACE"].bot is not None


async def test_an_organisation_has_a_bot_for_each_of_its_workspaces(team: Team) -> None:
    """By one token; each has its own keys and folder, and what is taken away stops."""
    oauth = team.workspace.oauth
    places = [
        team.workspace.beside(name, name, enterprise_id="E0ORG", first_id=first)
        for name, first in (("T0EAST", 1_000), ("T0WEST", 2_000))
    ]
    for place in places:
        place.team.org_wide = True
    channels = [general(place) for place in places]
    oauth.granted = {"T0EAST"}
    await team.install("E0ORG")
    await team.at_work("T0EAST")

    oauth.granted.add("T0WEST")
    granted = {"type": "team_access_granted", "team_ids": ["T0WEST"]}
    await places[0].send_event(granted)
    await team.at_work("T0EAST", "T0WEST")
    for place, channel in zip(places, channels, strict=True):
        assert await ask(place, channel)
    spaces = {one.bot.store.commands.namespace for one in team.workspaces.bots.values() if one.bot}
    assert spaces == {"kotae:T0EAST", "kotae:T0WEST"}
    assert await token_for("T0WEST") == await token_for("T0EAST")

    oauth.granted.remove("T0EAST")
    await places[0].send_event({"type": "team_access_revoked", "team_ids": ["T0EAST"]})
    await team.at_work("T0WEST")
    places[1].uninstall(org=True)
    await team.at_work()
    assert await team.installations.all() == {}
    with pytest.raises(SettingsError, match="not installed in T0WEST"):
        await token_for("T0WEST")


async def test_the_token_of_one_workspace_opens_no_other(team: Team) -> None:
    """Put in the wrong place, by whatever mistake, it is refused before anything is read."""
    team.workspace.beside("T0BETA", "Beta")
    alpha = await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    alpha.team_id = "T0BETA"
    await team.installations.async_save(alpha)

    await wait_until(
        lambda: (
            "belongs to T0WORKSPACE" in getattr(team.workspaces.bots.get("T0BETA"), "failure", "")
        )
    )

    assert team.workspaces.bots["T0BETA"].bot is None


async def test_a_new_token_is_used_after_the_questions_in_work(team: Team) -> None:
    """The bot goes on with it, and the old one is asked no more."""
    channel = general(team.workspace)
    await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    assert await ask(team.workspace, channel)

    again = await team.install("T0WORKSPACE")
    await wait_until(
        lambda: (
            (bot := team.workspaces.bots["T0WORKSPACE"].bot) is not None
            and bot.adapter.slack.credentials.bot_token == again.bot_token
        )
    )

    assert await ask(team.workspace, channel)


async def test_the_metrics_of_all_are_one_page(team: Team) -> None:
    """Each family once; what a bot counts carries its workspace."""
    team.workspace.beside("T0BETA", "Beta")
    for place in ("T0WORKSPACE", "T0BETA"):
        await team.install(place)
    await team.at_work("T0WORKSPACE", "T0BETA")
    await team.workspaces.refresh_metrics()

    page = JoinedMetrics(Metrics(), lambda: team.workspaces.metrics).render().decode()

    kinds = [line for line in page.splitlines() if line.startswith("# TYPE")]
    assert len(kinds) == len(set(kinds))
    for name in ("T0WORKSPACE", "T0BETA"):
        assert f'kotae_jobs{{state="ready",workspace="{name}"}} 0.0' in page
    assert page.count("\nprocess_resident_memory_bytes ") == 1


async def test_no_token_is_in_a_repr_or_in_a_backup(team: Team, store: RedisConnection) -> None:
    done = await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    token = str(done.bot_token)

    bot = team.workspaces.bots["T0WORKSPACE"]

    assert token not in repr((bot.grant, bot.bot, team.workspaces))
    keys = [await store.commands.dump(key) for key in await store.commands.keys("*")]
    assert all(token.encode() not in bytes(str(key), "utf-8") for key in keys)
    assert token not in json.dumps([str(path) for path in team.data.rglob("*")])


KEY = "{kotae}:v1:installations"


async def noted(team: Team, name: str) -> str:
    """Return what is noted to be wrong with an installation."""
    found = await team.installations.find(name)
    assert found is not None
    return str(found.get_custom_value(STOPPED) or "")


def facts(name: str, **others: Any) -> Installation:
    """Return an installation whose token Slack does not know."""
    return Installation(team_id=name, bot_token=f"xoxb-none-{name}", user_id="UKEIKO", **others)


@pytest.mark.parametrize("damage", ["revision", "installations", "a record", "a renewal"])
async def test_damage_ends_no_bot(team: Team, store: RedisConnection, damage: str) -> None:
    """What is strange in Redis, or in Slack's answers, is of one installation, or of none."""
    team.workspace.beside("T0BETA", "Beta")
    channel, do = general(team.workspace), store.commands
    await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    if damage == "revision":
        await do.set(f"{KEY}:revision", "abc")
    elif damage == "installations":
        await do.rename(KEY, "aside")
        await do.set(KEY, "abc")
        await do.incr(f"{KEY}:revision")
        await wait_until(lambda: team.workspaces._not_read._next > 0)
        await do.rename("aside", KEY)
    elif damage == "a record":
        told = '{"team_id": "T0GAMMA", "user_id": "U1", "of_a_newer_version": 1}'
        await do.hset(KEY, "T0GAMMA", team.installations._cipher.encrypted(told))
    else:
        soon = int(time.time()) + 60
        one = facts("T0GAMMA", bot_token_expires_at=soon, bot_refresh_token="xoxe-none")
        await team.installations.async_save(one)
        await wait_until(lambda: "T0GAMMA" in team.workspaces.bots)
        assert "invalid_refresh_token" in await noted(team, "T0GAMMA")

    await team.install("T0BETA")

    await team.at_work("T0WORKSPACE", "T0BETA")
    assert await ask(team.workspace, channel)


async def test_a_token_that_slack_refuses_is_named_until_the_app_is_installed_again(
    team: Team,
) -> None:
    """In the store, where the command sees it, and where the process tells its state."""
    await team.installations.async_save(facts("T0WORKSPACE"))

    async def told() -> bool:
        return "refused by Slack (invalid_auth)" in await noted(team, "T0WORKSPACE")

    await wait_until(told)
    assert "/slack/install" in await noted(team, "T0WORKSPACE")
    state = await team.workspaces.readiness()
    assert state.startswith("0 of 1 at work; T0WORKSPACE: ")
    assert "SLACK_BOT_TOKEN" not in state
    await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    assert await noted(team, "T0WORKSPACE") == ""


async def test_a_refusal_that_passes_is_named_no_more(team: Team) -> None:
    team.workspace.faults.add("auth.test", "account_inactive", times=4)

    await team.install("T0WORKSPACE")
    bots = team.workspaces.bots
    await wait_until(lambda: bool(getattr(bots.get("T0WORKSPACE"), "refusal", "")))
    await team.at_work("T0WORKSPACE")

    async def nothing() -> bool:
        return await noted(team, "T0WORKSPACE") == ""

    await wait_until(nothing)


async def test_a_process_is_ready_without_an_installation_and_stays_so(team: Team) -> None:
    """Whoever installs the app next takes nobody's bot away from Slack."""

    async def ready() -> bool:
        with suppress(BotError):
            return bool(await team.workspaces.readiness())
        return False

    await wait_until(ready)
    assert "not installed anywhere" in await team.workspaces.readiness()
    await team.install("T0WORKSPACE")
    await wait_until(lambda: "T0WORKSPACE" in team.workspaces.bots)
    assert "at work" in await team.workspaces.readiness()


async def test_a_removal_counts_once_slack_refuses_the_token(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the clocks say. While Slack cannot be asked, the bot stays."""
    monkeypatch.setattr(module, "REMOVAL_PAUSES", (0.0, *[0.05] * 200))
    await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    team.workspace.faults.add("auth.test", "unavailable", times=3)
    before = len(team.workspace.calls("auth.test"))

    team.workspace.uninstall()

    await wait_until(lambda: len(team.workspace.calls("auth.test")) >= before + 3)
    await team.at_work()
    assert await team.installations.all() == {}
    await wait_until(lambda: team.workspaces._removals == {})


async def test_a_removal_that_is_told_late_ends_no_newer_installation(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even when it is told in the same second, or Slack's clock is an hour ahead."""
    monkeypatch.setattr(module, "REMOVAL_PAUSES", (0.0, 0.01))
    await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")

    for seconds in (0, 3_600):
        team.workspace.clock.advance(seconds)
        delivery = await team.workspace.send_event({"type": "app_uninstalled"})
        await delivery.ended.wait()
        await wait_until(lambda: team.workspaces._removals == {})

    assert list(await team.installations.all()) == ["T0WORKSPACE"]
    assert team.workspaces.bots["T0WORKSPACE"].bot is not None


async def test_a_removal_waits_for_no_earlier_word(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word that was too old is looked at for minutes, and the true one begins anew."""
    monkeypatch.setattr(module, "REMOVAL_PAUSES", (0.0, 3_600.0))
    await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    before = len(team.workspace.calls("auth.test"))
    delivery = await team.workspace.send_event({"type": "app_uninstalled"})
    await delivery.ended.wait()
    await wait_until(lambda: len(team.workspace.calls("auth.test")) > before)

    team.workspace.uninstall()

    await team.at_work()
    assert await team.installations.all() == {}


async def test_events_of_strangers_ask_slack_seldom(team: Team) -> None:
    """And fill no log: a line says how many there were."""
    oauth = team.workspace.oauth
    places = [
        team.workspace.beside(name, name, enterprise_id="E0ORG", first_id=first)
        for name, first in (("T0EAST", 1_000), ("T0WEST", 2_000))
    ]
    oauth.granted = {"T0EAST"}
    await team.install("E0ORG")
    await team.at_work("T0EAST")
    places[1].team.org_wide = True
    before = len(team.workspace.calls("auth.teams.list"))

    for _ in range(30):
        event = {"type": "app_home_opened", "user": "U1", "tab": "home"}
        delivery = await places[1].send_event(event)
        await delivery.ended.wait()
        assert delivery.attempts == 1

    assert len(team.workspace.calls("auth.teams.list")) <= before + 1
    assert team.workspaces._unknown._untold == 29


async def test_an_event_before_the_first_look_is_sent_again(team: Team) -> None:
    """Nobody knows yet whether there is a bot for it."""
    team.workspaces._looked = False
    body = {"type": "event_callback", "team_id": "T0WORKSPACE", "event": {"type": "message"}}

    answer = await team.workspaces.answer(AsyncBoltRequest(body=body, mode="socket_mode"))

    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE


async def test_a_part_that_is_cancelled_is_a_failure(team: Team) -> None:
    """The bot is opened again, as after any other."""
    channel = general(team.workspace)
    await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    one = team.workspaces.bots["T0WORKSPACE"]
    first = one.bot
    parts = [
        task
        for task in asyncio.all_tasks()
        if "IndexMember.run" in getattr(task.get_coro(), "__qualname__", "")
    ]
    assert parts

    for part in parts:
        part.cancel()

    await wait_until(lambda: one.bot is not None and one.bot is not first)
    assert not one.done
    assert await ask(team.workspace, channel)


async def test_a_bot_that_nobody_keeps_is_replaced(team: Team) -> None:
    await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    one = team.workspaces.bots["T0WORKSPACE"]

    one._task.cancel()

    await wait_until(lambda: team.workspaces.bots.get("T0WORKSPACE") not in {None, one})
    await team.at_work("T0WORKSPACE")


async def test_a_request_waits_while_a_bot_is_opened_again(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OPENING_SECONDS", 60.0)
    await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    one = team.workspaces.bots["T0WORKSPACE"]

    one.use(one.grant)
    await wait_until(lambda: one.bot is None)
    body = {"command": "/kotae", "team_id": "T0WORKSPACE", "user_id": "U1", "text": "help"}
    answer = await team.workspaces.answer(AsyncBoltRequest(body=body, mode="socket_mode"))

    assert one.bot is not None
    assert answer.body != TRY_AGAIN.in_both()


async def test_what_came_while_a_bot_could_not_start_is_answered(team: Team) -> None:
    """Also at its very first start: its events were acknowledged, and Slack sends none again."""
    channel = general(team.workspace)
    team.write("T0WORKSPACE", "settings.env", "REDIS_URL=redis://elsewhere\n")
    await team.install("T0WORKSPACE")
    await wait_until(lambda: bool(getattr(team.workspaces.bots.get("T0WORKSPACE"), "failure", "")))
    user = next(u for u in team.workspace.team.users.values() if u.name == "bob")
    text = f"<@{team.workspace.bot_user_id}> {QUESTION}"
    message = await team.workspace.post(channel, user, text)
    await wait_until(lambda: team.workspaces._not_at_work._next > 0)

    team.write("T0WORKSPACE", "settings.env", "TIME_ZONE=Asia/Tokyo\n")

    await team.workspace.wait_for(
        lambda: [m for m in team.workspace.messages(channel, message) if m.bot_id], timeout=60
    )


async def test_the_next_bot_begins_when_the_old_one_has_ended() -> None:
    """Two would work in one folder."""
    begun, old = list[str](), asyncio.get_running_loop().create_future()

    def load(team: str, token: str) -> Settings:
        begun.append(token)
        raise SettingsError("not today")

    one = WorkspaceBot(Grant("T0ALPHA", "T0ALPHA", "new"), BotWork(load), old)
    other = WorkspaceBot(Grant("T0BETA", "T0BETA", "other"), BotWork(load))
    await other.tried.wait()
    assert begun == ["other"]

    old.set_result(None)
    await one.tried.wait()

    assert begun == ["other", "new"]
    for bot in (one, other):
        await bot.stop(at_once=True)
        assert bot.done


async def test_a_workspace_that_is_not_wholly_restored_does_not_start(team: Team) -> None:
    """Its own folder counts, and no other workspace."""
    team.workspace.beside("T0BETA", "Beta")
    team.write("T0BETA", MARK, "")

    for place in ("T0WORKSPACE", "T0BETA"):
        await team.install(place)

    await team.at_work("T0WORKSPACE")
    bots = team.workspaces.bots
    await wait_until(lambda: "kotae restore" in getattr(bots.get("T0BETA"), "failure", ""))
    (team.data / "workspaces" / "T0BETA" / MARK).unlink()
    await team.at_work("T0WORKSPACE", "T0BETA")


async def test_a_disk_that_hangs_keeps_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither another thread nor the end of the process."""
    monkeypatch.setattr(bot_module, "READ_SECONDS", 0.05)
    mended = threading.Event()

    def load(team: str, token: str) -> Settings:
        mended.wait()
        raise SettingsError("not today")

    grants = [Grant(f"T0TEAM{n}", "", "") for n in range(40)]
    bots = [WorkspaceBot(grant, BotWork(load)) for grant in grants]
    try:
        await asyncio.gather(*(bot.tried.wait() for bot in bots))
        assert await asyncio.to_thread(lambda: "done") == "done"
        assert {bot.failure for bot in bots} == {
            "its files cannot be read in time: look at the disk"
        }
        await asyncio.gather(*(bot.stop(at_once=False) for bot in bots))
    finally:
        mended.set()


async def test_a_token_that_is_refused_at_work_is_named(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody told that it has ended: it is tried now and then, and its bot stays meanwhile."""
    await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    team.workspace.faults.add("auth.test", "token_revoked")
    monkeypatch.setattr(module, "LOOK_AGAIN_SECONDS", 0.0)
    team.workspaces._asked = True

    async def told() -> bool:
        return "refused by Slack (token_revoked)" in await noted(team, "T0WORKSPACE")

    await wait_until(told)
    assert team.workspaces.bots["T0WORKSPACE"].bot is not None

    async def passed() -> bool:
        return await noted(team, "T0WORKSPACE") == ""

    await wait_until(passed)


@pytest.mark.parametrize(
    ("error", "refused"), [("account_inactive", True), ("unknown_method", False)]
)
async def test_an_organisation_that_slack_refuses_is_named(
    team: Team, error: str, *, refused: bool
) -> None:
    """Its bots end. Any other error leaves them at work."""
    place = team.workspace.beside("T0EAST", "East", enterprise_id="E0ORG", first_id=1_000)
    place.team.org_wide = True
    await team.install("E0ORG")
    await team.at_work("T0EAST")
    before = len(team.workspace.calls("auth.teams.list"))
    team.workspace.faults.add("auth.teams.list", error, times=1_000)

    await place.send_event({"type": "team_access_granted", "team_ids": ["T0EAST"]})

    await wait_until(lambda: len(team.workspace.calls("auth.teams.list")) > before)
    if refused:
        await team.at_work()

        async def told() -> bool:
            return f"refused by Slack ({error})" in await noted(team, "E0ORG")

        await wait_until(told)
    else:
        await wait_until(lambda: team.workspaces._incomplete)
        assert team.workspaces.bots["T0EAST"].bot is not None
        assert await noted(team, "E0ORG") == ""


async def test_an_event_for_an_installation_that_is_new_is_sent_again(team: Team) -> None:
    """Another process has stored it, and this one looks in a moment."""
    old = facts("T0BETA", installed_at=time.time() - 3_600)
    async with open_workspaces(load_settings(), BotWork(workspace_settings)) as (idle, _):
        idle._looked = True

        async def status(name: str) -> int:
            body = {"type": "event_callback", "team_id": name, "event": {"type": "message"}}
            asked = AsyncBoltRequest(body=body, mode="socket_mode")
            return (await idle.answer(asked)).status

        assert await status("T0FRESH") == HTTPStatus.OK
        for one in (facts("T0FRESH"), old):
            await team.installations.async_save(one)

        assert await status("T0FRESH") == HTTPStatus.SERVICE_UNAVAILABLE
        assert await status("T0BETA") == HTTPStatus.OK


async def grid(team: Team) -> tuple[Workspace, Workspace]:
    """Return a workspace of an organisation that installed the app as a whole, and one beside.

    The other is another company's, with an installation of its own.
    """
    east = team.workspace.beside("T0EAST", "East", enterprise_id="E0ORG", first_id=1_000)
    east.team.org_wide = True
    other = team.workspace.beside("T0BETA", "Beta", first_id=2_000)
    await team.install("E0ORG")
    await team.install("T0BETA")
    await team.at_work("T0EAST", "T0BETA")
    return east, other


async def test_a_click_in_a_channel_of_an_organisation_reaches_its_bot(team: Team) -> None:
    """Its person is of a company with a bot of its own, which hears nothing of it."""
    east, other = await grid(team)
    eve = east.add_user("eve")
    eve.team_id = other.team_id
    channel = east.add_channel("shared", [east.add_user("bob"), eve], shared=True)
    message = await east.post(channel, eve, "When is the reception open?")

    await east.shortcut(message, eve, "ask_about_message")

    shown = await east.wait_for(lambda: east.team.modals.get(eve.id) or east.team.ephemerals)
    assert shown
    told = east.calls("conversations.info")
    assert told[0].arguments["channel"] == channel.id


async def test_what_somebody_types_is_not_lost_where_no_bot_gets_it(team: Team) -> None:
    """The form stays open, and says that it was not sent."""
    east, _ = await grid(team)
    bob = east.add_user("bob")
    channel = east.add_channel("general", [bob])
    message = await east.post(channel, bob, "The reception is open until six.")
    await east.shortcut(message, bob, "save_to_knowledge")
    view = await east.wait_for(lambda: next(iter(east.team.modals.get(bob.id, ())), None))
    assert view is not None
    assert view.body["external_id"].startswith("T0EAST-")

    view.body["external_id"] = "T0GONE-0123456789abcdef"
    values = {"question": "Reception?", "answer": "Until six."}
    sent = await east.submit_view(bob, dict(values), view=view)

    assert (sent.acked, sent.error) == (False, "dispatch_failed")
    assert view in east.team.modals[bob.id]


async def test_requests_whose_fields_contradict_are_for_nobody(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are acknowledged, remove nothing, and are told once with their number."""
    await team.install("T0WORKSPACE")
    await team.at_work("T0WORKSPACE")
    workspace = team.workspace
    granted = [{"team_id": "T0BETA", "is_enterprise_install": False}]
    for event in ({"type": "app_uninstalled"}, {"type": "app_home_opened", "user": "U1"}) * 2:
        body = envelope(event, None, workspace.team.identity, workspace.clock.now())
        body["authorizations"] = granted
        delivery = workspace._dispatcher.deliver("events_api", body)
        await delivery.ended.wait()
        assert delivery.acked

    assert list(await team.installations.all()) == ["T0WORKSPACE"]
    assert team.workspaces.bots["T0WORKSPACE"].bot is not None
    log = capsys.readouterr().out
    assert log.count("context_team_id") == 1


# The operator's page of each.

ALPHA, BETA = "T0WORKSPACE", "T0BETA"
QUESTIONS = {ALPHA: "37", BETA: "53"}


async def both_at_work(team: Team, store: RedisConnection) -> Workspace:
    """Install the app in two workspaces with other documents, figures and machines."""
    other = team.workspace.beside(BETA, "Beta")
    for place, count in QUESTIONS.items():
        table = f'[[sources]]\nname = "wiki-of-{place}"\npath = "docs"\n'
        team.write(place, "knowledge.toml", table)
        team.write(place, "docs/page.md", "# Page\n\nWords.\n")
        own = in_namespace(store, f"kotae:{place}")
        await plant_weeks(own, [PastWeek(int(count))])
        await report_machines(own, (f"host-of-{place}", 5.0))
        await team.install(place)
    await team.at_work(ALPHA, BETA)
    return other


def page_browser() -> aiohttp.ClientSession:
    """Return a browser, as far as cookies go."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def shown(
    browser: aiohttp.ClientSession, team: Team, place: str, language: str = "en", **headers: str
) -> tuple[int, str]:
    """Load the page of a workspace."""
    url = f"{team.pages}{workspace_path(place)}?lang={language}"
    async with browser.get(url, headers=headers) as response:
        return response.status, await response.text()


async def signed_in(
    browser: aiohttp.ClientSession, team: Team, place: str, token: str, language: str = "en"
) -> int:
    """Send the form; return the status."""
    url = f"{team.pages}{workspace_path(place)}?lang={language}"
    async with browser.post(url, data={"token": token}, allow_redirects=False) as response:
        if response.status == HTTPStatus.SEE_OTHER:
            assert response.headers["Location"] == f"{workspace_path(place)}?lang={language}"
        return response.status


@pytest.mark.parametrize(("language", "title"), [("en", "for operators"), ("ja", "運用担当者向け")])
async def test_operators_see_the_figures_of_their_own_workspace(
    team: Team, store: RedisConnection, language: str, title: str
) -> None:
    """Each signs in, in the same browser even; nothing of the other is on the page."""
    await both_at_work(team, store)

    async with page_browser() as browser:
        for place in (ALPHA, BETA):
            token = workspace_token(TOKEN, place)
            assert await signed_in(browser, team, place, token, language) == HTTPStatus.SEE_OTHER
        for place, other in ((ALPHA, BETA), (BETA, ALPHA)):
            status, text = await shown(browser, team, place, language)
            page = BeautifulSoup(text, "lxml")
            cells = {cell.get_text(" ", strip=True) for cell in page.select("td")}
            assert status == HTTPStatus.OK
            assert title in text
            assert {f"wiki-of-{place}", QUESTIONS[place]} <= cells
            assert f"host-of-{place}" in text
            assert other not in text
            assert QUESTIONS[other] not in cells


async def test_the_token_of_one_workspace_opens_nothing_of_another(
    team: Team, store: RedisConnection
) -> None:
    """Nor does its cookie, nor the token of the deployment; and who is removed is shown nothing."""
    other = await both_at_work(team, store)
    own, foreign = workspace_token(TOKEN, ALPHA), workspace_token(TOKEN, BETA)

    async with page_browser() as browser, page_browser() as stranger:
        assert await signed_in(browser, team, ALPHA, own) == HTTPStatus.SEE_OTHER
        held = browser.cookie_jar.filter_cookies(URL(f"{team.pages}{workspace_path(ALPHA)}"))
        copied = "; ".join(f"{one.key}={one.value}" for one in held.values())
        for headers in (
            {"Authorization": f"Bearer {own}"},
            {"Authorization": f"Bearer {TOKEN}"},
            {"Cookie": copied},
            {},
        ):
            status, text = await shown(stranger, team, BETA, **headers)
            assert status == HTTPStatus.UNAUTHORIZED
            assert "wiki-of" not in text
        for token in (own, TOKEN, ""):
            assert await signed_in(stranger, team, BETA, token) == HTTPStatus.UNAUTHORIZED
        assert (await shown(browser, team, BETA))[0] == HTTPStatus.UNAUTHORIZED
        assert (await shown(browser, team, ALPHA))[0] == HTTPStatus.OK
        bearer = {"Authorization": f"Bearer {foreign}"}
        assert (await shown(stranger, team, BETA, **bearer))[0] == HTTPStatus.OK

        for language, words in (("en", "There is no page here"), ("ja", "ページがありません")):
            for place in ("T0STRANGER", "..%2fT0BETA", "E0ORG"):
                status, text = await shown(browser, team, place, language, **bearer)
                assert (status, words in text) == (HTTPStatus.NOT_FOUND, True)
            assert await signed_in(stranger, team, "T0STRANGER", own) == HTTPStatus.NOT_FOUND
        other.uninstall()
        await team.at_work(ALPHA)
        assert (await shown(stranger, team, BETA, **bearer))[0] == HTTPStatus.NOT_FOUND
        assert (await shown(browser, team, ALPHA))[0] == HTTPStatus.OK
