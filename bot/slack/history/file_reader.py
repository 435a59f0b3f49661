"""Looks at the files and canvases of channels that are sources, and fetches what can be read.

What a message tells of a file may be old, or nothing (Slack Connect: `file_access` is
`check_file_info`), so each file is asked for by `files.info`. A canvas is read by
`canvases.getContent`, as Markdown: https://docs.slack.dev/reference/methods/canvases.getContent (of
October 2026, scope `canvases:read`); `canvas_sections` adds the ids of its headings.
"""

import asyncio
import datetime as dt
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client.canvas_sections import with_sections
from bot.slack.client.clients import UNCERTAIN, error_of, patiently, uncertain
from bot.slack.client.downloads import DownloadError, Downloads
from bot.slack.client.facts import SlackFacts
from bot.slack.history.changes import TOMBSTONE, shown_name
from knowledge.model.threads import in_thread
from knowledge.parsing.parsers import PARSERS, suffix_of
from knowledge.sync.plan import unread
from knowledge.sync.sources.slack_history_writer import SlackHistoryWriter
from knowledge.sync.sources.slack_messages import FileFacts, KeptChannel, WaitingFile

AT_ONCE = 4
"""Files that are fetched at the same time."""

MOST_BYTES = 250_000_000
"""Bytes of one file, as for every other source."""

_SECONDS = 120.0
"""Time for one file."""

_CANVAS_SECONDS = 600.0
"""Until a canvas is read again: no event tells for certain that it was edited."""

_FILE_SECONDS = 86_400.0
"""Until any other file is looked at again: no event tells that a retention policy deleted it."""

_LATER_SECONDS = 3_600.0
"""Until what could not be read is tried again."""

_SOON_SECONDS = 60.0
"""Until another try when Slack, or the disk, is in a bad state."""

_GONE = frozenset({"file_deleted", "file_not_found", "canvas_not_found"})
_HIDDEN = frozenset({"access_denied", "not_visible"})
_CANVAS = "application/vnd.slack-docs"
_UNTITLED = frozenset({"", "-", "Untitled"})
_LONGEST_NAME = 150
_MARKDOWN = ".md"
_CONTROL = re.compile(r"[/\\\x00-\x1f\x7f]+")
_MENTION = re.compile(r"!\[\]\(([@#])([UWC][A-Z0-9]{2,20})\)")
"""A person or a channel in the Markdown of canvases:
https://docs.slack.dev/surfaces/canvases."""

_log = structlog.get_logger(__name__)
_Told = Mapping[str, Any]


class _UnreadableError(Exception):
    """The content of a file cannot be had; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class FileReader:
    """Reads files into *history*; where it was ended, it goes on.

    A file that cannot be read costs itself alone. Slack's limits hold: the client waits for its
    turn.

    Attributes:
        pictures: Names of the sources whose pictures are read (`ocr`).
        folder: Where files are that are being fetched.
    """

    client: AsyncWebClient
    downloads: Downloads
    facts: SlackFacts
    history: SlackHistoryWriter
    pictures: frozenset[str]
    folder: Path

    async def read(self) -> None:
        """Look at the next files whose turn it is.

        Raises:
            sqlite3.Error: the history cannot be written.
        """
        waiting = await in_thread(partial(self.history.waiting, time.time(), AT_ONCE))
        if not waiting:
            return
        channels = await in_thread(self.history.channels)
        try:
            async with asyncio.TaskGroup() as group:
                for file in waiting:
                    if channel := channels.get(file.channel):
                        group.create_task(self._look(file, channel))
        except ExceptionGroup as errors:  # whoever calls knows what each of them means
            raise errors.exceptions[0] from None

    async def _look(self, file: WaitingFile, channel: KeptChannel) -> None:
        now = time.time()
        try:
            told: _Told = (await patiently(self.client.files_info, file=file.id))["file"]
            if told.get("mode") == TOMBSTONE or not _is_in(told, channel.id):
                await self._remove(file, now)
                return
            await self._keep(file, channel, told)
        except SlackApiError as error:
            if error_of(error) in _GONE:
                await self._remove(file, now)
            elif uncertain(error):
                await self._postpone(file, error, _SOON_SECONDS)
            elif file.has_content and error_of(error) not in _HIDDEN:
                await self._postpone(file, error, _LATER_SECONDS)
            else:
                reason = f"Slack does not let the bot read it ({error_of(error)})"
                await self._put(file, FileFacts(file.id, channel.url, _day({}), problem=reason))
        except (OSError, *UNCERTAIN) as error:
            await self._postpone(file, error, _SOON_SECONDS)

    async def _keep(self, file: WaitingFile, channel: KeptChannel, told: _Told) -> None:
        facts = _facts(told, channel, ocr=channel.source in self.pictures)
        seconds = _CANVAS_SECONDS if _is_canvas(told) else _FILE_SECONDS
        if facts.passed_over or facts.problem or _is_here(file, facts, told):
            await self._put(file, facts, due=seconds)
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            content = Path(folder) / file.id
            try:
                if not _is_canvas(told):
                    await self._download(told, content)
                elif text := await self._canvas(told):
                    title = facts.name.removesuffix(_MARKDOWN)
                    heading = "" if text.startswith("# ") else f"# {title}\n\n"
                    await in_thread(partial(content.write_text, heading + text, "utf-8"))
                else:
                    await self._put(file, FileFacts(""), due=seconds)
                    return
            except _UnreadableError as error:
                if file.has_content:
                    await self._postpone(file, error, _LATER_SECONDS)
                else:
                    await self._put(file, replace(facts, problem=str(error)))
                return
            await self._put(file, facts, content, due=seconds)

    async def _download(self, told: _Told, content: Path) -> None:
        url = str(told.get("url_private_download") or told.get("url_private") or "")
        kind = str(told.get("mimetype") or "")
        try:
            await self.downloads.save(url, kind, content, MOST_BYTES, _SECONDS)
        except DownloadError as error:
            raise _UnreadableError(f"cannot be downloaded: {error}") from error

    async def _canvas(self, file: _Told) -> str:
        """Return what a canvas says, with names in place of ids; "" if that is nothing."""
        try:
            told = await patiently(self.client.canvases_getContent, canvas_id=str(file["id"]))
        except SlackApiError as error:
            if uncertain(error):
                raise
            reason = f"Slack does not let the bot read this canvas ({error_of(error)})"
            if error_of(error) == "missing_scope":
                reason = (
                    "the bot may not read canvases: paste `kotae manifest` into the app's manifest "
                    "and install the app again (scope canvases:read)"
                )
            raise _UnreadableError(reason) from error
        text = str(told.get("content") or "").strip()
        text = await with_sections(text, file, self.downloads)
        if not text or not _MENTION.search(text):
            return text
        users = await self.facts.users()
        channels = await in_thread(self.history.channels)

        def shown(mention: re.Match[str]) -> str:
            kind, id_ = mention.groups()
            if kind == "#":
                return f"#{channels[id_].name if id_ in channels else id_}"
            return f"@{shown_name(users.get(id_, {}), id_)}"

        return _MENTION.sub(shown, text)

    async def _put(
        self,
        file: WaitingFile,
        facts: FileFacts,
        content: Path | None = None,
        due: float = _LATER_SECONDS,
    ) -> None:
        at = time.time() + due
        put = partial(self.history.put_file, file.channel, file.id, facts, content, at)
        await in_thread(put)

    async def _remove(self, file: WaitingFile, at: float) -> None:
        await in_thread(partial(self.history.remove_file, file.id, at, file.channel))

    async def _postpone(self, file: WaitingFile, error: Exception, seconds: float) -> None:
        reason = str(error) or type(error).__name__
        _log.warning("file_not_read", file=file.id, channel=file.channel, reason=reason)
        at = time.time() + seconds
        await in_thread(partial(self.history.postpone, file.channel, file.id, at))


def _is_in(told: _Told, channel: str) -> bool:
    """Tell whether a file is shared in *channel*; as far as Slack says where it is."""
    shares = told.get("shares") or {}
    places = {*(told.get("channels") or ()), *(told.get("groups") or ())}
    places |= {*(shares.get("public") or ()), *(shares.get("private") or ())}
    known = bool(places) and not told.get("has_more_shares")
    return not known or channel in places or told.get("linked_channel_id") == channel


def _is_here(file: WaitingFile, facts: FileFacts, told: _Told) -> bool:
    """Tell whether what was fetched of a file is what it holds now.

    The content of a canvas may change without any sign, and that of a hosted file never does.
    """
    same = file.stamp == facts.stamp or not told.get("editable")
    return file.has_content and same and not _is_canvas(told)


def _is_canvas(told: _Told) -> bool:
    return told.get("mimetype") == _CANVAS


def _facts(told: _Told, channel: KeptChannel, *, ocr: bool) -> FileFacts:
    """Read a `file` object: https://docs.slack.dev/reference/objects/file-object."""
    name = _name(told, channel)
    url = str(told.get("permalink") or "")
    mode, size = str(told.get("mode") or ""), int(told.get("size") or 0)
    changed = [told.get(key) or 0 for key in ("updated", "edit_timestamp")]
    facts = FileFacts(
        name,
        url if url.startswith(("https://", "http://")) else channel.url,
        _day(told),
        f"{size} {name} {changed}",
    )
    if mode == "hidden_by_limit":
        return replace(facts, problem="hidden by the limits of the workspace's plan")
    if told.get("is_external") or mode == "external":
        return replace(facts, passed_over="elsewhere")
    if (told.get("file_access") or "visible") != "visible":
        return replace(facts, problem=f"Slack does not let the bot read it ({mode})")
    if size > MOST_BYTES:
        return replace(facts, passed_over="large")
    return replace(facts, passed_over=unread(name, ocr=ocr))


def _name(told: _Told, channel: KeptChannel) -> str:
    """Return the name of a file, with an ending that says how it is read."""
    title, name = str(told.get("title") or ""), str(told.get("name") or "")
    if _is_canvas(told):
        name, ending = (f"#{channel.name}" if title in _UNTITLED else title), _MARKDOWN
    else:
        name = name or title or str(told["id"])
        is_text = told.get("mimetype") == "text/plain" and suffix_of(name) not in PARSERS
        ending = ".txt" if is_text else ""
    name = " ".join(_CONTROL.sub(" ", name).split()) or str(told["id"])
    ending = ending or name[-len(suffix_of(name)) :] if suffix_of(name) else ending
    return name.removesuffix(ending)[: _LONGEST_NAME - len(ending)] + ending


def _day(told: _Told) -> str:
    """Return the day of the last change (UTC) that Slack tells of; today where it tells none."""
    times = (told.get(key) for key in ("updated", "edit_timestamp", "timestamp", "created"))
    at = max(filter(None, times), default=0) or time.time()
    return f"{dt.datetime.fromtimestamp(float(at), dt.UTC):%Y-%m-%d}"
