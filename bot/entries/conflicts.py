"""Finds documents that say something else than an entry, by a search for its own words."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bot.entries.entry import SOURCE, Entry
from bot.text import numbers
from bot.text.conflicts import same_subject
from knowledge.base import KnowledgeBase
from knowledge.model.findings import Finding
from knowledge.model.types import Chunk, Document, Passage, Principal
from knowledge.quality.checks.conflicts import conflicts
from knowledge.quality.corpus import CheckedDocument
from knowledge.text.analysis import content_terms
from knowledge.text.highlight import sentences
from knowledge.text.numbers import without_numbers

STATEMENTS = 4
"""Sentences of an entry that are searched for, those with numbers first."""

SURELY = 0.6
"""Rank from which two statements with other numbers are about one thing, whatever they name."""

_FOUND = 8
_LEAST = 2
"""Words that two sentences about one thing have in common at least."""

_NAMES = re.compile("[\u3400-\u9fff々]{2,}|[\u30a1-\u30ffー]{2,}|[A-Za-z][A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class EntryConflict:
    """A sentence of an entry, and one of a document that says something else.

    Attributes:
        ours: The sentence of the entry.
        theirs: The sentence of the document.
        title: Of the document, as `document_id`, `url` and `date` are.
    """

    ours: str
    theirs: str
    title: str
    url: str
    date: dt.date | None
    document_id: str = ""


async def conflicts_of(entry: Entry, base: KnowledgeBase, reader: Principal) -> list[EntryConflict]:
    """Return the conflicts of *entry* with documents that *reader* may see, one for each document.

    Only search results are compared, so that it takes a fraction of a second in any index.

    Raises:
        KnowledgeError: the index cannot be searched now.
    """
    statements = list(islice(_statements(entry), STATEMENTS))
    found: dict[str, Passage] = {}
    worded = dict[str, EntryConflict]()
    for query in dict.fromkeys((entry.question, *statements)):
        for passage in await base.search(query, reader, _FOUND):
            if passage.document_id == entry.document_id:
                continue
            found[passage.id] = passage
            if query in statements and _differs(query, passage):
                one = _conflict(query, passage.highlight or passage.text, passage)
                worded.setdefault(passage.document_id, one)
    return list((worded | _in_numbers(entry, list(found.values()))).values())


def _statements(entry: Entry) -> Iterator[str]:
    """Yield the sentences of *entry*, those with numbers first."""
    spans = sentences(entry.answer)
    texts = [entry.answer[span.start : span.end].strip() for span in spans]
    yield from sorted(filter(None, texts), key=lambda text: not any(map(str.isdigit, text)))


def _in_numbers(entry: Entry, passages: Sequence[Passage]) -> dict[str, EntryConflict]:
    """Return, by document, statements with a different number for the same thing."""
    ours = _indexed(entry.document_id, [_passage(entry, entry.answer)])
    # Without a date: an entry is meant to hold beside documents of any time.
    ours = replace(ours, document=replace(ours.document, date=None))
    by_document: dict[str, list[Passage]] = {}
    for passage in passages:
        by_document.setdefault(passage.document_id, []).append(passage)
    documents = [ours, *(_indexed(id_, group) for id_, group in by_document.items())]
    found = {}
    for finding in conflicts(documents):
        if finding.kind == "conflict" and entry.document_id in finding.documents:
            quotes = dict(zip(finding.documents, _quotes(finding), strict=True))
            said = quotes.pop(entry.document_id)
            ((id_, theirs),) = quotes.items()
            if finding.rank < SURELY and _of_two_things(said, theirs):
                continue
            passage = next(one for one in by_document[id_] if theirs in one.text)
            found[id_] = _conflict(said, theirs, passage)
    return found


def _differs(ours: str, passage: Passage) -> bool:
    """Tell whether the best sentence of *passage* says something else about the same thing.

    Dates decide nothing: an entry is meant to hold beside documents of any time.
    """
    theirs = passage.highlight or passage.text
    if ours == theirs or not (same_subject(ours, theirs) and _figures_differ(ours, theirs)):
        return False
    shared = _words(ours) & _words(theirs)
    return len(shared) >= _LEAST and not _of_two_things(ours, theirs)


def _figures_differ(ours: str, theirs: str) -> bool:
    """Tell whether the numbers differ, or there are none; a person looks at what comes of it."""
    has_numbers = numbers.missing(ours, "") or numbers.missing(theirs, "")
    return not has_numbers or bool(numbers.missing(ours, theirs) or numbers.missing(theirs, ours))


def _of_two_things(ours: str, theirs: str) -> bool:
    """Tell whether each sentence names something that the other does not, as 国内 and 海外."""
    mine, yours = _names(ours), _names(theirs)
    return bool(mine - yours) and bool(yours - mine)


def _names(text: str) -> set[str]:
    names = set[str]()
    for name in _NAMES.findall(without_numbers(text)):
        names |= {name} if not name.isascii() else _words(name)
    return names


def _words(text: str) -> frozenset[str]:
    return content_terms(without_numbers(text))


def _quotes(finding: Finding) -> tuple[str, str]:
    quotes = finding.details["quotes"]
    assert isinstance(quotes, tuple)
    return str(quotes[0]), str(quotes[1])


def _indexed(document_id: str, passages: Sequence[Passage]) -> CheckedDocument:
    first = passages[0]
    document = Document(document_id, first.source, first.title, first.url, first.date)
    chunks = [
        Chunk(number, document, number, passage.text, passage.headings, url=passage.url)
        for number, passage in enumerate(passages)
    ]
    return CheckedDocument(document, {}, chunks)


def _passage(entry: Entry, text: str) -> Passage:
    """Return *entry* as search would find it, with *text* as its words."""
    return Passage(
        f"{entry.document_id}#0",
        entry.document_id,
        SOURCE,
        entry.question,
        entry.link,
        text,
        0.0,
        date=entry.on,
        highlight=text,
    )


def _conflict(ours: str, theirs: str, passage: Passage) -> EntryConflict:
    return EntryConflict(
        ours.strip(),
        theirs.strip(),
        passage.title,
        passage.url,
        passage.date,
        passage.document_id,
    )
