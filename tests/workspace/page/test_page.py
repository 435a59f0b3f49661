"""The page's server: pictures of what a person sees, and what a person does."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from bot.workspace import SlackMessage, User, Workspace
from bot.workspace.page import Page
from bot.workspace.state import Json
from tests.support.small_team import People


@pytest.fixture
async def page(workspace: Workspace) -> AsyncIterator[Page]:
    """The page of the workspace."""
    async with await Page.start(workspace) as page:
        yield page


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """Something that sends requests."""
    async with aiohttp.ClientSession() as session:
        yield session


async def do(
    browser: aiohttp.ClientSession, page: Page, user: User, what: str, **values: object
) -> tuple[int, Json]:
    """Act as *user*; return status and answer."""
    body = {"user": user.id, "do": what, **values}
    async with browser.post(f"{page.url}do", json=body) as response:
        return response.status, await response.json()


async def look(browser: aiohttp.ClientSession, page: Page, user: User) -> Json:
    """Return the first picture that *user* is sent."""
    async with browser.ws_connect(f"{page.url}live?user={user.id}") as live:
        picture: Json = json.loads(await live.receive_str())
        return picture


async def test_a_person_sees_their_channels_only(
    browser: aiohttp.ClientSession, page: Page, workspace: Workspace, people: People
) -> None:
    """Private channels of others and other people's ephemeral messages are not in the picture."""
    secret = workspace.add_channel("人事", [people.hanako], private=True)
    await workspace.post(secret, people.hanako, "内緒の話")

    hers, his = [await look(browser, page, user) for user in (people.hanako, people.bob)]

    assert secret.id in hers["messages"]
    assert secret.id not in his["messages"]
    assert "内緒" not in json.dumps(his, ensure_ascii=False)


async def test_what_is_typed_arrives_with_its_mentions(
    browser: aiohttp.ClientSession, page: Page, workspace: Workspace, people: People
) -> None:
    """`@kotae` is a mention in Japanese too, where no space follows."""
    status, answer = await do(
        browser,
        page,
        people.hanako,
        "post",
        channel=people.general.id,
        text="@kotaeさん、<b>有給</b>は？",
    )

    (message,) = workspace.messages(people.general)
    assert (status, answer["ts"]) == (200, message.ts)
    assert workspace.bot_user_id in message.notified
    shown = (await look(browser, page, people.bob))["messages"][people.general.id][0]
    assert "&lt;b&gt;有給" in shown["html"]
    assert shown["mine"] is False


async def test_a_reaction_pressed_again_is_taken_back(
    browser: aiohttp.ClientSession, page: Page, workspace: Workspace, people: People
) -> None:
    """The same button puts it there and takes it away."""
    message = await workspace.post(people.general, people.bob, "hello")
    place = {"channel": message.channel, "ts": message.ts, "name": "+1"}

    await do(browser, page, people.hanako, "react", **place)
    assert message.reactions == {"+1": [people.hanako.id]}
    await do(browser, page, people.hanako, "react", **place)
    assert message.reactions == {}


@pytest.mark.parametrize(
    ("what", "values", "error"),
    [
        ("post", {"text": "/kotae help", "thread": "1.1"}, "command_in_thread"),
        ("edit", {"text": "mine now"}, "not_yours"),
        ("react", {"name": "+1", "ts": "1.000001"}, "message_not_found"),
        ("nonsense", {}, "unknown_action"),
    ],
)
async def test_what_cannot_be_done_is_said(
    browser: aiohttp.ClientSession,
    page: Page,
    workspace: Workspace,
    people: People,
    *,
    what: str,
    values: Json,
    error: str,
) -> None:
    """The page gets a word that it can translate; nothing changes."""
    message: SlackMessage = await workspace.post(people.general, people.bob, "hello")
    place = {"channel": people.general.id, "ts": message.ts}

    assert await do(browser, page, people.hanako, what, **{**place, **values}) == (
        409,
        {"error": error},
    )
    assert [m.plain for m in workspace.messages(people.general)] == ["hello"]


async def test_files_come_along(
    browser: aiohttp.ClientSession, page: Page, workspace: Workspace, people: People
) -> None:
    """A file is uploaded with its message."""
    file = {"name": "写真.txt", "type": "text/plain", "content": "44GC"}
    await do(
        browser, page, people.bob, "post", channel=people.general.id, text="見て", files=[file]
    )

    (message,) = workspace.messages(people.general)
    assert [(f.name, f.content.decode()) for f in message.files] == [("写真.txt", "あ")]


async def test_faults_are_made_and_mended(
    browser: aiohttp.ClientSession, page: Page, workspace: Workspace, people: People
) -> None:
    """The drawer lists what is still to go wrong."""
    await do(browser, page, people.bob, "fault", method="chat.update", kind="ratelimited", times=3)
    picture = await look(browser, page, people.bob)
    assert picture["faults"] == [{"method": "chat.update", "kind": "ratelimited", "times": 3}]

    await do(browser, page, people.bob, "mend")
    assert workspace.faults.waiting == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "script", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "script", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"},
    ],
)
async def test_other_websites_are_refused(
    browser: aiohttp.ClientSession,
    page: Page,
    workspace: Workspace,
    headers: dict[str, str],
    people: People,
) -> None:
    """A website that rebinds its name, posts or loads from elsewhere reaches nothing."""
    body = {"user": people.bob.id, "do": "mend"}
    token = {"Authorization": f"Bearer {workspace.bot_token}"}
    for method, address in (
        ("POST", f"{page.url}do"),
        ("GET", f"{page.url}static/main.js"),
        ("GET", f"{page.url}live"),
        ("POST", f"{workspace.api_url}auth.test"),
        ("GET", f"{workspace.team.identity.url}/link?ticket=x"),
    ):
        async with browser.request(method, address, json=body, headers=token | headers) as response:
            assert response.status == 403, address


async def test_the_page_loads_only_itself(browser: aiohttp.ClientSession, page: Page) -> None:
    """Its policy allows nothing from elsewhere, and only its own few files are served."""
    async with browser.get(page.url) as response:
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "http://" not in (await response.text()).replace(page.url, "")
    outside = f"%2F{str(Path(__file__).parent).strip('/').replace('/', '%2F')}%2Fx.js"
    for path, status in (
        ("static/main.js", 200),
        ("static/..%2Fserver.py", 404),
        ("static/..%2Fstatic%2Fmain.js", 404),
        (f"static/{outside}", 404),
        ("x", 404),
    ):
        async with browser.get(URL(page.url + path, encoded=True)) as response:
            assert response.status == status, path


async def test_the_address_holds_a_key(browser: aiohttp.ClientSession, page: Page) -> None:
    """Another user of the machine can connect to the port."""
    root = page.url.rpartition("/")[0].rpartition("/")[0]
    for path in ("/", "/static/main.js", "/live", "/do", "/x/", "//"):
        async with browser.get(root + path) as response:
            assert response.status == 404, path


async def test_no_two_workspaces_have_the_same_tokens(workspace: Workspace) -> None:
    """Else any program of the machine could post as the bot."""
    async with await Workspace.start() as other:
        for name in ("bot_token", "app_token", "signing_secret"):
            mine, its = getattr(workspace, name), getattr(other, name)
            assert mine != its
            assert mine not in repr(workspace.team.identity)


async def test_half_of_a_character_does_not_end_the_page(
    browser: aiohttp.ClientSession, page: Page, people: People
) -> None:
    """UTF-8 has no form for it, so that no picture would be sent any more."""
    status, _ = await do(
        browser, page, people.hanako, "post", channel=people.general.id, text="leave \ud83d"
    )

    assert status == 200
    assert "leave ?" in json.dumps(await look(browser, page, people.hanako))


async def test_an_action_without_an_end_is_refused(
    browser: aiohttp.ClientSession, page: Page
) -> None:
    """It is nested deeper than a parser goes."""
    async with browser.post(f"{page.url}do", data=b"[" * 100_000) as response:
        assert response.status == 400
