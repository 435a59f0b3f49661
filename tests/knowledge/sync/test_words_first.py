"""The first sync with an embedder of meaning: the words are searched before all is embedded."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from knowledge.model.types import Progress, Vectors
from tests.support.library import MEMBER, CountingEmbedder, Library

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


async def test_an_index_searched_by_meaning_keeps_its_vectors_during_a_rebuild(
    library: Library,
) -> None:
    """Another size of chunks embeds all again; the old version serves until that is done."""
    library.write("long.md", "# Long\n\n" + "A sentence about leave. " * 100)
    embedder = CountingEmbedder(semantic=True)
    await library.open(embedder).sync()
    before = library.open(embedder).index_version
    library.configure('[chunking]\ntokens = 64\n[[sources]]\nname = "docs"\npath = "docs"\n')

    await stopped(library, embedder, 0)

    assert library.open(embedder).index_version == before
    assert (await library.open(embedder).sync()).rebuilt == "the chunk tokens changed"
