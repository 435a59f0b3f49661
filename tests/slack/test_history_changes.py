"""What events say about files, in every form that Slack documents."""

import pytest

from bot.slack.client.identity import BotIdentity
from bot.slack.history.changes import (
    FileChange,
    HistoryChange,
    MessageChange,
    canvases_of,
    change_of,
)
from knowledge.sync.sources.slack_messages import SharedFile

ME = BotIdentity("T1", "U0", "B0", "kotae")
AT = "1700000000.000100"


@pytest.mark.parametrize(
    ("event", "change"),
    [
        (
            {"type": "file_deleted", "file_id": "F1", "channel_ids": ["C1"], "event_ts": AT},
            FileChange("F1", gone=True, at=float(AT)),
        ),
        (
            {"type": "file_unshared", "file_id": "F1", "channel_id": "C1", "event_ts": AT},
            FileChange("F1", gone=True, at=float(AT), channel="C1"),
        ),
        (
            {"type": "file_unshared", "file_id": "F1", "file": {"id": "F1"}, "event_ts": AT},
            FileChange("F1", gone=False, at=float(AT)),
        ),
        (
            {"type": "file_change", "file_id": "F1", "file": {"id": "F1"}},
            FileChange("F1", gone=False, at=1_700_000_001.0),
        ),
        ({"type": "file_shared", "file_id": "F1", "channel_id": "C1"}, None),
        ({"type": "file_deleted"}, None),
        ({"type": "file_public", "file_id": "F1"}, None),
    ],
)
def test_an_event_about_a_file_is_read(
    event: dict[str, object], change: HistoryChange | None
) -> None:
    """That one was shared is told by its message; an id alone is enough."""
    assert change_of({"event": event, "event_time": 1_700_000_001}, ME) == change


def test_a_message_says_what_it_shares() -> None:
    """By id and name; not what was deleted, and of a foreign file only the id."""
    files = [
        {"id": "F1", "name": "a.pdf", "title": "A"},
        {"id": "F2", "name": "-", "title": "Plan", "mode": "quip"},
        {"id": "F3", "mode": "tombstone"},
        {"id": "F4", "mode": "file_access", "file_access": "check_file_info", "user": ""},
        {"name": "without.md"},
        "nonsense",
    ]
    event = {"type": "message", "channel": "C1", "ts": AT, "user": "U1", "text": "x"}
    change = change_of({"event": event | {"subtype": "file_share", "files": files}}, ME)

    assert isinstance(change, MessageChange)
    assert change.message is not None
    assert change.message.files == (
        SharedFile("F1", "a.pdf"),
        SharedFile("F2", "Plan"),
        SharedFile("F4", ""),
    )


def test_canvases_are_found_in_tabs_and_beside() -> None:
    """Of most channels, only the tabs name them: `properties.canvas` has an empty id then."""
    tabs = [
        {"id": "files", "label": "", "type": "files"},
        {"id": "Ct1", "type": "canvas", "label": "", "data": {"file_id": "F1"}},
        {"id": "Ct2", "type": "canvas"},
    ]

    assert canvases_of({"properties": {"tabs": tabs, "canvas": {"file_id": ""}}}) == {"F1"}
    assert canvases_of({"properties": {"canvas": {"file_id": "F2", "is_empty": True}}}) == {"F2"}
    assert canvases_of({}) == frozenset()
