"""Many texts and an embedder of meaning: their words are searched before all are embedded."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from knowledge.base import KnowledgeBase
from knowledge.model.types import Progress, SyncReport, Vectors
from knowledge.storage.index_versions import read_manifest
from knowledge.sync.update import AT_ONCE
from tests.support.library import MEMBER, CountingEmbedder, Library
from tests.support.waiting import wait_until

PAGES = 40


class WaitingEmbedder(CountingEmbedder):
    """Embeds nothing until it is let."""

    def __init__(self) -> None:
        super().__init__(semantic=True)
        self.asked = asyncio.Event()
        self.let = asyncio.Event()

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        self.asked.set()
        await self.let.wait()
        return await super().embed_documents(texts)


class StoppedError(Exception):
    """Ends a sync in the middle, as a kill would."""


def stop_after(texts: int) -> Callable[[Progress], None]:
    def check(progress: Progress) -> None:
        if progress.stage == "embed" and progress.done >= texts:
            raise StoppedError

    return check


async def stopped(library: Library, embedder: CountingEmbedder, texts: int = 32) -> None:
    with pytest.raises(StoppedError):
        await library.open(embedder).sync(progress=stop_after(texts))


async def test_questions_are_answered_by_words_while_the_first_sync_embeds(
    library: Library,
) -> None:
    """In both languages; `status` says that nothing is embedded yet."""
    library.write("leave.md", "# Leave\n\nTwenty days of annual leave a year.\n")
    library.write("kyuuka.md", "# 休暇\n\n年次有給休暇は20日です。\n")
    embedder = WaitingEmbedder()
    base = library.open(embedder)
    sync = asyncio.create_task(base.sync())
    await embedder.asked.wait()

    for question, document in (("annual leave", "docs/leave.md"), ("有給休暇", "docs/kyuuka.md")):
        found = await base.search(question, MEMBER)
        assert found[0].document_id == document
        assert found[0].signals.cosine is None
    assert (base.status().embedded_chunks, base.status().chunks) == (0, 2)

    policy = base.policy
    embedder.let.set()
    report = await sync
    assert report.embedded_chunks == report.added == 2
    assert base.status().embedded_chunks == 2
    assert (await base.search("annual leave", MEMBER))[0].signals.cosine is not None
    assert base.policy != policy


async def test_a_stopped_sync_goes_on_where_it_was(library: Library) -> None:
    """Nothing is embedded twice, and an unchanged folder is no reason to leave the rest."""
    library.write_many(PAGES)
    embedder = CountingEmbedder(semantic=True)
    await stopped(library, embedder)
    assert library.open(embedder).status().embedded_chunks == 32

    report = await library.open(embedder).sync()

    assert report.embedded_chunks == PAGES - 32
    assert len(embedder.texts) == PAGES
    assert library.open(embedder).status().embedded_chunks == PAGES


async def test_documents_may_change_before_all_are_embedded(library: Library) -> None:
    """What was added, changed and removed since is right in both indexes."""
    library.write_many(PAGES)
    embedder = CountingEmbedder(semantic=True)
    await stopped(library, embedder)
    library.write("pages/0.md", "# Page 0\n\nA zeppelin lands here.\n")
    library.write("new.md", "# New\n\nA submarine dives here.\n")
    (library.docs / "pages" / "1.md").unlink()
    await stopped(library, embedder, 0)

    base = library.open(embedder)
    assert (await base.search("zeppelin", MEMBER))[0].document_id == "docs/pages/0.md"
    assert (await base.sync()).chunks_total == PAGES

    for question, document in (("zeppelin", "docs/pages/0.md"), ("submarine", "docs/new.md")):
        found = await base.search(question, MEMBER, PAGES)
        assert found[0].document_id == document
        assert all(passage.signals.cosine is not None for passage in found)
        assert "docs/pages/1.md" not in {passage.document_id for passage in found}


async def test_a_small_index_keeps_its_vectors_during_a_rebuild(library: Library) -> None:
    """Another size of chunks embeds few texts again; the old version serves until that is done."""
    library.write("long.md", "# Long\n\n" + "A sentence about leave. " * 100)
    embedder = CountingEmbedder(semantic=True)
    await library.open(embedder).sync()
    before = library.open(embedder).index_version
    library.configure('[chunking]\ntokens = 64\n[[sources]]\nname = "docs"\npath = "docs"\n')

    await stopped(library, embedder, 0)

    assert library.open(embedder).index_version == before
    assert (await library.open(embedder).sync()).rebuilt == "the chunk tokens changed"


async def waiting(
    library: Library,
) -> tuple[KnowledgeBase, WaitingEmbedder, asyncio.Task[SyncReport]]:
    """Begin a sync of the library, and stop where it embeds."""
    embedder = WaitingEmbedder()
    base = library.open(embedder)
    sync = asyncio.create_task(base.sync())
    await embedder.asked.wait()
    return base, embedder, sync


async def test_syncs_go_on_while_another_one_embeds(library: Library) -> None:
    """What is added and removed meanwhile counts at once, and is right in both indexes at the end.

    The text that was removed is embedded no more, and nothing is embedded twice.
    """
    library.write_many(PAGES)
    base, embedder, sync = await waiting(library)
    library.write("new.md", "# 潜水艦\n\n潜水艦は月曜に出ます。\n")
    (library.docs / "pages" / f"{PAGES - 1}.md").unlink()

    report = await base.sync(vectors=False)

    assert (report.added, report.removed, report.lacking_chunks) == (1, 1, PAGES)
    assert (await base.search("潜水艦", MEMBER))[0].document_id == "docs/new.md"
    gone = f"docs/pages/{PAGES - 1}.md"
    assert gone not in {one.document_id for one in await base.search("Page", MEMBER, PAGES)}
    embedder.let.set()
    report = await sync
    assert report.index_version == base.index_version
    assert report.lacking_chunks == 0
    found = await base.search("潜水艦", MEMBER, PAGES)
    assert all(passage.signals.cosine is not None for passage in found)
    assert len(embedder.texts) == len(set(embedder.texts)) <= PAGES + 1


async def test_many_new_documents_are_found_by_their_words_until_they_are_embedded(
    library: Library,
) -> None:
    """The others are searched by meaning all the time; `status` counts what has its vector."""
    library.write_many(2 * AT_ONCE)
    await library.open(CountingEmbedder(semantic=True)).sync()
    library.write_many(AT_ONCE, "more")
    library.write("ship.md", "# Submarine\n\nThe submarine leaves on Monday.\n")

    base, embedder, sync = await waiting(library)

    assert (base.status().embedded_chunks, base.status().chunks) == (2 * AT_ONCE, 3 * AT_ONCE + 1)
    assert (await base.search("submarine", MEMBER))[0].document_id == "docs/ship.md"
    assert (await base.search("Page 3", MEMBER))[0].signals.cosine is not None
    embedder.let.set()
    assert (await sync).embedded_chunks == AT_ONCE + 1
    assert base.status().embedded_chunks == base.status().chunks


async def test_few_new_documents_have_their_vectors_when_they_are_published(
    library: Library,
) -> None:
    """A saved answer is found by its meaning at once, also if nobody waits for vectors."""
    library.write("leave.md", "# Leave\n\nTwenty days a year.\n")
    embedder = CountingEmbedder(semantic=True)
    await library.open(embedder).sync()
    library.write("saved.md", "# 休暇\n\n年20日です。\n")

    report = await library.open(embedder).sync(vectors=False)

    assert (report.embedded_chunks, report.lacking_chunks) == (1, 0)


async def test_one_process_embeds_at_a_time(library: Library) -> None:
    """A second sync leaves it to the first, and says how much is to come."""
    library.write_many(PAGES)
    _, embedder, sync = await waiting(library)
    other = CountingEmbedder(semantic=True)

    report = await library.open(other).sync()

    assert (report.lacking_chunks, other.texts) == (PAGES, [])
    embedder.let.set()
    assert (await sync).lacking_chunks == 0


async def test_the_running_bot_goes_on_where_a_killed_sync_was(library: Library) -> None:
    """Also while the endpoint fails for a time; nothing is embedded twice."""
    library.write_many(PAGES)
    embedder = CountingEmbedder(semantic=True)
    await stopped(library, embedder)
    embedder.down = True
    base = library.open(embedder)
    running = asyncio.create_task(base.keep_embedded(0.01))
    await asyncio.sleep(0.05)
    assert base.status().embedded_chunks == 32

    embedder.down = False
    await wait_until(lambda: base.status().embedded_chunks == PAGES)
    await wait_until(
        lambda: read_manifest(library.index / base.index_version).contents.lacking == 0
    )

    running.cancel()
    assert len(embedder.texts) == PAGES


async def test_a_large_index_is_searched_by_words_during_a_rebuild_that_changes_all(
    library: Library,
) -> None:
    """So that no sync, which may take something away from somebody, waits for hours."""
    library.write(
        "long.md", "# Long\n\n" + "".join(f"Sentence {n} about leave. " for n in range(2500))
    )
    await library.open(CountingEmbedder(semantic=True)).sync()
    library.configure('[chunking]\ntokens = 64\n[[sources]]\nname = "docs"\npath = "docs"\n')

    base, embedder, sync = await waiting(library)

    assert base.status().chunks > AT_ONCE
    assert (await base.search("leave", MEMBER))[0].signals.cosine is None
    embedder.let.set()
    await sync
    assert (await base.search("leave", MEMBER))[0].signals.cosine is not None
