"""Posting, changing and deleting through Slack's own client."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Workspace
from tests.support.small_team import People, refused

MARKDOWN = {"type": "markdown", "text": "有給は10日です。"}
META = {"event_type": "kotae_answer", "event_payload": {"id": "Q1"}}


async def test_a_posted_message_is_seen(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """People read the blocks of what the app posts, in the thread that it names."""
    asked = await workspace.post(people.general, people.hanako, "有給は?")
    posted = await client.chat_postMessage(
        channel=people.general.id, thread_ts=asked.ts, text="summary", blocks=[MARKDOWN]
    )
    thread = workspace.messages(people.general, asked)
    assert [message.plain for message in thread] == ["有給は?", "有給は10日です。"]
    assert thread[1].ts == posted["ts"]
    assert posted["message"]["bot_id"] == workspace.bot_id


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "no_text"),
        ({"markdown_text": "a", "text": "b"}, "markdown_text_conflict"),
        ({"markdown_text": "a", "blocks": [MARKDOWN]}, "markdown_text_conflict"),
        ({"markdown_text": "あ" * 12_001}, "msg_too_long"),
        ({"text": "a", "blocks": [{"type": "banner"}]}, "invalid_blocks"),
        ({"text": "a", "blocks": "not json"}, "invalid_blocks_format"),
        ({"text": "a", "thread_ts": "1700000000.000100"}, "thread_not_found"),
        ({"text": "a", "metadata": {"event_type": "Bad Name"}}, "invalid_metadata_schema"),
        (
            {"text": "a", "metadata": META | {"event_payload": {"x": "あ" * 6000}}},
            "metadata_too_large",
        ),
        (
            {
                "text": "a",
                "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}] * 5,
            },
            "msg_blocks_too_long",
        ),
    ],
)
async def test_posting_is_refused_with_slacks_code(
    client: AsyncWebClient, people: People, arguments: dict[str, object], code: str
) -> None:
    """Nothing that Slack refuses is posted."""
    async with refused(code):
        await client.api_call("chat.postMessage", json={"channel": people.general.id, **arguments})


async def test_where_the_app_may_not_write(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """A private channel without the app does not exist for it; a public one it must join."""
    private = workspace.add_channel("secret", [people.bob], private=True, with_bot=False)
    public = workspace.add_channel("random", [people.bob], with_bot=False)
    archived = workspace.add_channel("old", [people.bob])
    archived.archived = True
    for channel, code in (
        (private.id, "channel_not_found"),
        ("C404", "channel_not_found"),
        (public.id, "not_in_channel"),
        (archived.id, "is_archived"),
    ):
        async with refused(code):
            await client.chat_postMessage(channel=channel, text="hello")


async def test_a_reply_is_no_thread(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """`thread_ts` is the root's, never a reply's."""
    root = await workspace.post(people.general, people.bob, "root")
    reply = await workspace.post(people.general, people.bob, "reply", thread=root)
    async with refused("cannot_reply_to_message"):
        await client.chat_postMessage(channel=people.general.id, text="x", thread_ts=reply.ts)


async def test_long_text_is_cut_with_a_warning(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Slack does not refuse a `text` above 40,000 characters, it cuts it."""
    response = await client.chat_postMessage(channel=people.general.id, text="あ" * 40_001)
    assert response["warning"] == "message_truncated"
    assert len(workspace.messages(people.general)[0].text) == 40_000


async def test_a_user_id_means_direct_messages(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Posting to a user opens the conversation with them."""
    await client.chat_postMessage(channel=people.bob.id, text="done")
    assert [m.plain for m in workspace.messages(workspace.direct_channel(people.bob))] == ["done"]


async def test_an_update_keeps_what_it_does_not_name(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Blocks and metadata stay unless they are named; empty ones remove them."""
    channel = people.general.id
    ts = str(
        (
            await client.chat_postMessage(
                channel=channel, text="a", blocks=[MARKDOWN], metadata=META
            )
        )["ts"]
    )
    message = workspace.messages(people.general)[0]
    await client.chat_update(channel=channel, ts=ts, text="b")
    assert (message.text, message.blocks, message.metadata) == ("b", [MARKDOWN], META)
    await client.chat_update(channel=channel, ts=ts, text="c", blocks=[], metadata={})
    assert (message.plain, message.metadata) == ("c", None)
    assert message.edited


async def test_what_cannot_be_updated(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Only own messages, only up to 4,000 characters of text, only what exists."""
    channel = people.general.id
    theirs = await workspace.post(people.general, people.bob, "mine")
    own = str((await client.chat_postMessage(channel=channel, text="a"))["ts"])
    async with refused("cant_update_message"):
        await client.chat_update(channel=channel, ts=theirs.ts, text="x")
    async with refused("msg_too_long"):
        await client.chat_update(channel=channel, ts=own, text="x" * 4001)
    async with refused("cant_delete_message"):
        await client.chat_delete(channel=channel, ts=theirs.ts)
    await client.chat_delete(channel=channel, ts=own)
    async with refused("message_not_found"):
        await client.chat_update(channel=channel, ts=own, text="x")
    assert [m.plain for m in workspace.messages(people.general)] == ["mine"]


async def test_an_ephemeral_message_is_seen_by_one_person(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """It is in nobody's history, cannot be updated, and needs a member as its reader."""
    channel = people.general.id
    sent = await client.chat_postEphemeral(channel=channel, user=people.bob.id, text="psst")
    assert [m.plain for m in workspace.ephemerals(people.bob)] == ["psst"]
    assert workspace.ephemerals(people.hanako) == workspace.messages(people.general) == []
    async with refused("message_not_found"):
        await client.chat_update(channel=channel, ts=sent["message_ts"], text="x")
    async with refused("user_not_in_channel"):
        stranger = workspace.add_user("eve")
        await client.chat_postEphemeral(channel=channel, user=stranger.id, text="psst")


async def test_a_permalink_names_channel_message_and_thread(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """The address of a reply leads into its thread."""
    root = await workspace.post(people.general, people.bob, "root")
    reply = await workspace.post(people.general, people.bob, "reply", thread=root)
    found = await client.chat_getPermalink(channel=people.general.id, message_ts=reply.ts)
    path = f"/archives/{people.general.id}/p{reply.ts.replace('.', '')}"
    assert f"{path}?thread_ts={root.ts}" in str(found["permalink"])
