"""`files.info` and `canvases.getContent`."""

from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments, Method
from bot.workspace.objects import file_object
from bot.workspace.state import File, Json
from bot.workspace.team import Team

_KINDS = {"channel": "channels", "group": "groups", "im": "ims"}


def info(team: Team, arguments: Arguments) -> Json:
    """Return one file, and where it is shared."""
    file = visible(team, arguments.required("file"), "file_not_found")
    places = team.places_of(file)
    told = file_object(file, team.identity)
    told |= {name: [] for name in _KINDS.values()}
    for channel in places:
        told[_KINDS[team.channels[channel].kind]].append(channel)
    told["shares"] = {
        scope: {
            channel: [{"ts": ts, "team_id": team.identity.team_id} for ts in times]
            for channel, times in places.items()
            if team.channels[channel].kind == kind
        }
        for scope, kind in (("public", "channel"), ("private", "group"))
    }
    return {"file": told | {"has_more_shares": False}}


def canvas_content(team: Team, arguments: Arguments) -> Json:
    """Return what a canvas says, as Markdown."""
    file = visible(team, arguments.required("canvas_id"), "canvas_not_found")
    if file.mode != "quip" or file.deleted:
        raise ApiError("canvas_not_found")
    return {"content": file.content.decode()}


def visible(team: Team, file_id: str, missing: str) -> File:
    """Return a file that is in a channel of the app."""
    file = team.files.get(file_id)
    if file is None:
        raise ApiError(missing)
    if file.deleted:
        raise ApiError("file_deleted" if missing == "file_not_found" else missing)
    places = (team.channels[channel] for channel in team.places_of(file))
    if not any(team.has_bot(channel) for channel in places):
        raise ApiError(missing)
    return file


METHODS = (
    Method("files.info", info, 4, ("files:read",)),
    Method("canvases.getContent", canvas_content, 3, ("canvases:read",)),
)
