"""A question to everybody is answered where the answer is proven; else the bot is silent."""

import time
from collections.abc import Mapping

import pytest

from bot.channels.settings import AutoAnswers, ChannelSettings
from bot.channels.store import ChannelSettingsStore
from bot.core.language import Language
from bot.core.message_ref import MessageRef, channel_key
from bot.evaluation.certificate import Certificate, CertificateStore
from bot.redis.connection import RedisConnection
from bot.workspace import SlackMessage, User
from tests.stories.conftest import Story

ASKED: Mapping[Language, str] = {
    "en": "Does anyone know how many days of leave we get?",
    "ja": "どなたか、有給休暇が年に何日あるかご存じですか？",
}
SAID: Mapping[Language, str] = {"en": "10 days of leave", "ja": "有給休暇は10日です"}


@pytest.fixture
def options() -> Mapping[str, str]:
    """People come first for a moment only."""
    return {"auto_answer_minutes": "0.005", "limit_auto_answers_hour": "3"}


async def certify(story: Story, store: RedisConnection, *, withdrawn: str = "") -> None:
    """Let a certificate hold for the bot as it is."""
    certificate = Certificate(
        threshold=0.0,
        accuracy=0.99,
        confidence=0.95,
        coverage=0.5,
        labels=300,
        errors=0,
        fingerprint=story.gate.fingerprint(),
        created_at=time.time(),
        withdrawn=withdrawn,
    )
    await CertificateStore(store.commands).save(certificate)


async def switch(story: Story, store: RedisConnection, choice: AutoAnswers) -> None:
    """Choose what happens with questions to everybody in the channel."""
    await ChannelSettingsStore(store.commands).choose(
        key(story), ChannelSettings(auto_answers=choice)
    )


def key(story: Story) -> str:
    return channel_key(MessageRef(story.workspace.team_id, story.channel.id, ""))


async def wonder(story: Story, text: str, by: User | None = None) -> SlackMessage:
    """Ask everybody, and wait until the bot has made up its mind."""
    asked = await story.workspace.post(story.channel, by or story.bob, text)
    await story.settled()
    return asked


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_a_question_to_everybody_is_answered_in_its_thread(
    story: Story, store: RedisConnection, language: Language
) -> None:
    """With sources, a word about why the bot speaks, and no placeholder before."""
    await certify(story, store)
    await switch(story, store, "on")
    asked = await wonder(story, ASKED[language])

    (reply,) = story.replies(asked)
    assert SAID[language] in reply.plain
    assert "not_a_question" in str(reply.blocks)
    assert ("Nobody mentioned me" if language == "en" else "自動回答です") in str(reply.blocks)
    assert len(story.workspace.messages(story.channel)) == 2
    assert not story.workspace.calls("chat.update")
    (question,) = await story.answered()
    assert question.unaddressed


async def test_without_a_certificate_the_bot_is_silent_at_once(
    story: Story, store: RedisConnection
) -> None:
    """Before there is one, and once it is withdrawn; nothing is even looked up."""
    await switch(story, store, "on")
    before = await wonder(story, ASKED["en"])
    await certify(story, store, withdrawn="too many errors")
    after = await wonder(story, ASKED["ja"], story.hanako)

    assert [*story.replies(before), *story.replies(after)] == []
    assert story.model.asked == []
    assert await story.answered() == []


@pytest.mark.parametrize(
    "text",
    [
        "{bob} how many days of leave do we get?",
        "@bob how many days of leave do we get?",
        "Bob, how many days of leave do we get?",
        "Can you tell me how many days of leave we get?",
        "How many days of leave does one human need??",
        "10 days of leave, right?",
        "Good morning!",
        "ERROR 12:00:01 leave: how many days?",
        "ボブさん、有給休暇は年に何日もらえますか？",
        "有給休暇って10日だよね？",
        "なんで有給休暇は10日しかないの？",
        "今日から有給休暇です",
    ],
)
async def test_talk_between_people_is_left_alone(
    story: Story, store: RedisConnection, text: str
) -> None:
    """Greetings, words to one person, rhetorical questions, logs."""
    await certify(story, store)
    await switch(story, store, "on")
    asked = await wonder(story, text.format(bob=story.bob.mention), story.hanako)

    assert story.replies(asked) == []
    assert story.model.asked == []


async def test_bots_threads_and_other_channels_are_left_alone(
    story: Story, store: RedisConnection
) -> None:
    """Only what a person writes to the channel itself counts."""
    await certify(story, store)
    await switch(story, store, "on")
    other = story.workspace.add_channel("random", [story.hanako, story.bob])
    root = await wonder(story, "Some notes about the year.", story.hanako)
    inside = await story.workspace.post(story.channel, story.bob, ASKED["en"], thread=root)
    elsewhere = await story.workspace.post(other, story.bob, ASKED["en"])
    said = {"type": "message", "subtype": "bot_message", "bot_id": "B0OTHERBOT"}
    place = {"channel": story.channel.id, "ts": f"{time.time():.6f}", "channel_type": "channel"}
    await story.workspace.send_event({**said, **place, "text": ASKED["en"]})
    await story.settled()

    assert story.replies(root) + story.replies(inside) + story.replies(elsewhere) == []
    assert story.model.asked == []


@pytest.mark.parametrize("how", ["in the thread", "in the channel", "by the asker"])
async def test_a_person_who_replies_comes_first(
    story: Story, store: RedisConnection, how: str
) -> None:
    """Whoever speaks within the quiet time has taken the question."""
    await certify(story, store)
    await switch(story, store, "on")
    asked = await story.workspace.post(story.channel, story.bob, ASKED["en"])
    by = story.bob if how == "by the asker" else story.hanako
    thread = asked if how == "in the thread" else None
    await story.workspace.post(story.channel, by, "It is 10, I believe.", thread=thread)
    await story.settled()

    assert story.replies(asked) == []


async def test_a_thread_gets_one_answer(story: Story, store: RedisConnection) -> None:
    """What follows needs a mention; adding one to the question itself brings no second answer."""
    await certify(story, store)
    await switch(story, store, "on")
    asked = await wonder(story, ASKED["en"])
    await story.workspace.post(story.channel, story.bob, "And is leave carried over?", thread=asked)
    await story.settled()
    await story.workspace.edit(asked, f"{story.bot} {ASKED['en']}")
    await story.settled()
    alone = len(story.replies(asked))
    await story.workspace.post(story.channel, story.bob, f"{story.bot} 繰り越しは？", thread=asked)
    await story.reply_with(asked, "翌年度まで")

    assert alone == 1


async def test_an_answer_rests_on_what_everybody_in_the_channel_may_read(
    story: Story, store: RedisConnection
) -> None:
    """One who may read more is not answered from it."""
    await certify(story, store)
    await switch(story, store, "on")
    await story.close_document("handbook/leave.md")
    asked = await wonder(story, ASKED["en"])

    assert story.replies(asked) == []


async def test_shared_channels_are_left_alone(story: Story, store: RedisConnection) -> None:
    """People of other organisations did not choose to be read by a bot."""
    await certify(story, store)
    await switch(story, store, "on")
    story.workspace.share_channel(story.channel)
    asked = await wonder(story, ASKED["en"])

    assert story.replies(asked) == []
    assert story.model.asked == []


async def test_an_hour_has_room_for_some_answers(story: Story, store: RedisConnection) -> None:
    """The bot is no loudspeaker."""
    await certify(story, store)
    await switch(story, store, "on")
    people = [story.bob, story.hanako, *map(story.workspace.add_user, ("carol", "dave"))]
    for person in people:
        story.workspace.join(story.channel, person)
    asked = [await wonder(story, ASKED["en"], person) for person in people]

    assert [len(story.replies(one)) for one in asked] == [1, 1, 1, 0]


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_the_expert_is_asked_where_the_channel_wants_it(
    story: Story, store: RedisConnection, language: Language
) -> None:
    """Not everybody: only a person whom the documents name."""
    await certify(story, store)
    await story.publish(
        "handbook/parking.md", f"---\nowner: {story.hanako.id}\n---\n# Parking 駐車場\n\nAsk.\n"
    )
    text = {
        "en": "Where do I get a parking permit for the garage?",
        "ja": "駐車場の許可証はどこに申請すればもらえますか？",
    }[language]
    await switch(story, store, "on")
    silent = await wonder(story, text)
    await switch(story, store, "ask")
    carol = story.workspace.add_user("carol")
    story.workspace.join(story.channel, carol)
    asked = await wonder(story, text, carol)

    assert story.replies(silent) == []
    (reply,) = story.replies(asked)
    assert story.hanako.mention in str(reply.blocks) + reply.text


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_operators_switch_it_on_and_every_member_off(
    story: Story, store: RedisConnection, language: Language
) -> None:
    """In the sight of all, with the words for switching it off."""
    operator = story.workspace.add_user("olga", language="ja-JP" if language == "ja" else "en-US")
    operator.admin = True
    story.workspace.join(story.channel, operator)
    refused = await story.workspace.command(story.bob, story.channel, "channel auto on")
    begun = await story.workspace.command(operator, story.channel, "channel auto on")
    on = await ChannelSettingsStore(store.commands).choices(key(story))
    ended = await story.workspace.command(story.bob, story.channel, "channel auto off")
    off = await ChannelSettingsStore(store.commands).choices(key(story))

    assert "in_channel" not in str(refused.response)
    assert "in_channel" in str(begun.response)
    assert "in_channel" in str(ended.response)
    assert "/kotae channel auto off" in str(begun.response)
    assert ("no certificate holds" if language == "en" else "証明書がない") in str(begun.response)
    assert (on.auto_answers, off.auto_answers) == ("on", "off")


async def test_answers_that_nobody_wants_end(story: Story, store: RedisConnection) -> None:
    """The button takes an answer back; three unwanted ones switch all off, and people are told."""
    story.hanako.admin = True
    await certify(story, store)
    await switch(story, store, "on")
    people = [story.bob, *map(story.workspace.add_user, ("carol", "dave"))]
    asked, pressed = list[SlackMessage](), list[str]()
    for person in people:
        story.workspace.join(story.channel, person)
        asked.append(await wonder(story, ASKED["en"], person))
    for person, message in zip(people, asked, strict=True):
        (reply,) = story.replies(message)
        if person is people[2]:
            await story.workspace.react(reply, person, "-1")
        else:
            await story.workspace.click(reply, person, "not_a_question")
            pressed.append(reply.ts)
        await story.settled()
    late = await wonder(story, ASKED["ja"], story.hanako)

    ours = [one for one in story.workspace.messages(story.channel) if one.bot_id]
    direct = story.workspace.messages(story.workspace.direct_channel(story.hanako))
    assert [len(story.replies(one)) for one in asked] == [0, 0, 1]
    assert [one.plain for one in ours if "switched off" in one.plain]
    assert ["停止しました" in one.plain for one in direct] == [True]
    assert story.replies(late) == []
    record = await story.ledger.get(next(q.id for q in await story.answered()))
    assert record is not None
    assert [vote.reason for vote in record.feedback] == ["not_a_question"]
