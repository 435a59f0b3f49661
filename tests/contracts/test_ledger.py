"""The contract of `Ledger`: one record an answer, one vote a person, totals that stay right."""

import asyncio
import json
import time
from collections import Counter
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.core.types import (
    Answer,
    Citation,
    Feedback,
    Question,
    QuestionId,
    ReadFile,
    Step,
    ThreadId,
    Usage,
)
from bot.records.ledger import Ledger, LedgerRecord
from bot.redis.connection import RedisConnection, open_redis
from knowledge.model.types import Principal

QUESTION = Question(
    QuestionId("slack:T1:C1:1700000000.000200"),
    ThreadId("slack:T1:C1:1700000000.000100"),
    "有給は何日? How many days?",
    Principal("C1", member=True, groups=frozenset({"C1", "#hr"})),
    person="U1",
    received_at=1_700_000_000.5,
)
ANSWER = Answer(
    "answered",
    "有給休暇は10日です。[1]",
    (Citation(1, "就業規則", "https://docs.example/leave", "10日", "hr/leave.md"),),
    confidence=0.93,
    steps=(Step("search_knowledge", {"query": "有給"}, ("hr/leave.md#0",)),),
    usage=Usage(1200, 80, 1000, 2),
    cost_usd=None,
    latency_ms=2345,
    model="gpt-5-mini",
    prompt_version="0123abcd",
    index_version="version-7",
)
PLACE = "slack:T1:C1:1700000000.000300"


@pytest.fixture
def ledger(store: RedisConnection) -> Ledger:
    """An empty ledger."""
    return Ledger(store.commands)


def vote(
    verdict: Literal["up", "down"] | None, person: str = "U1", answer_id: QuestionId = QUESTION.id
) -> Feedback:
    """Make a vote."""
    return Feedback(answer_id, person, verdict, "button", at=1_700_000_100.0)


async def test_a_record_holds_all_that_is_known(ledger: Ledger) -> None:
    """Question, answer, steps, tokens, cost, versions, places and votes."""
    before = time.time()
    await ledger.record(QUESTION, ANSWER, [PLACE])
    await ledger.rate(replace(vote("down"), reason="outdated", comment="去年の規則です。"))
    await ledger.rate(vote("up", person="恵子"))
    record = await ledger.get(QUESTION.id)
    assert record is not None
    assert record == LedgerRecord(
        QUESTION,
        ANSWER,
        record.at,
        (PLACE,),
        (
            replace(vote("down"), reason="outdated", comment="去年の規則です。"),
            vote("up", person="恵子"),
        ),
    )
    assert before <= record.at <= time.time()
    assert await ledger.get(QuestionId("unknown")) is None


async def test_files_of_a_question_are_not_kept(ledger: Ledger, store: RedisConnection) -> None:
    """They may be large, and are not the ledger's to keep."""
    await ledger.record(replace(QUESTION, files=(ReadFile("秘密.md", text="SALARY-7731"),)), ANSWER)
    stored = str(await store.commands.get(f"{{kotae}}:v1:answer:{QUESTION.id}"))
    assert "SALARY-7731" not in stored
    assert [record.question for record in await ledger.recent(1)] == [QUESTION]


async def test_a_record_of_a_later_version_is_read(ledger: Ledger, store: RedisConnection) -> None:
    """Fields that this version does not know are ignored, at every depth."""
    await ledger.record(QUESTION, ANSWER)
    await ledger.rate(vote("up"))
    known = await ledger.get(QUESTION.id)
    key, votes_key = f"{{kotae}}:v1:answer:{QUESTION.id}", f"{{kotae}}:v1:votes:{QUESTION.id}"
    data = json.loads(await store.commands.get(key) or "")
    data["version"] = 2
    for part in (data["question"], data["question"]["asker"], data["answer"]["citations"][0]):
        part["unknown"] = ["未来"]
    await store.commands.set(key, json.dumps(data), keepttl=True)
    (person, text), *_ = (await store.commands.hgetall(votes_key)).items()
    await store.commands.hset(votes_key, person, json.dumps(json.loads(text) | {"mood": 3}))
    assert await ledger.get(QUESTION.id) == known
    assert [record async for record in ledger.since(0.0)] == [known]


@pytest.mark.parametrize("part", ["answer", "votes"])
@pytest.mark.parametrize("damage", ["", "{", "[]", '{"question": 7}', '{"verdict": "sideways"}'])
async def test_a_damaged_record_is_left_out_and_named(
    ledger: Ledger, store: RedisConnection, part: str, damage: str
) -> None:
    """The others are still read, by each of the three ways to read them."""
    ids = [QuestionId(f"質問-{number}") for number in range(3)]
    for answer_id in ids:
        await ledger.record(replace(QUESTION, id=answer_id), ANSWER)
        await ledger.rate(vote("down", answer_id=answer_id))
    key = f"{{kotae}}:v1:{part}:{ids[1]}"
    if part == "answer":
        await store.commands.set(key, damage, keepttl=True)
    else:
        await store.commands.hset(key, "U1", damage)
    with capture_logs() as logs:
        found = [record.question.id async for record in ledger.since(0.0)]
        newest = [record.question.id for record in await ledger.recent(10)]
        assert await ledger.get(ids[1]) is None
    assert (found, newest) == ([ids[0], ids[2]], [ids[2], ids[0]])
    assert [(log["event"], log["id"]) for log in logs] == [("record_unreadable", ids[1])] * 3


@pytest.mark.parametrize(
    "damage", [b"", b"not json", b"{}", b"[]", b"null", b'{"answer": 1}', b"\xff\xfe", b"[" * 5_000]
)
async def test_a_damaged_record_is_written_anew(
    ledger: Ledger, store: RedisConnection, damage: bytes
) -> None:
    """A question whose record was damaged can be answered again; the others are read meanwhile."""
    other = replace(QUESTION, id=QuestionId("質問-2"))
    for question in (QUESTION, other):
        await ledger.record(question, ANSWER)
    await store.commands.set(f"{{kotae}}:v1:answer:{QUESTION.id}", damage)

    assert [record.question.id for record in await ledger.recent(10)] == [other.id]
    await ledger.record(QUESTION, ANSWER)
    known = await ledger.get(QUESTION.id)
    assert known is not None
    assert known.answer == ANSWER


async def test_a_damaged_total_hides_no_other(ledger: Ledger, store: RedisConnection) -> None:
    """It counts as none."""
    await ledger.record(QUESTION, ANSWER)
    await store.commands.hset("{kotae}:v1:totals", "up", "abc")

    counts = await ledger.counts()
    assert (counts["up"], counts[ANSWER.status]) == (0, 1)


async def test_an_answer_is_found_by_each_of_its_places(ledger: Ledger) -> None:
    """A reaction on any part of a long answer leads to it."""
    await ledger.record(QUESTION, ANSWER, [PLACE, "slack:T1:C1:2"])
    assert await ledger.find(PLACE) == QUESTION.id
    assert await ledger.find("slack:T1:C1:2") == QUESTION.id
    assert await ledger.find("slack:T1:C1:3") is None


async def test_recording_again_changes_no_total(ledger: Ledger) -> None:
    """A job that runs again after a crash is counted once, with its last status."""
    await ledger.record(QUESTION, ANSWER)
    await ledger.rate(vote("up"))
    await ledger.record(QUESTION, ANSWER)
    await ledger.record(QUESTION, replace(ANSWER, status="handed_over"))
    counts = await ledger.counts()
    assert {name: count for name, count in counts.items() if count} == {"handed_over": 1, "up": 1}
    assert len(await ledger.recent(10)) == 1


async def test_a_vote_on_nothing_is_refused(ledger: Ledger) -> None:
    """A reaction on a message that is no answer counts nowhere."""
    assert not await ledger.rate(vote("up"))
    assert not any((await ledger.counts()).values())


async def test_the_newest_records_come_first(ledger: Ledger) -> None:
    """Recording an old answer again does not make it new."""
    ids = [QuestionId(f"id-{number}") for number in range(3)]
    for answer_id in (*ids, ids[0]):
        await ledger.record(replace(QUESTION, id=answer_id), ANSWER)
    newest = [record.question for record in await ledger.recent(2)]
    assert newest == [replace(QUESTION, id=answer_id) for answer_id in (ids[2], ids[1])]
    assert await ledger.recent(0) == []


async def test_all_records_since_a_time_are_read_oldest_first(ledger: Ledger) -> None:
    """In pages: each record once, with its votes, however many there are."""
    ids = [QuestionId(f"質問-{number}") for number in range(250)]
    for answer_id in ids:
        await ledger.record(replace(QUESTION, id=answer_id), ANSWER)
    await ledger.rate(vote("down", answer_id=ids[120]))
    found = [record async for record in ledger.since(0)]
    assert [record.question.id for record in found] == ids
    assert found[120] == await ledger.get(ids[120])
    assert found[120].feedback
    later = found[150].at
    assert [record async for record in ledger.since(later)] == found[150:]
    assert [record async for record in ledger.since(later + 3_600)] == []


async def test_records_of_one_moment_are_all_read(ledger: Ledger, store: RedisConnection) -> None:
    """A page may end between records of the same time, and records that are gone are left out."""
    for number in range(230):
        await ledger.record(replace(QUESTION, id=QuestionId(f"id-{number:03}")), ANSWER)
    key = "{kotae}:v1:answers"
    await store.commands.zadd(key, {f"id-{number:03}": 5.0 for number in range(230)})
    await store.commands.zadd(key, {"gone": 5.0, "a new one that is gone": 6.0})
    found = [record.question.id async for record in ledger.since(5.0)]
    assert found == [f"id-{number:03}" for number in range(230)]


async def test_only_the_totals_are_kept_for_ever(ledger: Ledger, store: RedisConnection) -> None:
    """Records, votes and places go after their days; the index of records is trimmed with them."""
    await ledger.record(QUESTION, ANSWER, [PLACE])
    await ledger.rate(vote("up"))
    for_ever = {
        str(key).rpartition(":")[2]
        async for key in store.commands.scan_iter()
        if await store.commands.ttl(key) < 0
    }
    assert for_ever == {"answers", "totals"}


votes = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["花子", "bob"]),
        st.sampled_from(["up", "down", None]),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(history=votes)
def test_the_last_vote_of_a_person_wins(
    redis_url: str, history: list[tuple[str, str, Literal["up", "down"] | None]]
) -> None:
    """Repeated, changed and withdrawn votes leave totals that equal a recount."""
    last = {(answer, person): verdict for answer, person, verdict in history}
    expected = Counter(verdict for verdict in last.values() if verdict)
    assert asyncio.run(voted(redis_url, history)) == {
        "up": expected["up"],
        "down": expected["down"],
    }


async def voted(
    redis_url: str, history: list[tuple[str, str, Literal["up", "down"] | None]]
) -> dict[str, int]:
    """Cast *history* on two new answers, and return the totals."""
    async with open_redis(redis_url) as connection:
        await connection.commands.flushall()
        ledger = Ledger(connection.commands)
        for answer_id in ("a", "b"):
            await ledger.record(replace(QUESTION, id=QuestionId(answer_id)), ANSWER)
        for answer, person, verdict in history:
            assert await ledger.rate(vote(verdict, person, QuestionId(answer)))
        counts = await ledger.counts()
        return {name: counts[name] for name in ("up", "down")}
