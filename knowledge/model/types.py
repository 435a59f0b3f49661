"""The nouns of knowledge: who asks, what is read, what is found."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""One embedding: shape `(dimensions,)`, float32, length 1 (so that a dot product is a cosine)."""

Vectors = NDArray[np.float32]
"""Several embeddings: shape `(count, dimensions)`, float32, each row of length 1."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who will read the answer; search returns only what *all* of that may be read by it.

    Attributes:
        id: Stable name for logs and budgets, such as `U123` or `C123`.
        member: A full member of the team (not a guest, not an outsider).
        groups: Names of the channels and user groups it stands for, such as `C123` or `#hr`.
    """

    id: str
    member: bool = False
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Access:
    """Who may read a document: `anyone`, every member, or the members of named groups."""

    level: Literal["anyone", "members", "groups"] = "members"
    groups: frozenset[str] = frozenset()

    def permits(self, reader: Principal) -> bool:
        """Tell whether *reader* may see what carries this access."""
        match self.level:
            case "anyone":
                return True
            case "members":
                return reader.member
            case "groups":
                return bool(self.groups & reader.groups)


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document that a citation can point to (a heading's text, a PDF page).

    Attributes:
        text: Markdown, without the heading line itself.
        headings: The heading path above it, outermost first.
        page: 1-based page number where the format has pages.
        anchor: URL fragment that leads to it (`annual-leave`, `page=3`), or "".
    """

    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """What a parser makes of one file; `metadata` is front matter or document properties.

    Known metadata keys: `title`, `date` (ISO), `owner`, `audience` (`anyone`, `members`, or a
    list of groups). Others are kept and ignored.
    """

    title: str
    sections: tuple[Section, ...]
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A file of a source after parsing.

    Attributes:
        id: `source/relative/path.md`, stable while the file keeps its place.
        url: Where a person can open it: the source's `url` pattern, else a `file://` address.
        date: From front matter, else from the document's properties, else the file's own.
        owner: The expert to ask, from front matter, else the source's.
    """

    id: str
    source: str
    title: str
    url: str
    date: dt.date | None = None
    owner: str = ""
    access: Access = Access()


@dataclass(frozen=True, slots=True)
class Chunk:
    """The unit of search: about 256 tokens of one section.

    Attributes:
        key: Integer, stable as long as the content and its document do not change.
        ordinal: Position in the document, from 0.
        text: As written in the document (this is what is quoted).
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
    """Why a hit ranks where it does; the raw material of confidence.

    Attributes:
        bm25: Raw weighted BM25 (0 when only the dense side found it).
        bm25_bounded: `bm25` over the best score that this query could reach, 0..1.
        margin: `(s1 - s2) / s1` of the list's first two fused scores, 0..1; one value a list.
        z_score: How many standard deviations the score lies above the candidates' mean.
        coverage: IDF-weighted share of the query's terms that occur in the chunk, 0..1.
        term_coverage: Plain share of the query's terms that occur in the chunk, 0..1.
        cosine: Similarity of query and chunk vectors, -1..1; None where there was no vector.
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
    """An index's finding: the chunk's key, its fused score (0..1, higher is better), and why."""

    key: int
    score: float
    signals: Signals = Signals()


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that was found, with everything that a reader needs to check it.

    Attributes:
        id: `document_id#ordinal`.
        highlight: The sentence (or two neighbours) of `text` that answers the query best, verbatim.
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
    highlight: str = ""
    signals: Signals = Signals()


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that a sync could not use: which one, and why, in one line."""

    document_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did; counts are of documents and of this run unless they say otherwise.

    Attributes:
        index_version: The published generation; the one before when nothing changed.
        moved: Documents whose file has another name or place, and nothing else that is new.
        embedded_chunks: Texts that were sent to the embedder.
        rebuilt: Why everything was read again ("the embedder changed"), or "".
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
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0
    rebuilt: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long work is: `done` of `total` steps of a stage, and the file or step at hand."""

    stage: Literal["list", "parse", "embed", "index", "publish", "check", "tune"]
    done: int = 0
    total: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What the published generation holds of one source; `newest` is its latest document's date."""

    name: str
    documents: int = 0
    chunks: int = 0
    access: Access = Access()
    owner: str = ""
    newest: dt.date | None = None


@dataclass(frozen=True, slots=True)
class KnowledgeStatus:
    """What can be searched now.

    Attributes:
        index_version: Name of the published generation, "" when there is none yet.
        created_at: Seconds since the epoch, 0 when there is none yet.
        embedder: Name of the embedder whose vectors are in the index, "" when there is none.
        problems: Files that the last sync could not use.
    """

    index_version: str = ""
    created_at: float = 0.0
    embedder: str = ""
    documents: int = 0
    chunks: int = 0
    sources: tuple[SourceStatus, ...] = ()
    problems: tuple[Problem, ...] = ()
