"""The data types of the knowledge base."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from knowledge.model.source_health import SourceFailure, SourceHealth

Vector = NDArray[np.float32]
"""One embedding: shape `(dimensions,)`, float32, length 1 (so that a dot product is a cosine)."""

Vectors = NDArray[np.float32]
"""Several embeddings: shape `(count, dimensions)`, float32, each row of length 1."""


SourceReaders = frozenset[frozenset[str]]
"""Who may read a document at its source: whoever has a name in each of these sets.

Without any set, nothing is restricted; an empty set lets nobody in. A space that admits the group
`staff`, with a page that only alice and the group `hr` may read, makes two sets.
`knowledge.model.readers` makes the names.
"""

NOBODY: SourceReaders = frozenset({frozenset()})
"""Readers of a document whose source does not tell them."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who reads the answer: a person, or a channel. Search returns only what it may read.

    Attributes:
        id: Stable name for logs and budgets, such as `U123` or `C123`.
        member: True for a full member of the team, false for a guest or an outsider.
        groups: Channels and user groups it stands for, by name or id, such as `C123` or `#hr`.
        names: Its names at sources; see `knowledge.model.readers`. They are of this moment and say
            much about a person, so they are neither stored nor logged.
    """

    id: str
    member: bool = False
    groups: frozenset[str] = frozenset()
    names: Annotated[frozenset[str], Field(exclude=True)] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may read a document: `anyone`, every member, or the members of named groups.

    Attributes:
        readers: Who may read it at its source; a reader needs both.
    """

    level: Literal["anyone", "members", "groups"] = "members"
    groups: frozenset[str] = frozenset()
    readers: SourceReaders = frozenset()

    def permits(self, reader: Principal) -> bool:
        """Tell whether *reader* may read a document with this access."""
        at_source = all(names & reader.names for names in self.readers)
        return at_source and self._admits(reader)

    def _admits(self, reader: Principal) -> bool:
        match self.level:
            case "anyone":
                return True
            case "members":
                return reader.member
            case "groups":
                return bool(self.groups & reader.groups)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document that a citation can point to: the text below a heading, a PDF page.

    Attributes:
        text: Markdown, without the heading line itself.
        headings: The heading path above it, outermost first.
        page: 1-based page number where the format has pages.
        anchor: Its URL fragment (`annual-leave`, `page=3`), or "". Of a canvas, its parameter.
    """

    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The result of parsing one file; `metadata` is front matter or document properties.

    Known metadata keys: `title`, `date` (ISO), `owner`, `audience` (`anyone`, `members`, or a
    list of groups). Others are kept and ignored. `notes` say in one line each what of the file
    could not be read.
    """

    title: str
    sections: tuple[Section, ...]
    metadata: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file of a source after parsing.

    Attributes:
        id: `source/relative/path.md`, stable while the file keeps its path.
        url: Where a person can open it: the source's `url` pattern, else a `file://` address.
        date: From front matter, else from the document's properties, else the file's own.
        owner: The expert, from front matter, else the source's.
        author: The name of who changed it on that day, where the source tells it, in one line.
    """

    id: str
    source: str
    title: str
    url: str
    date: dt.date | None = None
    owner: str = ""
    access: Access = Access()
    author: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The unit of search: about 256 tokens of one section.

    Attributes:
        key: Stable as long as the text and its document do not change.
        ordinal: Position in the document, from 0.
        text: The text as written in the document, for quoting.
    """

    key: int
    document: Document
    ordinal: int
    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Signals:
    """Why a hit has its rank; confidence is computed from these values.

    Attributes:
        bm25: Raw weighted BM25, 0 when only the dense index found the chunk.
        bm25_bounded: `bm25` divided by the maximum that this query could reach, 0..1.
        margin: `(s1 - s2) / s1` of the two best fused scores, 0..1; the same for the whole list.
        z_score: How many standard deviations the score lies above the candidates' mean.
        coverage: IDF-weighted share of the query's terms that occur in the chunk, 0..1.
        term_coverage: Plain share of the query's terms that occur in the chunk, 0..1.
        cosine: Similarity of query and chunk vectors, -1..1; None without a query vector.
        highlight_coverage: IDF-weighted share of the query's terms in the highlight, 0..1.
    """

    bm25: float = 0.0
    bm25_bounded: float = 0.0
    margin: float = 0.0
    z_score: float = 0.0
    coverage: float = 0.0
    term_coverage: float = 0.0
    cosine: float | None = None
    highlight_coverage: float = 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A search result: the chunk's key, its fused score (0..1, higher is better), and signals."""

    key: int
    score: float
    signals: Signals = Signals()


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that was found, with everything that a reader needs to verify it.

    Attributes:
        id: `document_id#ordinal`.
        highlight: The sentence (or two adjacent ones) of `text` that answers best, verbatim.
    """

    id: str
    document_id: str
    source: str
    title: str
    url: str
    text: str
    score: float
    headings: tuple[str, ...] = ()
    page: int | None = None
    date: dt.date | None = None
    owner: str = ""
    author: str = ""
    highlight: str = ""
    signals: Signals = Signals()


PARTLY = "not read: "
"""How the reason of a problem begins whose file is indexed without some of its pages."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that a sync could not use, or not wholly, and the reason, in one line.

    Attributes:
        readers: Who may read it at its source; nobody else may know its name.
    """

    document_id: str
    reason: str
    readers: SourceReaders = frozenset()


PassedOverReason = Literal[
    "format",
    "picture",
    "hidden",
    "lock",
    "excluded",
    "linked-folder",
    "dangling-link",
    "special",
    "slack",
    "large",
    "elsewhere",
    "link",
    "submodule",
    "git-lfs",
    "name",
    "twin",
    "duplicate",
    "noindex",
    "addresses",
]
"""Why a file is not read: its format, its place, its size, or the settings."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file that a sync did not read, or, with a `/` at its end, a folder it did not enter."""

    document_id: str
    reason: PassedOverReason


@dataclass(frozen=True, slots=True)
class SyncReport:
    """The result of a sync; counts are numbers of documents in this run unless noted.

    Attributes:
        index_version: Name of the published index version; the previous one if nothing changed.
        moved: Documents whose file was renamed or moved, with the same content.
        embedded_chunks: Number of texts that were sent to the embedder.
        lacking_chunks: Chunks that have no vector yet and are found by their words only.
        problems: Files that could not be used.
        passed_over: Files that were not read, each with the reason.
        rebuilt: Why the index was rebuilt ("the embedder changed"), or "".
        failures: Sources that were not brought up to date; their documents stay as they were.
    """

    index_version: str
    documents_total: int
    chunks_total: int
    added: int = 0
    changed: int = 0
    removed: int = 0
    moved: int = 0
    unchanged: int = 0
    embedded_chunks: int = 0
    lacking_chunks: int = 0
    problems: tuple[Problem, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    seconds: float = 0.0
    rebuilt: str = ""
    failures: tuple[SourceFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a long operation: `done` of `total` steps of a stage, and the current item."""

    stage: Literal["list", "fetch", "parse", "embed", "index", "publish", "check", "tune"]
    done: int = 0
    total: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What the index holds of one source; `newest` is the date of its latest document.

    Attributes:
        kind: Its type, such as `folder`.
        schedule: When it is synced; "" with the others.
        health: How its syncs went.
    """

    name: str
    documents: int = 0
    chunks: int = 0
    access: Access = Access()
    owner: str = ""
    newest: dt.date | None = None
    kind: str = "folder"
    schedule: str = ""
    health: SourceHealth = field(default_factory=SourceHealth)

    @property
    def is_for_all(self) -> bool:
        """Whether everybody in its audience may read all of it: the source tells no readers."""
        return self.kind != "folder" and self.documents > 0 and not self.health.restricted


@dataclass(frozen=True, slots=True)
class KnowledgeStatus:
    """The state of the published index.

    Attributes:
        index_version: Name of the published index version, "" when there is none yet.
        created_at: When it was published, in seconds since the epoch; 0 when there is none yet.
        embedder: Name of the embedder that made its vectors, "" when there is none yet.
        embedded_chunks: Chunks that have a vector already; the others are found by their words
            only. While most have none, so are all.
        problems: Files that the last sync could not use.
        passed_over: Files that it did not read.
    """

    index_version: str = ""
    created_at: float = 0.0
    embedder: str = ""
    documents: int = 0
    chunks: int = 0
    embedded_chunks: int = 0
    sources: tuple[SourceStatus, ...] = ()
    problems: tuple[Problem, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
