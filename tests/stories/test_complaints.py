"""What people said against answers: operators see it as far as the readers there may know of it."""

import time
from dataclasses import dataclass

import pytest

from bot.core.message_ref import MessageRef
from bot.core.types import Feedback
from bot.workspace import Channel, User
from tests.stories.conftest import Story
from tests.stories.handbook import LEAVE


@dataclass(frozen=True)
class Words:
    """What is asked, said and shown in one language."""

    locale: str
    question: str
    comment: str
    answer: str
    direct: str
    hidden: str
    no_comment: str
    wrong: str
    nothing_to_judge: str


ENGLISH = Words(
    "en-GB",
    "How much leave does Tanaka get?",
    "Tanaka gets 12M since the divorce",
    "10 days",
    "1 in direct messages, not shown",
    "this question cannot be shown here",
    "this comment cannot be shown here",
    "It is wrong",
    "no answers left",
)
JAPANESE = Words(
    "ja-JP",
    "田中さんの有給は何日ですか？",
    "田中さんは離婚してから1200万円です",
    "10日",
    "ダイレクトメッセージでの回答への 👎 1 件",
    "ここでは表示できない質問",
    "ここでは表示できないコメント",
    "内容が間違っている",
    "レビュー待ちの回答はありません",
)


@pytest.fixture(params=[ENGLISH, JAPANESE], ids=["en", "ja"])
def words(request: pytest.FixtureRequest) -> Words:
    """The words of one language."""
    words: Words = request.param
    return words


@pytest.fixture
def admin(story: Story, words: Words) -> User:
    """An operator, who is in #general and in no other channel."""
    admin = story.workspace.add_user("admin", admin=True, language=words.locale)
    story.channel.members.append(admin.id)
    return admin


async def complain(story: Story, person: User, channel: Channel, words: Words) -> None:
    """Let *person* ask in *channel*, and say in the form that the answer is wrong."""
    mention = "" if channel.id.startswith("D") else f"{story.bot} "
    message = await story.workspace.post(channel, person, f"{mention}{words.question}")
    await story.reply_with(message, words.answer)
    await story.settled()
    asked = MessageRef(story.workspace.team_id, channel.id, message.ts).question
    said = Feedback(asked, person.id, "down", "button", time.time(), "wrong", words.comment)
    assert await story.ledger.rate(said)


async def ephemeral(story: Story, person: User) -> str:
    """Return what `/kotae feedback` shows to *person* alone."""
    return str((await story.workspace.command(person, story.channel, "feedback")).response)


async def home(story: Story, person: User) -> str:
    """Return what *person* sees in the Home tab."""
    homes = story.workspace.team.homes
    homes.pop(person.id, None)
    await story.workspace.open_home(person)
    await story.workspace.wait_for(lambda: person.id in homes)
    return homes[person.id].plain


async def posted(
    story: Story, person: User, channel: Channel, words: Words, *, of_direct: bool = False
) -> str:
    """Return what the bot says to everybody in *channel* when *person* asks for the feedback."""
    message = await story.workspace.post(channel, person, f"{story.bot} feedback")
    shown = words.wrong if not of_direct else words.direct
    return (await story.reply_with(message, shown)).plain


async def views(story: Story, person: User, words: Words, *, of_direct: bool = False) -> list[str]:
    """Return the same complaints as the Home tab, the command, and #general show them."""
    return [
        await home(story, person),
        await ephemeral(story, person),
        await posted(story, person, story.channel, words, of_direct=of_direct),
    ]


async def test_a_complaint_of_a_private_channel_stays_there(
    story: Story, admin: User, words: Words
) -> None:
    """An operator outside it learns that there was one, and why; those inside it read it there."""
    insider = story.workspace.add_user("insider", admin=True, language=words.locale)
    story.channel.members.append(insider.id)
    private = story.workspace.add_channel("hr", [story.hanako, insider], private=True)
    await complain(story, story.hanako, private, words)

    for seen in await views(story, admin, words):
        assert words.wrong in seen
        assert words.hidden in seen
        assert words.question not in seen
        assert words.comment not in seen
    in_home, alone, in_general = await views(story, insider, words)
    inside = await posted(story, insider, private, words)
    assert all(words.comment in seen for seen in (in_home, alone, inside))
    assert all(words.question in seen for seen in (in_home, alone, inside))
    assert words.question not in in_general
    assert words.comment not in in_general


async def test_a_complaint_of_a_direct_message_is_for_nobody_else(
    story: Story, admin: User, words: Words
) -> None:
    """Neither the question, the reason nor the comment; it is counted."""
    await complain(story, story.hanako, story.workspace.direct_channel(story.hanako), words)

    for seen in await views(story, admin, words, of_direct=True):
        assert words.direct in seen
        assert words.wrong not in seen
        assert words.question not in seen
        assert words.comment not in seen


async def test_operators_see_their_own_direct_messages_where_nobody_else_reads(
    story: Story, admin: User, words: Words
) -> None:
    """Not in a thread, even if they ask for it there."""
    direct = story.workspace.direct_channel(admin)
    await complain(story, admin, direct, words)

    in_home, alone, in_general = await views(story, admin, words, of_direct=True)
    in_direct = await story.workspace.post(direct, admin, "feedback")
    assert words.comment in (await story.reply_with(in_direct, words.wrong)).plain
    assert words.comment in in_home
    assert words.comment in alone
    assert words.question not in in_general
    assert words.comment not in in_general


@pytest.mark.parametrize("reader", ["guest", "partner"])
async def test_guests_and_partners_in_a_thread_read_no_comment(
    story: Story, admin: User, words: Words, reader: str
) -> None:
    """Of other channels nothing; of their own channel the question, which they have read."""
    shared = story.workspace.add_channel("project", [admin, story.bob], shared=reader == "partner")
    stranger = story.workspace.add_user(
        "eve", guest=reader == "guest", external=reader == "partner"
    )
    shared.members.append(stranger.id)
    await complain(story, story.bob, story.channel, words)
    elsewhere = await posted(story, admin, shared, words)
    assert words.hidden in elsewhere
    assert words.question not in elsewhere
    assert words.comment not in elsewhere

    await complain(story, story.bob, shared, words)
    here = await posted(story, admin, shared, words)
    assert here.count(words.question) == 1
    assert here.count(words.no_comment) == 2
    assert words.comment not in here
    assert (await ephemeral(story, admin)).count(words.comment) == 2


async def test_a_comment_on_what_the_reader_may_not_read_is_hidden(
    story: Story, admin: User, words: Words
) -> None:
    """It may tell what the document says; the same answer is not given to be judged."""
    await complain(story, story.bob, story.channel, words)
    for seen in await views(story, admin, words):
        assert words.comment in seen

    await story.close_document(LEAVE)
    for seen in await views(story, admin, words):
        assert words.question in seen
        assert words.no_comment in seen
        assert words.comment not in seen
    judging = await story.workspace.command(admin, story.channel, "review")
    assert words.nothing_to_judge in str(judging.response)


async def test_answers_of_private_channels_are_judged_by_their_members(
    story: Story, admin: User, words: Words
) -> None:
    """An operator outside is told that nothing is left."""
    insider = story.workspace.add_user("insider", admin=True, language=words.locale)
    private = story.workspace.add_channel("hr", [story.hanako, insider], private=True)
    await complain(story, story.hanako, private, words)

    outside = await story.workspace.command(admin, story.channel, "review")
    assert words.nothing_to_judge in str(outside.response)
    await story.workspace.command(insider, story.channel, "review")
    modals = story.workspace.team.modals
    form = (await story.workspace.wait_for(lambda: modals.get(insider.id, [])))[-1]
    assert words.question in form.plain
    assert words.answer in form.plain


async def test_home_names_no_source_that_has_been_closed_since(
    story: Story, admin: User, words: Words
) -> None:
    """Also under one's own questions."""
    await complain(story, admin, story.channel, words)
    assert "就業規則" in await home(story, admin)

    await story.close_document(LEAVE)
    seen = await home(story, admin)
    assert words.question in seen
    assert "就業規則" not in seen
