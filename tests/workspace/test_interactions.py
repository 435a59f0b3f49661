"""Clicks, commands, shortcuts and modals, with what the app answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import SlackMessage, Workspace
from tests.support.small_team import People

Json = dict[str, Any]
Post = Callable[[Json], Awaitable[SlackMessage]]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


FEEDBACK = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "feedback",
            "positive_button": {"text": plain("良い"), "value": "good:1"},
            "negative_button": {"text": plain("悪い"), "value": "bad:1"},
        }
    ],
}
CHOICE = {
    "type": "section",
    "text": plain("who?"),
    "accessory": {
        "type": "overflow",
        "action_id": "choice",
        "options": [{"text": plain(name), "value": name} for name in ("one", "two")],
    },
}
MODAL = {
    "type": "modal",
    "callback_id": "save",
    "title": plain("保存"),
    "submit": plain("OK"),
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "body",
            "label": plain("本文"),
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


@pytest.fixture
async def app(workspace: Workspace, client: AsyncWebClient) -> AsyncIterator[AsyncApp]:
    """Bolt, connected; it takes every event and does nothing about it."""
    app = AsyncApp(client=client)
    workspace.team.subscriptions.clear()
    handler = AsyncSocketModeHandler(app, workspace.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    yield app
    await handler.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
def post(workspace: Workspace, client: AsyncWebClient, people: People) -> Post:
    """Post one block as the app."""

    async def post(block: Json) -> SlackMessage:
        await client.chat_postMessage(channel=people.general.id, text="x", blocks=[block])
        return workspace.messages(people.general)[-1]

    return post


async def test_feedback_buttons_send_the_chosen_value(
    workspace: Workspace, people: People, app: AsyncApp, post: Post
) -> None:
    """The click tells the message and its place; the app answers at the `response_url`."""
    message = await post(FEEDBACK)

    @app.action("feedback")
    async def feedback(ack, body, respond) -> None:  # type: ignore[no-untyped-def]
        await ack()
        await respond(f"thanks: {body['actions'][0]['value']}", replace_original=False)

    click = await workspace.click(message, people.bob, "feedback", value="bad:1")
    await workspace.wait_for(lambda: click.responses)
    assert click.payload["message"]["ts"] == message.ts
    assert click.payload["container"]["channel_id"] == people.general.id
    assert [m.plain for m in workspace.ephemerals(people.bob)] == ["thanks: bad:1"]


async def test_nobody_clicks_what_is_not_there(
    workspace: Workspace, people: People, post: Post
) -> None:
    """The error names the elements that are."""
    message = await post(FEEDBACK)
    with pytest.raises(LookupError, match="feedback"):
        await workspace.click(message, people.bob, "delete")
    with pytest.raises(LookupError, match="good:1"):
        await workspace.click(message, people.bob, "feedback", value="so-so")


async def test_a_menu_sends_its_option_and_the_message_can_be_replaced(
    workspace: Workspace, people: People, app: AsyncApp, post: Post
) -> None:
    """`replace_original` changes what was clicked, `delete_original` removes it."""
    message = await post(CHOICE)

    @app.action("choice")
    async def choose(ack, action, respond) -> None:  # type: ignore[no-untyped-def]
        await ack()
        await respond(action["selected_option"]["value"], replace_original=True)
        await respond(delete_original=True)

    click = await workspace.click(message, people.bob, "choice", value="two")
    await workspace.wait_for(lambda: len(click.responses) == 2)
    assert (message.text, message.deleted) == ("two", True)


async def test_a_response_url_takes_five_responses_in_half_an_hour(
    workspace: Workspace, people: People, app: AsyncApp
) -> None:
    """The sixth is refused, as is one that comes too late or makes no sense."""

    @app.command("/kotae")
    async def command(ack) -> None:  # type: ignore[no-untyped-def]
        await ack()

    first = await workspace.command(people.bob, people.general, "")
    second = await workspace.command(people.bob, people.general, "")
    async with aiohttp.ClientSession() as session:

        async def respond(url: str, body: Json) -> tuple[int, str]:
            async with session.post(url, json=body) as response:
                return response.status, await response.text()

        url = first.payload["response_url"]
        assert (await respond(url, {}))[0] == 404
        for number in range(4):
            assert await respond(url, {"text": str(number)}) == (200, "ok")
        status, text = await respond(url, {"text": "too many"})
        assert (status, "used_url" in text) == (404, True)
        workspace.clock.advance(1801)
        status, text = await respond(second.payload["response_url"], {"text": "late"})
        assert (status, "expired_url" in text) == (404, True)
    assert [m.plain for m in workspace.ephemerals(people.bob)] == ["0", "1", "2", "3"]


async def test_commands_work_where_the_app_is_no_member(
    workspace: Workspace, people: People, app: AsyncApp
) -> None:
    """A public answer is posted even there; names are turned into tokens."""
    channel = workspace.add_channel("random", [people.bob], with_bot=False)

    @app.command("/kotae")
    async def command(ack, command) -> None:  # type: ignore[no-untyped-def]
        await ack(command["text"], response_type="in_channel")

    said = await workspace.command(people.bob, channel, "ask @hanako in #general")
    assert said.response == {
        "text": f"ask <@{people.hanako.id}|hanako> in <#{people.general.id}|general>",
        "response_type": "in_channel",
    }
    assert [m.plain for m in workspace.messages(channel)] == ["ask hanako in general"]


async def test_a_shortcut_brings_the_message(
    workspace: Workspace, people: People, app: AsyncApp
) -> None:
    """Its trigger opens a modal; closing it is told when the app asked for that."""
    message = await workspace.post(people.general, people.hanako, "有給は10日です")
    closed = asyncio.Event()

    @app.message_shortcut("save_to_knowledge")
    async def shortcut(ack, body, client) -> None:  # type: ignore[no-untyped-def]
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view_closed("save")
    async def close(ack) -> None:  # type: ignore[no-untyped-def]
        await ack()
        closed.set()

    used = await workspace.shortcut(message, people.bob, "save_to_knowledge")
    assert used.payload["message"]["text"] == "有給は10日です"
    await workspace.wait_for(lambda: workspace.team.modals.get(people.bob.id))
    await workspace.close_view(people.bob)
    await closed.wait()
    with pytest.raises(LookupError):
        workspace.modal(people.bob)


async def test_a_submission_does_what_the_app_answers(
    workspace: Workspace, people: People, client: AsyncWebClient, app: AsyncApp
) -> None:
    """Errors keep the modal, `update` changes it, no answer closes it."""

    @app.view("save")
    async def save(ack, view) -> None:  # type: ignore[no-untyped-def]
        match view["state"]["values"]["body"]["text"]["value"]:
            case "wrong":
                await ack(response_action="errors", errors={"body": "短すぎます"})
            case "elsewhere":
                await ack(response_action="errors", errors={"other": "x"})
            case "more":
                await ack(response_action="update", view=MODAL | {"title": plain("続き")})
            case _:
                await ack()

    trigger = workspace.team.new_trigger(people.bob.id, 3.0)
    await client.views_open(trigger_id=trigger, view=MODAL)
    wrong = await workspace.submit_view(people.bob, {"text": "wrong"})
    assert wrong.response == {"response_action": "errors", "errors": {"body": "短すぎます"}}
    elsewhere = await workspace.submit_view(people.bob, {"text": "elsewhere"})
    assert elsewhere.error == "invalid_response_errors"
    await workspace.submit_view(people.bob, {"text": "more"})
    assert workspace.modal(people.bob).body["title"]["text"] == "続き"
    await workspace.submit_view(people.bob, {"text": "有給は10日です"})
    with pytest.raises(LookupError):
        workspace.modal(people.bob)


async def test_a_home_tab_has_buttons_too(
    workspace: Workspace, people: People, client: AsyncWebClient, app: AsyncApp
) -> None:
    """Such a click has a view and no channel."""
    button = {"type": "button", "action_id": "reindex", "text": plain("更新"), "value": "all"}
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [button]}]}
    await client.views_publish(user_id=people.bob.id, view=home)

    @app.action("reindex")
    async def reindex(ack) -> None:  # type: ignore[no-untyped-def]
        await ack()

    view = workspace.home(people.bob)
    assert view
    click = await workspace.click(view, people.bob, "reindex")
    assert click.acked
    assert click.payload["view"]["id"] == view.id
    assert "channel" not in click.payload
