"""What nothing answers, shown to operators, and to nobody more than they may know."""

import time

import pytest

from bot.core.types import Handoff, QuestionId, ThreadId, Waiter
from bot.handoff.store import HandoffStore
from bot.redis.connection import RedisConnection
from bot.workspace import Channel, SlackMessage, User
from knowledge.model.types import Principal
from tests.stories.conftest import Story

ENGLISH = ("Who helps with visas?", "Who can help me with a visa?")
JAPANESE = ("来客用の駐車場はどこですか？", "来客用の駐車場の場所を教えてください")
VISITS = "# Visits\n\nVisas are for travel. 来客用の駐車場は広いです。\n"


async def asked(
    story: Story, person: User, text: str, channel: Channel | None = None
) -> SlackMessage:
    """Let *person* ask what nothing answers."""
    where = channel or story.channel
    mention = "" if where.id.startswith("D") else f"{story.bot} "
    message = await story.workspace.post(where, person, f"{mention}{text}")
    await story.finished(message)
    return message


async def gaps(story: Story, person: User) -> str:
    """Return what `/kotae gaps` shows to *person*."""
    typed = await story.workspace.command(person, story.channel, "gaps")
    return str((await story.workspace.wait_for(lambda: typed.responses))[0])


@pytest.mark.parametrize("words", [ENGLISH, JAPANESE])
async def test_the_same_question_in_other_words_is_one_gap(
    story: Story, words: tuple[str, str]
) -> None:
    """With how many people asked; only operators see it."""
    admin = story.workspace.add_user("admin", admin=True)
    await story.publish("faq/visits.md", VISITS)
    await asked(story, story.hanako, words[0])
    await asked(story, story.bob, "How loud may music be?")
    await asked(story, story.bob, words[1])

    shown = await gaps(story, admin)
    assert shown.index("asked 2× by 2") < shown.index("asked 1× by 1")
    assert words[0] in shown
    assert words[1] not in shown
    assert "closest: Visits" in shown
    assert "Only operators" in await gaps(story, story.bob)


async def test_a_gap_without_any_near_document_says_that_one_is_missing(story: Story) -> None:
    admin = story.workspace.add_user("admin", admin=True)
    story.channel.members.append(admin.id)
    await story.workspace.command(admin, story.channel, "channel sources saved")
    await asked(story, story.bob, ENGLISH[0])

    assert "no close document" in await gaps(story, admin)


async def test_no_gap_is_told_so(story: Story) -> None:
    admin = story.workspace.add_user("admin", admin=True, language="ja-JP")
    assert "質問はありません" in await gaps(story, admin)


async def test_words_of_direct_messages_stay_there(story: Story) -> None:
    """They are counted, and not shown: not even to operators."""
    admin = story.workspace.add_user("admin", admin=True)
    await asked(
        story, story.bob, "Who helps with divorces?", story.workspace.direct_channel(story.bob)
    )
    shown = await gaps(story, admin)
    assert "asked in a direct message" in shown
    assert "divorce" not in shown

    await asked(story, story.hanako, "Who can help me with a divorce?")
    shown = await gaps(story, admin)
    assert "asked 2× by 2" in shown
    assert "Who can help me with a divorce?" in shown


async def test_words_of_private_channels_are_for_their_members(story: Story) -> None:
    """After a mention, the readers are all who are in that channel."""
    admin = story.workspace.add_user("admin", admin=True)
    insider = story.workspace.add_user("insider", admin=True)
    story.channel.members.append(insider.id)
    private = story.workspace.add_channel("board", [story.bob, insider], private=True)
    await asked(story, story.bob, ENGLISH[0], private)
    assert "cannot be shown here" in await gaps(story, admin)

    assert ENGLISH[0] in await gaps(story, insider)
    mention = await story.workspace.post(story.channel, insider, f"{story.bot} gaps")
    reply = await story.reply_with(mention, "Unanswered questions")
    assert ENGLISH[0] not in reply.plain
    mention = await story.workspace.post(private, insider, f"{story.bot} gaps")
    assert ENGLISH[0] in (await story.reply_with(mention, "Unanswered questions")).plain


async def test_a_gap_names_whom_it_waits_for_until_it_is_saved(
    story: Story, store: RedisConnection
) -> None:
    """Without calling them; documents that are not for the reader are not named."""
    admin = story.workspace.add_user("admin", admin=True, language="ja-JP")
    expert = story.workspace.add_user("mika")
    handoffs = HandoffStore(store.commands)
    place = f"slack:{story.workspace.team_id}:{story.channel.id}:1.0"
    waiter = Waiter(QuestionId(place), ThreadId(place), story.bob.id, time.time() - 7_300)
    await handoffs.open(
        Handoff(
            QuestionId(place), JAPANESE[0], Principal(story.channel.id), expert.id,
            ThreadId(place), waiter.at, language="ja", waiting=(waiter,),
        )
    )  # fmt: skip
    shown = await gaps(story, admin)
    assert "回答待ち" in shown
    assert "2 時間前" in shown
    assert "@mika" in shown
    assert expert.mention not in shown

    await handoffs.end(QuestionId(place), "answered", by=expert.id)
    assert "回答済み・未保存" in await gaps(story, admin)
    await handoffs.end(QuestionId(place), "saved", entry="saved/1.md")
    assert "質問はありません" in await gaps(story, admin)


async def test_home_shows_gaps_and_weeks_to_operators(story: Story) -> None:
    """In their language; bars for what there is a figure of."""
    admin = story.workspace.add_user("admin", admin=True, language="ja-JP")
    await asked(story, story.bob, ENGLISH[0])
    await asked(story, story.hanako, ENGLISH[1])
    message = await story.workspace.post(story.channel, story.bob, f"{story.bot} leave?")
    await story.reply_with(message, "10 days")
    await story.settled()

    async def home(person: User) -> str:
        await story.workspace.open_home(person)
        homes = story.workspace.team.homes
        await story.workspace.wait_for(lambda: person.id in homes)
        return homes[person.id].plain

    seen = await home(admin)
    assert "2 人・2 回" in seen
    assert "·······▃" in seen
    assert "人の手を借りずに回答 *33 %*" in seen
    assert "繰り返しの引き継ぎ *100 %*" in seen
    assert "費用" not in seen.split("週ごと")[1].split("最近の")[0]
    assert "回" not in await home(story.bob)


@pytest.mark.parametrize(
    "title",
    [
        "Visa rules https://evil.example/?q=1",
        "ビザ visa の規程 www.evil.example/a",
        "<https://evil.example/|Visa> rules",
        "Visa <!channel> <@U0000000001>",
    ],
)
async def test_a_title_is_no_link_and_calls_nobody(story: Story, title: str) -> None:
    """In gaps and in Home, whatever a document or a question says."""
    admin = story.workspace.add_user("admin", admin=True)
    text = f"---\ntitle: '{title}'\n---\nVisa ビザ visas are for travel.\n"
    await story.publish("faq/visa.md", text)
    await asked(
        story, admin, f"Who helps with visas? {title}", story.workspace.direct_channel(admin)
    )
    await asked(story, story.bob, f"Who helps with visas? {title}")
    await story.workspace.open_home(admin)
    homes = story.workspace.team.homes
    await story.workspace.wait_for(lambda: admin.id in homes)
    seen = await gaps(story, admin) + str(homes[admin.id].blocks)

    assert seen.casefold().count("visa") >= 3
    for live in (
        "https://evil",
        "www.evil",
        "<https",
        "<!channel",
        f"<@{admin.id}",
        "<@U0000000001",
    ):
        assert live not in seen
