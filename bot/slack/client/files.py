"""The files that came along with a question: documents as text, pictures as they are."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.types import Attachment, ReadFile
from bot.slack.client.clients import UNCERTAIN, Clients
from knowledge.model.errors import ParseError
from knowledge.parsing.parsers import PARSERS, suffix_of
from knowledge.parsing.process import ParserProcess

MOST_FILES = 5
MOST_BYTES = 20_000_000
MOST_PICTURE_BYTES = 5_000_000
MOST_CHARACTERS = 60_000
"""Of a document; what is longer belongs into the knowledge."""

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_SLACK_HOSTS = (".slack.com", ".slack-files.com")
_log = structlog.get_logger(__name__)


class _UnreadableError(Exception):
    """A file cannot be read; the text is for the log."""


@dataclass(frozen=True, slots=True)
class Files:
    """Downloads and reads attachments; what cannot be read says so in its `problem`.

    Attributes:
        token: The bot token, which is sent to Slack's own hosts only.
        api_url: Address of the Web API; its host counts as Slack's.
        pictures: Whether the model can look at pictures.
    """

    clients: Clients
    token: str = field(repr=False)
    api_url: str = ""
    pictures: bool = False

    async def read(self, attachments: Sequence[Attachment]) -> tuple[ReadFile, ...]:
        """Read *attachments*, at most `MOST_FILES` of them."""
        read = await asyncio.gather(*(self._read(file) for file in attachments[:MOST_FILES]))
        skipped = (ReadFile(file.name, problem="too_many") for file in attachments[MOST_FILES:])
        return (*read, *skipped)

    async def _read(self, file: Attachment) -> ReadFile:
        try:
            if file.media_type in PICTURES:
                return await self._picture(file)
            return await self._document(file)
        except (_UnreadableError, ParseError, SlackApiError, *UNCERTAIN) as error:
            _log.info("attachment_not_read", reason=type(error).__name__)
            return ReadFile(file.name, problem="unreadable")

    async def _picture(self, file: Attachment) -> ReadFile:
        if not self.pictures:
            return ReadFile(file.name, problem="no_pictures")
        content = await self._download(file, MOST_PICTURE_BYTES)
        return ReadFile(file.name, picture=content, media_type=file.media_type)

    async def _document(self, file: Attachment) -> ReadFile:
        if suffix_of(file.name) not in PARSERS:
            raise _UnreadableError("format")
        content = await self._download(file, MOST_BYTES)
        process = ParserProcess()
        try:
            parsed = await asyncio.to_thread(process.parse, content, file.name)
        finally:
            await asyncio.to_thread(process.close)
        parts = ("\n".join((*section.headings[-1:], section.text)) for section in parsed.sections)
        return ReadFile(file.name, text="\n\n".join(parts)[:MOST_CHARACTERS])

    async def _download(self, file: Attachment, most: int) -> bytes:
        if not self._is_slacks(file.url):
            raise _UnreadableError("host")
        session = self.clients.repeating.session
        assert session is not None
        headers = {"Authorization": f"Bearer {self.token}"}
        async with session.get(file.url, headers=headers, allow_redirects=False) as response:
            # Without the right to read files Slack serves its sign-in page, with status 200.
            signed_out = response.content_type == "text/html" and file.media_type != "text/html"
            if response.status != 200 or signed_out:  # noqa: PLR2004 - HTTP's own number
                raise _UnreadableError("status")
            content = await response.content.read(most + 1)
            while len(content) <= most and (more := await response.content.read(most)):
                content += more
        if len(content) > most:
            raise _UnreadableError("size")
        return content

    def _is_slacks(self, url: str) -> bool:
        target, api = urlsplit(url), urlsplit(self.api_url)
        if (target.scheme, target.netloc) == (api.scheme, api.netloc):
            return True
        return target.scheme == "https" and (target.hostname or "").endswith(_SLACK_HOSTS)
