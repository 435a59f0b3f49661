"""The index engine that keeps everything in the files of the index version."""

from collections.abc import Mapping
from pathlib import Path

from knowledge.search.index import IndexBuilder
from knowledge.search.indexes.dense import DenseBuilder, DenseIndex
from knowledge.search.indexes.lexical import LexicalBuilder, LexicalIndex
from knowledge.storage.index_versions import DENSE, LEXICAL


class FileEngine:
    """Tantivy and FAISS, in folders of their own."""

    name = ""

    def builders(self) -> Mapping[str, IndexBuilder]:
        # The dense one first: what it needs to train is free again when the other one is built.
        return {DENSE: DenseBuilder(), LEXICAL: LexicalBuilder()}

    def lexical(self, folder: Path) -> LexicalIndex:
        return LexicalIndex.open(folder / LEXICAL)

    def dense(self, folder: Path) -> DenseIndex:
        return DenseIndex.open(folder / DENSE)

    def check(self, folder: Path, *, thorough: bool) -> None:
        """Everything is in the files."""
