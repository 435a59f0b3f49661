"""Several processes with one index: who makes it, how others follow, and who answers meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.machines.lines import machine_lines
from bot.machines.member import NEEDS_INDEX, IndexMember, apart
from bot.machines.store import MachineState, MachineStore
from bot.redis.connection import RedisConnection
from knowledge.base import KnowledgeBase
from knowledge.factory import open_knowledge
from knowledge.model.errors import KnowledgeConfigError, NotIndexerError
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.types import Principal
from knowledge.storage.object_store import FolderStore
from knowledge.storage.shared_versions import SharedVersions
from knowledge.text import analysis
from tests.support.waiting import wait_until

READER = Principal("reader", member=True)


class Team:
    """Machines with a data folder each; they share documents, Redis and an index store."""

    def __init__(self, folder: Path, store: RedisConnection) -> None:
        self.folder, self.redis = folder, store
        (folder / "docs").mkdir()
        (folder / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
        self.write("The code of the red door is 4711.")

    def write(self, text: str) -> None:
        """Change the document."""
        (self.folder / "docs" / "door.md").write_text(f"# Door\n\n{text}\n")

    def member(
        self,
        name: str,
        *,
        shares: bool = True,
        answers: bool = True,
        analysis_version: int = analysis.VERSION,
        data: str = "",
    ) -> IndexMember:
        """Return a process of the machine *name*."""
        hashing = EmbeddingSettings("hashing", None, None)
        base = open_knowledge(self.folder / "knowledge.toml", self.folder / (data or name), hashing)
        shared = SharedVersions(FolderStore(self.folder / "store"), base.index_versions)
        me = MachineState(
            id=name,
            host=name,
            folder=data or name,
            answers=answers,
            shares=shares,
            analysis=analysis_version,
        )
        machines = MachineStore(self.redis, analysis_version)
        return IndexMember(base, machines, shared if shares else None, me, may_index=answers)

    async def indexer(self) -> MachineState | None:
        """Return who makes the index."""
        return await MachineStore(self.redis, analysis.VERSION).indexer()


@pytest.fixture
def team(tmp_path: Path, store: RedisConnection) -> Team:
    """A team with one document, and nothing running."""
    return Team(tmp_path, store)


@asynccontextmanager
async def running(*members: IndexMember) -> AsyncIterator[None]:
    """Run the members; one after the other, so that the first is the indexer."""
    tasks = []
    try:
        for member in members:
            tasks.append(asyncio.create_task(member.run()))
            if member is members[0]:
                await wait_until(lambda: members[0].is_indexer)
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def finds(base: KnowledgeBase, text: str) -> bool:
    """Tell whether a search on this machine finds *text*."""
    if await base.unusable():
        return False
    return any(text in one.text for one in await base.search("code of the red door", READER))


async def test_a_change_reaches_every_machine_whoever_is_asked_for_it(team: Team) -> None:
    """A machine that is not the indexer hands over, and gets progress and report."""
    first, second, third = (team.member(name) for name in ("first", "second", "third"))
    stages = set[str]()
    async with running(first, second, third):
        report = await second.base.sync(progress=lambda one: stages.add(one.stage))
        assert report.added == 1
        for member in (first, second, third):
            await wait_until(lambda member=member: finds(member.base, "4711"))

        team.write("The code of the red door is 0815.")
        report = await third.base.sync(["docs"])
        assert (report.changed, report.problems) == (1, ())
        for member in (first, second, third):
            await wait_until(lambda member=member: finds(member.base, "0815"))
            assert not await finds(member.base, "4711")

        assert [m.is_indexer for m in (first, second, third)] == [True, False, False]
        with pytest.raises(NotIndexerError), second.base.index_versions.lock():
            pytest.fail("two could publish")


async def test_what_the_indexer_refuses_is_told_to_whoever_asked(team: Team) -> None:
    """The error is of the same kind, with the same text."""
    first, second = team.member("first"), team.member("second")
    async with running(first, second):
        with pytest.raises(KnowledgeConfigError, match="nowhere"):
            await second.base.sync(["nowhere"])


async def test_another_process_takes_over_and_goes_on_from_what_is_published(team: Team) -> None:
    """The lease ends with its holder; a request that nobody has done is done by the next one."""
    first, second = team.member("first"), team.member("second")
    task = asyncio.create_task(first.run())
    await wait_until(lambda: first.is_indexer)
    await first.base.sync()

    async with running_beside(second):
        await wait_until(lambda: finds(second.base, "4711"))
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        team.write("The code of the red door is 0815.")
        report = await second.base.sync()
        assert (report.added, report.changed) == (0, 1)
        assert second.is_indexer


async def test_whoever_lost_the_lease_cannot_publish(team: Team) -> None:
    """Not even with an index version that was begun in time: others have published since."""
    slow, other = team.member("slow"), team.member("other")
    async with slow.visit():
        await slow.base.sync()
        versions = slow.base.index_versions
        with versions.lock(), versions.draft(versions.current()) as draft:
            await team.redis.commands.flushdb()  # its lease is over
            async with other.visit():
                await other.base.sync()
                contents = versions.manifests()[versions.current()].contents
                with pytest.raises(NotIndexerError, match="nothing was published"):
                    await asyncio.to_thread(versions.publish, draft, contents)
        published = await other.store.published()
        assert published
        assert published.index_version == other.base.index_version


async def test_a_slow_indexer_keeps_the_lease_until_another_takes_it(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may publish late; but never once somebody else has had the lease, even if they left."""
    slow, other = team.member("slow"), team.member("other")
    async with slow.visit():
        await slow.base.sync()
    published = await slow.store.published()
    assert published
    with monkeypatch.context() as brief:
        brief.setattr("bot.machines.store.LEASE_SECONDS", 0.05)
        assert await slow.store.lead("slow", slow._me) is None
    await wait_until(lambda: is_without_indexer(team))
    assert await slow.store.announce("slow", published)
    assert await slow.store.lead("slow", slow._me, again=True) is None
    assert await team.indexer() == slow._me

    with monkeypatch.context() as brief:
        brief.setattr("bot.machines.store.LEASE_SECONDS", 0.05)
        assert await slow.store.lead("slow", slow._me, again=True) is None
    await wait_until(lambda: is_without_indexer(team))
    assert await other.store.lead("other", other._me) is None
    assert not await slow.store.announce("slow", published)
    assert await slow.store.lead("slow", slow._me, again=True) == other._me
    await other.store.resign("other")
    assert await slow.store.lead("slow", slow._me, again=True) is not None
    assert not await slow.store.announce("slow", published)


async def is_without_indexer(team: Team) -> bool:
    """Tell whether nobody has the lease."""
    return await team.indexer() is None


async def test_a_machine_without_an_index_leaves_questions_to_others(team: Team) -> None:
    """While somebody has one; where nobody does, an answer says so."""
    first, new = team.member("first"), team.member("new")
    assert await new.left() == frozenset()

    async with first.visit():
        await first.base.sync()
    assert await new.left() == NEEDS_INDEX

    await new.catch_up()
    assert await new.left() == frozenset()
    assert await new.readiness() == first.base.index_version


async def test_a_version_of_another_program_is_never_opened(team: Team) -> None:
    """The machine says what it waits for, and what fits is built by an indexer of its own kind."""
    old = team.member("old", analysis_version=analysis.VERSION - 1)
    new = team.member("new")
    async with old.visit():
        await old.base.sync()
        published = (await old.store.all_published())[analysis.VERSION]
        elder = published.model_copy(update={"analysis": analysis.VERSION - 1})
        await team.redis.commands.delete("{kotae}:v1:index:current")
        await old.store.announce(old._indexer._token, elder)  # type: ignore[union-attr]

    assert await new.left() == NEEDS_INDEX
    async with running(new):
        await wait_until(lambda: finds(new.base, "4711"))
        assert await new.left() == frozenset()
    assert set(await new.store.all_published()) == {analysis.VERSION - 1, analysis.VERSION}


async def test_processes_of_one_machine_share_what_is_fetched(team: Team) -> None:
    """Two processes with one data folder have one copy, and neither disturbs the other."""
    first, one = team.member("first"), team.member("one", data="both")
    other = team.member("other", data="both")
    async with running(first, one, other):
        await other.base.sync()
        for member in (one, other):
            await wait_until(lambda member=member: finds(member.base, "4711"))
    assert len(list((team.folder / "both").glob("version-*"))) == 1


async def test_operators_see_each_machine_and_what_holds_it_up(team: Team) -> None:
    """In both languages: who makes the index, and who is behind."""
    first, second = team.member("first"), team.member("second")
    async with running(first, second):
        await second.base.sync()
        await wait_until(lambda: both_report(first))
        lines = machine_lines(await first.machines(), "en")
        assert [line.startswith(("first: ", "second: ")) for line in lines] == [True, True]
        assert "makes the index" in lines[0]
        assert "索引を作成" in machine_lines(await first.machines(), "ja")[0]
    assert await first.machines() == []


async def test_machines_that_share_nothing_are_told_of(team: Team) -> None:
    """Each answers from its own index: that is no cluster, and somebody has to know."""
    first, second = team.member("first", shares=False), team.member("second", shares=False)
    await first.base.sync()
    async with running(first, second):
        await wait_until(lambda: both_report(first))
        machines = await first.machines()
        assert apart(machines) == ["first", "second"]
        assert "INDEX_STORE" in machine_lines(machines, "ja")[-1]
        assert await second.left() == NEEDS_INDEX


async def test_notes_of_the_last_sync_are_the_same_on_every_machine(team: Team) -> None:
    """Files that could not be read, and how each source is doing."""
    (team.folder / "docs" / "broken.docx").write_bytes(b"no Word document")
    first, second = team.member("first"), team.member("second")
    async with running(first, second):
        await second.base.sync()
        await wait_until(lambda: bool(second.base.status().problems))
        assert second.base.status().problems == first.base.status().problems
        assert second.base.health()["docs"].synced_at == first.base.health()["docs"].synced_at


async def both_report(member: IndexMember) -> bool:
    """Tell whether two processes report the same index, or none."""
    machines = await member.machines()
    return len(machines) == 2 and all(
        one.index_version == member.base.index_version or not one.shares for one in machines
    )


@asynccontextmanager
async def running_beside(member: IndexMember) -> AsyncIterator[None]:
    """Run one member that need not be the indexer."""
    task = asyncio.create_task(member.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
