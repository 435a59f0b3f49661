"""Canvases, lists and files of Slack that a question links to, read like attachments.

The bot's token opens more than its asker may see. So a link is followed only where everybody who
reads the answer may read the file: it is shared in a channel of theirs, or a full member reads it
in a public channel, or the asker wrote it and reads the answer alone. In doubt, it is not.

https://docs.slack.dev/reference/methods/files.info, …/canvases.getContent, …/slackLists.items.list
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.message_ref import MessageRef
from bot.core.types import Attachment, Question, ReadFile
from bot.slack.client.canvas_sections import with_sections
from bot.slack.client.clients import UNCERTAIN, Clients, error_of, patiently
from bot.slack.client.files import Files
from bot.slack.client.permissions import Principals
from knowledge.model.types import Principal

MOST_LINKS = 3
"""Links of one question that are followed."""

MOST_ROWS = 500
"""Rows of a list that are read; longer ones belong into the knowledge."""

READING_SECONDS = 15.0
"""Time for Slack to tell of a link; the question is answered without it then."""

_LINK = re.compile(
    r"(https?://[a-z0-9.:-]{1,120})/(?:docs|lists|files)/[A-Z0-9]{2,20}/(F[A-Z0-9]{2,20})\b"
)
_SLACK = re.compile(r"https://[a-z0-9-]+(?:\.enterprise)?\.slack\.com")
_MOST_PLACES = 20
_LONGEST_TITLE = 100
_PAGE = 100
_log = structlog.get_logger(__name__)
_Told = Mapping[str, Any]


def linked_ids(text: str, home: str = "") -> list[str]:
    """Return the ids of the files that *text* links to in Slack, or at the origin *home*."""
    links = (match.groups() for match in _LINK.finditer(text))
    ours = (file for origin, file in links if origin == home or _SLACK.fullmatch(origin))
    return list(dict.fromkeys(ours))


@dataclass(frozen=True, slots=True)
class LinkedFiles:
    """Reads what a question links to.

    Attributes:
        files: Downloads and parses.
        home: Origin of the workspace where it is not Slack's own.
    """

    clients: Clients
    principals: Principals
    files: Files
    home: str = ""

    async def read(self, question: Question, reader: Principal) -> tuple[ReadFile, ...]:
        """Read the links of *question* for *reader*, who reads its answer.

        Raises:
            AdapterUnavailableError: nobody can tell now what they may read.
        """
        ids = linked_ids(question.text, self.home)
        return tuple([await self._read(one, question, reader) for one in ids[:MOST_LINKS]])

    async def _read(self, file: str, question: Question, reader: Principal) -> ReadFile:
        try:
            async with asyncio.timeout(READING_SECONDS):
                told: _Told = (await patiently(self.clients.repeating.files_info, file=file))[
                    "file"
                ]
                if not await self._permits(told, question, reader):
                    return ReadFile(file, problem="no_rights")
                text = await self._text(told)
            return await self._content(told, text, question.person)
        except SlackApiError as error:
            _log.info("link_not_read", file=file, error=error_of(error))
        except UNCERTAIN as error:
            _log.info("link_not_read", file=file, error=type(error).__name__)
        return ReadFile(file, problem="no_rights")

    async def _permits(self, told: _Told, question: Question, reader: Principal) -> bool:
        """Tell whether *reader* may read a file, as far as Slack says where it is shared."""
        if told.get("mode") in {"tombstone", "hidden_by_limit"} or told.get("is_external"):
            return False
        alone = MessageRef.parse(question.id).direct
        if alone and question.person and told.get("user") == question.person:
            return True
        places = dict.fromkeys(islice(_places(told), _MOST_PLACES))
        if reader.groups & places.keys():
            return True
        return reader.member and any(
            [await self.principals.is_open(one) for one in places if one.startswith("C")]
        )

    async def _text(self, told: _Told) -> str | None:
        """Return the Markdown of a canvas or a list; None of other files, which are downloaded."""
        match told.get("mimetype"):
            case "application/vnd.slack-docs":
                page = await patiently(
                    self.clients.repeating.canvases_getContent, canvas_id=str(told["id"])
                )
                content = str(page.get("content") or "")
                return await with_sections(content, told, self.files.downloads)
            case "application/vnd.slack-list":
                return await self._rows(told)
        return None

    async def _content(self, told: _Told, text: str | None, person: str) -> ReadFile:
        """Read a file that its readers may see, and whose *text* Slack has told if it has one."""
        title = " ".join(str(told.get("title") or told["id"]).split())[:_LONGEST_TITLE]
        if text is not None:
            return await self.files.text(title, text, str(told.get("permalink") or ""), person)
        address = str(told.get("url_private_download") or told.get("url_private") or "")
        name, kind = str(told.get("name") or title), str(told.get("mimetype") or "")
        file = Attachment(name[:_LONGEST_TITLE], kind, address)
        return (await self.files.read([file], person))[0]

    async def _rows(self, told: _Told) -> str:
        """Return the rows of a list as a Markdown table."""
        rows, cursor = list[_Told](), None
        while len(rows) < MOST_ROWS:
            page = await patiently(
                self.clients.repeating.slackLists_items_list,
                list_id=str(told["id"]),
                limit=_PAGE,
                cursor=cursor,
            )
            rows += page.get("items") or ()
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                break
        schema = (told.get("list_metadata") or {}).get("schema") or ()
        names = {str(one.get("key")): str(one.get("name") or one.get("key")) for one in schema}
        return table_of(rows[:MOST_ROWS], names)


def table_of(rows: Iterable[_Told], names: Mapping[str, str]) -> str:
    """Return *rows* of a list as a Markdown table, with *names* for the keys of its columns."""
    read = [{str(one.get("key")): _said(one) for one in row.get("fields") or ()} for row in rows]
    keys = list(dict.fromkeys([*names, *(key for row in read for key in row)]))
    if not keys or not read:
        return ""
    lines = [[names.get(key, key) for key in keys], ["---"] * len(keys)]
    lines += [[row.get(key, "") for key in keys] for row in read]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _places(told: _Told) -> Iterable[str]:
    for key in ("channels", "groups"):
        yield from map(str, told.get(key) or ())
    shares: Mapping[str, Any] = told.get("shares") or {}
    for scope in ("public", "private"):
        yield from map(str, shares.get(scope) or ())


def _said(field: _Told) -> str:
    """Return the value of a field in words, whatever type its column has."""
    text = field.get("text")
    if isinstance(text, str) and text:
        return text
    value = field.get("value")
    if isinstance(value, bool):
        return "✓" if value else ""
    if isinstance(value, str | int | float):
        return str(value)
    return ", ".join(str(one) for one in value if one) if isinstance(value, list) else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
