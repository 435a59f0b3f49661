"""What operators did can be told afterwards: who, what, before and after."""

from bot.audit.audit_log import AuditLog, OperatorAct
from bot.redis.connection import RedisConnection
from bot.workspace import User
from tests.stories.conftest import Story


async def acts(store: RedisConnection) -> list[tuple[str, str, str, str, str]]:
    """Return all acts without their times."""
    found: list[OperatorAct] = [act async for act in AuditLog(store.commands).since()]
    return [(act.person, act.act, act.about, act.before, act.after) for act in found]


async def operator(story: Story) -> User:
    """Let an admin join the channel."""
    admin = story.workspace.add_user("admin", admin=True)
    story.channel.members.append(admin.id)
    return admin


async def test_choices_of_a_channel_are_recorded(story: Story, store: RedisConnection) -> None:
    """With what held before; looking and being refused change nothing."""
    admin = await operator(story)
    for words in ("channel", "channel language ja", "channel off", "channel nonsense"):
        await story.workspace.command(admin, story.channel, words)
    await story.workspace.command(story.bob, story.channel, "channel follow")
    await story.workspace.command(admin, story.channel, "answers draft")

    language, listening, answers = await acts(store)
    assert language[:2] == (admin.id, "channel")
    assert story.channel.id in language[2]
    assert '"language": null' in language[3]
    assert '"language": "ja"' in language[4]
    assert '"listening": "follow"' in listening[3]
    assert '"listening": "off"' in listening[4]
    assert answers[1:3] + answers[4:] == ("answers", story.channel.id, "draft")


async def test_a_reindex_is_recorded_once(story: Story, store: RedisConnection) -> None:
    admin = await operator(story)
    await story.workspace.command(admin, story.channel, "reindex faq")
    await story.workspace.command(story.bob, story.channel, "reindex")
    await story.settled()
    assert await acts(store) == [(admin.id, "reindex", "faq", "", "")]


async def test_a_reindex_that_is_tried_again_is_one_act(
    story: Story, store: RedisConnection
) -> None:
    """Slack does not tell at once who reads the outcome; what was asked for was asked once."""
    admin = await operator(story)
    fault = story.workspace.faults.add("users.conversations", "unavailable", times=6)
    await story.workspace.command(admin, story.channel, "reindex faq")
    await story.settled()

    assert fault.times == 0
    assert await acts(store) == [(admin.id, "reindex", "faq", "", "")]


async def test_words_that_people_wrote_stay_out(story: Story, store: RedisConnection) -> None:
    """The log names ids and versions, never what was asked or answered."""
    admin = await operator(story)
    message = await story.workspace.post(story.channel, story.bob, f"{story.bot} leave?")
    await story.reply_with(message, "10 days")
    await story.settled()
    await story.workspace.command(admin, story.channel, "review")
    view = await story.workspace.wait_for(lambda: story.workspace.team.views)
    assert view
    assert "leave" not in str(await acts(store))
