"""`chat.*`: posting, changing and deleting messages."""

from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments, Method
from bot.workspace.methods.content import (
    UPDATE_TEXT_CHARACTERS,
    read_content,
    read_metadata,
)
from bot.workspace.objects import message_object
from bot.workspace.state import Channel, Json, SlackMessage
from bot.workspace.team import Team


def post_message(team: Team, arguments: Arguments) -> Json:
    """Post a message as the app."""
    channel = writable(team, arguments.required("channel"))
    thread_ts = thread(team, channel, arguments.text("thread_ts"))
    content = read_content(arguments)
    message = own_message(team, channel, content.text, thread_ts)
    message.blocks, message.attachments = content.blocks, content.attachments
    message.metadata = read_metadata(arguments) or None
    team.add(message)
    team.announce(message)
    told = message_object(message, team.identity, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": told} | content.response


def update(team: Team, arguments: Arguments) -> Json:
    """Replace the content of one of the app's own messages."""
    channel = team.channel(arguments.required("channel"))
    message = own(team, channel, arguments.required("ts"), "cant_update_message")
    if message.streaming == "in_progress":
        raise ApiError("streaming_state_conflict")
    if len(arguments.text("text")) > UPDATE_TEXT_CHARACTERS:
        raise ApiError("msg_too_long")
    metadata = read_metadata(arguments)
    _replace(team, message, arguments)
    if metadata is not None:
        message.metadata = metadata or None
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message_object(message, team.identity, with_metadata=True),
    }


def delete(team: Team, arguments: Arguments) -> Json:
    """Delete one of the app's own messages."""
    channel = team.channel(arguments.required("channel"))
    message = own(team, channel, arguments.required("ts"), "cant_delete_message")
    team.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(team: Team, arguments: Arguments) -> Json:
    """Show a message to one member of a channel; it cannot be updated and is not stored."""
    channel = writable(team, arguments.required("channel"))
    user = arguments.required("user")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    thread_ts = thread(team, channel, arguments.text("thread_ts"))
    content = read_content(arguments)
    message = own_message(team, channel, content.text, thread_ts)
    message.blocks, message.attachments = content.blocks, content.attachments
    message.ephemeral_to = user
    team.ephemerals.append(message)
    team.changes.ring()
    return {"message_ts": message.ts} | content.response


def get_permalink(team: Team, arguments: Arguments) -> Json:
    """Return the web address of a message."""
    channel = team.channel(arguments.required("channel"))
    message = team.message(channel.id, arguments.required("message_ts"))
    link = f"{team.identity.url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def writable(team: Team, target: str) -> Channel:
    """Return the channel that the app may write to; a user's id means direct messages.

    Raises:
        ApiError: `channel_not_found`, `not_in_channel`, `is_archived`.
    """
    if target in team.users and target != team.bot.id:
        return team.direct(target)
    channel = team.channel(target)
    if not team.has_bot(channel) and "chat:write.public" not in team.scopes:
        raise ApiError("not_in_channel")
    if channel.archived:
        raise ApiError("is_archived")
    return channel


def thread(team: Team, channel: Channel, thread_ts: str) -> str:
    """Return *thread_ts* if it names a root, "" for none.

    Raises:
        ApiError: `thread_not_found`; `cannot_reply_to_message` for the ts of a reply, which
            Slack takes and then shows in no thread.
    """
    if not thread_ts:
        return ""
    root = team.find(channel.id, thread_ts)
    if root is None or root.deleted:
        raise ApiError("thread_not_found")
    if root.thread_ts:
        raise ApiError("cannot_reply_to_message")
    return thread_ts


def own_message(team: Team, channel: Channel, text: str, thread_ts: str) -> SlackMessage:
    """Build a message by the app; it is not kept yet."""
    return SlackMessage(
        channel.id,
        team.new_ts(),
        team.bot.id,
        text,
        thread_ts=thread_ts,
        bot_id=team.identity.bot_id,
    )


def own(team: Team, channel: Channel, ts: str, error: str) -> SlackMessage:
    """Return one of the app's own messages. Raises `ApiError` with code *error* for others'."""
    message = team.message(channel.id, ts)
    if message.bot_id != team.identity.bot_id:
        raise ApiError(error)
    return message


def _replace(team: Team, message: SlackMessage, arguments: Arguments) -> None:
    """Put new content into *message*; blocks and attachments that are not named stay."""
    content = read_content(arguments)
    before = team.snapshot(message)
    message.text = content.text
    if content.blocks or "blocks" in arguments:
        message.blocks = content.blocks
    if "attachments" in arguments:
        message.attachments = content.attachments
    message.edited = {"user": team.bot.id, "ts": team.new_ts()}
    message.stream = None
    team.announce_change(message, before)


METHODS = (
    Method("chat.postMessage", post_message, 5, ("chat:write",)),
    Method("chat.update", update, 3, ("chat:write",)),
    Method("chat.delete", delete, 3, ("chat:write",)),
    Method("chat.postEphemeral", post_ephemeral, 4, ("chat:write",)),
    Method("chat.getPermalink", get_permalink, 5),
)
