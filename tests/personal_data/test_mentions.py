"""What is kept about a person is found in every store and file, and nobody else's."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backup.contents import phase_of
from bot.backup.redis_keys import RedisKeys
from bot.personal_data.mentions import Mention, PersonPattern, file_mentions, stored_mentions
from bot.redis.connection import RedisConnection
from tests.backup import world


async def found(store: RedisConnection, pattern: PersonPattern) -> list[Mention]:
    return [mention async for mention in stored_mentions(store.commands, pattern)]


async def test_every_value_that_names_the_person_is_found(store: RedisConnection) -> None:
    """Compared with a plain search through all that is stored."""
    await world.fill(store)
    pattern = PersonPattern("U1")
    expected = {
        key.name
        async for key in RedisKeys(store.commands).read()
        if pattern.is_in(key.model_dump_json().replace('\\\\"', '"'))
    }
    stores = {mention.store for mention in await found(store, pattern)}

    assert {mention.place.split()[0] for mention in await found(store, pattern)} == expected
    assert {"answer", "votes", "audit", "waiters", "mcp", "entries"} <= stores
    assert all(phase_of(name) for name in expected)


async def test_questions_of_the_person_are_found_by_their_ids(store: RedisConnection) -> None:
    """A thread's memory holds no name."""
    await world.fill(store)
    asked = world.question(4)
    places = {mention.place for mention in await found(store, PersonPattern("U1", [asked.id]))}

    assert f"turns:{asked.thread}" in places
    assert not any(str(world.question(3).thread) in place for place in places)


@pytest.mark.parametrize(
    ("person", "text", "is_named"),
    [
        ("U12", "<@U12>さん", True),
        ("U12", "担当はU12です", True),
        ("U12", "U123 and AU12", False),
        ("恵子", '{"by": "恵子"}', True),
        ("恵子", "千恵子さん", False),
        ("恵子", "恵子さまへ", True),
        ("田中", "田中様、田中太郎さん", True),
        ("田中", "田中太郎さん", False),
        ("花子", "花子さんへ", True),
        ("マリ", "マリーの件", False),
        ("ann", "mary-ann, ann.lee, ann@example.com", False),
        ("ann", "ask ann.", True),
        ("林", "林さん、小林さん", True),
        ("corp\\ann", '{"by": "corp\\\\ann"}', True),
        ("田中 太郎", '{"by": "田中 太郎"}', True),
        ("U1.*", "U1 U1x", False),
    ],
)
def test_a_name_is_a_whole_word(person: str, text: str, is_named: bool) -> None:  # noqa: FBT001
    assert PersonPattern(person).is_in(text) is is_named


@given(st.text(max_size=60), st.text(st.characters(categories=["Lu", "Nd"]), min_size=2))
def test_nothing_odd_is_an_error(text: str, person: str) -> None:
    assert PersonPattern(person, [person]).is_in(f"{text} {person} {text}")


def test_lines_of_files_are_found_and_the_index_is_left_out(tmp_path: Path) -> None:
    """In both languages, and in bytes that are no text."""
    world.write_files(tmp_path, {**world.FILES, **world.REBUILT, **world.IGNORED})
    lines = '{"question": "有給は?", "by": "U1"}\n{"question": "Leave?", "by": "U2"}\n'
    (tmp_path / "evaluation/cases/team.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "index/version-7/U1.txt").write_text("U1", encoding="utf-8")
    (tmp_path / "prompts/odd.bin").write_bytes(b"\xff\xfe U1 \x00\n")
    mentions = list(file_mentions(tmp_path, PersonPattern("U1")))

    assert [one.place for one in mentions] == ["evaluation/cases/team.jsonl:1", "prompts/odd.bin:1"]
    assert mentions[0].value == {"question": "有給は?", "by": "U1"}
