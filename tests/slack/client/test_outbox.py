"""What the bot says beside its replies: once, to whom it is for, and without harm if it fails."""

import pytest

from bot.core.errors import AdapterUnavailableError
from bot.core.message_ref import MessageRef
from bot.core.types import Job
from bot.slack.answers.blocks import Posting
from bot.slack.client.clients import Clients
from bot.slack.client.forms import context, section
from bot.slack.client.identity import BotIdentity
from bot.slack.client.messages import Messages
from bot.slack.client.outbox import Outbox
from bot.workspace import Workspace
from tests.slack.answers.test_reply import CrashError, Notebook

NEWS = Posting("有給は10日です。", [section("有給は10日です。")])


@pytest.fixture
def outbox(clients: Clients, me: BotIdentity) -> Outbox:
    """An outbox of the workspace."""
    return Outbox(Messages(clients), me.team)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("saves", range(3))
async def test_a_person_is_written_to_once_wherever_a_try_breaks_off(
    workspace: Workspace, outbox: Outbox, saves: int, moment: str
) -> None:
    """A later try finds the message by its mark, or its ts in the notes."""
    person = workspace.add_user("hanako")
    notebook = Notebook(Job("a", "a", "notice"), saves_left=saves)
    notebook.crash_after_writing = moment == "after"
    try:
        await outbox.direct_message_once(notebook, person.id, NEWS, since=0.0)
    except CrashError:
        notebook.saves_left = float("inf")
        await outbox.direct_message_once(notebook, person.id, NEWS, since=0.0)
    letters = workspace.messages(workspace.direct_channel(person))
    assert [letter.plain for letter in letters] == ["有給は10日です。"]


async def test_a_job_that_cannot_reach_slack_comes_back(
    workspace: Workspace, outbox: Outbox
) -> None:
    """Nothing is given up while nobody knows whether Slack has it."""
    person, notebook = workspace.add_user("hanako"), Notebook(Job("a", "a", "notice"))
    workspace.faults.add("chat.postMessage", "reset_after")
    with pytest.raises(AdapterUnavailableError):
        await outbox.direct_message_once(notebook, person.id, NEWS, since=0.0)
    await outbox.direct_message_once(notebook, person.id, NEWS, since=0.0)
    assert len(workspace.messages(workspace.direct_channel(person))) == 1


async def test_somebody_who_cannot_be_written_to_fails_nothing(
    workspace: Workspace, outbox: Outbox
) -> None:
    """With a job or without one: it is logged."""
    notebook = Notebook(Job("a", "a", "notice"))
    await outbox.direct_message_once(notebook, "U0GONE", NEWS, since=0.0)
    await outbox.direct_message("U0GONE", NEWS)
    assert not notebook.notes


async def test_a_press_is_answered_in_its_thread_to_its_person_alone(
    workspace: Workspace, outbox: Outbox
) -> None:
    """Others in the channel do not see it, and a failure harms nothing."""
    hanako, bob = workspace.add_user("hanako"), workspace.add_user("bob")
    channel = workspace.add_channel("general", [hanako, bob])
    root = await workspace.post(channel, hanako, "How many days?")
    body = {
        "user": {"id": hanako.id},
        "container": {"channel_id": channel.id, "thread_ts": root.ts},
    }
    await outbox.answer_press(body, "Thank you!")
    workspace.faults.add("chat.postEphemeral", "internal_error")
    await outbox.answer_press(body, "Lost.")
    (shown,) = workspace.ephemerals(hanako)
    assert (shown.plain, shown.thread_ts) == ("Thank you!", root.ts)
    assert not workspace.ephemerals(bob)


async def test_the_outcome_of_a_press_takes_the_place_of_the_buttons(
    workspace: Workspace, outbox: Outbox
) -> None:
    """What the message said stays."""
    person = workspace.add_user("hanako")
    conversation = await outbox.conversation(person.id)
    button = {
        "type": "button",
        "action_id": "a",
        "text": {"type": "plain_text", "text": "取り下げ"},
    }
    blocks = [section("保存しました。"), {"type": "actions", "elements": [button]}]
    place = await outbox.post(conversation, Posting("保存しました。", blocks))
    body = {
        "container": {"channel_id": place.channel, "message_ts": place.ts},
        "message": {"text": "保存しました。", "blocks": blocks},
    }
    await outbox.replace_buttons(body, context("取り下げました。"))
    (message,) = workspace.messages(place.channel)
    assert [block["type"] for block in message.blocks] == ["section", "context"]


async def test_only_what_is_in_slack_has_a_link(workspace: Workspace, outbox: Outbox) -> None:
    """A terminal's question, a deleted message and no place at all have none."""
    person = workspace.add_user("hanako")
    channel = workspace.add_channel("general", [person])
    asked = await workspace.post(channel, person, "How many days?")
    place = MessageRef(workspace.team_id, channel.id, asked.ts)
    assert asked.ts.replace(".", "") in await outbox.permalink(str(place))
    assert await outbox.permalink("") == ""
    assert await outbox.permalink("terminal:local") == ""
    assert await outbox.permalink(str(MessageRef(workspace.team_id, channel.id, "1.0"))) == ""


async def test_a_form_that_comes_too_late_is_not_opened(outbox: Outbox) -> None:
    """Slack's leave to open one ends after three seconds."""
    assert await outbox.open_form("expired", {"type": "modal"}) == ""
