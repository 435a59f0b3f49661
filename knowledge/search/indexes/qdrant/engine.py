"""The index engine that keeps words and vectors in a Qdrant server.

The files of a version lead there: names of collections, layers, and a sample of the chunks. Texts
and rights stay in the version's store, so that a hit whose chunk the store does not have, or whose
access list does not admit the reader, shows nothing.
"""

from collections.abc import Mapping
from pathlib import Path

from knowledge.search.index import DenseSearch, IndexBuilder, LexicalSearch
from knowledge.search.indexes.files import FileEngine
from knowledge.search.indexes.qdrant.collection import (
    STATE,
    CollectionState,
    CollectionWriter,
    check,
    read_state,
)
from knowledge.search.indexes.qdrant.dense import QdrantDenseBuilder, open_dense
from knowledge.search.indexes.qdrant.lexical import QdrantLexicalBuilder, open_lexical
from knowledge.search.indexes.qdrant.server import QdrantServer
from knowledge.storage.index_versions import DENSE, LEXICAL

NAME = "qdrant"


class QdrantEngine:
    """Keeps the indexes of the versions below *root*, each in collections of its own.

    Args:
        server: Where they are.
        root: The folder with the index versions.
    """

    name = NAME

    def __init__(self, server: QdrantServer, root: Path) -> None:
        self._server = server
        self._root = root

    def builders(self) -> Mapping[str, IndexBuilder]:
        dense, lexical = (
            CollectionWriter(self._server, self._root, kind) for kind in (DENSE, LEXICAL)
        )
        return {DENSE: QdrantDenseBuilder(dense), LEXICAL: QdrantLexicalBuilder(lexical)}

    def lexical(self, folder: Path) -> LexicalSearch:
        if not (folder / LEXICAL / STATE).exists():
            return FileEngine().lexical(folder)
        return open_lexical(self._server, folder / LEXICAL)

    def dense(self, folder: Path) -> DenseSearch:
        if not (folder / DENSE / STATE).exists():
            return FileEngine().dense(folder)
        return open_dense(self._server, folder / DENSE)

    def check(self, folder: Path, *, thorough: bool) -> None:
        for name in (DENSE, LEXICAL):
            state = read_state(folder / name) or CollectionState()
            check(self._server, state, thorough=thorough)
