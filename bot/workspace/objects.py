"""The JSON objects of users, channels, messages and files, as Slack documents them."""

import json
from collections.abc import Sequence

from bot.workspace.state import (
    AppIdentity,
    Channel,
    File,
    Json,
    SlackMessage,
    User,
    Usergroup,
    View,
)


def user_object(
    user: User,
    *,
    here: str,
    enterprise: str = "",
    with_locale: bool = False,
    with_mail: bool = True,
) -> Json:
    """Return a `user` object.

    Args:
        user: The user.
        here: Id of the team that asks.
        enterprise: Id of its organisation, or "".
        with_locale: Add `locale`, as `include_locale` does.
        with_mail: Add the address, as the scope `users:read.email` does.
    """
    found: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "real_name": user.display_name or user.name,
        "deleted": user.deleted,
        "tz": "Asia/Tokyo",
        "is_admin": user.admin,
        "is_owner": False,
        "is_restricted": user.guest,
        "is_ultra_restricted": False,
        "is_bot": bool(user.bot_id),
        "is_app_user": False,
        "is_stranger": user.team_id != here and not user.teams,
        "profile": {
            "real_name": user.display_name or user.name,
            "display_name": user.display_name or user.name,
            "team": user.team_id,
        },
    }
    if not user.bot_id:
        found["is_email_confirmed"] = user.mail_confirmed
        if with_mail:
            found["profile"]["email"] = user.mail or f"{user.name}@example.com"
    if enterprise and user.teams:
        grid = {"id": user.id, "enterprise_id": enterprise, "teams": list(user.teams)}
        found["enterprise_user"] = grid
    if with_locale:
        found["locale"] = user.language
    return found


def channel_object(channel: Channel, identity: AppIdentity, canvases: Sequence[File] = ()) -> Json:
    """Return a `channel` object; *canvases* are those in its tabs."""
    found: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "is_private": channel.kind != "channel",
        "is_archived": channel.archived,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_pending_ext_shared": channel.pending_shared,
        "is_org_shared": channel.org_shared,
        "context_team_id": identity.team_id,
    }
    if canvases:
        found["properties"] = {"tabs": [_tab(canvas) for canvas in canvases]}
    if channel.kind == "im":
        return found | {"user": next(m for m in channel.members if m != identity.bot_user_id)}
    return found | {
        "name": channel.name,
        "name_normalized": channel.name,
        "previous_names": list(channel.previous_names),
        "creator": channel.creator,
        "is_general": False,
        "is_member": identity.bot_user_id in channel.members,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
    }


def message_object(
    message: SlackMessage,
    identity: AppIdentity,
    *,
    replies: Sequence[SlackMessage] = (),
    with_metadata: bool = False,
) -> Json:
    """Return a `message` object.

    Args:
        message: The message.
        identity: The team and its app.
        replies: Of a root, its thread.
        with_metadata: Whether the metadata is told, as `include_all_metadata` asks.
    """
    found: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    found["team"] = identity.team_id
    optional: Json = {
        "subtype": message.subtype,
        "client_msg_id": message.client_msg_id,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "thread_ts": message.thread_ts,
        "edited": message.edited,
        "files": [file_in_message(file, identity) for file in message.files],
        "streaming_state": message.streaming,
        "metadata": message.metadata if with_metadata else None,
        "reactions": [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in message.reactions.items()
        ],
    }
    found |= {key: value for key, value in optional.items() if value}
    if message.bot_id:
        found |= {
            "bot_id": message.bot_id,
            "app_id": identity.app_id,
            "bot_profile": bot_object(identity),
        }
    return found | _thread_fields(message, replies)


def file_object(file: File, identity: AppIdentity) -> Json:
    """Return a `file` object; its download needs the bot token."""
    if file.deleted:
        return {"id": file.id, "mode": "tombstone"}
    if file.mode == "hidden_by_limit":
        return {"id": file.id, "mode": file.mode, "created": file.created}
    is_canvas, is_list = file.mode == "quip", file.mode == "list"
    url = f"{identity.url}/files/{file.id}/{'canvas' if is_canvas else file.name}"
    page = f"files/{file.user}/{file.id}/{file.name}"
    if is_canvas or is_list:
        page = f"{'lists' if is_list else 'docs'}/{identity.team_id}/{file.id}"
    told: Json = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "updated": file.changed,
        "name": "-" if is_canvas else file.name,
        "title": file.title or ("Untitled" if is_canvas else file.name),
        "mimetype": file.mimetype,
        "filetype": "quip" if is_canvas else file.name.rpartition(".")[2],
        "user": file.user,
        "editable": file.mode in {"snippet", "quip"},
        "size": len(file.content),
        "mode": file.mode,
        "is_external": file.mode == "external",
        "file_access": "visible",
        "url_private": url,
        "url_private_download": url,
        "permalink": f"{identity.url}/{page}",
    }
    if is_list:
        told["list_metadata"] = {"schema": json.loads(file.content)["schema"]}
    return told


def file_in_message(file: File, identity: AppIdentity) -> Json:
    """Return a `file` object as messages and events hold it: of foreign files, the id alone.

    https://docs.slack.dev/reference/events/message/file_share
    """
    if file.foreign and not file.deleted:
        told = {"mode": "file_access", "file_access": "check_file_info", "created": 0}
        return {"id": file.id, "timestamp": 0, "user": "", **told}
    return file_object(file, identity)


def bot_object(identity: AppIdentity) -> Json:
    """Return the app's `bot` object."""
    return {
        "id": identity.bot_id,
        "app_id": identity.app_id,
        "user_id": identity.bot_user_id,
        "name": identity.bot_name,
        "team_id": identity.team_id,
        "deleted": False,
    }


def view_object(view: View, identity: AppIdentity, state: Json | None = None) -> Json:
    """Return a `view` object with what a person has filled in so far."""
    return view.body | {
        "id": view.id,
        "team_id": identity.team_id,
        "app_id": identity.app_id,
        "app_installed_team_id": identity.team_id,
        "bot_id": identity.bot_id,
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id or None,
        "state": {"values": state or {}},
    }


def usergroup_object(group: Usergroup, identity: AppIdentity) -> Json:
    """Return a `usergroup` object."""
    return {
        "id": group.id,
        "team_id": identity.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "user_count": len(group.members),
    }


def _tab(canvas: File) -> Json:
    tab = {"id": f"Ct{canvas.id[1:]}", "label": canvas.title, "type": "canvas"}
    return tab | {"data": {"file_id": canvas.id}}


def _thread_fields(message: SlackMessage, replies: Sequence[SlackMessage]) -> Json:
    if not replies:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": sorted({reply.user for reply in replies}),
        "latest_reply": replies[-1].ts,
    }
