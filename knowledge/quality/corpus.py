"""All indexed documents in memory, for checks that compare them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from knowledge.model.settings import KnowledgeSettings
from knowledge.model.types import Chunk, Document, PassedOver, Problem


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document with its chunks, in order.

    Attributes:
        stated: The file's own metadata (`date`, `owner`, `audience`).
    """

    document: Document
    stated: Mapping[str, object]
    chunks: Sequence[Chunk]

    @property
    def id(self) -> str:
        """The document's id."""
        return self.document.id

    @property
    def name(self) -> str:
        """The file's name without folders and ending."""
        return PurePosixPath(self.document.id).stem

    @property
    def suffix(self) -> str:
        """The file's ending with its dot, in lower case."""
        return PurePosixPath(self.document.id).suffix.lower()


@dataclass(frozen=True, slots=True)
class Corpus:
    """The input of the checks.

    Attributes:
        documents: All documents, ordered by id.
        problems: Files that the last sync could not use.
        passed_over: Files that it did not read.
        today: The day to compare dates with.
    """

    documents: Sequence[CheckedDocument]
    problems: Sequence[Problem]
    passed_over: Sequence[PassedOver]
    settings: KnowledgeSettings
    today: dt.date
