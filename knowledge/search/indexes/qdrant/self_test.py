"""Tries a Qdrant server with collections of its own: whether it can do what an index needs."""

import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from knowledge.model.errors import IndexServerError
from knowledge.search.index import IndexEntry, Query
from knowledge.search.indexes.hybrid import HybridIndex
from knowledge.search.indexes.qdrant.collection import CREATED
from knowledge.search.indexes.qdrant.engine import QdrantEngine
from knowledge.search.indexes.qdrant.server import QdrantServer

OLDEST = (1, 12)
"""The first version that counts the values of a field, by which old layers are found."""

OLDEST_VERSION = ".".join(map(str, OLDEST))

_TEXTS = {
    1: "経費の精算は月末まで。 Expenses are refunded.",
    2: "経費の極秘資料。 Secret expenses.",
}
"""Two chunks, each with its own access list; readers of the test have the first."""


class ServerTrial(NamedTuple):
    """A server that can be used: its version, and how many seconds the trial took."""

    version: str
    seconds: float


def try_server(server: QdrantServer) -> ServerTrial:
    """Write two chunks, search them in both languages with a filter, and delete them.

    Raises:
        IndexServerError: it cannot be used; the text says what to do.
    """
    version = _version(server)
    started = time.monotonic()
    with TemporaryDirectory() as name:
        root = Path(name)
        try:
            _search(QdrantEngine(server, root), root / "version-0")
        finally:
            if (root / CREATED).exists():
                for collection in (root / CREATED).read_text(encoding="ascii").split():
                    server.send("DELETE", f"/collections/{collection}")
    return ServerTrial(version, time.monotonic() - started)


def _version(server: QdrantServer) -> str:
    about: Any = server.get("/")
    version = str(about.get("version", "")) if isinstance(about, dict) else ""
    found = re.match(r"(\d+)\.(\d+)\.", version)
    if not found or "qdrant" not in str(about.get("title", "")).casefold():
        text = f"{server.address} is not a Qdrant server: see INDEX_URL"
        raise IndexServerError(text, "stranger")
    if (int(found[1]), int(found[2])) < OLDEST:
        text = f"{server.address} is Qdrant {version}: {OLDEST_VERSION} or later is needed"
        raise IndexServerError(text, "outdated", version)
    return version


def _search(engine: QdrantEngine, folder: Path) -> None:
    entries = [IndexEntry(key, key, text) for key, text in _TEXTS.items()]
    vectors = np.eye(2, dtype=np.float32)
    for name, builder in engine.builders().items():
        builder.build(folder / name, removed=[], added=entries, vectors=vectors)
    index = HybridIndex(
        engine.lexical(folder),
        engine.dense(folder),
        0.5,
        lambda keys: {key: _TEXTS[key] for key in keys},
    )
    for question in ("経費の精算", "expenses"):
        found = [hit.key for hit in index.search(Query(question, vectors[1], frozenset([1])), 2)]
        if found != [1]:
            raise IndexServerError(f"a search for {question!r} found the chunks {found}, not [1]")
