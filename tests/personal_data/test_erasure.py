"""What is a person's alone is deleted, what is others' stays, and what is left is said."""

from bot.core.types import Handoff, Job, Waiter
from bot.personal_data.erasure import PersonStores, erase, questions_of, what_is_left
from bot.personal_data.mentions import Mention, PersonPattern, stored_mentions
from bot.redis.connection import RedisConnection
from tests.backup import world


async def left(store: RedisConnection, person: str, *questions: str) -> list[Mention]:
    pattern = PersonPattern(person, questions)
    return [mention async for mention in stored_mentions(store.commands, pattern)]


async def test_a_person_is_gone_and_the_others_are_not(store: RedisConnection) -> None:
    """Their questions with answer, votes, verdicts, memory and place; nobody else's."""
    await world.fill(store)
    stores = PersonStores.of(store)
    await stores.limits.take("questions", "U1", "one")
    theirs, others = world.question(1), world.question(2)
    done = await erase(stores, "U1")
    again = await erase(stores, "U1")

    assert done == {
        "memories of threads": 2,
        "verdicts on their answers": 1,
        "questions to experts": 2,
        "limits": 1,
        "tokens of programs": 1,
        "votes": 3,
        "questions with their answers": 2,
    }
    assert again == {}
    assert await stores.ledger.get(theirs.id) is None
    assert await stores.ledger.find("slack:T1:C1:1.9") is None
    assert await stores.memory.recall(theirs.thread) == ()
    assert await stores.labels.all() == []
    assert await stores.tokens.listed() == []
    assert await stores.handoffs.since(0.0) == []
    assert await stores.handoffs.open_of(world.READER.id) == []
    record = await stores.ledger.get(others.id)
    assert record is not None
    assert record.feedback == ()
    assert await stores.memory.recall(others.thread)
    assert [one.id for one in await questions_of(stores.ledger, "U2")] == [others.id]


async def test_what_stays_is_named_with_its_reason(store: RedisConnection) -> None:
    """No store may hold something of theirs that nobody can explain."""
    await world.fill(store)
    await erase(PersonStores.of(store), "U1")
    rows = what_is_left(await left(store, "U1", world.question(1).id, world.question(4).id))

    assert {"the audit log", "saved answers", "questions in work"} <= {name for name, _, _ in rows}
    assert [name for name, _, why in rows if why.startswith("see ")] == []


async def test_who_waits_for_others_questions_no_longer_does(store: RedisConnection) -> None:
    """The handoff goes on for the others, and is found from their threads."""
    stores = PersonStores.of(store)
    first, second = world.question(31), world.question(32)
    waiting = Waiter(first.id, first.thread, "U1", 1.0)
    await stores.handoffs.open(
        Handoff(
            *(first.id, first.text, world.READER, "U恵子", first.thread, 1.0),
            language="ja",
            waiting=(waiting,),
        )
    )
    await stores.handoffs.join(first.id, Waiter(second.id, second.thread, "U2", 2.0))
    await erase(stores, "U2")
    present = await stores.handoffs.get(first.id)

    assert present is not None
    assert present.waiting == (waiting,)
    assert await stores.handoffs.get(second.id) is None
    assert await stores.handoffs.of_thread(second.thread) is None


async def test_a_handoff_goes_on_without_its_first_asker(store: RedisConnection) -> None:
    """Its expert is reminded, and whoever joined hears of the answer."""
    stores = PersonStores.of(store)
    first, second = world.question(31), world.question(32)
    await stores.handoffs.open(
        Handoff(
            *(first.id, first.text, world.READER, "U恵子", first.thread, 1.0),
            language="ja",
            waiting=(Waiter(first.id, first.thread, "U1", 1.0),),
        )
    )
    joined = Waiter(second.id, second.thread, "U2", 2.0)
    await stores.handoffs.join(first.id, joined)
    assert (await erase(stores, "U1"))["questions to experts"] == 1

    assert [one.waiting for one in await stores.handoffs.pending()] == [(joined,)]
    assert (await erase(stores, "U2"))["questions to experts"] == 1
    assert await stores.handoffs.pending() == []


async def test_dead_letters_of_the_person_are_dropped(store: RedisConnection) -> None:
    """A letter holds the words of a question."""
    stores = PersonStores.of(store)
    for person in ("U1", "U2"):
        await stores.queue.put(Job(person, person, "question", {"person": person, "text": "有給?"}))
        lease = await stores.queue.take(wait=5)
        assert lease is not None
        await lease.dead_letter("it fails for good")
    await erase(stores, "U1")
    letters = await stores.queue.dead_letters()
    await stores.queue.aclose()

    assert [letter.job.id for letter in letters] == ["U2"]
