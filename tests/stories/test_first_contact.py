"""What people see before they have asked anything."""

import pytest

from bot.slack.answers import texts as answer_texts
from bot.slack.commands import texts
from bot.workspace import SlackMessage, User
from tests.stories.conftest import Story


async def home(story: Story, person: User) -> str:
    """Return the Home tab of *person* as text."""
    await story.workspace.open_home(person)
    await story.workspace.wait_for(lambda: story.workspace.team.homes.get(person.id))
    return str(story.workspace.team.homes[person.id].body)


async def test_the_bot_says_hello_once_in_each_channel(story: Story) -> None:
    """In the language of whoever invites it; a second invitation says nothing new."""
    bot = story.workspace.team.bot
    channel = story.workspace.add_channel("jinji", [story.hanako, story.bob])
    for _ in range(2):
        if bot.id in channel.members:
            story.workspace.leave(channel, bot)
        story.workspace.join(channel, bot, inviter=story.hanako)
        await story.workspace.wait_for(lambda: story.workspace.messages(channel))
        await story.settled()
    story.workspace.join(channel, story.workspace.add_user("ken"))
    await story.settled()

    said = [message.plain for message in story.workspace.messages(channel)]
    assert len(said) == 1
    assert "こんにちは" in said[0]


async def test_home_offers_questions_that_its_reader_may_ask(story: Story) -> None:
    """From headings of documents that are theirs to read; one press asks."""
    await story.publish(
        "handbook/closed.md", "# Zz\n\n## Salary bands of managers\n\nX.", "#closed"
    )
    await story.publish("handbook/open.md", "# Aa\n\n## Parking permits for bicycles\n\nFree.")
    shown = await home(story, story.bob)
    view = story.workspace.team.homes[story.bob.id]
    buttons = [
        element
        for block in view.blocks
        for element in block.get("elements", ())
        if str(element.get("action_id", "")).startswith("home_ask")
    ]
    pressed = next(one for one in buttons if "Parking" in one["value"])
    await story.workspace.click(view, story.bob, pressed["action_id"], value=pressed["value"])
    direct = story.workspace.direct_channel(story.bob)
    asked: list[SlackMessage] = await story.workspace.wait_for(
        lambda: story.workspace.messages(direct)
    )

    assert "Salary bands" not in shown
    assert "Parking permits" in asked[0].plain


async def test_members_see_what_is_indexed_and_operators_what_to_do(story: Story) -> None:
    """Certificates, queues and tools are no subject for who only asks."""
    story.hanako.admin = True
    members, operators = await home(story, story.bob), await home(story, story.hanako)

    assert "documents" in members
    for words in ("Certificate", "Queue", "kotae eval"):
        assert words not in members
    assert texts.HOME_NEXT.ja in operators
    assert texts.HOME_ADVANCED.ja in operators
    assert "kotae eval" in operators


async def test_a_written_answer_says_that_it_was_generated(story: Story) -> None:
    """Slack asks it of AI apps; it stands below the sources, in the answer's language."""
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は何日？")
    answer = await story.finished(asked)

    assert answer_texts.GENERATED.ja in str(answer.blocks)


@pytest.mark.parametrize("mode", ["socket"], indirect=True)
async def test_suggested_prompts_are_questions_of_the_team(story: Story) -> None:
    """The Messages tab offers what the reader may ask, and what the bot can do."""
    await story.publish("handbook/open.md", "# Aa\n\n## Parking permits for bicycles\n\nFree.")
    await story.workspace.open_home(story.bob, tab="messages")
    prompts = await story.workspace.wait_for(lambda: story.workspace.team.prompts)

    assert "Parking permits" in str(prompts)
    assert texts.PROMPT_HELP.en in str(prompts)
