"""What a later version of the program has written: its new fields are kept, and mean nothing."""

import json
from dataclasses import replace

import structlog

from bot.audit.audit_log import AuditLog
from bot.channels.settings import ChannelSettings
from bot.channels.store import ChannelSettingsStore
from bot.core.types import Handoff, Label, Waiter
from bot.entries.entry import Entry
from bot.entries.versions import EntryVersions
from bot.handoff.store import HandoffStore
from bot.mcp_server.tokens import TokenStore
from bot.records.labels import RedisLabels
from bot.redis.connection import RedisConnection
from bot.redis.keys import key_root
from tests.backup import world

NEW = {"tone": ["new", 1]}


async def with_new_field(store: RedisConnection, key: str, field: str) -> None:
    """Add a field to the record in a field of a hash."""
    name = f"{key_root(store.commands)}:{key}"
    text = str(await store.commands.execute_command("HGET", name, field))
    changed = json.dumps(json.loads(text) | NEW)
    await store.commands.execute_command("HSET", name, field, changed)


async def test_an_entry_keeps_it_when_somebody_edits_the_entry(store: RedisConnection) -> None:
    """In each later version as well."""
    versions = EntryVersions(store.commands)
    first = Entry("有給は何日?", "9日です。", "U恵子", "U1", "", id="leave")
    await versions.change("leave", lambda _: first)
    await with_new_field(store, "entries:present", "leave")
    await versions.change("leave", lambda one: replace(one or first, answer="10 days."))

    text = await store.commands.hget(f"{key_root(store.commands)}:entries:present", "leave")
    kept = json.loads(str(text))
    assert (kept["answer"], kept["tone"]) == ("10 days.", NEW["tone"])
    present = await versions.get("leave")
    assert present is not None
    assert present.answer == "10 days."


async def test_a_channel_keeps_it_and_has_the_default_of_what_is_not_known(
    store: RedisConnection,
) -> None:
    """A choice that nobody here knows must not stop its questions."""
    key = f"{key_root(store.commands)}:channel:C1"
    written = {"language": "ja", "listening": "in_the_evening", "sources": ["hr"], **NEW}
    await store.commands.set(key, json.dumps(written))
    channels = ChannelSettingsStore(store.commands)
    with structlog.testing.capture_logs() as logs:
        choices = await channels.choices("C1")
    assert (choices.language, choices.listening, choices.sources) == ("ja", "follow", ("hr",))
    assert logs[0]["choices"] == ["listening"]

    await channels.choose("C1", choices.model_copy(update={"language": "en"}))
    kept = json.loads(str(await store.commands.get(key)))
    assert kept == {"language": "en", "sources": ["hr"], **NEW}
    assert (await channels.choices("C1")).model_copy() != ChannelSettings(language="en")


async def test_records_that_are_only_read_ignore_it(store: RedisConnection) -> None:
    """Labels, tokens and acts."""
    client = store.commands
    await RedisLabels(client).put(Label("a", "right", "U1", 1.0))
    await with_new_field(store, "labels", '["a", "U1"]')
    assert [label.person for label in await RedisLabels(client).all()] == ["U1"]

    token, record = await TokenStore(client).create("U1", 3_600)
    await with_new_field(store, "mcp:tokens", record.id)
    assert await TokenStore(client).person(token) == "U1"
    assert [one.id for one in await TokenStore(client).listed()] == [record.id]

    act = json.dumps({"at": 1.0, "person": "U1", "act": "data", "about": "x", **NEW})
    await client.execute_command("XADD", f"{key_root(client)}:audit", "*", "act", act)
    assert [one.about async for one in AuditLog(client).since()] == ["x"]


async def test_a_handoff_that_cannot_be_read_hides_no_other(store: RedisConnection) -> None:
    """Such as one in a state that only a later program knows."""
    handoffs = HandoffStore(store.commands)
    for number in (1, 2):
        asked = world.question(number)
        waiter = Waiter(asked.id, asked.thread, "U1", 100.0)
        await handoffs.open(
            Handoff(
                *(asked.id, asked.text, world.READER, "U2", asked.thread, 100.0 + number),
                language="ja",
                waiting=(waiter,),
            )
        )
    key = f"{key_root(store.commands)}:handoff:{world.question(1).id}"
    await store.commands.hset(key, "state", "in_a_meeting")
    with structlog.testing.capture_logs() as logs:
        assert [one.id for one in await handoffs.pending()] == [world.question(2).id]
    assert logs == [
        {"event": "handoff_unreadable", "id": world.question(1).id, "log_level": "warning"}
    ]
