"""The attachments of a question: documents as text, pictures as they are."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog

from bot.core.types import Attachment, ReadFile
from bot.limits.person_limits import PersonLimits
from bot.slack.client.clients import TIMEOUT
from bot.slack.client.downloads import DownloadError, Downloads
from knowledge.model.errors import ParseError, ParserLimitError
from knowledge.parsing.parsers import PARSERS, suffix_of
from knowledge.parsing.pool import LentParser, ParserPool

MOST_FILES = 5
MOST_BYTES = 20_000_000
MOST_PICTURE_BYTES = 5_000_000
MOST_CHARACTERS = 60_000
"""Of a document; what is longer belongs into the knowledge."""

PIECE_TOKENS = 256
"""Size of what can be cited, as in the index."""

READING_SECONDS = 120.0
"""Time for the files of one question; the question is answered without the rest.

Each file has a limit of its own, which counts the time of the processor. This one ends what waits
for ever, and is long enough for a machine that is busy.
"""

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Fetched:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Files:
    """Downloads and reads attachments; what cannot be read says so in its `problem`.

    Attributes:
        downloads: Fetches them.
        pictures: Whether the model can look at pictures.
        parsers: Where documents are parsed.
        limits: How much one person may send in an hour; None for no limit.
    """

    downloads: Downloads
    pictures: bool = False
    parsers: ParserPool = field(default_factory=ParserPool)
    limits: PersonLimits | None = None

    async def read(self, attachments: Sequence[Attachment], person: str) -> tuple[ReadFile, ...]:
        """Read *attachments* of *person*, at most `MOST_FILES` of them."""
        taken = attachments[:MOST_FILES]
        fetched = await asyncio.gather(*(self._fetch(file, person) for file in taken))
        documents = [file for file in fetched if isinstance(file, _Fetched)]
        parsed = iter(await self._parse(documents, person) if documents else ())
        read = [next(parsed) if isinstance(file, _Fetched) else file for file in fetched]
        skipped = (ReadFile(file.name, problem="too_many") for file in attachments[MOST_FILES:])
        return (*read, *skipped)

    async def text(self, name: str, text: str, url: str, person: str) -> ReadFile:
        """Read Markdown that *person* refers to, from where *url* leads; it counts as sent."""
        content = text.encode()
        sent = Attachment(name, url=url)
        if len(content) > MOST_BYTES or await self._is_too_much(sent, content, person):
            return ReadFile(name, problem="over_limit")
        (read,) = await self._parse([_Fetched(f"{name}.md", content)], person)
        return replace(read, name=name, url=url)

    async def _fetch(self, file: Attachment, person: str) -> "_Fetched | ReadFile":
        try:
            if file.media_type in PICTURES:
                return await self._picture(file, person)
            if suffix_of(file.name) not in PARSERS:
                return ReadFile(file.name, problem="unreadable")
            content = await self._download(file, MOST_BYTES)
            if await self._is_too_much(file, content, person):
                return ReadFile(file.name, problem="over_limit")
            return _Fetched(file.name, content)
        except DownloadError as error:
            return _unread(file.name, "unreadable", error)

    async def _parse(self, files: Sequence["_Fetched"], person: str) -> list[ReadFile]:
        """Parse *files* one after the other; who sent too much to read in time is told so."""
        read = list[ReadFile]()
        try:
            async with asyncio.timeout(READING_SECONDS), self.parsers.parser(person) as parser:
                for file in files:
                    read.append(await _document(file, parser))
        except TimeoutError as error:
            read += [_unread(file.name, "too_heavy", error) for file in files[len(read) :]]
        return read

    async def _picture(self, file: Attachment, person: str) -> ReadFile:
        if not self.pictures:
            return ReadFile(file.name, problem="no_pictures")
        content = await self._download(file, MOST_PICTURE_BYTES)
        if await self._is_too_much(file, content, person):
            return ReadFile(file.name, problem="over_limit")
        return ReadFile(file.name, picture=content, media_type=file.media_type)

    async def _is_too_much(self, file: Attachment, content: bytes, person: str) -> bool:
        """Count *content*; tell whether *person* has sent too much within an hour."""
        if self.limits is None:
            return False
        size = len(content)
        return await self.limits.take("attachments", person, file.url, amount=size) > 0

    async def _download(self, file: Attachment, most: int) -> bytes:
        return await self.downloads.read(file.url, file.media_type, most, TIMEOUT)


async def _document(file: _Fetched, parser: LentParser) -> ReadFile:
    try:
        parsed = await parser.parse(file.content, file.name, PIECE_TOKENS, MOST_CHARACTERS)
    except ParserLimitError as error:
        return _unread(file.name, "too_heavy", error)
    except ParseError as error:
        return _unread(file.name, "unreadable", error)
    pieces = tuple(piece.text for piece in parsed.pieces)
    anchors = tuple(piece.anchor for piece in parsed.pieces)
    return ReadFile(
        file.name, text=parsed.text, pieces=pieces, anchors=anchors if any(anchors) else ()
    )


def _unread(name: str, problem: str, error: Exception) -> ReadFile:
    _log.info("attachment_not_read", problem=problem, reason=type(error).__name__)
    return ReadFile(name, problem=problem)
