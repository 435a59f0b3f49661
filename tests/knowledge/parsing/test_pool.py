"""Attached files are parsed few at a time, and delay nobody else."""

import asyncio

from knowledge.model.errors import ParserLimitError
from knowledge.parsing.pool import ParserPool
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
