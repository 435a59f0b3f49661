"""A folder of documents with a `knowledge.toml`, to sync and search in tests."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from knowledge.base import KnowledgeBase, KnowledgeParts
from knowledge.factory import open_engine, open_source
from knowledge.model.errors import EmbeddingError
from knowledge.model.settings import KnowledgeSettings, load_settings
from knowledge.model.source_settings import LiveSettings
from knowledge.model.types import Principal, Vector, Vectors
from knowledge.search.embedder import Embedder
from knowledge.search.embedders.hashing import HashingEmbedder
from knowledge.search.index import IndexEngine
from knowledge.storage.index_versions import IndexVersions
from knowledge.sync.source import LiveSource, Source

MEMBER = Principal("U1", member=True)
GUEST = Principal("U2")


class CountingEmbedder:
    """The hashing embedder, which records the texts that it embeds; `down` makes it fail.

    Like an unknown model of an endpoint, it reveals its dimensions with its first response.
    """

    weight = 0.05

    def __init__(self, name: str = "counting", *, semantic: bool = False) -> None:
        self.name = name
        self.semantic = semantic
        self.texts: list[str] = []
        self.down = False
        self._hashing = HashingEmbedder(64)
        self.dimensions = 0

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        if self.down:
            raise EmbeddingError("the endpoint cannot be reached")
        self.texts += texts
        self.dimensions = self._hashing.dimensions
        return await self._hashing.embed_documents(texts)

    async def embed_query(self, text: str) -> Vector:
        if self.down:
            raise EmbeddingError("the endpoint cannot be reached")
        return await self._hashing.embed_query(text)

    async def aclose(self) -> None:
        self.down = True


class Library:
    """Documents in *folder*/docs, indexed in *folder*/index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.docs = folder / "docs"
        self.index = folder / "index"
        self.config = folder / "knowledge.toml"
        self.embedder = CountingEmbedder()
        self.sources = dict[str, Source]()
        self.engine: IndexEngine | None = None
        self.live: tuple[LiveSource, ...] = ()
        self.docs.mkdir(exist_ok=True)
        if not self.config.exists():
            self.configure()

    def configure(self, *tables: str) -> None:
        """Write the settings; without *tables*, one source `docs` for members."""
        source = '[[sources]]\nname = "docs"\npath = "docs"\n'
        self.config.write_text("\n".join(tables) or source, encoding="utf-8")

    def add(self, *sources: Source) -> None:
        """Let the settings name *sources*, which are then asked in place of a vendor."""
        self.sources |= {source.name: source for source in sources}
        self.configure(*(remote_table(name) for name in self.sources))

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a document into docs."""
        path = self.docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def write_many(self, count: int, folder: str = "pages") -> None:
        """Write *count* small documents, each about its own number."""
        for number in range(count):
            self.write(
                f"{folder}/{number}.md", f"# Page {number}\n\n{folder} の内容 {number} 番です。\n"
            )

    def open(self, embedder: Embedder | None = None) -> KnowledgeBase:
        """Open a new knowledge base on the same folder, as another process would."""
        parts = KnowledgeParts(
            settings=self._settings,
            embedder=lambda: embedder or self.embedder,
            source=lambda settings: self.sources.get(settings.name) or open_source(settings),
            engine=lambda: self.engine or open_engine(),
            withheld=self._withheld,
            live=self.live,
        )
        return KnowledgeBase(IndexVersions(self.index), parts)

    def provide(self, source: LiveSource) -> None:
        """Let the program itself provide *source*."""
        self.sources[source.source.name] = source.source
        self.live = (*self.live, source)

    def _settings(self) -> KnowledgeSettings:
        settings = load_settings(self.config)
        more = [LiveSettings(name=one.source.name) for one in self.live]
        return settings.model_copy(update={"sources": [*settings.sources, *more]})

    async def _withheld(self, versions: Mapping[str, str]) -> Collection[str]:
        found = frozenset[str]()
        return found.union(*[await source.outdated(versions) for source in self.live])

    def index_versions(self) -> list[str]:
        """Return the names of the folders in the index folder."""
        return sorted(path.name for path in self.index.iterdir() if path.is_dir())


def source_table(name: str, path: str, **values: object) -> str:
    """Return a `[[sources]]` table."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in (values | {"path": path}).items()]
    return "\n".join(["[[sources]]", f'name = "{name}"', *lines])


def remote_table(name: str, **values: object) -> str:
    """Return a `[[sources]]` table of a source that is not on this machine."""
    table = {"type": "esa", "name": name, "team": "team", "token": "ESA_TOKEN"} | values
    return "\n".join(["[[sources]]", *(f"{key} = {json.dumps(one)}" for key, one in table.items())])
