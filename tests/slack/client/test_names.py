"""A name gives rights by the id that it was pinned to, and never to who takes it later."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from bot.redis.connection import RedisClient, RedisConnection
from bot.slack.client.clients import Clients
from bot.slack.client.identity import BotIdentity
from bot.slack.client.name_pins import RedisNamePins
from bot.slack.client.names import PinnedNames
from bot.slack.client.permissions import Principals
from bot.workspace import User, Workspace
from tests.support.names import names_used

Worker = Callable[..., Principals]
BOTH = pytest.mark.parametrize("name", ["hr", "人事"])


@pytest.fixture
def worker(clients: Clients, me: BotIdentity, store: RedisConnection) -> Worker:
    """Return what starts a process in which the given names are used."""
    return lambda *used: Principals(clients.repeating, me, names_used(clients, me, store, *used))


@pytest.fixture
def keiko(workspace: Workspace) -> User:
    return workspace.add_user("keiko")


@pytest.fixture
def mallory(workspace: Workspace) -> User:
    return workspace.add_user("mallory")


async def pinned(store: RedisConnection, name: str) -> tuple[str, str]:
    """Return what *name* means, and what has taken it."""
    (pin,) = [pin for pin in await RedisNamePins(store.commands).all() if pin.name == name]
    return pin.id, pin.claimant


@BOTH
async def test_who_takes_the_name_of_a_channel_gets_no_rights_by_it(
    workspace: Workspace, worker: Worker, keiko: User, mallory: User, name: str
) -> None:
    """In person and in the channel; those of the renamed channel keep theirs."""
    channel = workspace.add_channel(name, [keiko], private=True)
    await worker(f"#{name}").names.look()
    workspace.rename_channel(channel, f"{name}-old")
    taken = workspace.add_channel(name, [mallory])
    after = worker(f"#{name}")

    assert (await after.of_person(mallory.id)).groups == {taken.id}
    assert (await after.of_channel(taken.id)).groups == {taken.id}
    assert (await after.of_person(keiko.id)).groups == {channel.id, f"#{name}"}
    assert (await after.of_channel(channel.id)).groups == {channel.id, f"#{name}"}


@pytest.mark.parametrize("handle", ["board", "役員"])
async def test_who_takes_the_handle_of_a_user_group_gets_no_rights_by_it(
    workspace: Workspace, worker: Worker, keiko: User, mallory: User, handle: str
) -> None:
    """Nor do they operate the bot."""
    group = workspace.add_usergroup(handle, [keiko])
    await worker(f"@{handle}").names.look()
    workspace.rename_usergroup(group, f"{handle}-old")
    taken = workspace.add_usergroup(handle, [mallory])
    after = worker(f"@{handle}")
    after.operators = frozenset({f"@{handle}"})

    assert (await after.of_person(mallory.id)).groups == {taken.id}
    assert (await after.of_person(keiko.id)).groups == {group.id, f"@{handle}"}
    assert not await after.is_operator(mallory.id)
    assert await after.is_operator(keiko.id)


@BOTH
@pytest.mark.parametrize("end", ["archived", "deleted"])
async def test_a_channel_that_is_made_again_is_another_one(
    workspace: Workspace, worker: Worker, keiko: User, mallory: User, name: str, end: str
) -> None:
    """Whoever makes it."""
    channel = workspace.add_channel(name, [keiko])
    await worker(f"#{name}").names.look()
    if end == "archived":
        channel.archived = True
    else:
        workspace.delete_channel(channel)
    again = workspace.add_channel(name, [mallory])

    assert (await worker(f"#{name}").of_person(mallory.id)).groups == {again.id}


@BOTH
async def test_a_taken_name_is_told_once_and_can_be_accepted(
    workspace: Workspace, worker: Worker, store: RedisConnection, keiko: User, name: str
) -> None:
    """In the log with the command, to operators in their language until it is settled."""
    channel = workspace.add_channel(name, [keiko])
    first = worker(f"#{name}")
    await first.names.look()
    workspace.rename_channel(channel, f"{name}-old")
    taken = workspace.add_channel(name, [keiko])
    with capture_logs() as logs:
        await first.names.look()
        await first.names.look()
        await worker(f"#{name}").names.look()
    warnings = [line for line in logs if line["event"] == "name_taken"]
    english, japanese = await first.names.lines("en"), await first.names.lines("ja")
    (pin,) = await first.names.doubtful()
    await RedisNamePins(store.commands).settle(pin, taken.id)

    assert len(warnings) == 1
    assert warnings[0]["to_accept"] == f"kotae knowledge pins --accept '#{name}={taken.id}'"
    assert [f"#{name}={taken.id}" in line for line in (*english, *japanese)] == [True, True]
    assert "権限" in japanese[0]
    assert (await worker(f"#{name}").of_channel(taken.id)).groups == {taken.id, f"#{name}"}
    assert await first.names.lines("en") == []


async def test_a_name_that_is_given_back_is_no_alarm_any_more(
    workspace: Workspace, worker: Worker, store: RedisConnection, keiko: User
) -> None:
    """And what was claimed in vain can no longer be accepted by its old id."""
    channel = workspace.add_channel("hr", [keiko])
    names = worker("#hr").names
    await names.look()
    workspace.rename_channel(channel, "hr-old")
    taken = workspace.add_channel("hr", [keiko])
    await names.look()
    claimed = await pinned(store, "#hr")
    workspace.rename_channel(taken, "fun")
    workspace.rename_channel(channel, "hr")
    await names.look()

    assert claimed == (channel.id, taken.id)
    assert await pinned(store, "#hr") == (channel.id, "")


@BOTH
async def test_a_channel_that_is_made_after_its_name_was_used_has_to_be_accepted(
    workspace: Workspace, worker: Worker, store: RedisConnection, mallory: User, name: str
) -> None:
    """Anybody might have made it, public or private, or renamed their own."""
    mine = workspace.add_channel("mine", [mallory], private=True)
    mine.created -= 1_000
    names = worker(f"#{name}", "#board", "@board").names
    await names.look()
    public = workspace.add_channel(name, [mallory])
    workspace.rename_channel(mine, "board")
    group = workspace.add_usergroup("board", [mallory])
    await names.look()

    assert await pinned(store, f"#{name}") == ("", public.id)
    assert await pinned(store, "#board") == ("", mine.id)
    assert await pinned(store, "@board") == ("", group.id)
    found = (await worker(f"#{name}", "#board", "@board").of_person(mallory.id)).groups
    assert found == {public.id, mine.id, group.id}


async def test_a_private_channel_is_pinned_when_the_bot_is_let_in(
    workspace: Workspace, worker: Worker, keiko: User
) -> None:
    """It was there all the time: nobody else could have had its name."""
    channel = workspace.add_channel("人事", [keiko], private=True, with_bot=False)
    channel.created -= 1_000
    names = worker("#人事").names
    await names.look()
    lines = await names.lines("ja")
    channel.members.append(workspace.bot_user_id)
    await names.look()

    assert "非公開チャンネル" in lines[0]
    assert (await worker("#人事").of_channel(channel.id)).groups == {channel.id, "#人事"}


@pytest.mark.parametrize(
    ("used", "other"), [("hr", "ｈｒ"), ("人事a", "人事ａ"), ("ジンジ", "ｼﾞﾝｼﾞ"), ("が", "か\u3099")]
)
async def test_names_that_only_look_alike_are_different(
    workspace: Workspace, worker: Worker, keiko: User, mallory: User, used: str, other: str
) -> None:
    """Full and half width, composed and decomposed."""
    workspace.add_channel(used, [keiko])
    names = worker(f"#{used}")
    taken = workspace.add_channel(other, [mallory])

    assert (await names.of_person(mallory.id)).groups == {taken.id}
    assert f"#{used}" in (await names.of_person(keiko.id)).groups


@pytest.mark.parametrize("flag", ["shared", "pending_shared"])
async def test_the_name_of_a_channel_shared_with_others_is_not_trusted(
    workspace: Workspace, worker: Worker, keiko: User, flag: str
) -> None:
    """Neither to be pinned, nor once it was."""
    first, second = workspace.add_channel("hr", [keiko]), workspace.add_channel("人事", [keiko])
    setattr(first, flag, True)
    await worker("#hr", "#人事").names.look()
    setattr(second, flag, True)
    reader = await worker("#hr", "#人事").of_person(keiko.id)

    assert reader.groups == {first.id, second.id}
    assert (await worker("#hr", "#人事").of_channel(second.id)).groups == frozenset()


async def test_a_name_that_two_channels_have_is_not_trusted(
    workspace: Workspace, worker: Worker, keiko: User
) -> None:
    """As in an organisation of several workspaces."""
    channels = {workspace.add_channel("hr", [keiko]).id, workspace.add_channel("hr", [keiko]).id}

    assert (await worker("#hr").of_person(keiko.id)).groups == channels


async def test_a_pin_belongs_to_its_workspace(
    workspace: Workspace, clients: Clients, me: BotIdentity, store: RedisConnection, keiko: User
) -> None:
    """The same name in another one is another name."""
    channel = workspace.add_channel("hr", [keiko])
    pins = RedisNamePins(store.commands)
    await pins.note("T0ELSEWHERE", "#hr", "C0ELSEWHERE", 0.0)
    await names_used(clients, me, store, "#hr").look()

    assert [pin.id for pin in await pins.all(me.team)] == [channel.id]
    assert [pin.id for pin in await pins.all("T0ELSEWHERE")] == ["C0ELSEWHERE"]


async def test_two_workers_share_a_pin(store: RedisConnection) -> None:
    """Whoever is first decides, for both."""
    one, other = RedisNamePins(store.commands), RedisNamePins(store.commands)
    noted = [await one.note("T1", "#人事", "C1", 0.0), await other.note("T1", "#人事", "C2", 0.0)]
    (before,) = await other.all()
    settled = [await other.settle(before, "C3"), await one.settle(before, "C4")]

    assert (noted, before.id, settled) == ([True, False], "C1", [True, False])
    assert [pin.id for pin in await one.all()] == ["C3"]


async def test_without_slack_a_name_gives_no_rights_for_this_time(
    workspace: Workspace, worker: Worker, keiko: User
) -> None:
    """Nothing is pinned then; the next question looks again."""
    channel = workspace.add_channel("hr", [keiko])
    workspace.faults.add("conversations.list", "missing_scope")
    closed = await worker("#hr").of_person(keiko.id)
    opened = await worker("#hr").of_person(keiko.id)

    assert closed.groups == {channel.id}
    assert opened.groups == {channel.id, "#hr"}


async def test_without_redis_a_name_gives_no_rights(
    workspace: Workspace, worker: Worker, clients: Clients, me: BotIdentity, keiko: User
) -> None:
    """An id still does: it needs no pin."""
    channel = workspace.add_channel("人事", [keiko])
    before = await worker("#人事").of_person(keiko.id)
    gone = RedisNamePins(RedisClient(unix_socket_path="/nowhere/redis.sock"))

    async def used() -> tuple[str, ...]:
        return ("#人事",)

    names = PinnedNames(clients.repeating, me.team, gone, used)
    after = await Principals(clients.repeating, me, names).of_person(keiko.id)

    assert before.groups == {channel.id, "#人事"}
    assert (after.member, list(after.groups)) == (True, [channel.id])
    assert await names.lines("ja") == []
