"""Search and read: for the right people, in the current index version."""

import asyncio
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from knowledge.factory import open_embedder, open_knowledge
from knowledge.model.errors import KnowledgeConfigError, KnowledgeError
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.types import Access, Principal
from knowledge.search.embedders.hashing import HashingEmbedder
from knowledge.search.embedders.openai import OpenAIEmbedder
from tests.support.library import GUEST, MEMBER, Library, source_table

HR = Principal("C9", member=True, groups=frozenset({"#hr", "C9"}))


async def fill(library: Library) -> Library:
    """Twelve documents about salaries: four each for anyone, for members, for #hr."""
    for name in ("open", "team", "hr"):
        for number in range(4):
            text = f"# 給与 {name} {number}\n\n給与 salary 規程 {number}\n"
            library.write(f"{name}/{number}.md", text)
    library.configure(
        source_table("open", "docs/open", audience="anyone", owner="@keiko"),
        source_table("team", "docs/team", url="https://wiki.example.com/{path}"),
        source_table("hr", "docs/hr", audience=["#hr"]),
    )
    await library.open().sync()
    return library


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library from `fill`, for tests that only search it."""
    return asyncio.run(fill(Library(tmp_path_factory.mktemp("mixed"))))


@pytest.mark.parametrize(
    ("reader", "sources"),
    [
        (GUEST, {"open"}),
        (MEMBER, {"open", "team"}),
        (HR, {"open", "team", "hr"}),
        (Principal("G", groups=frozenset({"#hr"})), {"open", "hr"}),
        (Principal("G", member=True, groups=frozenset({"#sales"})), {"open", "team"}),
    ],
)
async def test_a_reader_finds_only_permitted_documents(
    mixed: Library, reader: Principal, sources: set[str]
) -> None:
    """Nobody else finds a document for a channel, in either language."""
    for query in ("給与規程", "salary"):
        found = await mixed.open().search(query, reader, 50)
        assert {passage.source for passage in found} == sources
        assert len(found) == 4 * len(sources)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Tell me about repairs.", "Repairs"),
        ("Tell me about repairs. I broke my phone.", "Phones"),
        ("Tell me about repairs. My laptop got wet.", "Laptops"),
        ("修理について教えてください。", "修理"),
        ("修理について教えてください。スマホを壊しました。", "スマホ"),
        ("修理について教えてください。ノートPCが壊れました。", "ノートPC"),
    ],
)
async def test_what_happened_decides_which_passage_is_first(
    library: Library, question: str, title: str
) -> None:
    """It is told in a sentence of its own, and the subject in another."""
    for name, text in {
        "Repairs": "Repairs are free. Ask for repairs at the reception. Repairs take a week.",
        "Phones": "The IT team does repairs of phones. It lends a spare phone.",
        "Laptops": "Repairs of a laptop are done by its maker.",
        "修理": "修理は無料です。修理は受付に頼みます。修理には1週間かかります。",
        "スマホ": "スマホの修理は情報システム課がします。",
        "ノートPC": "ノートPCの修理は製造元がします。",
    }.items():
        library.write(f"{name}.md", f"# {name}\n\n{text}\n")
    await library.open().sync()

    found = await library.open().search(question, MEMBER, 1)

    assert [passage.title for passage in found] == [title]


@pytest.mark.parametrize("limit", [1, 3, 4])
async def test_a_limit_of_k_gives_k_permitted_passages(mixed: Library, limit: int) -> None:
    """Hidden documents do not use up the limit."""
    assert len(await mixed.open().search("給与", GUEST, limit)) == limit


async def test_a_search_can_be_restricted_to_some_sources(mixed: Library) -> None:
    """All results come from these sources, and permissions still apply."""
    base = mixed.open()

    team = await base.search("給与", HR, 4, sources=["team"])

    assert [passage.source for passage in team] == ["team"] * 4
    assert await base.search("給与", GUEST, 4, sources=["hr"]) == []
    assert await base.search("給与", HR, 4, sources=["nowhere"]) == []


async def test_a_document_can_name_its_own_audience(library: Library) -> None:
    """Front matter replaces the source's audience; an invalid value hides the document."""
    library.write_many(5)
    library.write("narrow.md", "---\naudience: ['#hr']\n---\n# 給与 A\n\n給与")
    library.write("wide.md", "---\naudience: anyone\n---\n# 給与 B\n\n給与")
    library.write("wrong.md", "---\naudience: #hr\n---\n# 給与 C\n\n給与")
    library.write("typo.md", "---\nAudience: [hr]\n---\n# 給与 D\n\n給与")

    report = await library.open().sync()

    async def found(reader: Principal) -> set[str]:
        return {p.title for p in await library.open().search("給与", reader) if "給与" in p.title}

    assert [problem.document_id for problem in report.problems] == ["docs/typo.md", "docs/wrong.md"]
    assert all("audience" in problem.reason for problem in report.problems)
    assert await found(GUEST) == {"給与 B"}
    assert await found(MEMBER) == {"給与 B"}
    assert await found(HR) == {"給与 A", "給与 B"}


async def test_a_new_audience_applies_from_the_next_sync(library: Library) -> None:
    """No file changes and nothing is embedded, but others no longer find the documents."""
    mixed = await fill(library)
    mixed.configure(source_table("open", "docs/open", audience=["#hr"]))
    embedded = len(mixed.embedder.texts)

    report = await mixed.open().sync(force=True)

    assert (report.changed, report.removed) == (4, 8)
    assert len(mixed.embedder.texts) == embedded
    assert await mixed.open().search("給与", MEMBER) == []
    assert len(await mixed.open().search("給与", HR)) == 4


async def test_a_passage_has_everything_that_a_reader_needs(mixed: Library) -> None:
    """Source, address, owner, date, highlight, and the signals behind the score."""
    (team, *_) = await mixed.open().search("給与", MEMBER, sources=["team"])
    (own, *_) = await mixed.open().search("給与", MEMBER, sources=["open"])

    assert team.url.startswith("https://wiki.example.com/")
    assert own.owner == "@keiko"
    assert own.date is None  # it states none, and the time of a file is none
    assert own.highlight in own.text
    assert own.signals.bm25 > 0
    assert own.signals.cosine is not None
    assert own.signals.highlight_coverage > 0


async def test_a_document_is_read_in_order_from_any_passage(library: Library) -> None:
    """The model can read the passages around a hit."""
    library.write("long.md", "# 長い\n\n" + "".join(f"## 節{n}\n\n内容{n}\n\n" for n in range(10)))
    base = library.open()
    await base.sync()

    found = await base.read("docs/long.md", MEMBER, start=3, limit=2)

    assert [passage.text for passage in found] == ["内容3", "内容4"]
    assert [passage.id for passage in found] == ["docs/long.md#3", "docs/long.md#4"]
    assert await base.read("docs/long.md", MEMBER, start=99) == []


async def test_a_refusal_does_not_reveal_whether_a_document_exists(mixed: Library) -> None:
    """Forbidden and unknown documents give the same message."""
    texts = []
    for document_id in ("hr/0.md", "hr/9.md"):
        with pytest.raises(KnowledgeError) as caught:
            await mixed.open().read(document_id, MEMBER)
        texts.append(str(caught.value).replace(document_id, "X"))

    assert texts[0] == texts[1]
    assert await mixed.open().read("hr/0.md", HR)


async def test_a_publication_by_another_process_is_visible_at_once(library: Library) -> None:
    """The next search uses it, with no restart and no notification."""
    library.write_many(5)
    reader = library.open()
    await library.open().sync()
    assert await reader.search("飛行船", MEMBER, 1) == []

    library.write("new.md", "# 飛行船\n\n飛行船は正午に出る。")
    await library.open().sync()
    (found,) = await reader.search("飛行船", MEMBER, 1)
    assert found.title == "飛行船"

    assert await reader.rollback() == library.index_versions()[0]
    assert "飛行船" not in [p.title for p in await reader.search("飛行船", MEMBER)]


async def test_other_processes_follow_a_publication(library: Library) -> None:
    """Running readers see the next index version, and a rollback, without a notification."""
    library.write_many(5)
    await library.open().sync()
    command = [sys.executable, "-m", "tests.support.search_process"]
    pipe = asyncio.subprocess.PIPE
    readers = [
        await asyncio.create_subprocess_exec(
            *command, library.folder, "飛行船", stdin=pipe, stdout=pipe
        )
        for _ in range(2)
    ]

    async def responses() -> list[list[str]]:
        lines = []
        for reader in readers:
            assert reader.stdin
            assert reader.stdout
            reader.stdin.write(b"\n")
            lines.append((await reader.stdout.readline()).decode().split(maxsplit=1))
        return lines

    before = library.open().index_version
    assert [index_version for index_version, _ in await responses()] == [before] * 2
    library.write("new.md", "# 飛行船\n\n飛行船は正午に出る。")
    await library.open().sync()
    assert await responses() == [[library.open().index_version, "飛行船\n"]] * 2

    await library.open().rollback()
    assert [index_version for index_version, _ in await responses()] == [before] * 2
    for reader in readers:
        await reader.communicate(b"")
        assert reader.returncode == 0


async def test_searches_continue_while_index_versions_change(library: Library) -> None:
    """A search keeps the index version that it started with, even when that is removed."""
    library.write_many(5)
    reader = library.open()
    await library.open().sync()
    done = asyncio.Event()

    async def search() -> int:
        for count in itertools.count():
            found = await reader.search("Page 3", MEMBER, 1)
            assert found[0].title == "Page 3"
            if done.is_set():
                return count
        raise AssertionError

    searching = asyncio.create_task(search())
    for number in range(3):
        library.write(f"extra{number}.md", f"# Extra {number}\n\nextra")
        await library.open().sync()
    done.set()

    assert await searching > 4
    assert len(library.index_versions()) == 2


async def test_without_the_embedding_endpoint_search_is_lexical(library: Library) -> None:
    """It still finds documents by their words, without cosines."""
    library.write_many(5)
    base = library.open()
    await base.sync()

    library.embedder.down = True
    (found, *_) = await base.search("Page 3", MEMBER)

    assert (found.title, found.signals.cosine) == ("Page 3", None)


async def test_an_index_of_another_embedder_is_searched_by_words(library: Library) -> None:
    """Search never compares the vectors of two models."""
    library.write_many(5)
    await library.open().sync()

    (found, *_) = await library.open(HashingEmbedder()).search("Page 3", MEMBER)

    assert (found.title, found.signals.cosine) == ("Page 3", None)


async def test_the_status_describes_each_source(mixed: Library) -> None:
    """An operator sees the state at a glance."""
    status = mixed.open().status()

    assert status.index_version == mixed.index_versions()[0]
    assert (status.documents, status.chunks, status.embedder) == (12, 12, "counting")
    assert [(s.name, s.documents, s.chunks) for s in status.sources] == [
        ("open", 4, 4),
        ("team", 4, 4),
        ("hr", 4, 4),
    ]
    assert status.sources[2].access == Access("groups", frozenset({"#hr"}))
    assert (status.sources[0].owner, status.sources[0].newest) != ("", None)


def test_the_status_before_the_first_sync_lists_the_sources(library: Library) -> None:
    """An empty index is not an error."""
    status = library.open().status()

    assert (status.index_version, status.documents) == ("", 0)
    assert [source.name for source in status.sources] == ["docs"]


async def test_a_knowledge_base_is_opened_from_its_settings(library: Library) -> None:
    """The factory chooses the implementations."""
    library.write("a.md", "# 休暇\n\n10日")
    base = open_knowledge(library.config, library.index, EmbeddingSettings("hashing"))

    await base.sync()

    assert (await base.search("休暇", MEMBER))[0].title == "休暇"
    await base.aclose()


def test_the_embedder_is_chosen_by_the_models_name() -> None:
    """`hashing` is local; any other name is a model of an endpoint."""
    assert isinstance(open_embedder(EmbeddingSettings("hashing")), HashingEmbedder)
    openai = open_embedder(EmbeddingSettings("text-embedding-3-small", SecretStr("k"), None))
    assert isinstance(openai, OpenAIEmbedder)


def test_missing_settings_are_reported_when_opening(tmp_path: Path) -> None:
    """The error appears at the start, not at the first question."""
    with pytest.raises(KnowledgeConfigError, match="no such file"):
        open_knowledge(tmp_path / "none.toml", tmp_path, EmbeddingSettings("hashing"))


async def test_all_permitted_passages_come_document_by_document(
    tmp_path: Path,
) -> None:
    library = Library(tmp_path)
    library.write("b.md", "# B\n\n二番目の文書です。\n")
    library.write("a.md", "---\naudience: anyone\n---\n# A\n\nThe first document.\n")
    base = library.open()
    await base.sync()
    seen = {reader: [p.id async for p in base.passages(reader)] for reader in (MEMBER, GUEST)}
    assert seen == {MEMBER: ["docs/a.md#0", "docs/b.md#0"], GUEST: ["docs/a.md#0"]}
    assert "hashing" not in base.policy
    assert "counting" in base.policy
    await base.aclose()


async def test_each_stage_of_a_search_is_told(library: Library) -> None:
    """An index version is opened once, and what it takes has a name of its own."""
    stages: list[str] = []

    @contextmanager
    def watch(stage: str) -> Iterator[None]:
        stages.append(stage)
        yield

    library.write("leave.md", "# Leave\n\nEmployees have 20 days. 有給は20日です。\n")
    await library.open().sync()
    base = library.open().watched_by(watch)
    for question in ("How many days of leave?", "有給は何日？"):
        await base.search(question, MEMBER)

    each = ["prepare_search", "embed_query", "search_index"]
    assert stages == ["prepare_search", "open_index", *each[1:], *each]
