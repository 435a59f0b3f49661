"""Downloads the files of people, within bounds of size and time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from bot.slack.client.clients import UNCERTAIN, Clients

_SLACK_HOSTS = (".slack.com", ".slack-files.com")
_PIECE = 2**16
_HTML = "text/html"


class DownloadError(Exception):
    """A file cannot be downloaded; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Downloads:
    """Downloads from Slack's own hosts.

    Attributes:
        token: The bot token, which is sent to those hosts only.
        api_url: Address of the Web API; its host counts as Slack's.
    """

    clients: Clients
    token: str = field(repr=False)
    api_url: str = ""

    async def read(self, url: str, media_type: str, most: int, seconds: float) -> bytes:
        """Return the content of a file.

        Args:
            url: Its `url_private_download`.
            media_type: Its type, as Slack tells it.
            most: Bytes above which it is given up.
            seconds: Time after which it is given up.

        Raises:
            DownloadError: it cannot be downloaded.
        """
        content = bytearray()
        async with aclosing(self._pieces(url, media_type, most, seconds)) as pieces:
            async for piece in pieces:
                content += piece
        return bytes(content)

    async def save(self, url: str, media_type: str, path: Path, most: int, seconds: float) -> None:
        """Write the content of a file to *path*; the other arguments are those of `read`.

        Raises:
            DownloadError: it cannot be downloaded; a part of it may be at *path*.
            OSError: it cannot be written; likewise.
        """
        with path.open("wb") as file:
            async with aclosing(self._pieces(url, media_type, most, seconds)) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(file.write, piece)

    async def _pieces(
        self, url: str, media_type: str, most: int, seconds: float
    ) -> AsyncGenerator[bytes]:
        if not self._is_slacks(url):
            raise DownloadError("it is not on a host of Slack")
        session = self.clients.repeating.session
        assert session is not None
        headers = {"Authorization": f"Bearer {self.token}"}
        timeout = aiohttp.ClientTimeout(total=seconds)
        size = 0
        try:
            async with session.get(
                url, headers=headers, allow_redirects=False, timeout=timeout
            ) as response:
                if response.status != HTTPStatus.OK:
                    raise DownloadError(f"Slack answers {response.status}")
                # Without the right to read files Slack serves its sign-in page, with status 200.
                if response.content_type == _HTML and media_type != _HTML:
                    raise DownloadError("the bot may not read files: it needs the scope files:read")
                async for piece in response.content.iter_chunked(_PIECE):
                    size += len(piece)
                    if size > most:
                        raise DownloadError(f"larger than {most // 1_000_000} MB")
                    yield piece
        except UNCERTAIN as error:
            raise DownloadError(f"the connection broke ({type(error).__name__})") from error

    def _is_slacks(self, url: str) -> bool:
        try:
            target, api = urlsplit(url), urlsplit(self.api_url)
        except ValueError:
            return False
        if (target.scheme, target.netloc) == (api.scheme, api.netloc):
            return True
        return target.scheme == "https" and (target.hostname or "").endswith(_SLACK_HOSTS)
