"""`users.*`, `usergroups.*`, `bots.info`, `team.info`, `auth.test`."""

from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments, Method
from bot.workspace.objects import bot_object, user_object, usergroup_object
from bot.workspace.state import Json, User
from bot.workspace.team import Team

_MAIL = "users:read.email"


def user_info(team: Team, arguments: Arguments) -> Json:
    """Return one user."""
    user = team.user(arguments.required("user"))
    told = _told(team, user, arguments)
    return {"user": told | {"is_admin": user.admin or (team.org_wide and user.admin_elsewhere)}}


def user_list(team: Team, arguments: Arguments) -> Json:
    """Return all users."""
    found = [_told(team, user, arguments) for user in team.users.values()]
    return {"members": found, "response_metadata": {"next_cursor": ""}}


def usergroup_list(team: Team, arguments: Arguments) -> Json:
    """Return all user groups."""
    found = [usergroup_object(group, team.identity) for group in team.usergroups.values()]
    if arguments.flag("include_users"):
        for told in found:
            told["users"] = list(team.usergroups[told["id"]].members)
    return {"usergroups": found}


def usergroup_users(team: Team, arguments: Arguments) -> Json:
    """Return the members of a user group."""
    group = team.usergroups.get(arguments.required("usergroup"))
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": list(group.members)}


def bot_info(team: Team, arguments: Arguments) -> Json:
    """Return the app's bot."""
    if arguments.text("bot") not in {"", team.identity.bot_id}:
        raise ApiError("bot_not_found")
    return {"bot": bot_object(team.identity)}


def team_info(team: Team, _arguments: Arguments) -> Json:
    """Return the team."""
    identity = team.identity
    told = {"id": identity.team_id, "name": identity.name, "domain": "workspace"}
    return {"team": told | {"url": f"{identity.url}/"}}


def auth_test(team: Team, _arguments: Arguments) -> Json:
    """Return whose token it is."""
    identity = team.identity
    return {
        "url": f"{identity.url}/",
        "team": identity.name,
        "team_id": identity.team_id,
        "user": identity.bot_name,
        "user_id": identity.bot_user_id,
        "bot_id": identity.bot_id,
        "enterprise_id": identity.enterprise_id or None,
        "is_enterprise_install": team.org_wide,
    }


def _told(team: Team, user: User, arguments: Arguments) -> Json:
    identity = team.identity
    return user_object(
        user,
        here=identity.team_id,
        enterprise=identity.enterprise_id,
        with_locale=arguments.flag("include_locale"),
        with_mail=_MAIL in team.scopes,
    )


METHODS = (
    Method("auth.test", auth_test, 5),
    Method("users.info", user_info, 4, ("users:read",)),
    Method("users.list", user_list, 2, ("users:read",)),
    Method("usergroups.list", usergroup_list, 2, ("usergroups:read",)),
    Method("usergroups.users.list", usergroup_users, 2, ("usergroups:read",)),
    Method("bots.info", bot_info, 3, ("users:read",)),
    Method("team.info", team_info, 3, ("team:read",)),
)
