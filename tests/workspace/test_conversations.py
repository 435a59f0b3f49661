"""Reading channels and threads back."""

from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Workspace
from bot.workspace.methods.call import Arguments
from bot.workspace.methods.conversations import paginate
from tests.support.small_team import People, refused

META = {"event_type": "kotae_answer", "event_payload": {"id": "Q1"}}


async def test_history_is_newest_first_without_replies(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Roots tell how many replies they have; replies are read with the thread."""
    first = await workspace.post(people.general, people.bob, "first")
    await workspace.post(people.general, people.hanako, "返事", thread=first)
    second = await workspace.post(people.general, people.bob, "second")
    found = (await client.conversations_history(channel=people.general.id))["messages"]
    assert [m["ts"] for m in found] == [second.ts, first.ts]
    assert (found[1]["reply_count"], found[1]["thread_ts"]) == (1, first.ts)
    thread = await client.conversations_replies(channel=people.general.id, ts=first.ts)
    assert [m["text"] for m in thread["messages"]] == ["first", "返事"]


async def test_pages_follow_the_cursor(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """A thread of five in pages of two comes complete and in order."""
    root = await workspace.post(people.general, people.bob, "0")
    for number in range(1, 5):
        await workspace.post(people.general, people.bob, str(number), thread=root)
    found: list[str] = []
    async for response in await client.conversations_replies(
        channel=people.general.id, ts=root.ts, limit=2
    ):
        found += [m["text"] for m in response["messages"]]
    assert found == ["0", "1", "2", "3", "4"]


@given(st.lists(st.integers(), max_size=30), st.integers(1, 10))
def test_every_item_is_on_exactly_one_page(items: list[int], limit: int) -> None:
    """Following the cursors gives the whole, whatever the limit."""
    found: list[int] = []
    cursor = ""
    while True:
        part, cursor = paginate(items, Arguments({"limit": limit, "cursor": cursor}), 100, 5)
        found += part
        if not cursor:
            break
    assert found == items


async def test_times_bound_the_history(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """`oldest` and `latest` are exclusive unless `inclusive` is set."""
    posted = [await workspace.post(people.general, people.bob, str(n)) for n in range(4)]
    channel, oldest, latest = people.general.id, posted[1].ts, posted[2].ts
    between = await client.conversations_history(
        channel=channel, oldest=oldest, latest=latest, inclusive=True
    )
    assert [m["text"] for m in between["messages"]] == ["2", "1"]
    after = await client.conversations_history(channel=channel, oldest=oldest)
    assert [m["text"] for m in after["messages"]] == ["3", "2"]


async def test_metadata_is_told_only_on_request(client: AsyncWebClient, people: People) -> None:
    """`include_all_metadata` brings back what the app has left on its messages."""
    channel = people.general.id
    sent = await client.chat_postMessage(channel=channel, text="a", metadata=META)
    silent = await client.conversations_replies(channel=channel, ts=str(sent["ts"]))
    assert "metadata" not in silent["messages"][0]
    told = await client.conversations_replies(
        channel=channel, ts=str(sent["ts"]), include_all_metadata=True
    )
    assert told["messages"][0]["metadata"] == META


async def test_what_the_app_may_not_read(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Public channels can be looked at but not read without joining; private ones are unknown."""
    public = workspace.add_channel("random", [people.bob], with_bot=False)
    private = workspace.add_channel("secret", [people.bob], private=True, with_bot=False)
    info = await client.conversations_info(channel=public.id)
    assert info["channel"]["is_member"] is False
    async with refused("not_in_channel"):
        await client.conversations_history(channel=public.id)
    async with refused("channel_not_found"):
        await client.conversations_info(channel=private.id)
    async with refused("thread_not_found"):
        await client.conversations_replies(channel=people.general.id, ts="1700000000.000100")
    async with refused("invalid_cursor"):
        await client.conversations_history(channel=people.general.id, cursor="§")


async def test_scopes_are_asked_for_by_kind_of_channel(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """`groups:history` reads private channels, `channels:history` public ones."""
    private = workspace.add_channel("hr", [people.bob], private=True)
    workspace.team.scopes.discard("groups:history")
    await client.conversations_history(channel=people.general.id)
    async with refused("missing_scope"):
        await client.conversations_history(channel=private.id)


async def test_lists_and_members(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Lists show what the app may know of; members are ids."""
    workspace.add_channel("secret", [people.bob], private=True, with_bot=False)
    hr = workspace.add_channel("hr", [people.bob], private=True)
    both = "public_channel,private_channel"
    listed = await client.conversations_list(types=both)
    assert [c["id"] for c in listed["channels"]] == [people.general.id, hr.id]
    mine = await client.users_conversations(types=both)
    assert [c["name"] for c in mine["channels"]] == ["general", "hr"]
    members = await client.conversations_members(channel=hr.id)
    assert members["members"] == [people.bob.id, workspace.bot_user_id]


async def test_opening_direct_messages_twice_gives_one_channel(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """A conversation with a person is found again."""
    opened = await client.conversations_open(users=people.bob.id)
    again = await client.conversations_open(users=[people.bob.id])
    channel = workspace.direct_channel(people.bob)
    assert opened["channel"]["id"] == again["channel"]["id"] == channel.id
    async with refused("user_not_found"):
        await client.conversations_open(users="U404")
