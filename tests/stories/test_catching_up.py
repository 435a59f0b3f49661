"""The bot was away, and Slack has given up sending."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from bot.redis.connection import RedisConnection
from bot.slack.intake.catch_up import CatchUp
from bot.slack.intake.presence import PresenceStore
from bot.workspace import SlackMessage
from tests.stories.conftest import Mode, Story

HOUR = 3_600.0


@pytest.fixture
def mode() -> Mode:
    """One way is enough: nothing is sent."""
    return "http"


@pytest.fixture
def catching_up(story: Story, store: RedisConnection) -> CatchUp:
    """What attends for the bot."""
    presence, client = PresenceStore(store.commands), story.adapter.slack.clients.repeating
    return CatchUp(presence, client, story.adapter.receiver.receive, hours=24)


@contextmanager
def deaf(story: Story) -> Iterator[None]:
    """Slack sends nothing meanwhile."""
    subscriptions = set(story.workspace.team.subscriptions)
    story.workspace.team.subscriptions = set()
    yield
    story.workspace.team.subscriptions = subscriptions


async def said(story: Story, text: str, thread: SlackMessage | None = None) -> SlackMessage:
    """Let Bob write something in the channel."""
    return await story.workspace.post(story.channel, story.bob, text, thread=thread)


async def test_what_was_missed_is_answered_once(story: Story, catching_up: CatchUp) -> None:
    """Mentions, direct messages, replies in threads that go on; and nothing that was for others."""
    workspace = story.workspace
    await catching_up.attend(time.time() - HOUR)
    talk = await said(story, f"{story.bot} How much leave?")
    await story.reply_with(talk, "10 days")
    direct = workspace.direct_channel(story.hanako)
    with deaf(story):
        mention = await workspace.post(story.channel, story.hanako, f"{story.bot} 有給は何日？")
        letter = await workspace.post(direct, story.hanako, "繰り越しは？")
        await said(story, "And how much leave next year?", talk)
        chat = await said(story, "Lunch?")
        answer = await said(story, f"{story.bot} leave?", chat)
    await catching_up.attend(time.time() + 2 * HOUR)
    await story.reply_with(mention, "10日")
    await story.reply_with(letter, "繰り越せます")
    await workspace.wait_for(lambda: len(story.replies(talk)) == 2)
    await story.reply_with(answer, "10 days")
    await story.settled()

    counts = [len(story.replies(message)) for message in (mention, letter, talk, chat)]
    assert counts == [1, 1, 2, 1]


async def test_what_was_acknowledged_unread_is_read_again(
    story: Story, catching_up: CatchUp, store: RedisConnection
) -> None:
    """While another process has listened, too; where nobody has, listening begins when told."""
    began, presence = time.time(), PresenceStore(store.commands)
    await catching_up.begin(began - HOUR)
    assert await presence.heard_until() == pytest.approx(began - HOUR, abs=1)
    await presence.mark(began)
    await catching_up.begin(began - HOUR)
    assert await presence.heard_until() == pytest.approx(began, abs=1)
    with deaf(story):
        mention = await said(story, f"{story.bot} How much leave?")
    await presence.mark(time.time())

    await catching_up.missed_since(began)
    await catching_up.attend(time.time())

    await story.reply_with(mention, "10 days")
    await story.settled()
    assert len(story.replies(mention)) == 1


async def test_messages_that_were_heard_are_not_answered_again(
    story: Story, catching_up: CatchUp
) -> None:
    """Reading more than was missed doubles nothing, and stops nothing."""
    await catching_up.attend(time.time() - HOUR)
    asked = await said(story, f"{story.bot} How much leave?")
    await story.reply_with(asked, "10 days")
    await story.settled()
    await said(story, "stop", asked)
    await story.reply_with(asked, "nothing to stop")
    await story.settled()
    await catching_up.attend(time.time())
    await story.settled()

    assert len(story.replies(asked)) == 2


async def test_without_a_silence_nothing_is_read(story: Story, catching_up: CatchUp) -> None:
    """Nor at the very first start, when everything is older than the bot."""
    now = time.time()
    for moment in (now, now + 30, now + 60):
        await catching_up.attend(moment)

    assert story.workspace.calls("conversations.history") == []


async def test_only_one_process_catches_up(
    story: Story, catching_up: CatchUp, store: RedisConnection
) -> None:
    """The others go on listening; when it dies, another one does it later."""
    presence = PresenceStore(store.commands)
    await presence.mark(time.time() - HOUR)
    assert await presence.claim(60)
    await catching_up.attend(time.time())
    assert story.workspace.calls("conversations.history") == []
    await presence.release()
    await catching_up.attend(time.time())
    assert story.workspace.calls("conversations.history")


async def test_what_is_too_old_is_left_alone(story: Story, store: RedisConnection) -> None:
    """Nobody waits for an answer of last week."""
    presence, client = PresenceStore(store.commands), story.adapter.slack.clients.repeating
    catching_up = CatchUp(presence, client, story.adapter.receiver.receive, hours=0.5)
    await presence.mark(time.time() - HOUR)
    with deaf(story):
        asked = await said(story, f"{story.bot} leave?")
    await catching_up.attend(time.time() + HOUR)
    await story.settled()

    assert story.replies(asked) == []


async def test_slack_decides_how_fast_it_is_read(story: Story, catching_up: CatchUp) -> None:
    """A refusal is waited for; a channel that cannot be read is skipped and named in the log."""
    faults = story.workspace.faults
    faults.add("users.conversations", "ratelimited", retry_after=1)
    faults.add(
        "conversations.history",
        "missing_scope",
        when=lambda call: call.get("channel") != story.channel.id,
    )
    story.workspace.direct_channel(story.bob)
    await catching_up.attend(time.time() - HOUR)
    with deaf(story):
        asked = await said(story, f"{story.bot} leave?")
    await catching_up.attend(time.time())

    await story.reply_with(asked, "10 days")


async def test_a_message_that_cannot_be_understood_is_left_out(
    story: Story, store: RedisConnection
) -> None:
    """One odd message of the past must not keep the bot from the rest, again and again."""
    receive = story.adapter.receiver.receive

    async def picky(body: Mapping[str, object]) -> None:
        if "odd" in str(body):
            raise KeyError("odd")
        await receive(body)

    presence, client = PresenceStore(store.commands), story.adapter.slack.clients.repeating
    catching_up = CatchUp(presence, client, picky, hours=24)
    await presence.mark(time.time() - HOUR)
    with deaf(story):
        await said(story, f"{story.bot} odd leave?")
        asked = await said(story, f"{story.bot} leave?")
    await catching_up.attend(time.time())

    await story.reply_with(asked, "10 days")
