"""The view of one person as plain JSON data."""

from collections.abc import Iterator

from bot.workspace.page.blocks import render, text_object
from bot.workspace.page.markup import EMOJI, MentionNames, mrkdwn
from bot.workspace.state import Channel, Json, SlackMessage, StepExecution, User, View
from bot.workspace.workspace import Workspace

CALLS_SHOWN = 40
"""How many of the app's latest calls the page lists."""

RUNS_SHOWN = 10
"""How many of the latest runs of a workflow's step the page lists."""


def picture(workspace: Workspace, viewer: User) -> Json:
    """Return the view of *viewer*: channels, messages, modal, Home, and the latest API calls."""
    team = workspace.team
    names = _names(workspace)
    channels = [channel for channel in team.channels.values() if viewer.id in channel.members]
    modal = team.modals.get(viewer.id, [])[-1:]
    home = team.homes.get(viewer.id)
    return {
        "viewer": viewer.id,
        "language": viewer.language[:2],
        "bot": {"id": team.bot.id, "name": team.bot.name},
        "connected": workspace.connections > 0,
        "people": [_person(user) for user in team.users.values() if not user.bot_id],
        "channels": [_channel(workspace, channel, viewer) for channel in channels],
        "messages": {
            channel.id: [
                _message(message, names, viewer)
                for message in sorted(
                    (*team.timeline(channel.id), *_private(workspace, channel, viewer)),
                    key=lambda message: float(message.ts),
                )
            ]
            for channel in channels
        },
        "statuses": [
            {"channel": channel, "thread": thread, "text": text}
            for channel, thread in team.statuses
            if (text := team.status(channel, thread))
        ],
        "prompts": team.prompts,
        "modal": _view(modal[0], names) if modal else None,
        "home": _view(home, names) if home else None,
        "steps": [{"id": id_, "title": one["title"]} for id_, one in team.functions.items()],
        "runs": [_run(run, names) for run in [*team.executions.values()][-RUNS_SHOWN:]],
        "faults": [
            {"method": f.method, "kind": f.kind, "times": f.times} for f in workspace.faults.waiting
        ],
        "calls": [
            {"method": call.method, "status": call.status, "error": call.error, "at": call.at}
            for call in workspace.calls()[-CALLS_SHOWN:]
        ],
    }


def _names(workspace: Workspace) -> MentionNames:
    team = workspace.team
    groups = {group.id: group.handle for group in team.usergroups.values()}
    users = {user.id: user.name for user in team.users.values()}
    return MentionNames(
        users | groups, {channel.id: channel.name for channel in team.channels.values()}
    )


def _person(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "language": user.language[:2],
        "admin": user.admin,
        "guest": user.guest,
        "external": user.external,
    }


def _channel(workspace: Workspace, channel: Channel, viewer: User) -> Json:
    others = [workspace.team.users[m].name for m in channel.members if m != viewer.id]
    return {
        "id": channel.id,
        "name": channel.name or ", ".join(others),
        "kind": channel.kind,
        "shared": channel.shared,
        "topic": channel.topic,
        "members": len(channel.members),
        "with_bot": workspace.bot_user_id in channel.members,
    }


def _private(workspace: Workspace, channel: Channel, viewer: User) -> Iterator[SlackMessage]:
    return (m for m in workspace.ephemerals(viewer) if m.channel == channel.id)


def _message(message: SlackMessage, names: MentionNames, viewer: User) -> Json:
    body = render(message.blocks, names) if message.blocks else mrkdwn(message.text, names)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "thread": message.thread_ts,
        "author": message.user,
        "name": names.users.get(message.user, message.user),
        "bot": bool(message.bot_id),
        "mine": message.user == viewer.id,
        "private": bool(message.ephemeral_to),
        "edited": bool(message.edited),
        "streaming": message.streaming == "in_progress",
        "tombstone": message.subtype == "tombstone",
        "text": message.plain,
        "html": body,
        "files": [file.name for file in message.files],
        "reactions": [
            {
                "name": name,
                "face": EMOJI.get(name.partition("::")[0], f":{name}:"),
                "count": len(users),
                "mine": viewer.id in users,
            }
            for name, users in message.reactions.items()
        ],
    }


def _run(run: StepExecution, names: MentionNames) -> Json:
    """Return a run with what its workflow gets: rich text as HTML, other outputs as they are."""
    told = {name: value for name, value in run.outputs.items() if isinstance(value, str)}
    drawn = [value for value in run.outputs.values() if isinstance(value, dict)]
    return {
        "id": run.id,
        "status": run.status,
        "error": run.error,
        "outputs": told,
        "html": render(drawn, names),
    }


def _view(view: View, names: MentionNames) -> Json:
    return {
        "id": view.id,
        "hash": view.hash,
        "title": text_object(view.body.get("title"), names),
        "submit": text_object(view.body.get("submit"), names),
        "close": text_object(view.body.get("close"), names),
        "html": render(view.blocks, names),
    }
