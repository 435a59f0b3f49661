"""`views.*`: modals and the Home tab."""

import secrets

from bot.workspace.blocks import VIEW_BYTES, view_bytes, view_problems
from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments, Method
from bot.workspace.methods.content import refuse
from bot.workspace.objects import view_object
from bot.workspace.state import Json, Trigger, View
from bot.workspace.team import Team

MOST_MODALS = 3


def open_view(team: Team, arguments: Arguments) -> Json:
    """Open a modal for whoever caused the trigger."""
    trigger = _exchange(team, arguments)
    body = read_view(arguments.object("view", "invalid_arguments"), "modal")
    return _told(team, add_modal(team, trigger.user, body, fresh=True))


def push_view(team: Team, arguments: Arguments) -> Json:
    """Put a modal on top of the one that is open."""
    trigger = _exchange(team, arguments)
    body = read_view(arguments.object("view", "invalid_arguments"), "modal")
    return _told(team, add_modal(team, trigger.user, body))


def update_view(team: Team, arguments: Arguments) -> Json:
    """Replace the content of an open view."""
    view = _named(team, arguments)
    _check_hash(view, arguments.text("hash"))
    body = read_view(arguments.object("view", "invalid_arguments"), str(view.body["type"]))
    return _told(team, replace_view(team, view, body))


def publish_view(team: Team, arguments: Arguments) -> Json:
    """Replace a user's Home tab."""
    user = team.user(arguments.required("user_id"))
    body = read_view(arguments.object("view", "invalid_arguments"), "home")
    known = team.homes.get(user.id)
    if known:
        _check_hash(known, arguments.text("hash"))
        return _told(team, replace_view(team, known, body))
    view = View(team.new_id("V"), user.id, body, _new_hash(team))
    view.root_id = view.id
    team.homes[user.id] = team.views[view.id] = view
    team.changes.ring()
    return _told(team, view)


def read_view(body: Json | None, kind: str) -> Json:
    """Return *body* if it is a valid view of *kind*. Raises `ApiError` otherwise."""
    if body is None:
        raise ApiError.arguments("missing required field: view")
    if view_bytes(body) > VIEW_BYTES:
        raise ApiError("view_too_large")
    if body.get("type") != kind:
        raise ApiError.arguments(f"view must be of type {kind}")
    refuse(view_problems(body), "invalid_arguments")
    blocks = [_named_block(block) for block in body.get("blocks", [])]
    return body | {"blocks": blocks}


def add_modal(team: Team, user_id: str, body: Json, *, fresh: bool = False) -> View:
    """Show a modal to a user, over the open ones or (*fresh*) instead of them.

    Raises:
        ApiError: `push_limit_reached` when three are open.
    """
    stack = [] if fresh else team.modals.get(user_id, [])
    if len(stack) >= MOST_MODALS:
        raise ApiError("push_limit_reached")
    view = View(team.new_id("V"), user_id, body, _new_hash(team))
    view.root_id = stack[0].id if stack else view.id
    view.previous_id = stack[-1].id if stack else ""
    team.views[view.id] = view
    team.modals[user_id] = [*stack, view]
    team.changes.ring()
    return view


def replace_view(team: Team, view: View, body: Json) -> View:
    """Give *view* new content and a new hash."""
    view.body, view.hash = body, _new_hash(team)
    team.changes.ring()
    return view


def _exchange(team: Team, arguments: Arguments) -> Trigger:
    trigger = team.triggers.get(arguments.required("trigger_id"))
    if trigger is None:
        raise ApiError("invalid_trigger_id")
    if trigger.exchanged:
        raise ApiError("exchanged_trigger_id")
    if team.clock.now() > trigger.expires_at:
        raise ApiError("expired_trigger_id")
    trigger.exchanged = True
    return trigger


def _named(team: Team, arguments: Arguments) -> View:
    view_id, external_id = arguments.text("view_id"), arguments.text("external_id")
    if not view_id and not external_id:
        raise ApiError.arguments("missing required field: view_id")
    for view in team.views.values():
        if view.id == view_id or (external_id and view.body.get("external_id") == external_id):
            return view
    raise ApiError("not_found")


def _check_hash(view: View, given: str) -> None:
    if given and given != view.hash:
        raise ApiError("hash_conflict")


def _named_block(block: Json) -> Json:
    return block if block.get("block_id") else block | {"block_id": secrets.token_hex(3)}


def _new_hash(team: Team) -> str:
    return f"{int(team.clock.now())}.{secrets.token_hex(4)}"


def _told(team: Team, view: View) -> Json:
    return {"view": view_object(view, team.identity)}


METHODS = (
    Method("views.open", open_view, 4),
    Method("views.push", push_view, 4),
    Method("views.update", update_view, 4),
    Method("views.publish", publish_view, 4),
)
