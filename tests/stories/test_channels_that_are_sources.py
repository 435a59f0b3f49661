"""What is kept of a channel that is a source, for whom, and until when."""

import asyncio
import time
from collections.abc import Callable
from contextlib import closing, suppress

import pytest

from bot.channels.settings import ChannelSettings
from bot.channels.store import ChannelSettingsStore
from bot.core.language import Language
from bot.core.message_ref import MessageRef, channel_key
from bot.redis.connection import RedisConnection
from bot.slack.history import reader, texts
from bot.workspace import SlackMessage, User
from knowledge.model.errors import KnowledgeError, ParseError
from knowledge.sync.sources.slack import SlackSource
from tests.stories.conftest import Mode, Story, keeping
from tests.stories.talk import (
    ASKED,
    EDITED,
    WROTE,
    ask,
    found,
    name_channels,
    read,
    sourced,
    synced,
    until,
)

DAY = 86_400.0
CODE = "parking code 駐車場の番号"


@pytest.fixture
def mode() -> Mode:
    """One way is enough: how events come in is told elsewhere."""
    return "socket"


async def say(
    story: Story, text: str, thread: SlackMessage | None = None, *, by: User | None = None
) -> SlackMessage:
    return await story.workspace.post(story.channel, by or story.bob, text, thread=thread)


def documents(story: Story) -> dict[str, str]:
    """Return what the source lists, by id, as text of its Slack form."""
    source, found = SlackSource("talk", story.documents / "data" / "slack"), dict[str, str]()
    for file in source.files():
        with suppress(ParseError):  # it is deleted just now
            found[file.document_id] = source.read(file).decode()
    return found


async def announcements(story: Story) -> list[str]:
    ours = [one for one in story.workspace.messages(story.channel) if one.bot_id]
    return [one.plain for one in ours]


async def test_what_was_written_before_is_read_once(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page, with all replies; without what bots write and what was said to the bot."""
    monkeypatch.setattr(reader, "PAGE", 2)
    thread = await say(story, "Which printer works?")
    for text in ("The one on floor 2.", f"Ask <@{story.hanako.id}> for toner.", "Thanks & bye"):
        await say(story, text, thread)
    await say(story, "Lunch is at noon.")
    to_bot = await ask(story, "How much leave is there?")
    await say(story, "The same thread goes on.", to_bot)
    async with sourced(story, story.channel):
        listed = documents(story)
        people = await found(story, story.hanako, "printer floor toner")
        calls = len(story.workspace.calls("conversations.history"))

    day = time.strftime("%Y-%m-%d", time.gmtime(float(thread.ts)))
    place = f"talk/{story.channel.id}"
    assert sorted(listed) == sorted([f"{place}/{thread.ts}", f"{place}/{day}"])
    assert "toner" in listed[f"{place}/{thread.ts}"]
    assert "noon" in listed[f"{place}/{day}"]
    assert "leave" not in "".join(listed.values())
    assert "goes on" not in "".join(listed.values())
    assert calls >= 2
    assert people[0].startswith("bob (20")
    assert "@hanako" in people[0]
    assert "Thanks & bye" in people[0]


async def test_only_members_of_the_channel_are_answered_from_it(story: Story) -> None:
    """Wherever they ask; and only members of the team, as knowledge.toml says."""
    workspace = story.workspace
    guest = workspace.add_user("guest", guest=True)
    private = workspace.add_channel("plans", [story.hanako, guest], private=True)
    await workspace.post(private, story.hanako, WROTE["en"])
    async with sourced(story, private):
        shown = [bool(await found(story, one, CODE)) for one in (story.hanako, story.bob, guest)]
        elsewhere = await ask(story, ASKED["en"])
        there = await workspace.post(
            workspace.direct_channel(story.hanako), story.hanako, ASKED["en"]
        )
        direct = await story.finished(there)
        workspace.join(private, story.bob)
        await workspace.drained()
        joined = await found(story, story.bob, CODE)
        workspace.leave(private, story.bob)
        await workspace.drained()
        left = await found(story, story.bob, CODE)

    assert shown == [True, False, False]
    assert "4711" not in str(elsewhere.blocks)
    assert "4711" in direct.plain
    assert (bool(joined), bool(left)) == (True, False)


async def test_of_a_thread_a_deleted_message_goes_and_the_rest_stays(story: Story) -> None:
    """Slack leaves a stone of a first message; its words are gone all the same."""
    async with sourced(story, story.channel):
        root = await say(story, WROTE["en"])
        reply = await say(story, "The parking code is new since Monday.", root)
        second = await say(story, "The parking code is hard to remember.", root)
        await synced(story)
        before = await found(story, story.bob, CODE)
        await story.workspace.delete(root)
        await story.workspace.delete(second)
        await synced(story)
        after = await found(story, story.bob, CODE)

    assert "4711" in before[0]
    assert "hard to remember" in before[0]
    assert ["since Monday" in text for text in after] == [True]
    assert "4711" not in after[0]
    assert "hard" not in after[0]
    assert reply.text


async def test_a_deletion_holds_while_nothing_can_be_indexed(story: Story) -> None:
    """An index that somebody else works on for an hour shows nothing of it either."""
    async with sourced(story, story.channel):
        wrote = await say(story, WROTE["en"])
        await synced(story)
        (document,) = documents(story)
        with story.base._index_versions.lock():
            await story.workspace.delete(wrote)
            await story.workspace.drained()
            await until(story, lambda: not documents(story))
            hidden = await found(story, story.bob, CODE)
            reader_ = await story.adapter.slack.principals.of_person(story.bob.id)
            with suppress(KnowledgeError):
                hidden += [one.text for one in await story.base.read(document, reader_)]
        await synced(story)

    assert hidden == []


async def test_an_event_that_comes_late_brings_nothing_back(story: Story) -> None:
    """Slack sends the message once more, after it was edited, and after it was deleted."""
    async with sourced(story, story.channel):
        wrote = await say(story, WROTE["en"])
        await story.workspace.drained()
        event = story.workspace.deliveries[-1]
        await story.workspace.edit(wrote, EDITED["en"])
        await synced(story)
        await story.workspace.redeliver(event)
        await synced(story)
        edited = await found(story, story.bob, CODE)
        await story.workspace.delete(wrote)
        await synced(story)
        await story.workspace.redeliver(event)
        await synced(story)
        deleted = await found(story, story.bob, CODE)

    assert "8822" in edited[0]
    assert deleted == []


ENDS: dict[str, Callable[[Story], None]] = {
    "the bot leaves": lambda story: story.workspace.leave(story.channel, story.workspace.team.bot),
    "archived": lambda story: story.workspace.archive_channel(story.channel),
    "deleted": lambda story: story.workspace.delete_channel(story.channel),
    "shared": lambda story: story.workspace.share_channel(story.channel),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_a_channel_that_the_bot_must_not_read_is_forgotten(
    story: Story, end: Callable[[Story], None]
) -> None:
    """Its messages are gone from answers, from the index and from the disk."""
    await say(story, WROTE["en"])
    async with sourced(story, story.channel):
        before = await found(story, story.bob, CODE)
        end(story)
        await story.workspace.drained()
        await until(story, lambda: read(story, 0))
        after = await found(story, story.bob, CODE)

    assert (bool(before), bool(after)) == (True, False)
    assert documents(story) == {}


async def test_a_channel_keeps_its_messages_when_it_is_renamed(story: Story) -> None:
    """Who takes its old name is not read instead."""
    await say(story, WROTE["en"])
    async with sourced(story, story.channel):
        story.workspace.rename_channel(story.channel, "everybody")
        other = story.workspace.add_channel("general", [story.bob])
        await story.workspace.post(other, story.bob, EDITED["en"])
        await story.workspace.drained()
        await until(story, lambda: any("everybody" in text for text in documents(story).values()))
        await until(story, lambda: read(story, 1))
        after = await found(story, story.bob, CODE)

    assert ["4711" in text for text in after] == [True]


@pytest.mark.parametrize("language", ["en", "ja", None])
async def test_people_are_told_once_when_it_begins_and_when_it_ends(
    story: Story, store: RedisConnection, language: Language | None
) -> None:
    """In the language of the channel, or in both; and nothing of what they wrote stays."""
    key = channel_key(MessageRef(story.workspace.team_id, story.channel.id, ""))
    await ChannelSettingsStore(store.commands).choose(key, ChannelSettings(language=language))
    await say(story, WROTE["en"])
    async with sourced(story, story.channel, days=90):
        pass
    async with sourced(story, story.channel, days=90):
        begun = await announcements(story)
        name_channels(story)
        await until(story, lambda: not documents(story))
        await until(story, lambda: len(shown(story)) > 1)
        ended = await announcements(story)
        with closing(story.history()) as history:
            await until(story, lambda: not history.withheld())

    told = texts.BEGUN.to(language, days=90) if language else texts.BEGUN.in_both(days=90)
    over = texts.ENDED.to(language) if language else texts.ENDED.in_both()
    assert begun == [told]
    assert ended == [told, over]


def shown(story: Story) -> list[SlackMessage]:
    return [one for one in story.workspace.messages(story.channel) if one.bot_id]


async def test_nothing_is_read_of_a_channel_that_was_not_told(story: Story) -> None:
    """Slack refuses the message; it is tried again."""
    fault = story.workspace.faults.add("chat.postMessage", "restricted_action", times=3)
    await say(story, WROTE["en"])
    async with sourced(story, story.channel):
        found_then = await found(story, story.bob, CODE)

    assert fault.times == 0
    assert found_then
    assert len(await announcements(story)) == 1


async def test_a_message_is_kept_for_its_days(story: Story) -> None:
    """What is older goes, and the rest of its thread stays."""
    async with sourced(story, story.channel, days=30):
        root = await say(story, WROTE["en"])
        reply = await say(story, "The parking code is new.", root)
        await synced(story)
        with closing(story.history()) as history:
            history.prune(float(reply.ts) + 30 * DAY)
        await until(story, lambda: read(story, 1))
        left = await found(story, story.bob, CODE)

    assert ["is new" in text for text in left] == [True]
    assert "4711" not in left[0]


async def test_what_was_missed_is_found_when_the_channel_is_read_again(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edits and deletions are in no history; only a comparison tells."""
    monkeypatch.setattr(reader, "UNSETTLED_SECONDS", 0.0)
    lone, root = await say(story, "The parking code is 1."), await say(story, "Parking code talk")
    reply = await say(story, "The parking code is 2.", root)
    edited = await say(story, "The parking code is 3.", root)
    async with sourced(story, story.channel):
        await story.workspace.drained()
        subscriptions = set(story.workspace.team.subscriptions)
        story.workspace.team.subscriptions.clear()
        for gone in (lone, reply):
            await story.workspace.delete(gone)
        await story.workspace.edit(edited, EDITED["en"])
        new = await say(story, "The parking code is 5.")
        story.workspace.team.subscriptions |= subscriptions
        await story.updater._log.missed()
        await synced(story)
        await until(story, lambda: read(story, 1))
        listed = "".join(documents(story).values())

    codes = ("code is 1", "code is 2", "code is 3", "8822", "code is 5")
    assert [code in listed for code in codes] == [False, False, False, True, True]
    assert new.text


@pytest.mark.parametrize("method", ["conversations.history", "conversations.replies"])
async def test_reading_that_was_broken_off_goes_on(
    story: Story, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Refused or limited at each call: nothing is missing in the end."""
    monkeypatch.setattr(reader, "PAGE", 2)
    for number in range(4):
        root = await say(story, f"Question {number}?")
        await say(story, f"Reply {number}.", root)
    for kind in ("ratelimited", "fatal_error", "service_unavailable"):
        story.workspace.faults.add(method, kind, times=2, retry_after=0)
    async with sourced(story, story.channel):
        listed = "".join(documents(story).values())

    assert not story.workspace.faults.waiting
    assert all(f"Question {number}" in listed for number in range(4))
    assert all(f"Reply {number}" in listed for number in range(4))


async def test_operators_see_what_is_missing_of_a_source(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A channel without the bot, and one whose history is not read yet; until both are."""
    monkeypatch.setattr(reader, "PAGE", 1)
    for text in ("one", "two", "three"):
        await say(story, text)
    other = story.workspace.add_channel("far", [story.bob], with_bot=False)
    story.workspace.faults.add("conversations.history", "fatal_error", times=4)
    name_channels(story, story.channel, other)
    seen = set[str]()

    def noted() -> str:
        reason = story.base.health()["talk"].reason
        seen.update(reason.split("; "))
        return reason

    async with keeping(story):
        await until(story, lambda: noted() == "#far: the bot is not in it: /invite it there")
        story.workspace.join(other, story.workspace.team.bot)
        await until(story, lambda: read(story, 2) and not noted())

    assert "#general: its history is still being read" in seen


async def test_a_busy_channel_is_synced_once_for_many_messages(story: Story) -> None:
    """And only what has changed is read: one thread, not all of them."""
    roots = [await say(story, f"Topic {number}") for number in range(5)]
    for root in roots:
        await say(story, "A first reply.", root)
    async with sourced(story, story.channel):
        before = story.base.index_version
        source = SlackSource("talk", story.documents / "data" / "slack")
        cursor = source.cursor()
        await asyncio.gather(*(say(story, f"Reply {n}", roots[0]) for n in range(5)))
        await synced(story)
        changes = source.changes(cursor)

    assert [file.document_id for file in changes.files] == [
        f"talk/{story.channel.id}/{roots[0].ts}"
    ]
    assert changes.removed == ()
    assert before != story.base.index_version
