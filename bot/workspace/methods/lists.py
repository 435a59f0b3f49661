"""`slackLists.items.list`."""

import json

from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments, Method
from bot.workspace.methods.files import visible
from bot.workspace.state import Json
from bot.workspace.team import Team

_PAGE = 100


def items(team: Team, arguments: Arguments) -> Json:
    """Return a page of the rows of a list."""
    file = visible(team, arguments.required("list_id"), "list_not_found")
    if file.mode != "list":
        raise ApiError("list_not_found")
    rows = json.loads(file.content)["rows"]
    first = int(arguments.text("cursor") or 0)
    limit = int(arguments.text("limit") or _PAGE)
    left = first + limit < len(rows)
    told = [
        {
            "id": f"Rec{first + number}",
            "list_id": file.id,
            "fields": [{"key": key, "text": value, "value": value} for key, value in row.items()],
        }
        for number, row in enumerate(rows[first : first + limit])
    ]
    cursor = str(first + limit) if left else ""
    return {"items": told, "response_metadata": {"next_cursor": cursor}}


METHODS = (Method("slackLists.items.list", items, 3, ("lists:read",)),)
