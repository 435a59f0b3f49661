"""Modals and the Home tab."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Workspace
from bot.workspace.forms import fill
from tests.support.small_team import People, refused

View = dict[str, Any]


def plain(text: str) -> View:
    return {"type": "plain_text", "text": text}


def modal(title: str = "保存") -> View:
    label = {"type": "input", "block_id": "b", "label": plain("本文")}
    element = {"type": "plain_text_input", "action_id": "body"}
    return {
        "type": "modal",
        "callback_id": "save",
        "title": plain(title),
        "submit": plain("OK"),
        "blocks": [label | {"element": element}],
    }


def home(text: str) -> View:
    return {"type": "home", "blocks": [{"type": "section", "text": plain(text)}]}


async def test_a_trigger_opens_one_modal_within_three_seconds(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Unknown, late and used triggers open nothing."""
    trigger = workspace.team.new_trigger(people.bob.id, 3.0)
    await client.views_open(trigger_id=trigger, view=modal())
    assert workspace.modal(people.bob).plain == "本文"
    async with refused("exchanged_trigger_id"):
        await client.views_open(trigger_id=trigger, view=modal())
    async with refused("invalid_trigger_id"):
        await client.views_open(trigger_id="1.2.x", view=modal())
    late = workspace.team.new_trigger(people.bob.id, 3.0)
    workspace.clock.advance(3.1)
    async with refused("expired_trigger_id"):
        await client.views_open(trigger_id=late, view=modal())


async def test_at_most_three_modals_lie_on_each_other(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """A pushed view knows the ones below it."""
    triggers = [workspace.team.new_trigger(people.bob.id, 3.0) for _ in range(4)]
    first = (await client.views_open(trigger_id=triggers[0], view=modal("1")))["view"]
    second = (await client.views_push(trigger_id=triggers[1], view=modal("2")))["view"]
    assert (second["root_view_id"], second["previous_view_id"]) == (first["id"], first["id"])
    await client.views_push(trigger_id=triggers[2], view=modal("3"))
    async with refused("push_limit_reached"):
        await client.views_push(trigger_id=triggers[3], view=modal("4"))


async def test_an_update_with_an_old_hash_conflicts(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Whoever has not seen the last version does not overwrite it."""
    trigger = workspace.team.new_trigger(people.bob.id, 3.0)
    opened = (await client.views_open(trigger_id=trigger, view=modal("1")))["view"]
    await client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal("2"))
    async with refused("hash_conflict"):
        await client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal("3"))
    assert workspace.modal(people.bob).body["title"]["text"] == "2"
    async with refused("not_found"):
        await client.views_update(view_id="V404", view=modal())


async def test_everybody_has_a_home_of_their_own(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Publishing replaces one user's tab, unless the hash is old."""
    published = await client.views_publish(user_id=people.bob.id, view=home("one"))
    await client.views_publish(user_id=people.hanako.id, view=home("花子"))
    old = published["view"]["hash"]
    await client.views_publish(user_id=people.bob.id, view=home("two"), hash=old)
    async with refused("hash_conflict"):
        await client.views_publish(user_id=people.bob.id, view=home("three"), hash=old)
    homes = [workspace.home(user) for user in (people.bob, people.hanako)]
    assert [view and view.plain for view in homes] == ["two", "花子"]


async def test_views_that_slack_refuses(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Too large, of the wrong kind, or with blocks that only messages have."""
    markdown = home("x") | {"blocks": [{"type": "markdown", "text": "x"}]}
    big = home("x") | {"private_metadata": "x" * 250_000}
    for view, code in (
        (modal(), "invalid_arguments"),
        (markdown, "invalid_arguments"),
        (big, "view_too_large"),
    ):
        async with refused(code):
            await client.views_publish(user_id=people.bob.id, view=view)


def test_a_form_keeps_initial_values_and_demands_required_ones() -> None:
    """What a person does not touch stays as the app has set it."""
    option = {"text": plain("Open"), "value": "open"}
    choice = {"type": "radio_buttons", "action_id": "who", "options": [option]}
    blocks = [
        *modal()["blocks"],
        {
            "type": "input",
            "block_id": "c",
            "optional": True,
            "label": plain("who"),
            "element": choice | {"initial_option": option},
        },
    ]
    state = fill(blocks, {"body": "有給は10日"})
    assert state["b"]["body"] == {"type": "plain_text_input", "value": "有給は10日"}
    assert state["c"]["who"]["selected_option"] == option
    with pytest.raises(ValueError, match="本文"):
        fill(blocks, {})
    with pytest.raises(ValueError, match="no option"):
        fill(blocks, {"body": "x", "who": "nobody"})
    with pytest.raises(ValueError, match="no input"):
        fill(blocks, {"body": "x", "title": "x"})
