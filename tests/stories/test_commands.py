"""The slash command, and the same words after a mention."""

import time

import pytest

from bot.slack.commands.reindex import Reindex, scheduled_reindex
from bot.workspace import Channel, User
from tests.stories.conftest import Story
from tests.stories.handbook import DOCUMENTS


def write(story: Story, *names: str) -> None:
    """Write documents that are not indexed yet."""
    for name in names:
        (story.documents / name).write_text("# New\n\nA new page.\n", encoding="utf-8")


@pytest.mark.parametrize("text", ["", "help", "ヘルプ"])
async def test_help_is_for_its_reader_alone(story: Story, text: str) -> None:
    """Only the person who typed it sees it, and only what that person may do."""
    story.hanako.admin = True
    guest = story.workspace.add_user("gary", guest=True)
    story.channel.members.append(guest.id)
    operators = await story.workspace.command(story.hanako, story.channel, text)
    members = await story.workspace.command(story.bob, story.channel, text)
    guests = await story.workspace.command(guest, story.channel, text)

    assert "/kotae gaps" in str(operators.response)
    assert "/kotae status" in str(members.response)
    assert "/kotae gaps" not in str(members.response)
    assert "/kotae status" not in str(guests.response)


async def test_what_is_no_command_is_a_question(story: Story) -> None:
    """Nobody has to learn the word `ask`."""
    typed = await story.workspace.command(story.hanako, story.channel, "有給は何日？")
    direct = story.workspace.direct_channel(story.hanako)
    await story.reply_with(story.workspace.messages(direct)[0], "10日")

    assert "ダイレクトメッセージでお答えします" in str(typed.response)


async def test_a_misspelt_command_is_pointed_out(story: Story) -> None:
    """It is neither carried out nor asked."""
    typed = await story.workspace.command(story.bob, story.channel, "stauts")

    assert "Did you mean `/kotae status`" in str(typed.response)
    assert await story.answered() == []


async def test_status_is_for_members(story: Story) -> None:
    """A guest need not know what the team indexes."""
    guest = story.workspace.add_user("gary", guest=True)
    story.channel.members.append(guest.id)
    member = await story.workspace.command(story.bob, story.channel, "status")
    stranger = await story.workspace.command(guest, story.channel, "status")

    assert "3 documents" in str(member.response)
    assert "3 documents" not in str(stranger.response)


async def test_ask_is_answered_by_direct_message(story: Story) -> None:
    """Privately, and so that it can be judged and followed up."""
    typed = await story.workspace.command(story.hanako, story.channel, "ask 有給は何日？")
    direct = story.workspace.direct_channel(story.hanako)
    root = story.workspace.messages(direct)[0]
    await story.reply_with(root, "10日")
    await story.workspace.post(direct, story.hanako, "繰り越しは？", thread=root)
    await story.reply_with(root, "翌年度まで")

    assert "ダイレクトメッセージでお答えします" in str(typed.response)
    assert "有給は何日？" in root.plain
    threads = [question.thread for question in await story.answered()]
    assert threads == [threads[0]] * 2
    assert story.workspace.messages(story.channel) == []


async def test_a_reindex_tells_the_person_when_it_is_done(story: Story) -> None:
    """At once that it begins, later what came of it."""
    story.hanako.admin = True
    write(story, "handbook/new.md", "faq/new.md")
    typed = await story.workspace.command(story.hanako, story.channel, "reindex handbook")
    await story.workspace.wait_for(lambda: typed.responses)

    assert "handbook" in str(typed.response)
    assert "追加 1" in str(typed.responses[0])


async def test_an_unknown_source_is_told_the_known_ones(story: Story) -> None:
    """At once, not after a long wait."""
    story.hanako.admin = True
    typed = await story.workspace.command(story.hanako, story.channel, "reindex nothing")

    assert "handbook, faq" in str(typed.response)
    assert sum((await story.queue.backlog()).values()) == 0


async def test_a_reindex_after_a_mention_is_reported_in_the_thread(story: Story) -> None:
    """Slash commands do not work in threads."""
    story.bob.admin = True
    write(story, "faq/new.md")
    asked = await story.workspace.post(story.channel, story.bob, f"{story.bot} reindex faq")

    await story.reply_with(asked, "1 added")
    await story.settled()

    assert len(story.replies(asked)) == 1


@pytest.mark.parametrize("who", ["guest", "member"])
async def test_who_is_no_operator_cannot_reindex(story: Story, who: str) -> None:
    """Neither by the command nor after a mention; a button of an old Home tab does nothing."""
    person = story.workspace.add_user("gary", guest=who == "guest")
    story.channel.members.append(person.id)
    write(story, "faq/new.md")
    typed = await story.workspace.command(person, story.channel, "reindex")
    asked = await story.workspace.post(story.channel, person, f"{story.bot} reindex")
    await story.reply_with(asked, "Only operators")
    await story.workspace.open_home(person)
    homes = story.workspace.team.homes
    await story.workspace.wait_for(lambda: person.id in homes)

    assert "Only operators" in str(typed.response)
    assert "home_reindex" not in str(homes[person.id].blocks)
    await story.settled()
    assert story.base.status().documents == len(DOCUMENTS)


@pytest.mark.parametrize("language", ["en-US", "ja-JP"])
async def test_a_reindex_names_files_to_who_may_read_their_source(
    story: Story, language: str
) -> None:
    """Others learn how many were skipped; in a thread, everybody in the channel must be one."""
    admin = story.workspace.add_user("admin", admin=True, language=language)
    outside = story.workspace.add_user("outside", admin=True, language=language)
    hr = story.workspace.add_channel("hr", [admin], private=True)
    story.channel.members += [admin.id, outside.id]
    settings = story.documents / "knowledge.toml"
    table = '[[sources]]\nname = "hr"\npath = "hr"\naudience = ["#hr"]\n'
    settings.write_text(f"{settings.read_text()}\n{table}", encoding="utf-8")
    (story.documents / "hr").mkdir()
    (story.documents / "hr" / "layoffs.docx").write_bytes(b"broken")
    (story.documents / "faq" / "prices.docx").write_bytes(b"broken")

    async def outcome(person: User, channel: Channel | None = None) -> str:
        if channel is None:
            typed = await story.workspace.command(person, story.channel, "reindex")
            return str((await story.workspace.wait_for(lambda: typed.responses))[0])
        asked = await story.workspace.post(channel, person, f"{story.bot} reindex")
        return (await story.reply_with(asked, "prices.docx")).plain

    for seen in (await outcome(admin), await outcome(admin, hr)):
        assert "hr/layoffs.docx: " in seen
    for seen in (await outcome(outside), await outcome(admin, story.channel)):
        assert "faq/prices.docx: " in seen
        assert "layoffs" not in seen
        assert {"en-US": "Skipped 1 more", "ja-JP": "ほかに 1 件除外"}[language] in seen


@pytest.mark.parametrize("language", ["en-US", "ja-JP"])
async def test_why_a_reindex_failed_is_for_the_audience_of_the_sources(
    story: Story, language: str
) -> None:
    """The reason names folders and files of every source; others learn that it failed."""
    inside = story.workspace.add_user("inside", admin=True, language=language)
    outside = story.workspace.add_user("outside", admin=True, language=language)
    story.workspace.add_channel("hr", [inside], private=True)
    settings = story.documents / "knowledge.toml"
    table = '[[sources]]\nname = "hr"\npath = "layoffs"\naudience = ["#hr"]\n'
    settings.write_text(f"{settings.read_text()}\n{table}", encoding="utf-8")

    async def outcome(person: User) -> str:
        typed = await story.workspace.command(person, story.channel, "reindex")
        return str((await story.workspace.wait_for(lambda: typed.responses))[0])

    assert "layoffs" in await outcome(inside)
    seen = await outcome(outside)
    assert "layoffs" not in seen
    assert {"en-US": "that cannot be named here (see", "ja-JP": "件を更新できません"}[
        language
    ] in seen


async def test_a_channel_names_its_sources_to_their_audience(story: Story) -> None:
    """To the person after the slash command, to everybody there after a mention."""
    inside = story.workspace.add_user("inside", admin=True)
    story.channel.members.append(inside.id)
    story.workspace.add_channel("hr", [inside], private=True)
    settings = story.documents / "knowledge.toml"
    table = '[[sources]]\nname = "layoffs"\npath = "hr"\naudience = ["#hr"]\n'
    settings.write_text(f"{settings.read_text()}\n{table}", encoding="utf-8")
    chosen = "channel sources faq layoffs"
    typed = await story.workspace.command(inside, story.channel, chosen)
    looked = await story.workspace.command(story.bob, story.channel, "channel")
    asked = await story.workspace.post(story.channel, inside, f"{story.bot} channel")
    reply = await story.reply_with(asked, "faq")

    assert "faq, layoffs" in str(typed.response)
    for seen in (str(looked.response), reply.plain):
        assert "faq, 1 that cannot be named here" in seen


async def test_a_reindex_by_the_clock_tells_nobody(story: Story) -> None:
    """Nobody has asked; `status` and the log have it."""
    write(story, "handbook/new.md", "faq/new.md")
    assert await story.queue.put(scheduled_reindex(1_795_528_800))
    await story.settled()

    assert story.base.status().documents == len(DOCUMENTS) + 2
    assert story.workspace.calls("chat.postMessage") == []


@pytest.mark.parametrize("fault", ["reset_after", "half_done", "reset_before", "unavailable"])
async def test_an_outcome_by_direct_message_comes_once(story: Story, fault: str) -> None:
    """A post that failed in doubt is looked for before it is tried again."""
    story.hanako.admin = True
    write(story, "faq/new.md")
    story.workspace.faults.add("chat.postMessage", fault)
    request = Reindex("faq", story.hanako.id, time.time() - 3_600)
    await story.queue.put(request.job("slack:T:command:1"))
    direct = story.workspace.direct_channel(story.hanako)
    await story.workspace.wait_for(lambda: story.workspace.messages(direct))
    await story.settled()

    assert ["追加 1" in message.plain for message in story.workspace.messages(direct)] == [True]


async def test_a_channel_chooses_what_it_is_shown(story: Story) -> None:
    """By the slash command or after a mention, by an operator; members may look."""
    story.hanako.admin = True
    guest = story.workspace.add_user("gary", guest=True)
    story.channel.members.append(guest.id)
    typed = await story.workspace.command(story.hanako, story.channel, "answers certified")
    refused = await story.workspace.command(guest, story.channel, "answers draft")
    member = await story.workspace.command(story.bob, story.channel, "answers draft")
    looked = await story.workspace.command(story.bob, story.channel, "answers")
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} answers draft")
    await story.reply_with(asked, "draft")

    assert "certified" in str(typed.response)
    assert "full members" in str(refused.response)
    assert "draft" not in str(member.response)
    assert "certified" in str(looked.response)
    assert "draft (" in str(
        (await story.workspace.command(story.bob, story.channel, "answers")).response
    )


async def test_a_direct_conversation_has_no_policy_of_its_own(story: Story) -> None:
    story.bob.admin = True
    direct = story.workspace.direct_channel(story.bob)
    typed = await story.workspace.command(story.bob, direct, "answers draft")

    assert "in the channel" in str(typed.response)
