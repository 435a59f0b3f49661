"""Slack's payloads become our nouns."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.client.identity import BotIdentity
from bot.slack.client.payloads import (
    Ignored,
    IncomingMessage,
    Reaction,
    button,
    readable,
    thumb,
    translate,
)

ME = BotIdentity(team="T1", user="UBOT", bot="BBOT")


def event(**fields: Any) -> dict[str, Any]:
    """Return the body of a message's delivery."""
    message = {
        "type": "app_mention",
        "user": "U1",
        "channel": "C1",
        "ts": "1700000000.000200",
        "text": "<@UBOT> 有給は何日？",
    }
    return {"type": "event_callback", "event_time": 1700000001, "event": message | fields}


def heard(**fields: Any) -> IncomingMessage:
    """Translate a message event."""
    found = translate(event(**fields), ME)
    assert isinstance(found, IncomingMessage)
    return found


def test_a_mention_is_a_question_named_after_its_place() -> None:
    """The id says where it was asked, so that twins and redeliveries have the same one."""
    question = heard(thread_ts="1700000000.000100").question

    assert question.id == "slack:T1:C1:1700000000.000200"
    assert question.thread == "slack:T1:C1:1700000000.000100"
    assert question.text == "有給は何日？"
    assert question.person == "U1"
    assert not question.asker.member


def test_the_two_events_of_one_mention_are_one_question() -> None:
    """`app_mention` and `message` differ in their kind only."""
    assert heard(type="message").question == heard().question


def test_a_foreign_team_in_the_envelope_does_not_change_the_id() -> None:
    """In shared channels the envelope may name another workspace."""
    body = event() | {"team_id": "TOTHER"}
    found = translate(body, ME)

    assert isinstance(found, IncomingMessage)
    assert found.question.id == heard().question.id


def test_only_the_mention_of_the_bot_is_taken_out() -> None:
    """Who else a question is about must stay in it."""
    message = heard(
        text="<@UBOT|kotae> <@U7|花子> の有給は <#C9|hr> で聞くの？ &lt;b&gt; &amp;amp;"
    )

    assert message.question.text == "@花子 の有給は #hr で聞くの？ <b> &amp;"
    assert message.mentions == {"UBOT", "U7"}


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        ("<https://a.example/x|規程>", "[規程](https://a.example/x)"),
        ("<https://a.example|a.example>", "https://a.example"),
        ("<https://a.example/?a=1&amp;b=2>", "https://a.example/?a=1&b=2"),
        ("<mailto:hr@a.example|hr@a.example>", "hr@a.example"),
        ("<!here>", "@here"),
        ("<!subteam^S1|@hr>", "@hr"),
        ("<!date^1700000000^{date}|Nov 14>", "Nov 14"),
        ("<#C1>", "#C1"),
        ("&lt;@U1&gt;", "<@U1>"),
    ],
)
def test_tokens_are_written_out(token: str, shown: str) -> None:
    """The model and the person's own thread memory see what the person saw."""
    assert readable(token) == shown


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """Nothing that people type breaks the translation."""
    assert isinstance(heard(text=text).question.text, str)


def test_a_pasted_table_is_part_of_the_question() -> None:
    """Slack leaves tables out of `text`; they are only in the blocks."""
    cell = {"type": "rich_text", "elements": [{"elements": [{"type": "text", "text": "人|数"}]}]}
    rows = [[{"type": "raw_text", "text": "部署"}, cell], [{"text": "人事"}, {"text": "3"}]]
    message = heard(text="<@UBOT> 合計は？", blocks=[{"type": "table", "rows": rows}])

    expected = "合計は？\n\n| 部署 | 人\\|数 |\n| --- | --- |\n| 人事 | 3 |"
    assert message.question.text == expected


def test_files_are_named() -> None:
    """The bot cannot read them, but it can say which ones."""
    message = heard(subtype="file_share", text="", files=[{"name": "a.png"}, {"id": "F2"}])

    assert message.question.text == ""
    assert [file.name for file in message.question.attachments] == ["a.png", "F2"]


@pytest.mark.parametrize(
    "fields", [{"bot_id": "B2"}, {"user": "USLACKBOT"}, {"user": None}, {"user": "UBOT"}]
)
def test_machines_are_known(fields: dict[str, Any]) -> None:
    """Bots, Slack itself and our own messages are told from people."""
    assert heard(**fields).from_bot


def test_an_edit_is_known_by_its_age() -> None:
    """The edit's event has the message's first ts."""
    assert heard().edited_after is None
    assert heard(edited={"user": "U1", "ts": "1700000001.0"}).edited_after == pytest.approx(0.9998)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("+1", "up"),
        ("thumbsup", "up"),
        ("+1::skin-tone-3", "up"),
        ("thumbsdown::skin-tone-6", "down"),
        ("-1", "down"),
        ("eyes", None),
    ],
)
def test_thumbs_count_in_every_colour(name: str, verdict: str | None) -> None:
    """Slack has two names for each thumb, and skin tones as suffix."""
    assert thumb(name) == verdict


def test_a_reaction_says_what_it_is_on() -> None:
    """The place is the message's; whether it is an answer, the ledger knows."""
    reaction = {
        "type": "reaction_removed",
        "user": "U1",
        "reaction": "-1",
        "item_user": "UBOT",
        "item": {"type": "message", "channel": "C1", "ts": "1700000000.000300"},
        "event_ts": "1700000009.000100",
    }
    found = translate({"event": reaction}, ME)

    assert isinstance(found, Reaction)
    assert str(found.place) == "slack:T1:C1:1700000000.000300"
    assert (found.verdict, found.added, found.person) == ("down", False, "U1")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"event": {"type": "channel_rename"}},
        {"event": {"type": "message"}},
        {"event": {"type": "reaction_added", "reaction": "eyes", "item": {"type": "message"}}},
        {"event": {"type": "reaction_added", "reaction": "+1", "item": {"type": "file"}}},
    ],
)
def test_everything_else_is_ignored_with_a_reason(body: dict[str, Any]) -> None:
    """What is not for us is not an error."""
    found = translate(body, ME)

    assert isinstance(found, Ignored)
    assert found.reason


def test_a_button_carries_the_answer_and_the_verdict() -> None:
    """A value that is not ours is no vote."""
    body = {"user": {"id": "U1"}, "actions": [{"value": "down|slack:T1:C1:1.2"}]}
    vote = button(body, at=5.0)

    assert vote is not None
    assert (vote.answer_id, vote.verdict, vote.via) == ("slack:T1:C1:1.2", "down", "button")
    assert button({"user": {"id": "U1"}, "actions": [{"value": "x"}]}, at=5.0) is None


@pytest.mark.parametrize(
    "unit", [" ", "\u3000", "\n", " \n", "<", "<@UBOT|", "<@UBOT> ", "あ", "w"]
)
def test_any_message_is_read_in_linear_time(unit: str) -> None:
    """Slack waits three seconds: four times the text takes four times as long, not sixteen."""
    me, seconds = BotIdentity("T1", "UBOT", "BBOT"), []
    for length in (20_000, 80_000):
        text = (unit * length)[:length]
        event = {"type": "message", "channel": "C1", "user": "U1", "ts": "1.1", "text": text}
        before = time.process_time()
        translate({"type": "event_callback", "team_id": "T1", "event": event}, me)
        seconds.append(time.process_time() - before)

    assert seconds[1] < 9 * seconds[0] + 0.2
