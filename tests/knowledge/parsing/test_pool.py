"""Attached files are parsed few at a time, and delay nobody else."""

import asyncio
import gc
from contextlib import suppress

from knowledge.model.errors import ParserLimitError
from knowledge.parsing.pool import ParserPool
from knowledge.parsing.process import ParserProcess
from tests.support.bombs import docx_bomb

TOKENS = 256
WORDS = "有給は20日。 Words.".encode()


async def read(pool: ParserPool, person: str, *files: bytes, name: str = "a.txt") -> list[str]:
    """Parse *files* as those of one message; return the result of each."""
    outcomes = []
    async with pool.parser(person) as parser:
        for data in files:
            try:
                outcomes.append((await parser.parse(data, name, TOKENS)).pieces[0].text)
            except ParserLimitError as error:
                outcomes.append(str(error))
    return outcomes


async def test_one_person_uses_at_most_one_process() -> None:
    """Hanako's file is parsed while Mallory's two messages full of bombs are waiting."""
    pool, bomb = ParserPool(processes=2, seconds=20), docx_bomb()
    attack = [
        asyncio.create_task(read(pool, "mallory", bomb, bomb, bomb, name="a.docx"))
        for _ in range(2)
    ]
    try:
        assert await read(pool, "hanako", WORDS) == [WORDS.decode()]
        assert not any(task.done() for task in attack)
    finally:
        for task in attack:
            task.cancel()
        await asyncio.gather(*attack, return_exceptions=True)
        pool.close()


async def test_parsers_do_not_use_the_threads_of_search() -> None:
    """Search runs in the default threads of the event loop, where parsers never wait."""
    pool, bomb = ParserPool(processes=2, seconds=20), docx_bomb()
    attack = [
        asyncio.create_task(read(pool, f"mallory {number}", bomb, name="a.docx"))
        for number in range(8)
    ]
    try:
        searches = (asyncio.to_thread(sum, (1, 1)) for _ in range(64))
        assert await asyncio.gather(*searches) == [2] * 64
        assert not all(task.done() for task in attack)
    finally:
        for task in attack:
            task.cancel()
        await asyncio.gather(*attack, return_exceptions=True)
        pool.close()


async def test_two_people_never_share_a_process() -> None:
    """A compromised parser has no access to files of others."""
    pool = ParserPool(processes=1)
    seen = []
    for person in ("hanako", "bob"):
        async with pool.parser(person) as parser:
            seen.append(await parser.call("tests.support.bombs:process_id", b""))
    pool.close()

    assert len(set(seen)) == 2


async def test_a_bomb_is_refused_with_a_reason() -> None:
    """The next file of the same message is still parsed."""
    pool = ParserPool(processes=1, seconds=20, budget=32 * 1024**2)
    outcomes = await read(pool, "hanako", docx_bomb(), name="a.docx")
    assert "to read" in outcomes[0]
    assert await read(pool, "hanako", WORDS) == [WORDS.decode()]
    pool.close()


ENDLESS = "tests.support.bombs:endless"


async def endless(pool: ParserPool, person: str, files: int = 1) -> list[str]:
    """Parse *files* that never end; return what was said of each."""
    said = []
    async with pool.parser(person) as parser:
        for _ in range(files):
            try:
                await parser.call(ENDLESS, b"")
            except ParserLimitError as error:
                said.append(str(error))
    return said


async def test_nobody_waits_long_for_files_that_never_end() -> None:
    """While a third person waits, two with endless files are held to the short limit."""
    pool = ParserPool(processes=2, seconds=300, short=3)
    attack = [asyncio.create_task(endless(pool, who, files=5)) for who in ("mallory", "eve")]
    try:
        assert await asyncio.wait_for(read(pool, "hanako", WORDS), 60) == [WORDS.decode()]
        assert not any(task.done() for task in attack)
    finally:
        for task in attack:
            task.cancel()
        await asyncio.gather(*attack, return_exceptions=True)
        pool.close()


async def test_whose_files_took_long_waits_behind_the_others() -> None:
    """Of those who wait, the one whose files took the least time is next."""
    pool = ParserPool(processes=1, seconds=300, short=3)
    order = list[str]()

    async def note(person: str) -> None:
        async with pool.parser(person):
            order.append(person)

    async with pool.parser("bob"):
        pool._slots.note("mallory", 9.0)
        waiting = [asyncio.create_task(note(who)) for who in ("mallory", "hanako", "keiko")]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    pool.close()

    assert order == ["hanako", "keiko", "mallory"]


async def test_an_abandoned_file_leaves_no_unheard_error() -> None:
    """The error of a file that nobody waits for any more is not logged by asyncio."""
    unheard: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unheard.append(told))
    pool = ParserPool(processes=1, seconds=300)
    with suppress(TimeoutError):
        async with asyncio.timeout(3):
            await endless(pool, "mallory")
    gc.collect()
    pool.close()

    assert unheard == []


async def test_no_thread_that_starts_or_ends_a_process_holds_up_the_event_loop() -> None:
    """What the event loop does with a process meanwhile returns at once."""
    process = ParserProcess()
    assert process.parse(WORDS, "a.txt", TOKENS).pieces
    with process._changing:
        await asyncio.wait_for(asyncio.to_thread(process.kill), 60)
        assert process.worked() == 0
    process.kill()
    process.kill()
    assert process.parse(WORDS, "a.txt", TOKENS).pieces, "a killed process is replaced"
    process.close()
