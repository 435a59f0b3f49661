"""Whatever is sent to the bot gets a plain reply: never silence."""

import pytest

from tests.stories.conftest import Story


async def test_a_bare_mention_gets_help(story: Story) -> None:
    """Many people try the mention alone first."""
    asked = await story.workspace.post(story.channel, story.hanako, story.bot)

    reply = await story.reply_with(asked, "質問を送ってください")

    assert reply.notified <= {story.workspace.bot_user_id}


@pytest.mark.parametrize("user", ["hanako", "bob"])
async def test_a_picture_without_words_is_named_and_words_are_asked_for(
    story: Story, user: str
) -> None:
    """In the language in which the person uses Slack: there is no text to tell it from."""
    person = story.hanako if user == "hanako" else story.bob
    picture = story.workspace.add_file("error.png", b"\x89PNG", "image/png")
    direct = story.workspace.direct_channel(person)
    asked = await story.workspace.post(direct, person, "", files=[picture])

    words = "知りたいことを文章で" if user == "hanako" else "What would you like to know"
    reply = await story.reply_with(asked, words)

    assert "error.png" in reply.plain


async def test_a_question_with_a_picture_is_answered_and_says_that_it_was_not_read(
    story: Story,
) -> None:
    """Else the answer would look as if it knew the picture."""
    picture = story.workspace.add_file("error.png", b"\x89PNG", "image/png")
    asked = await story.workspace.post(
        story.channel, story.hanako, f"{story.bot} 有給は？", files=[picture]
    )

    reply = await story.reply_with(asked, "10日")

    assert "error.png" in reply.plain


@pytest.mark.parametrize(
    ("text", "words"), [("長い" * 10_000, "8,000 文字"), ("word " * 4_000, "8,000 characters")]
)
async def test_a_text_that_is_too_long_is_told_the_limit(
    story: Story, text: str, words: str
) -> None:
    """Not cut silently, not ignored."""
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} {text}")

    await story.reply_with(asked, words)

    assert story.model.asked == []


async def test_a_text_up_to_the_limit_is_a_question(story: Story) -> None:
    """Long questions are questions."""
    asked = await story.workspace.post(
        story.channel, story.hanako, f"{story.bot} 有給は？" + "あ" * 7_000
    )

    await story.reply_with(asked, "10日")


async def test_a_strangers_markup_pings_nobody(story: Story) -> None:
    """Neither in steps nor in replies is anything of the question parsed again."""
    asked = await story.workspace.post(
        story.channel, story.bob, f"{story.bot} leave & <b> `&lt;!channel&gt;`"
    )

    reply = await story.reply_with(asked, "10 days")

    assert reply.notified == frozenset()
    assert story.model.asked == ["leave & <b> `&lt;!channel&gt;`"]
