"""The contract of `HandoffStore`: a question is asked once, and every change is repeatable."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core.types import Handoff, HandoffState, QuestionId, ThreadId, Waiter
from bot.handoff.store import HandoffStore
from bot.redis.connection import RedisConnection
from knowledge.model.types import Principal

FIRST, SECOND = QuestionId("slack:T1:C1:1.1"), QuestionId("slack:T1:C1:2.1")
THREAD, OTHER = ThreadId("slack:T1:C1:1.0"), ThreadId("slack:T1:C1:2.0")


def asked(question: QuestionId = FIRST, thread: ThreadId = THREAD, at: float = 100.0) -> Handoff:
    """Return the handoff of a question."""
    return Handoff(
        id=question,
        text="有給は何日？ How many days?",
        asker=Principal("C1", member=True, groups=frozenset({"C1", "#総務"})),
        owner="U恵子",
        thread=thread,
        at=at,
        language="ja",
        waiting=(Waiter(question, thread, "U1", at),),
    )


@pytest.fixture
def handoffs(store: RedisConnection) -> HandoffStore:
    """None yet."""
    return HandoffStore(store.commands)


async def test_what_is_opened_is_found_as_it_was(handoffs: HandoffStore) -> None:
    """By its question, by its thread, among the open ones, and by its time."""
    assert await handoffs.open(asked())
    for found in (
        await handoffs.get(FIRST),
        await handoffs.of_thread(THREAD),
        *await handoffs.pending(),
        *await handoffs.since(100.0),
    ):
        assert found == asked()
    assert await handoffs.get(SECOND) is None
    assert await handoffs.of_thread(OTHER) is None
    assert await handoffs.since(100.5) == []


async def test_a_question_is_handed_over_once(handoffs: HandoffStore) -> None:
    """A job that runs again after a crash opens no second one, not even after the end."""
    await handoffs.open(asked())
    assert not await handoffs.open(replace(asked(), owner="somebody else"))
    await handoffs.end(FIRST, "answered", by="U2")
    assert not await handoffs.open(asked())
    assert await handoffs.pending() == []
    known = await handoffs.get(FIRST)
    assert known is not None
    assert (known.owner, known.state) == ("U恵子", "answered")


async def test_who_joins_waits_once(handoffs: HandoffStore) -> None:
    """The joined question and its thread lead to the same handoff, also after its end."""
    waiter = Waiter(SECOND, OTHER, "花子", 200.0)
    assert not await handoffs.join(FIRST, waiter)
    await handoffs.open(asked())
    assert await handoffs.join(FIRST, waiter)
    assert await handoffs.join(FIRST, waiter)
    joined = replace(asked(), waiting=(*asked().waiting, waiter))
    assert await handoffs.get(SECOND) == await handoffs.of_thread(OTHER) == joined
    assert not await handoffs.open(asked(SECOND, OTHER))

    await handoffs.end(FIRST, "expired")
    assert await handoffs.join(FIRST, waiter)
    assert not await handoffs.join(FIRST, replace(waiter, question_id=QuestionId("third")))


async def test_two_that_were_opened_together_become_one(handoffs: HandoffStore) -> None:
    """The second one joins the first, and nobody is asked twice."""
    await handoffs.open(asked())
    await handoffs.open(asked(SECOND, OTHER, at=50.0))
    assert [one.id for one in await handoffs.pending()] == [FIRST, SECOND]
    assert [one.id for one in await handoffs.since(0.0)] == [SECOND, FIRST]

    assert await handoffs.join(FIRST, Waiter(SECOND, OTHER, "U2", 50.0))

    assert [one.id for one in await handoffs.pending()] == [FIRST]
    assert [one.id for one in await handoffs.since(0.0)] == [FIRST]
    assert not await handoffs.join(SECOND, Waiter(QuestionId("third"), OTHER, "U3", 60.0))


async def test_another_person_can_be_asked_elsewhere(handoffs: HandoffStore) -> None:
    """Everybody who has declined is remembered, each once."""
    await handoffs.open(asked())
    assert await handoffs.assign(FIRST, "Uケン", OTHER, declined="U恵子")
    assert await handoffs.assign(FIRST, "Uケン", OTHER, declined="U恵子")
    known = await handoffs.of_thread(OTHER)
    assert known == replace(asked(), owner="Uケン", thread=OTHER, declined=("U恵子",))
    await handoffs.end(FIRST, "answered", by="U2")
    assert not await handoffs.assign(FIRST, "U3", OTHER)


async def test_each_reminder_is_noted_once(handoffs: HandoffStore) -> None:
    """A missed one is not sent later, and nobody is reminded after the end."""
    await handoffs.open(asked())
    noted = [await handoffs.remind(FIRST, number) for number in (1, 1, 3, 2)]
    assert noted == [True, False, True, False]
    known = await handoffs.get(FIRST)
    assert known is not None
    assert known.reminders == 3
    await handoffs.end(FIRST, "answered", by="U2")
    assert not await handoffs.remind(FIRST, 4)
    assert not await handoffs.remind(SECOND, 1)


Order = tuple[HandoffState, ...]


@pytest.mark.parametrize(
    ("states", "noted", "last"),
    [
        (("answered", "answered", "saved"), [True, False, True], "saved"),
        (("saved", "answered", "expired"), [True, False, False], "saved"),
        (("expired", "answered", "expired"), [True, True, False], "answered"),
        (("open",), [False], "open"),
    ],
)
async def test_nothing_becomes_less_than_it_was(
    handoffs: HandoffStore, states: Order, noted: list[bool], last: HandoffState
) -> None:
    """A late answer still counts; an answered question does not expire."""
    await handoffs.open(asked())
    assert [await handoffs.end(FIRST, state, by="U2") for state in states] == noted
    known = await handoffs.get(FIRST)
    assert known is not None
    assert known.state == last
    assert not await handoffs.end(SECOND, "saved")


async def test_who_answered_first_stays(handoffs: HandoffStore) -> None:
    """The person who saves it later does not replace them."""
    await handoffs.open(asked())
    await handoffs.end(FIRST, "answered", by="U恵子")
    await handoffs.end(FIRST, "saved", by="U9", entry="saved/1.md")
    known = await handoffs.get(FIRST)
    assert known is not None
    assert (known.answered_by, known.entry) == ("U恵子", "saved/1.md")
    assert known.answered_at > known.at


async def test_nothing_of_a_person_is_kept_for_ever(
    handoffs: HandoffStore, store: RedisConnection
) -> None:
    """Only ids, which are trimmed, and a count stay."""
    await handoffs.open(asked())
    await handoffs.join(FIRST, Waiter(SECOND, OTHER, "U2", 1.0))
    await handoffs.assign(FIRST, "U3", ThreadId("slack:T1:D1:3.0"), declined="U恵子")
    ends: Callable[[str], str] = lambda key: key.rpartition(":")[2]  # noqa: E731
    for_ever = {
        ends(str(key))
        async for key in store.commands.scan_iter()
        if await store.commands.ttl(key) < 0
    }
    assert for_ever == {"handoffs", "handoffs_open", "handoffs_opened"}


async def test_the_open_ones_of_a_reader_are_found_in_one_look(
    handoffs: HandoffStore, store: RedisConnection
) -> None:
    """As opened, in order; those of others, those that joined and those that ended are not read."""
    commands = store.commands
    ids = [QuestionId(f"slack:T1:C1:{number}.1") for number in range(13)]
    for number, question in enumerate(ids):
        await handoffs.open(asked(question, ThreadId(question), at=float(number)))
    other = replace(asked(SECOND, OTHER), asker=Principal("C2", member=True))
    await handoffs.open(replace(other, id=QuestionId("another")))
    await handoffs.end(ids[3], "answered", by="U2")
    await handoffs.end(ids[4], "expired")
    await handoffs.join(ids[0], Waiter(ids[5], ThreadId(ids[5]), "U1", 200.0))
    left = [question for question in ids if question not in ids[3:6]]

    before = await calls(store, "hgetall")
    found = await handoffs.open_of("C1")
    assert await calls(store, "hgetall") - before == 1
    assert [one.id for one in found] == left
    assert {one.text for one in found} == {asked().text}
    assert await handoffs.open_of("C3") == []

    earlier = f"{handoffs._root}:handoffs_open"  # an earlier version did not sort them
    await commands.delete(f"{earlier}_of:C1", f"{earlier}_of:C2", f"{earlier}_sorted")
    assert [one.id for one in await handoffs.open_of("C1")] == left
    assert [one.id for one in await handoffs.open_of("C2")] == ["another"]


async def calls(store: RedisConnection, command: str) -> int:
    """Return how often Redis has run *command*, in scripts and outside."""
    stats = await store.commands.info("commandstats")
    return int(stats.get(f"cmdstat_{command}", {}).get("calls", 0))
