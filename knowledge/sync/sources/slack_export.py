"""Slack's export of a workspace: one document per channel and day.

See https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports for its files.
"""

import hashlib
import json
import re
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

from knowledge.model.errors import ParseError

LISTS = ("channels.json", "dms.json", "groups.json", "mpims.json", "users.json")
"""The files at the top of an export: its public channels, direct messages, private channels, direct
messages of several people, and people."""

_FEWEST_LISTS = 2
_DAY = re.compile(r"([^/]{1,100})/\d{4}-\d\d-\d\d\.json")
_PERSON = re.compile(rb"\b[UW][A-Z0-9]{5,20}\b")
_ID = re.compile(r"[A-Z][A-Z0-9]{1,29}")


class SlackExport:
    """Knows the channels and people of an export. Names of files are relative to its folder.

    Channels of `groups.json` are private: their documents are for their members alone. Direct
    messages are never read, and neither is a folder that no list names.

    Attributes:
        version: Changes with the lists, and so with who may read what.
    """

    def __init__(self, lists: Mapping[str, bytes]) -> None:
        found = {name: _list(data) for name, data in lists.items()}
        private, public = (_ids(found.get(name, ())) for name in ("groups.json", "channels.json"))
        self._channels = public | private
        self._private = frozenset(private)
        self._people = {
            str(person["id"]): person
            for person in found.get("users.json", ())
            if _ID.fullmatch(str(person.get("id")))
        }
        self.version = hashlib.sha256(b"\0".join(lists.values())).hexdigest()[:16]

    @classmethod
    def found(cls, names: Container[str], read: Callable[[str], bytes]) -> "SlackExport | None":
        """Return the export in a folder that holds files of these *names*; None if it is none.

        Raises:
            ParseError: when one of its lists cannot be read: who may read what is not known then.
        """
        lists = [name for name in LISTS if name in names]
        if len(lists) < _FEWEST_LISTS:
            return None
        export = cls({name: read(name) for name in lists})
        return export if export._channels or export._people else None

    @staticmethod
    def holds(name: str) -> bool:
        """Tell whether a file belongs to the export, and not to a person who put it beside."""
        return "/" in name or name.lower().endswith(".json")

    def is_day(self, name: str) -> bool:
        """Tell whether the member *name* holds a channel's messages of one day."""
        found = _DAY.fullmatch(name)
        return bool(found and found[1] in self._channels)

    def address(self, name: str) -> str:
        """Return where the channel of the member *name* is opened, "" if the export says not."""
        channel = self._channels[name.partition("/")[0]]
        teams = (str(person.get("team_id") or "") for person in self._people.values())
        team = next(filter(_ID.fullmatch, teams), "")
        return f"https://app.slack.com/client/{team}/{channel}" if team else ""

    def day(self, name: str, messages: bytes) -> bytes:
        """Return the *messages* of a day with what their parser has to know of the export."""
        folder = name.partition("/")[0]
        mentioned = {found.decode() for found in _PERSON.findall(messages)}
        about = {
            "channel": folder,
            "audience": [self._channels[folder]] if folder in self._private else None,
            "people": {id_: _shown(self._people[id_]) for id_ in mentioned & self._people.keys()},
        }
        head = json.dumps(about, ensure_ascii=False, sort_keys=True).encode()
        return b'{"slack_export": ' + head + b', "messages": ' + messages + b"}"


def _ids(channels: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return the ids of the channels in a list, by the names of their folders."""
    return {
        str(channel.get("name")): str(channel["id"])
        for channel in channels
        if _ID.fullmatch(str(channel.get("id")))
    }


def _list(data: bytes) -> list[dict[str, Any]]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ParseError("not a readable export of Slack (a damaged list)") from error
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _shown(person: dict[str, Any]) -> str:
    """Return the name by which a person is shown."""
    profile = person.get("profile")
    stated = profile if isinstance(profile, dict) else {}
    names = (stated.get("display_name"), stated.get("real_name"), person.get("name"))
    return next((str(name) for name in names if name), str(person.get("id")))
