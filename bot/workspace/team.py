"""The rules of the workspace that hold for people and for the app alike."""

import secrets
from collections import defaultdict
from collections.abc import Sequence

from bot.workspace import events
from bot.workspace.changes import Changes
from bot.workspace.clock import Clock
from bot.workspace.delivery import Delivery, Dispatcher
from bot.workspace.errors import ApiError
from bot.workspace.installation import SCOPES, SUBSCRIPTIONS, event_scope, subscription
from bot.workspace.objects import message_object
from bot.workspace.state import (
    ACTION_SECONDS,
    STATUS_SECONDS,
    STREAM_SECONDS,
    AppIdentity,
    Channel,
    ChannelKind,
    File,
    Json,
    ResponseUrl,
    Session,
    SlackMessage,
    Status,
    StepExecution,
    Trigger,
    User,
    Usergroup,
    View,
)


class Team:
    """The state of the workspace, and all changes to it.

    Attributes:
        ephemerals: Messages that one person sees, oldest first.
        statuses: The status line of a thread, by `(channel, thread_ts)`.
        modals: Of each user, the open modals, the visible one last.
        homes: Of each user, the Home tab that the app published.
        tickets: Websocket addresses that were handed out and not used yet.
        unknown_blocks: Kinds of blocks that this workspace refuses, as one does that has not got
            them yet.
        functions: The steps of workflows that the app's manifest describes, by callback id.
        executions: Runs of these steps.
        org_wide: Whether the app is installed in the whole organisation.
    """

    def __init__(
        self,
        identity: AppIdentity,
        clock: Clock,
        changes: Changes,
        dispatcher: Dispatcher,
        first_id: int = 0,
    ) -> None:
        self.identity = identity
        self.clock = clock
        self.changes = changes
        self.scopes = set(SCOPES)
        self.subscriptions = set(SUBSCRIPTIONS)
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.usergroups: dict[str, Usergroup] = {}
        self.files: dict[str, File] = {}
        self.ephemerals: list[SlackMessage] = []
        self.statuses: dict[tuple[str, str], Status] = {}
        self.sessions: dict[tuple[str, str], Session] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.prompts: dict[str, list[Json]] = {}
        self.action_tokens: dict[str, float] = {}
        self.views: dict[str, View] = {}
        self.modals: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.tickets: set[str] = set()
        self.unknown_blocks: frozenset[str] = frozenset()
        self.functions: dict[str, Json] = {}
        self.executions: dict[str, StepExecution] = {}
        self.org_wide = False
        self._messages: defaultdict[str, dict[str, SlackMessage]] = defaultdict(dict)
        self._dispatcher = dispatcher
        self._numbers = first_id
        self._last_ts = 0
        self.bot = User(
            identity.bot_user_id, identity.bot_name, identity.team_id, bot_id=identity.bot_id
        )
        self.users[self.bot.id] = self.bot

    # Names and times.

    def new_id(self, prefix: str) -> str:
        """Return the next id that starts with *prefix*."""
        self._numbers += 1
        return f"{prefix}{self._numbers:09d}"

    def new_ts(self) -> str:
        """Return the present time as a ts that no message has yet."""
        self._last_ts = max(int(self.clock.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # Looking things up.

    def user(self, user_id: str) -> User:
        """Return a user. Raises `ApiError` `user_not_found`."""
        if user_id not in self.users:
            raise ApiError("user_not_found")
        return self.users[user_id]

    def channel(self, channel_id: str) -> Channel:
        """Return a channel that the app may know of.

        Raises:
            ApiError: `channel_not_found`, also for private channels that it is not in.
        """
        found = self.channels.get(channel_id)
        if found is None or (found.kind != "channel" and not self.has_bot(found)):
            raise ApiError("channel_not_found")
        return found

    def joined(self, channel_id: str) -> Channel:
        """Return a channel that the app is in. Raises `ApiError` otherwise."""
        channel = self.channel(channel_id)
        if not self.has_bot(channel):
            raise ApiError("not_in_channel")
        return channel

    def message(self, channel_id: str, ts: str) -> SlackMessage:
        """Return a message that is not deleted. Raises `ApiError` `message_not_found`."""
        found = self.find(channel_id, ts)
        if found is None or found.deleted:
            raise ApiError("message_not_found")
        self._expire(found)
        return found

    def find(self, channel_id: str, ts: str) -> SlackMessage | None:
        """Return a message, deleted or not, or None."""
        return self._messages[channel_id].get(ts)

    def timeline(self, channel_id: str) -> list[SlackMessage]:
        """Return the channel's messages and replies that are not deleted, oldest first."""
        found = [message for message in self._messages[channel_id].values() if not message.deleted]
        for message in found:
            self._expire(message)
        return found

    def replies(self, message: SlackMessage) -> list[SlackMessage]:
        """Return the replies to *message*, oldest first."""
        return [m for m in self.timeline(message.channel) if m.thread_ts == message.ts]

    def places_of(self, file: File) -> dict[str, list[str]]:
        """Return where *file* is: the ids of channels, with the ts of the messages there."""
        found = {channel: list[str]() for channel in file.tabs if channel in self.channels}
        for channel in self.channels:
            for message in self.timeline(channel):
                if file in message.files:
                    found.setdefault(channel, []).append(message.ts)
        return found

    def has_bot(self, channel: Channel) -> bool:
        """Tell whether the app is a member of *channel*."""
        return self.bot.id in channel.members

    # People and places.

    def add_user(self, user: User) -> User:
        """Add *user*."""
        self.users[user.id] = user
        self.changes.ring()
        return user

    def add_channel(
        self,
        name: str,
        kind: ChannelKind,
        members: Sequence[str],
        *,
        topic: str = "",
        shared: bool = False,
    ) -> Channel:
        """Create a channel."""
        creator = next(iter(members), self.bot.id)
        channel = Channel(
            self.new_id("D" if kind == "im" else "C"),
            name,
            kind,
            creator,
            int(self.clock.now()),
            list(members),
            shared,
            topic=topic,
        )
        self.channels[channel.id] = channel
        self.changes.ring()
        return channel

    def direct(self, user_id: str) -> Channel:
        """Return the direct messages between the app and a user."""
        for channel in self.channels.values():
            if channel.kind == "im" and user_id in channel.members:
                return channel
        return self.add_channel("", "im", [user_id, self.bot.id])

    # Messages.

    def add(self, message: SlackMessage) -> SlackMessage:
        """Keep a new message; the app's own clears the status of its thread."""
        self._messages[message.channel][message.ts] = message
        if message.bot_id:
            self._clear_assistant_status(message.channel, message.root)
        self.changes.ring()
        return message

    def announce(self, message: SlackMessage, *, after: Delivery | None = None) -> Delivery | None:
        """Send the `message` event of a new message."""
        channel = self.channels[message.channel]
        parent = self.find(message.channel, message.thread_ts)
        author = self.users.get(message.user, self.bot)
        event = events.posted(message, channel, author, self.identity, parent)
        event |= self._leave_to_search(message)
        return self.publish(event, channel, after=after)

    def announce_mention(
        self, message: SlackMessage, *, after: Delivery | None = None
    ) -> Delivery | None:
        """Send the `app_mention` event, if the message mentions the app and is no direct one."""
        channel = self.channels[message.channel]
        if channel.kind == "im" or self.bot.id not in message.notified:
            return None
        author = self.users.get(message.user, self.bot)
        event = events.mentioned(message, channel, author, self.identity)
        event |= self._leave_to_search(message)
        return self.publish(event, channel, after=after)

    def announce_file(self, kind: str, file: File, channel: Channel | None = None) -> None:
        """Send an event about *file*; of one without a channel, if the app sees the file."""
        self.changes.ring()
        here = [channel] if channel else [self.channels[one] for one in self.places_of(file)]
        if any(self.has_bot(one) for one in here):
            told = events.of_file(kind, file, channel, self.new_ts())
            self.publish(told, channel)

    def snapshot(self, message: SlackMessage) -> Json:
        """Return the message object as it is now."""
        return message_object(message, self.identity)

    def announce_change(self, message: SlackMessage, before: Json) -> None:
        """Send the event of an edit; *before* is a `snapshot`."""
        channel = self.channels[message.channel]
        self.changes.ring()
        ts = self.new_ts()
        self.publish(events.changed(message, before, channel, self.identity, ts), channel)

    def delete(self, message: SlackMessage) -> None:
        """Delete a message; the root of a thread leaves a tombstone."""
        channel = self.channels[message.channel]
        if self.replies(message):
            before = self.snapshot(message)
            message.subtype, message.text = "tombstone", "This message was deleted."
            message.blocks, message.files, message.metadata = [], (), None
            self.announce_change(message, before)
            return
        message.deleted = True
        self.changes.ring()
        self.publish(events.deleted(message, channel, self.identity, self.new_ts()), channel)

    def react(self, message: SlackMessage, user_id: str, name: str) -> None:
        """Add a reaction. Raises `ApiError` `already_reacted`."""
        users = message.reactions.setdefault(name, [])
        if user_id in users:
            raise ApiError("already_reacted")
        users.append(user_id)
        self._announce_reaction("reaction_added", message, user_id, name)

    def unreact(self, message: SlackMessage, user_id: str, name: str) -> None:
        """Remove a reaction. Raises `ApiError` `no_reaction`."""
        users = message.reactions.get(name, [])
        if user_id not in users:
            raise ApiError("no_reaction")
        users.remove(user_id)
        if not users:
            del message.reactions[name]
        self._announce_reaction("reaction_removed", message, user_id, name)

    # Status lines and sessions.

    def status(self, channel_id: str, thread_ts: str) -> str:
        """Return the text of a thread's status line; "" if there is none."""
        found = self.statuses.get((channel_id, thread_ts))
        if found is None:
            return ""
        expired = self.clock.now() - found.set_at >= STATUS_SECONDS
        return "" if expired and not found.session else found.text

    def set_status(self, channel_id: str, thread_ts: str, status: Status) -> None:
        """Write the status line; an empty text clears it."""
        self.statuses.pop((channel_id, thread_ts), None)
        if status.text:
            self.statuses[channel_id, thread_ts] = status
        self.changes.ring()

    def set_session(self, channel_id: str, thread_ts: str, session: Session) -> None:
        """Keep a session and show its state in the status line."""
        self.sessions[channel_id, thread_ts] = session
        text = "is working…" if session.status == "processing" else ""
        self.set_status(channel_id, thread_ts, Status(text, self.clock.now(), session=True))

    # Triggers, tickets and response URLs for the app.

    def new_trigger(self, user_id: str, seconds: float) -> str:
        """Return a `trigger_id` for an action of a user."""
        trigger_id = f"{self.new_id('')}.{secrets.token_hex(8)}"
        self.triggers[trigger_id] = Trigger(user_id, self.clock.now() + seconds)
        return trigger_id

    def may_search(self, action_token: str) -> bool:
        """Tell whether the app may search with the token of an event."""
        return self.action_tokens.get(action_token, 0.0) > self.clock.now()

    def new_socket_url(self) -> str:
        """Return the address of one websocket; it can be used once."""
        ticket = secrets.token_urlsafe(16)
        self.tickets.add(ticket)
        return f"{self.identity.url.replace('http', 'ws', 1)}/link?ticket={ticket}"

    def new_response_url(self, hook: ResponseUrl) -> str:
        """Return the address where *hook* takes responses."""
        name = secrets.token_urlsafe(12)
        self.response_urls[name] = hook
        return f"{self.identity.url}/response/{name}"

    def publish(
        self, event: Json, channel: Channel | None, *, after: Delivery | None = None
    ) -> Delivery | None:
        """Send *event* if the app subscribed to it, may see it, and is in the channel."""
        name = subscription(event, channel)
        if name not in self.subscriptions or not event_scope(name) <= self.scopes:
            return None
        if channel and not self.has_bot(channel):
            return None
        return self.send(event, channel, after=after)

    def send(
        self,
        event: Json,
        channel: Channel | None,
        *,
        after: Delivery | None = None,
        org: bool | None = None,
    ) -> Delivery:
        """Send *event* in any case; *org* tells whether to an installation of the organisation."""
        wide = self.org_wide if org is None else org
        payload = events.envelope(event, channel, self.identity, self.clock.now(), org=wide)
        return self._dispatcher.deliver("events_api", payload, after=after)

    def _leave_to_search(self, message: SlackMessage) -> Json:
        """Return the `action_token` that comes with what a person wrote."""
        if message.bot_id:
            return {}
        token = f"{self.new_id('')}.{secrets.token_hex(8)}"
        self.action_tokens[token] = self.clock.now() + ACTION_SECONDS
        return {"action_token": token}

    def _announce_reaction(self, kind: str, message: SlackMessage, user_id: str, name: str) -> None:
        self.changes.ring()
        event = events.reacted(kind, message, user_id, name, self.new_ts())
        self.publish(event, self.channels[message.channel])

    def _clear_assistant_status(self, channel_id: str, thread_ts: str) -> None:
        found = self.statuses.get((channel_id, thread_ts))
        if found and not found.session:
            del self.statuses[channel_id, thread_ts]

    def _expire(self, message: SlackMessage) -> None:
        stream = message.stream
        age = self.clock.now() - stream.started_at if stream else 0.0
        if stream and stream.state == "in_progress" and age >= STREAM_SECONDS:
            stream.state = "errored"
