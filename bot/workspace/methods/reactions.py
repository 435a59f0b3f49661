"""`reactions.*`."""

import re

from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments, Method
from bot.workspace.objects import message_object
from bot.workspace.state import Json, SlackMessage
from bot.workspace.team import Team

_NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def add(team: Team, arguments: Arguments) -> Json:
    """React as the app."""
    team.react(_message(team, arguments), team.bot.id, _name(arguments))
    return {}


def remove(team: Team, arguments: Arguments) -> Json:
    """Remove the app's reaction."""
    team.unreact(_message(team, arguments), team.bot.id, _name(arguments))
    return {}


def get(team: Team, arguments: Arguments) -> Json:
    """Return a message with its reactions."""
    message = _message(team, arguments)
    told = message_object(message, team.identity)
    return {"type": "message", "channel": message.channel, "message": told}


def _message(team: Team, arguments: Arguments) -> SlackMessage:
    channel = team.joined(arguments.required("channel"))
    return team.message(channel.id, arguments.required("timestamp"))


def _name(arguments: Arguments) -> str:
    name = arguments.required("name").strip(":")
    if not _NAME.fullmatch(name):
        raise ApiError("invalid_name")
    return name


METHODS = (
    Method("reactions.add", add, 3, ("reactions:write",)),
    Method("reactions.remove", remove, 2, ("reactions:write",)),
    Method("reactions.get", get, 3, ("reactions:read",)),
)
