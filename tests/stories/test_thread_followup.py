"""A talk goes on without new mentions, and the bot knows when it is over."""

from tests.stories.conftest import Story


async def test_a_follow_up_needs_no_new_mention(story: Story) -> None:
    """The thread knows what was said before."""
    workspace, hanako = story.workspace, story.hanako
    asked = await workspace.post(story.channel, hanako, f"{story.bot} 有給は？")
    await story.reply_with(asked, "10日")
    await workspace.post(story.channel, hanako, "繰り越しは？", thread=asked)

    await story.reply_with(asked, "翌年度まで")
    await story.settled()

    assert len(story.replies(asked)) == 2
    (first, second) = await story.answered()
    assert first.thread == second.thread
    turns = await story.memory.recall(first.thread)
    assert [turn.question for turn in turns] == ["有給は？", "繰り越しは？"]


async def test_the_bot_stays_out_of_threads_that_it_was_not_called_into(story: Story) -> None:
    """Neither a thread nor a channel is read as a question by itself."""
    root = await story.workspace.post(story.channel, story.hanako, "有給の話をしよう")
    await story.workspace.post(story.channel, story.bob, "有給は10日だね", thread=root)
    await story.settled()

    assert story.replies(root) == []
    assert story.model.asked == []


async def test_the_bot_steps_aside_when_people_talk_with_each_other(story: Story) -> None:
    """Once somebody else has spoken, it waits for the next mention, and then is back."""
    workspace, hanako = story.workspace, story.hanako
    asked = await workspace.post(story.channel, hanako, f"{story.bot} 有給は？")
    await story.reply_with(asked, "10日")
    await workspace.post(story.channel, story.bob, "有給は本当に10日？", thread=asked)
    await workspace.drained()
    await workspace.post(story.channel, hanako, "繰り越しもあるよね", thread=asked)
    await story.settled()
    quiet = len(story.replies(asked))
    await workspace.post(story.channel, hanako, f"{story.bot} 繰り越しは？", thread=asked)
    await story.reply_with(asked, "翌年度まで")

    assert quiet == 1
    assert len(story.replies(asked)) == 2


async def test_a_follow_up_that_mentions_somebody_else_is_not_for_the_bot(story: Story) -> None:
    """Who is named is who is asked."""
    workspace, hanako = story.workspace, story.hanako
    asked = await workspace.post(story.channel, hanako, f"{story.bot} 有給は？")
    await story.reply_with(asked, "10日")
    await workspace.post(story.channel, hanako, f"{story.bob.mention} 繰り越しは？", thread=asked)
    await story.settled()

    assert len(story.replies(asked)) == 1


async def test_a_second_person_joins_the_talk_by_a_mention(story: Story) -> None:
    """From then on both go on without one."""
    workspace = story.workspace
    asked = await workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    await story.reply_with(asked, "10日")
    await workspace.post(story.channel, story.bob, f"{story.bot} leave?", thread=asked)
    await story.reply_with(asked, "10 days")
    await workspace.post(story.channel, story.bob, "and 繰り越し?", thread=asked)
    await story.reply_with(asked, "翌年度まで")

    assert len(story.replies(asked)) == 3
