"""What one process hears of, no process believes any longer."""

import asyncio
from collections.abc import Callable

import pytest

from bot.core.errors import AdapterUnavailableError
from bot.redis.connection import RedisConnection
from bot.slack.client.clients import Clients
from bot.slack.client.identity import BotIdentity
from bot.slack.client.permissions import Principals
from bot.slack.client.shared_facts import SharedFacts
from bot.slack.client.slack_changes import SlackChanges, change_in, of_channel, of_person
from bot.workspace import Workspace
from bot.workspace.state import Json
from tests.support.names import names_used

Worker = Callable[[], Principals]


@pytest.fixture
def changes(store: RedisConnection) -> SlackChanges:
    return SlackChanges(store.commands)


@pytest.fixture
def worker(clients: Clients, me: BotIdentity, store: RedisConnection) -> Worker:
    """Start a process with a memory of its own."""
    return lambda: Principals(
        clients.repeating,
        me,
        names_used(clients, me, store),
        changes=SlackChanges(store.commands),
        shared=SharedFacts(store.commands),
    )


async def hear(changes: SlackChanges, event: Json, **envelope: object) -> None:
    """Hear *event* in an intake process."""
    change = change_in({"type": "event_callback", "event": event, **envelope})
    assert change is not None
    await changes.note(change)


async def test_an_event_makes_every_process_look_again(
    workspace: Workspace, changes: SlackChanges, worker: Worker
) -> None:
    """Once: what nothing was said of is still believed."""
    hanako, bob = workspace.add_user("hanako"), workspace.add_user("bob")
    hr, other = workspace.add_channel("hr", [hanako, bob]), workspace.add_channel("人事", [bob])
    first, second = worker(), worker()
    for process in (first, second):
        assert hr.id in (await process.of_person(hanako.id)).groups
        await process.of_channel(other.id)
    hr.members.remove(hanako.id)
    await hear(changes, {"type": "member_left_channel", "user": hanako.id, "channel": hr.id})
    for process in (first, second):
        assert hr.id not in (await process.of_person(hanako.id)).groups
    calls = len(workspace.calls())
    await first.of_channel(other.id)
    await first.of_person(hanako.id)
    assert len(workspace.calls()) == calls


async def test_facts_of_an_event_hold_where_slack_lags(
    workspace: Workspace, changes: SlackChanges, worker: Worker
) -> None:
    """Slack's list still calls the guest a member; the event said otherwise."""
    hanako = workspace.add_user("hanako")
    channel = workspace.add_channel("general", [hanako])
    process = worker()
    assert (await process.of_channel(channel.id)).member
    user = {"id": hanako.id, "team_id": workspace.team_id, "name": "hanako", "is_restricted": True}
    await hear(changes, {"type": "user_change", "user": user})

    assert not (await process.of_channel(channel.id)).member


@pytest.mark.parametrize(
    ("event", "envelope"),
    [
        ({"type": "channel_shared", "connected_team_id": "T2"}, {}),
        ({"type": "shared_channel_invite_accepted"}, {}),
        ({"type": "message", "text": "hi", "user": "U1"}, {"is_ext_shared_channel": True}),
    ],
)
async def test_a_channel_is_external_from_the_first_event_that_says_so(
    event: Json,
    envelope: Json,
    workspace: Workspace,
    changes: SlackChanges,
    worker: Worker,
) -> None:
    """Whatever `conversations.info` tells; until Slack says that it is shared no more."""
    channel = workspace.add_channel("general", [workspace.add_user("hanako")])
    process = worker()
    assert (await process.of_channel(channel.id)).member
    await hear(changes, event | {"channel": channel.id}, **envelope)
    reader = await process.of_channel(channel.id)
    assert (reader.member, reader.groups) == (False, frozenset())
    assert not await process.is_open(channel.id)
    unshared = {"type": "channel_unshared", "channel": channel.id, "is_ext_shared": False}
    await hear(changes, unshared)

    assert (await process.of_channel(channel.id)).member


@pytest.mark.parametrize(
    ("event", "subjects"),
    [
        ({"type": "channel_rename", "channel": {"id": "C1", "name": "x"}}, {"channel C1"}),
        ({"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C2"},
         {"channel C1", "channel C2"}),
        ({"type": "group_archive", "channel": "C1", "user": "U1"}, {"channel C1", "person U1"}),
        ({"type": "member_joined_channel", "channel": "C1", "user": "U1"},
         {"channel C1", "person U1"}),
        ({"type": "message", "subtype": "channel_convert_to_private", "channel": "C1"},
         {"channel C1"}),
        ({"type": "channel_converted_to_private", "channel": "C1"}, {"channel C1"}),
        ({"type": "subteam_members_changed", "subteam_id": "S1"}, {"groups"}),
        ({"type": "team_join", "user": {"id": "U1"}}, {"person U1"}),
    ],
)  # fmt: skip
def test_events_say_what_may_have_changed(event: Json, subjects: set[str]) -> None:
    change = change_in({"event": event})

    assert change is not None
    assert subjects <= change.subjects


def test_talk_changes_nothing() -> None:
    """A message or a reaction costs no call."""
    for event in ({"type": "message", "channel": "C1"}, {"type": "reaction_added", "user": "U1"}):
        assert change_in({"event": event}) is None
    assert (of_channel("C1"), of_person("U1")) == ("channel C1", "person U1")


@pytest.mark.parametrize(
    "method",
    ["users.info", "users.conversations", "usergroups.list", "conversations.info"],
)
async def test_an_outage_is_no_answer(method: str, workspace: Workspace, worker: Worker) -> None:
    """Who asks for rights then has to come again; nobody is called a stranger."""
    hanako = workspace.add_user("hanako")
    channel = workspace.add_channel("general", [hanako])
    workspace.faults.add(method, "ratelimited", times=20, retry_after=100)
    process = worker()
    rights = process.of_channel(channel.id)
    if method != "conversations.info":
        rights.close()
        rights = process.of_person(hanako.id)
    with pytest.raises(AdapterUnavailableError) as error:
        await rights

    assert error.value.seconds == 100
    assert await process.language(hanako.id) == "en"


async def test_what_one_process_has_asked_no_other_asks_again(
    workspace: Workspace, worker: Worker
) -> None:
    """Slack counts the calls of all of them together."""
    hanako = workspace.add_user("hanako")
    workspace.add_usergroup("hr-team", [hanako])
    channel = workspace.add_channel("hr", [hanako])
    first = worker()
    told = await first.of_channel(channel.id), await first.of_person(hanako.id)
    calls = len(workspace.calls())
    second = worker()

    assert (await second.of_channel(channel.id), await second.of_person(hanako.id)) == told
    assert len(workspace.calls()) == calls


async def test_many_who_ask_at_once_ask_slack_once(workspace: Workspace, worker: Worker) -> None:
    """A flood of questions in a channel that nobody knows yet is one look at it."""
    hanako = workspace.add_user("hanako")
    channel = workspace.add_channel("hr", [hanako])
    process = worker()
    told = await asyncio.gather(*(process.of_channel(channel.id) for _ in range(20)))

    assert all(one.member for one in told)
    assert len(workspace.calls("conversations.info")) == 1
    assert len(workspace.calls("users.list")) == 1


async def test_a_failed_look_is_not_shared(workspace: Workspace, worker: Worker) -> None:
    """All who waited for it hear of it, and whoever comes next asks again."""
    hanako = workspace.add_user("hanako")
    channel = workspace.add_channel("hr", [hanako])
    process = worker()
    workspace.faults.add("conversations.info", "ratelimited", times=9, retry_after=40)
    waiting = [process.of_channel(channel.id) for _ in range(3)]
    told = await asyncio.gather(*waiting, return_exceptions=True)
    workspace.faults.clear()

    assert [type(one) for one in told] == [AdapterUnavailableError] * 3
    assert (await worker().of_channel(channel.id)).member
