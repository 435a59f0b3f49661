"""The inputs of an export, from the real index, the real Redis and the disk."""

import datetime as dt
from contextlib import aclosing
from pathlib import Path

import pytest

from bot.app.container import open_knowledge, open_saved
from bot.channels.settings import ChannelSettings
from bot.channels.store import ChannelSettingsStore
from bot.core.errors import CasesError
from bot.entries.entry import Entry
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings
from bot.training_export.examples import chat_examples, judged_records, saved_examples
from bot.training_export.sources import (
    case_questions,
    opened_channels,
    readable_documents,
    saved_facts,
    saved_passages,
    teams_in,
)
from knowledge.model.types import Principal
from tests.training_export.exports import CHANNEL, LEAVE, answered, record

LINK = "https://acme.slack.com/archives/C1/p1700000000000100"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A team with one document, for members."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "leave.md").write_text("# Leave\n\nStaff get 10 days of leave.\n", "utf-8")
    (tmp_path / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
    return Settings(
        _env_file=None,
        openai_embedding_model="hashing",
        knowledge_config=tmp_path / "knowledge.toml",
        data_dir=tmp_path / "data",
    )


async def test_entries_come_from_the_index_with_their_readers_rights(
    settings: Settings, store: RedisConnection
) -> None:
    """In both languages; what is for a channel alone is not for everybody."""
    async with aclosing(open_knowledge(settings, store)) as base:
        saved = open_saved(settings, base, store)
        day = dt.date(2026, 11, 1)
        japanese = Entry("年末調整の締切は？", "11月30日です。", "U7", "U8", LINK, (), day)
        await saved.save(japanese)
        await saved.save(Entry("Who has the key?", "The office.", "U7", "U8", LINK, ("C9",), day))
        members = [item async for item in saved_passages(base, Principal("m", member=True))]
        everybody = [item async for item in saved_passages(base, Principal("anyone"))]
        facts = saved_facts(await saved.entries())
        [example] = saved_examples(members, facts, {"T1"})

    assert everybody == []
    assert example.question == "年末調整の締切は？"
    assert example.chosen == "11月30日です。 [1]"
    assert example.channel == CHANNEL
    assert example.people == {"U7", "U8"}
    assert dt.datetime.fromtimestamp(example.at, dt.UTC).date() == day


async def test_only_documents_that_the_audience_reads_now_count(settings: Settings) -> None:
    """A deleted document counts as unreadable."""
    gone = [
        answered("Yes. [1]", LEAVE),
        answered("No. [1]", LEAVE.__class__(1, "", "", "", "x.md")),
    ]
    records = [record(n, f"Question {n}?", answer, "up") for n, answer in enumerate(gone)]
    examples, _ = chat_examples(judged_records(records, []))
    async with aclosing(open_knowledge(settings)) as base:
        await base.sync()
        member = await readable_documents(base, Principal("m", member=True), examples)
        stranger = await readable_documents(base, Principal("anyone"), examples)

    assert member == {"docs/leave.md"}
    assert stranger == frozenset()
    assert teams_in(records) == {"T1"}


async def test_a_channel_opens_itself_for_export(store: RedisConnection) -> None:
    """With the time from which they are open."""
    channels = ChannelSettingsStore(store.commands)
    await channels.choose(CHANNEL, ChannelSettings(export_since=12.5))
    await channels.choose("slack:T1:C3", ChannelSettings(listening="off"))
    places = (CHANNEL, "slack:T1:C2", "slack:T1:C3", "slack:T1:D1", "terminal:a")
    records = [
        record(n, f"Question {n}?", answered("Yes. [1]"), "up", place=place)
        for n, place in enumerate(places)
    ]
    examples, _ = chat_examples(judged_records(records, []))

    assert await opened_channels(channels, examples) == {CHANNEL: 12.5}


def test_cases_are_all_files_of_cases_in_the_folder_and_those_named(tmp_path: Path) -> None:
    """Labels are in the same folder; a named file must contain cases."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a.jsonl").write_text('{"id": "1", "question": "日当は？"}\n', "utf-8")
    (tmp_path / "labels.jsonl").write_text('{"answer_id": "x"}\n', "utf-8")
    named = tmp_path / "more"
    named.write_text('{"id": "1", "question": "Leave?"}\n', "utf-8")

    assert case_questions(tmp_path, [named]) == {"日当は？", "Leave?"}
    assert case_questions(tmp_path / "nothing", []) == frozenset()
    with pytest.raises(CasesError):
        case_questions(tmp_path, [tmp_path / "labels.jsonl"])
