"""What is for a channel stays with its people, whoever takes its name."""

from functools import partial

import pytest

from bot.workspace import Channel, User
from tests.stories.conftest import Mode, Story

SALARIES = "# 恵子の給料\n\n給料は4012円です。\n"
BOTH = pytest.mark.parametrize("name", ["hr", "人事"])


@pytest.fixture(params=["socket"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """Both ways of hearing are told apart in `test_entry_points`."""
    mode: Mode = request.param
    return mode


async def publish(story: Story, *audience: str, name: str) -> None:
    """Publish what only *audience* may read, and let the bot look what the names mean."""
    await story.publish("faq/salaries.md", SALARIES, *audience)
    await story.adapter.slack.pin_names()


async def reads(story: Story, person: User, place: Channel) -> bool:
    """Tell whether *person* is answered from the document when they ask in *place*."""
    asked = await story.workspace.post(place, person, f"{story.bot} 恵子の給料は？")
    return "4012円です" in (await story.finished(asked)).plain


@BOTH
async def test_who_takes_the_name_of_a_channel_does_not_read_what_was_for_it(
    story: Story, name: str
) -> None:
    """Neither by direct message nor in the new channel; the renamed one reads on, in both."""
    workspace = story.workspace
    channel = workspace.add_channel(name, [story.hanako], private=True)
    await publish(story, f"#{name}", name=name)
    workspace.rename_channel(channel, f"{name}-2")
    taken = workspace.add_channel(name, [story.bob])

    assert not await reads(story, story.bob, workspace.direct_channel(story.bob))
    assert not await reads(story, story.bob, taken)
    assert await reads(story, story.hanako, workspace.direct_channel(story.hanako))
    assert await reads(story, story.hanako, channel)


@BOTH
async def test_who_takes_the_handle_of_a_user_group_does_not_read_what_was_for_it(
    story: Story, name: str
) -> None:
    """The group that has another handle now reads on."""
    workspace = story.workspace
    group = workspace.add_usergroup(name, [story.hanako])
    await publish(story, f"@{name}", name=name)
    workspace.rename_usergroup(group, f"{name}-2")
    workspace.add_usergroup(name, [story.bob])

    assert not await reads(story, story.bob, workspace.direct_channel(story.bob))
    assert not await reads(story, story.bob, story.channel)
    assert await reads(story, story.hanako, workspace.direct_channel(story.hanako))


@BOTH
async def test_a_channel_made_again_under_a_deleted_name_reads_nothing_until_it_is_accepted(
    story: Story, name: str
) -> None:
    """Nobody can tell from its name who made it."""
    workspace = story.workspace
    channel = workspace.add_channel(name, [story.hanako])
    await publish(story, f"#{name}", name=name)
    workspace.delete_channel(channel)
    again = workspace.add_channel(name, [story.hanako])
    before = await reads(story, story.hanako, again)
    names = story.adapter.slack.principals.names
    await names.look()
    (pin,) = await names.doubtful()
    await names.pins.settle(pin, pin.claimant)

    assert (before, await reads(story, story.hanako, again)) == (False, True)


async def test_a_name_that_is_used_after_the_start_is_looked_up_before_it_gives_rights(
    story: Story,
) -> None:
    """By what Slack lists, not by who asks first."""
    channel = story.workspace.add_channel("hr", [story.hanako])
    await story.publish("faq/salaries.md", SALARIES, "#hr")
    before = await reads(story, story.bob, story.workspace.direct_channel(story.bob))
    story.workspace.rename_channel(channel, "people")
    taken = story.workspace.add_channel("hr", [story.bob])

    assert (before, await reads(story, story.bob, taken)) == (False, False)
    assert await reads(story, story.hanako, channel)


async def test_only_operators_are_told_of_a_taken_name(story: Story) -> None:
    """In status and on the Home tab, with the command that accepts it."""
    workspace = story.workspace
    boss = workspace.add_user("boss", admin=True)
    channel = workspace.add_channel("hr", [boss])
    await publish(story, "#hr", name="hr")
    workspace.rename_channel(channel, "people")
    taken = workspace.add_channel("hr", [story.bob])
    await story.adapter.slack.principals.names.look()
    command = f"--accept '#hr={taken.id}'"
    for person in (boss, story.bob):
        direct = workspace.direct_channel(person)
        asked = await workspace.post(direct, person, "status")
        reply = await story.reply_with(asked, "Index" if person is boss else "I know")
        await workspace.open_home(person)
        home = await workspace.wait_for(partial(workspace.home, person))

        assert (command in reply.plain) is (person is boss)
        assert (command in str(home)) is (person is boss)
