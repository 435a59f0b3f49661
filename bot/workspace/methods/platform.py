"""Methods about the platform itself: tests, websockets, validation."""

import json

from bot.workspace.blocks import problems, view_problems
from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments, Method
from bot.workspace.methods.content import refuse
from bot.workspace.state import Json
from bot.workspace.team import Team

VALIDATED_CHARACTERS = 100_000
_VALIDATED = ("blocks", "view", "message")


def api_test(_team: Team, arguments: Arguments) -> Json:
    """Give the arguments back; fail when asked to."""
    if arguments.text("error"):
        raise ApiError(arguments.text("error"), args=dict(arguments))
    return {"args": dict(arguments)}


def connections_open(team: Team, _arguments: Arguments) -> Json:
    """Return the address of a new websocket."""
    return {"url": team.new_socket_url()}


def blocks_validate(_team: Team, arguments: Arguments) -> Json:
    """Check exactly one of `blocks`, `view` and `message`."""
    given = [name for name in _VALIDATED if name in arguments]
    if len(given) != 1:
        raise ApiError.arguments("must provide exactly one of `blocks`, `view`, or `message`")
    name = given[0]
    value = arguments.json(name, "invalid_arguments")
    if len(json.dumps(value, ensure_ascii=False)) > VALIDATED_CHARACTERS:
        raise ApiError.arguments(f"{name} is too long")
    if name == "blocks":
        refuse(problems(value), "invalid_blocks")
    elif not isinstance(value, dict):
        raise ApiError.arguments(f"{name} must be an object")
    elif name == "view":
        refuse(view_problems(value), "invalid_view")
    else:
        refuse(problems(value.get("blocks", [])), "invalid_message")
    return {}


METHODS = (
    Method("api.test", api_test, 4, caller="anyone"),
    Method("apps.connections.open", connections_open, 3, caller="app"),
    Method("blocks.validate", blocks_validate, 4, caller="anyone"),
)
