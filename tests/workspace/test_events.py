"""What the app hears, and what it does not."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Workspace
from tests.support.small_team import People

Event = dict[str, Any]


def heard(workspace: Workspace) -> list[Event]:
    return [delivery.event for delivery in workspace.deliveries]


async def test_a_message_event_looks_like_slacks(workspace: Workspace, people: People) -> None:
    """Escaped text, rich text blocks, ids, the kind of channel, the authorization."""
    root = await workspace.post(people.general, people.bob, "root")
    await workspace.post(people.general, people.hanako, "a < b", thread=root)
    payload = workspace.deliveries[1].payload
    event = payload["event"]
    assert (event["text"], event["channel_type"]) == ("a &lt; b", "channel")
    assert (event["thread_ts"], event["parent_user_id"]) == (root.ts, people.bob.id)
    assert event["blocks"][0]["type"] == "rich_text"
    assert event["client_msg_id"]
    assert payload["authorizations"][0]["user_id"] == workspace.bot_user_id
    assert payload["event_id"].startswith("Ev")
    assert payload["is_ext_shared_channel"] is False


async def test_a_mention_in_a_channel_is_two_events(workspace: Workspace, people: People) -> None:
    """In direct messages it is one, whatever the text says."""
    text = f"<@{workspace.bot_user_id}> 有給は?"
    await workspace.post(people.general, people.hanako, text)
    assert [e["type"] for e in heard(workspace)] == ["app_mention", "message"]
    await workspace.post(workspace.direct_channel(people.hanako), people.hanako, text)
    assert heard(workspace)[2:] == [heard(workspace)[2]]
    assert heard(workspace)[2]["channel_type"] == "im"


async def test_a_mention_in_code_or_of_somebody_else_is_none(
    workspace: Workspace, people: People
) -> None:
    """Only a token for the app counts."""
    await workspace.post(people.general, people.bob, f"<@{people.hanako.id}> hi")
    assert [e["type"] for e in heard(workspace)] == ["message"]


async def test_channels_without_the_app_are_silent(workspace: Workspace, people: People) -> None:
    """No event for a channel that it is not in, mention or not."""
    channel = workspace.add_channel("random", [people.bob], with_bot=False)
    message = await workspace.post(channel, people.bob, f"<@{workspace.bot_user_id}> hi")
    await workspace.react(message, people.bob, "+1")
    await workspace.edit(message, "bye")
    await workspace.delete(message)
    assert heard(workspace) == []


async def test_only_what_was_subscribed_to_and_granted_is_sent(
    workspace: Workspace, people: People
) -> None:
    """A missing subscription or scope silences an event."""
    workspace.team.subscriptions.discard("message.channels")
    workspace.team.scopes.discard("reactions:read")
    message = await workspace.post(people.general, people.bob, f"<@{workspace.bot_user_id}> hi")
    await workspace.react(message, people.bob, "+1")
    assert [e["type"] for e in heard(workspace)] == ["app_mention"]


async def test_an_edit_fires_the_mention_again(workspace: Workspace, people: People) -> None:
    """Same `ts`, another `event_id`, and `edited` tells it from a new one."""
    message = await workspace.post(people.general, people.bob, f"<@{workspace.bot_user_id}> a")
    await workspace.edit(message, f"<@{workspace.bot_user_id}> b")
    first, _twin, change, again = workspace.deliveries
    assert (change.event["subtype"], change.event["hidden"]) == ("message_changed", True)
    assert change.event["previous_message"]["text"].endswith(" a")
    assert change.event["message"]["text"].endswith(" b")
    assert again.event["ts"] == first.event["ts"]
    assert again.event["edited"]["user"] == people.bob.id
    assert again.payload["event_id"] != first.payload["event_id"]


async def test_a_deleted_root_leaves_a_tombstone(workspace: Workspace, people: People) -> None:
    """A message without replies is gone; a thread keeps its root's place."""
    root = await workspace.post(people.general, people.bob, "root")
    reply = await workspace.post(people.general, people.bob, "reply", thread=root)
    await workspace.delete(root)
    await workspace.delete(reply)
    assert [e.get("subtype") for e in heard(workspace)[2:]] == [
        "message_changed",
        "message_deleted",
    ]
    assert heard(workspace)[3]["deleted_ts"] == reply.ts
    assert [m.subtype for m in workspace.messages(people.general)] == ["tombstone"]


async def test_reactions_name_their_item_and_no_thread(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Whoever wants the thread has to know the message."""
    root = await workspace.post(people.general, people.bob, "?")
    await client.chat_postMessage(channel=people.general.id, thread_ts=root.ts, text="10日")
    answer = workspace.messages(people.general, root)[1]
    await workspace.react(answer, people.hanako, "+1")
    await workspace.unreact(answer, people.hanako, "+1")
    added, removed = heard(workspace)[-2:]
    assert added["item"] == {"type": "message", "channel": answer.channel, "ts": answer.ts}
    assert (added["item_user"], added["user"]) == (workspace.bot_user_id, people.hanako.id)
    assert (removed["type"], "thread_ts" in removed) == ("reaction_removed", False)


async def test_the_apps_own_messages_come_back(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """With `bot_id`, and as `message_changed` after an update: an app must ignore itself."""
    sent = await client.chat_postMessage(channel=people.general.id, text="a")
    await client.chat_update(channel=people.general.id, ts=str(sent["ts"]), text="b")
    posted, changed = heard(workspace)
    assert (posted["bot_id"], posted["user"]) == (workspace.bot_id, workspace.bot_user_id)
    assert changed["message"]["bot_id"] == workspace.bot_id


async def test_files_come_as_a_subtype(workspace: Workspace, people: People) -> None:
    """A message with a file is a question, too."""
    file = workspace.add_file("規程.pdf", b"%PDF", "application/pdf")
    await workspace.post(people.general, people.bob, "これは?", files=[file])
    assert heard(workspace)[0]["subtype"] == "file_share"
    assert heard(workspace)[0]["files"][0]["name"] == "規程.pdf"


async def test_people_from_outside_are_marked(workspace: Workspace, people: People) -> None:
    """Slack Connect: the event names the sender's team, the envelope the shared channel."""
    outsider = workspace.add_user("eve", external=True)
    channel = workspace.add_channel("partners", [people.bob, outsider], shared=True)
    await workspace.post(channel, outsider, "hello")
    payload = workspace.deliveries[0].payload
    assert payload["is_ext_shared_channel"] is True
    assert payload["team_id"] == workspace.team_id
    assert payload["event"]["user_team"] == outsider.team_id != workspace.team_id


async def test_home_and_raw_events_are_sent(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Opening Home tells what is published; odd events go out as they are."""
    await workspace.open_home(people.bob)
    await client.views_publish(user_id=people.bob.id, view={"type": "home", "blocks": []})
    await workspace.open_home(people.bob)
    await workspace.send_event({"type": "tokens_revoked", "tokens": {"bot": ["U1"]}})
    first, second, raw = heard(workspace)
    assert ("view" in first, second["view"]["type"]) == (False, "home")
    assert raw["tokens"] == {"bot": ["U1"]}
