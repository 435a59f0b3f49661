"""Gives each member of a payload the type that Slack documents, or leaves the member out."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from knowledge.text.plain_text import plain_json

_Kind = Literal[
    "object", "objects", "rows", "text", "either", "moment", "seconds", "inputs", "foreign"
]

_NAMES: Mapping[_Kind, tuple[str, ...]] = {
    "object": (
        *("event", "message", "previous_message", "item", "edited", "view", "state"),
        *("container", "selected_option"),
    ),
    "objects": ("authorizations", "blocks", "files", "attachments", "actions", "elements"),
    "rows": ("rows",),
    "text": (
        *("type", "subtype", "bot_id", "item_user", "reaction", "callback_id", "command"),
        *("action_id", "block_id", "trigger_id", "api_app_id", "event_id", "mimetype"),
        *("team_id", "enterprise_id", "user_id", "channel_id", "private_metadata"),
        *("url_private", "url_private_download", "response_url"),
    ),
    # Ids in events, objects in interactions; words of files, objects in blocks.
    "either": ("user", "channel", "team", "enterprise", "text", "title", "name"),
    "moment": ("ts", "thread_ts", "event_ts", "deleted_ts", "message_ts", "action_ts"),
    "seconds": ("event_time",),
    "inputs": ("values",),
    "foreign": ("inputs",),
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names}
_MOMENT = re.compile(r"\d{1,12}(\.\d{1,9})?")
_LAST_SECOND = 10**12
"""No moment is later; a whole number of JSON may be too large for arithmetic."""

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "event_callback": ("event",),
    "block_actions": ("actions", "user"),
    "message_action": ("callback_id", "channel", "message", "user"),
    "shortcut": ("callback_id", "user"),
    "view_submission": ("view", "user"),
    "view_closed": ("view", "user"),
}

_PLAIN_EVENTS = (
    *("message", "app_mention", "reaction_added", "reaction_removed", "agent_session_stopped"),
)
"""Events whose person, channel and text are strings; in some others they are objects."""


def typed_payload(payload: Any) -> Any:
    """Return *payload* as plain text, without each member that has not the type of its name.

    What is left out, such as a null among the files, is absent for whoever reads the payload.
    """
    found = _typed(plain_json(payload))
    event = found.get("event") if isinstance(found, dict) else None
    if event is not None and event.get("type") in _PLAIN_EVENTS:
        plain = {name for name in ("user", "channel", "text") if isinstance(event.get(name), dict)}
        found["event"] = {name: value for name, value in event.items() if name not in plain}
    return found


def lacks(payload: Mapping[str, Any]) -> bool:
    """Tell whether a typed *payload* lacks what its kind cannot do without."""
    return not all(payload.get(name) for name in _NEEDED.get(payload.get("type", ""), ()))


def _typed(value: Any) -> Any:
    if isinstance(value, list):
        return [_typed(item) for item in value]
    if not isinstance(value, dict):
        return value
    fit = {name: _fitting(_KINDS.get(name), member) for name, member in value.items()}
    return {name: member for name, member in fit.items() if member is not None}


def _fitting(kind: _Kind | None, value: Any) -> Any:  # noqa: PLR0911 - one for each kind
    """Return what of *value* is of that *kind*; None if nothing is."""
    match kind:
        case "object":
            return _typed(value) if isinstance(value, dict) else None
        case "objects":
            return _objects(value)
        case "rows":
            rows = [_objects(row) for row in value] if isinstance(value, list) else []
            return [row for row in rows if row]
        case "text":
            return value if isinstance(value, str) else None
        case "either":
            return _typed(value) if isinstance(value, str | dict) else None
        case "moment":
            return value if isinstance(value, str) and _MOMENT.fullmatch(value) else None
        case "seconds":
            return value if isinstance(value, int | float) and 0 <= value < _LAST_SECOND else None
        case "foreign":  # a workflow's: whoever reads them has to see what does not fit
            return value if isinstance(value, dict) else None
        case "inputs":  # the names below it are those of our forms, not Slack's
            blocks = value.items() if isinstance(value, dict) else ()
            return {name: _inputs(block) for name, block in blocks if isinstance(block, dict)}
    return _typed(value)


def _objects(value: Any) -> list[Any] | None:
    if not isinstance(value, list):
        return None
    return [_typed(item) for item in value if isinstance(item, dict)]


def _inputs(block: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _typed(entered) for name, entered in block.items() if isinstance(entered, dict)}
