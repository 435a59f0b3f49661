"""Somebody installs the app in a browser, with the local Slack."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.oauth.installation_store import Installation

from bot.redis.connection import RedisConnection
from bot.slack.client.manifest import SCOPES
from bot.slack.installations import flow
from bot.slack.installations.flow import OAuthApp, install_routes
from bot.slack.installations.states import InstallStates
from bot.slack.installations.store import InstallationStore
from bot.slack.transport import Refusals
from bot.workspace import Workspace
from tests.support.browser import Browser


class Site:
    """The app's own site, and the workspace beside it."""

    def __init__(self, workspace: Workspace, installations: InstallationStore) -> None:
        self.workspace = workspace
        self.installations = installations
        self.told = list[Installation]()
        self.url = ""

    @property
    def start(self) -> str:
        """Where an install begins."""
        return f"{self.url}/slack/install"

    async def installed(self, installation: Installation) -> None:
        """Note an installation."""
        self.told.append(installation)


@pytest.fixture
async def site(store: RedisConnection, installations: InstallationStore) -> AsyncIterator[Site]:
    """The app at work."""
    async with await Workspace.start() as workspace, _serving(workspace, store, installations) as s:
        yield s


@asynccontextmanager
async def _serving(
    workspace: Workspace, store: RedisConnection, installations: InstallationStore
) -> AsyncIterator[Site]:
    site, oauth = Site(workspace, installations), workspace.oauth
    server = TestServer(web.Application())
    await server.start_server()
    port = server.port
    await server.close()
    redirect = f"http://127.0.0.1:{port}/slack/oauth_redirect"
    app = OAuthApp(oauth.client_id, oauth.client_secret, workspace.api_url, SCOPES, redirect)
    application = web.Application()
    states = InstallStates(store.commands)
    application.add_routes(install_routes(app, installations, states, site.installed))
    async with TestServer(application, port=port) as running:
        site.url = str(running.make_url("")).rstrip("/")
        yield site


async def test_somebody_installs_the_app(site: Site) -> None:
    """In both languages; the scopes are those of the manifest, and the token works."""
    browser = Browser()
    await browser.open(site.start)
    assert "Add Kotae to Slack" in browser.page
    assert "Kotae を Slack に追加" in browser.page
    await browser.follow()
    assert "chat:write" in browser.page
    await browser.follow("Allow in Workspace")

    assert browser.status == HTTPStatus.OK
    assert "Kotae is installed" in browser.page
    assert "Kotae を追加しました" in browser.page
    found = await site.installations.find("T0WORKSPACE")
    assert found is not None
    assert found.bot_token in site.workspace.oauth._tokens
    assert [one.team_id for one in site.told] == ["T0WORKSPACE"]


async def test_whoever_cancels_has_changed_nothing(site: Site) -> None:
    browser = Browser()

    await browser.install(site.start, "Cancel")

    assert browser.status == HTTPStatus.OK
    assert "キャンセルしました" in browser.page
    assert await site.installations.all() == {}


async def test_an_address_is_good_once(site: Site) -> None:
    """Opened again, also with a code of its own, it installs nothing."""
    browser = Browser()
    await browser.install(site.start, "Allow in Workspace")
    await site.installations.remove("T0WORKSPACE")

    again = browser.address.replace(
        "code=", f"code={site.workspace.oauth.allow('T0WORKSPACE', site.start)}&x="
    )
    await browser.open(again)

    assert browser.status == HTTPStatus.UNAUTHORIZED
    assert "Start again" in browser.page
    assert await site.installations.all() == {}


async def test_another_browser_cannot_finish_an_install(site: Site) -> None:
    """Who sends somebody a link with a state of their own gives them nothing."""
    mine, theirs = Browser(), Browser()
    await mine.open(site.start)
    await mine.follow()
    await theirs.open(mine.address)
    await theirs.follow("Allow in Workspace")

    assert theirs.status == HTTPStatus.BAD_REQUEST
    assert await site.installations.all() == {}


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?code=x&state=y", "?state=y", "?error=<script>x"]
)
async def test_an_address_that_slack_did_not_make_installs_nothing(site: Site, query: str) -> None:
    browser = Browser()

    await browser.open(f"{site.url}/slack/oauth_redirect{query}")

    assert "Kotae was not installed" in browser.page
    assert "<script>" not in browser.page
    assert await site.installations.all() == {}


async def test_a_code_that_slack_refuses_installs_nothing(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """It is used already; it is not in the log."""
    site.workspace.faults.add("oauth.v2.access", "invalid_code")
    browser = Browser()

    await browser.install(site.start, "Allow in Workspace")

    assert browser.status == HTTPStatus.UNAUTHORIZED
    assert "最初からやり直し" in browser.page
    code = browser.address.partition("code=")[2].partition("&")[0]
    assert code
    assert code not in caplog.text


@pytest.mark.parametrize("wrong", ["client_id", "client_secret"])
async def test_an_app_that_is_set_up_wrong_is_a_matter_of_its_administrator(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """The log has Slack's reason, and neither the code nor the secret."""
    monkeypatch.setattr(flow, "_WRONG", Refusals())
    browser, oauth = Browser(), site.workspace.oauth
    await browser.open(site.start)
    await browser.follow()
    secret, is_now = oauth.client_secret, "another"
    setattr(oauth, wrong, is_now)

    await browser.follow("Allow in Workspace")

    assert browser.status == HTTPStatus.BAD_GATEWAY
    assert "tell its administrator" in browser.page
    assert "管理者に確認" in browser.page
    log = capsys.readouterr().out
    assert {"client_id": "invalid_client_id", "client_secret": "bad_client_secret"}[wrong] in log
    code = browser.address.partition("code=")[2].partition("&")[0]
    assert code
    assert code not in log
    assert secret not in log
    assert await site.installations.all() == {}


@pytest.mark.parametrize(
    ("reason", "words"),
    [("invalid_team_for_non_distributed_app", "tell its administrator"), ("x\ny", "try again")],
)
async def test_what_slack_says_in_the_browser_is_told(
    site: Site, reason: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = Browser()

    await browser.open(f"{site.url}/slack/oauth_redirect?{urlencode({'error': reason})}")

    assert words in browser.page
    assert "x\ny" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("team", "offered"),
    [
        ("T0BETA", "T0BETA"),
        ("E0ORG", "E0ORG"),
        ("T1&client_id=EVIL&scope=admin", None),
        ("T1%26client_id%3DEVIL", None),
        ("T1#", None),
        ("T1\n", None),
        ("t1", None),
        ("", None),
    ],
)
async def test_a_link_offers_a_workspace_and_changes_nothing_else(
    site: Site, team: str, offered: str | None
) -> None:
    browser = Browser()
    await browser.open(f"{site.start}?{urlencode({'team': team})}")
    await browser.follow()

    asked = parse_qs(urlsplit(browser.address).query)

    assert asked.get("team") == ([offered] if offered else None)
    assert asked["client_id"] == [site.workspace.oauth.client_id]
    assert asked["scope"] == [",".join(SCOPES)]
    assert urlsplit(browser.address).fragment == ""


async def test_slack_out_of_reach_is_said(site: Site) -> None:
    browser = Browser()
    site.workspace.faults.add("oauth.v2.access", "reset_before")

    await browser.install(site.start, "Allow in Workspace")

    assert browser.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert "Kotae was not installed" in browser.page


async def test_an_organisation_installs_the_app_for_all(site: Site) -> None:
    site.workspace.beside("T0EAST", "East", enterprise_id="E0ORG")
    browser = Browser()

    await browser.install(site.start, "Allow in all of E0ORG")

    found = await site.installations.find("E0ORG")
    assert found is not None
    assert (found.is_enterprise_install, found.team_id) == (True, None)
