"""What the bot answers, and where it stays out."""

from typing import Any

import pytest

from bot.slack.client.identity import BotIdentity
from bot.slack.client.payloads import IncomingMessage, translate
from bot.slack.intake.addressee import EDIT_WINDOW, addressed, may_follow_up, unwanted

ME = BotIdentity(team="T1", user="UBOT", bot="BBOT")


def heard(text: str = "hello", **fields: Any) -> IncomingMessage:
    """Translate a message event."""
    message = {"type": "message", "user": "U1", "channel": "C1", "ts": "1000.1", "text": text}
    found = translate({"event_time": 1001, "event": message | fields}, ME)
    assert isinstance(found, IncomingMessage)
    return found


@pytest.mark.parametrize(
    "fields",
    [
        {"bot_id": "B9"},
        {"user": "USLACKBOT"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"subtype": "bot_message"},
    ],
)
def test_machines_and_reports_are_not_answered(fields: dict[str, Any]) -> None:
    """Two bots that answer each other would never stop."""
    assert unwanted(heard("<@UBOT> hi", **fields))


@pytest.mark.parametrize("subtype", ["", "file_share", "thread_broadcast"])
def test_what_people_write_is_wanted(subtype: str) -> None:
    """A file may come along, and a reply may also go to the channel."""
    assert not unwanted(heard(subtype=subtype))


def test_a_mention_added_by_a_quick_edit_is_wanted_and_a_late_edit_is_not() -> None:
    """Forgetting the mention is common; the claim sees to it that nothing is answered twice."""
    edited = {"user": "U1", "ts": "2.0"}

    assert not unwanted(heard(edited=edited))
    assert unwanted(heard(edited=edited, ts=f"{1000 - EDIT_WINDOW:.1f}"))


def test_mentions_and_direct_messages_are_addressed_to_the_bot() -> None:
    """Everything else in a channel is between people."""
    assert addressed(heard("<@UBOT> hi"), ME.user)
    assert addressed(heard(channel="D1"), ME.user)
    assert not addressed(heard(), ME.user)
    assert not addressed(heard("<@U2> hi"), ME.user)


@pytest.mark.parametrize("text", ["<@U2> どう思う？", "<!here> look", "<!subteam^S1|@hr> ?"])
def test_a_reply_that_calls_somebody_else_is_no_follow_up(text: str) -> None:
    """People, groups and whole channels count as somebody else."""
    assert may_follow_up(heard("and then?", thread_ts="999.1"))
    assert not may_follow_up(heard(text, thread_ts="999.1"))


def test_a_root_message_is_no_follow_up() -> None:
    """A talk goes on in its thread only."""
    assert not may_follow_up(heard())
