"""Somebody wants a question stopped."""

import pytest

from bot.workspace import SlackMessage, Workspace
from tests.stories.conftest import Story


async def hanging(story: Story, question: str = "ゆっくり有給は？") -> SlackMessage:
    """Ask a question whose answer does not come, and wait until it is in work."""
    before = len(story.model.asked)
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} {question}")
    await story.workspace.wait_for(lambda: len(story.model.asked) > before)
    return asked


@pytest.mark.parametrize(
    ("question", "word", "said"),
    [
        ("ゆっくり有給は？", "ストップ！", "中止しました"),
        ("ゆっくり有給は？", "ｽﾄｯﾌﾟ", "中止しました"),
        ("slowly: how much leave?", "Stop.", "Stopped"),
    ],
)
async def test_the_word_stops_the_question_and_the_next_is_answered(
    story: Story, question: str, word: str, said: str
) -> None:
    """Its message says so; what was asked behind it in the thread goes on."""
    asked = await hanging(story, question)
    await story.workspace.post(story.channel, story.hanako, "有給は何日？", thread=asked)
    await story.workspace.post(story.channel, story.hanako, word, thread=asked)

    await story.reply_with(asked, said)
    await story.reply_with(asked, "10日")
    await story.settled()

    assert [said in reply.plain for reply in story.replies(asked)] == [True, False]
    assert len(story.replies(asked)) == 2


async def test_slacks_stop_button_stops_it_too(story: Story) -> None:
    """However often Slack tells of the press."""
    asked = await hanging(story)
    pressed = await story.workspace.stop(asked, story.hanako)
    assert pressed is not None
    await story.reply_with(asked, "中止しました")
    later = await hanging(story, "ゆっくり繰り越しは？")
    await story.workspace.redeliver(pressed)
    story.model.let_go.set()

    await story.reply_with(later, "繰り越せます")


async def test_a_waiting_question_is_stopped_at_once_and_never_runs(story: Story) -> None:
    """Its asker does not wait for its turn to see that it was stopped."""
    first = await hanging(story)
    await story.workspace.post(story.channel, story.bob, f"{story.bot} leave?", thread=first)
    await story.reply_with(first, "ahead of yours: 1")
    await story.workspace.post(story.channel, story.bob, f"{story.bot} stop", thread=first)
    await story.reply_with(first, "Stopped")
    assert len(story.model.asked) == 1
    story.model.let_go.set()
    await story.reply_with(first, "10日")
    await story.settled()

    assert len(story.model.asked) == 1
    assert len(story.replies(first)) == 2


async def test_one_order_stops_one_question_however_it_is_delivered(story: Story) -> None:
    """A mention comes as two events; and nothing that was asked later is ever stopped."""
    asked = await hanging(story)
    for question in ("ゆっくり繰り越しは？", "有給は何日？"):
        await story.workspace.post(story.channel, story.hanako, question, thread=asked)
    order = f"{story.bot} 停止"
    await story.workspace.post(
        story.channel, story.hanako, order, thread=asked, order="message_first"
    )
    await story.reply_with(asked, "中止しました")
    await story.workspace.wait_for(lambda: len(story.model.asked) == 2)
    story.model.let_go.set()
    await story.settled()

    said = "".join(reply.plain for reply in story.replies(asked))
    assert said.count("中止しました") == 1
    assert "繰り越せます" in said
    assert "10日" in said


async def test_a_direct_message_stops_what_was_asked_in_another(story: Story) -> None:
    """There each message begins a thread of its own."""
    direct = story.workspace.direct_channel(story.bob)
    asked = await story.workspace.post(direct, story.bob, "slowly: leave?")
    await story.workspace.wait_for(lambda: story.model.asked)
    await story.workspace.post(direct, story.bob, "stop")

    await story.reply_with(asked, "Stopped")
    await story.settled()


@pytest.mark.parametrize(
    ("word", "said"), [("停止", "中止できる質問は"), ("stop", "nothing to stop")]
)
async def test_with_nothing_to_stop_the_word_is_answered(
    story: Story, word: str, said: str
) -> None:
    """Never silence."""
    user = story.hanako if word == "停止" else story.bob
    asked = await story.workspace.post(story.channel, user, f"{story.bot} {word}")

    await story.reply_with(asked, said)


async def test_a_sentence_with_the_word_is_a_question(story: Story) -> None:
    """It is answered behind the one in work, which goes on."""
    asked = await hanging(story)
    await story.workspace.post(
        story.channel, story.hanako, "停止した場合、有給は何日？", thread=asked
    )
    story.model.let_go.set()
    await story.workspace.wait_for(lambda: len(story.model.asked) == 2)
    await story.settled()

    assert ["10日" in reply.plain for reply in story.replies(asked)] == [True, True]


async def test_stop_among_people_stops_nothing(story: Story, workspace: Workspace) -> None:
    """In a thread without the bot nobody is answered."""
    talk = await workspace.post(story.channel, story.bob, "Shall we?")
    asked = await hanging(story)
    await workspace.post(story.channel, story.hanako, "stop", thread=talk)
    await workspace.drained()
    story.model.let_go.set()
    await story.reply_with(asked, "10日")

    assert story.replies(talk) == []
