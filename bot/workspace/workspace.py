"""A workspace with people in it: the page and the tests act through it."""

import json
import secrets
import socket
import uuid
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Literal, Self

from aiohttp import web

from bot.workspace import events
from bot.workspace.changes import Changes
from bot.workspace.clock import Clock
from bot.workspace.delivery import ACK_SECONDS, RETRY_DELAYS, Delivery, Dispatcher
from bot.workspace.faults import Faults
from bot.workspace.interactions import Interaction, Interactions
from bot.workspace.limits import RateLimits
from bot.workspace.oauth import OAuth
from bot.workspace.objects import user_object, view_object
from bot.workspace.server import Server
from bot.workspace.slackbot import Slackbot
from bot.workspace.sockets import Sockets
from bot.workspace.state import (
    TRIGGER_SECONDS,
    AppIdentity,
    Channel,
    ChannelKind,
    File,
    Json,
    SlackMessage,
    StepExecution,
    User,
    Usergroup,
    View,
)
from bot.workspace.team import Team
from bot.workspace.typed_text import rich_text, typed
from bot.workspace.visible import VisibleWorkspace
from bot.workspace.webhooks import Webhooks

EventOrder = Literal["mention_first", "message_first", "together"]

LOOPBACK = "127.0.0.1"
EXTERNAL_TEAM = "T0EXTERNAL"
RECHECK_SECONDS = 0.05
"""How often a condition is tried again when nothing in the workspace changes."""


class Workspace(VisibleWorkspace):
    """A running workspace with one app installed.

    Attributes:
        oauth: Where the app is installed, here and in the workspaces beside.
        clock: Its time; `clock.advance` lets streams, triggers and limits expire.
        faults: Failures that a test injects.
    """

    def __init__(
        self, url: str, bot_name: str, retry_delays: Sequence[float], ack_seconds: float
    ) -> None:
        self.clock = Clock()
        self.faults = Faults()
        self._changes = Changes()
        self._ack_seconds = ack_seconds
        self._retry_delays = retry_delays
        self._neighbours: list[Dispatcher] = []
        self._dispatcher = Dispatcher(self.clock, self._changes, retry_delays)
        identity = AppIdentity(url, bot_name)
        team = Team(identity, self.clock, self._changes, self._dispatcher)
        self.oauth = OAuth(self.clock, teams=[team])
        self.oauth.install_by_hand(team)
        self._sockets = Sockets(identity.app_id, team.tickets, self._changes, ack_seconds)
        self._dispatcher.transport = self._sockets
        self._interactions = Interactions(team, self._dispatcher, TRIGGER_SECONDS)
        self._server = Server(team, self._sockets, self.faults, self.oauth)
        super().__init__(team, self._changes, self._dispatcher, self._server.calls)
        self._runner = web.AppRunner(
            self._server.application(), access_log=None, shutdown_timeout=0.1
        )

    @classmethod
    async def start(
        cls,
        *,
        port: int = 0,
        bot_name: str = "kotae",
        retry_delays: Sequence[float] = RETRY_DELAYS,
        ack_seconds: float = ACK_SECONDS,
        rate_limits: bool = False,
    ) -> Self:
        """Start a workspace on the loopback address.

        Args:
            port: TCP port, 0 for any free one.
            bot_name: Name of the app's bot user.
            retry_delays: Seconds before each retry of an event.
            ack_seconds: How long the app may take to acknowledge.
            rate_limits: Whether calls are limited as Slack limits them.

        Raises:
            OSError: The port is taken.
        """
        server_socket = _listen(port)
        url = f"http://{LOOPBACK}:{server_socket.getsockname()[1]}"
        workspace = cls(url, bot_name, retry_delays, ack_seconds)
        workspace.limit_rates(on=rate_limits)
        await workspace._runner.setup()
        await web.SockSite(workspace._runner, server_socket).start()
        return workspace

    def add_steps(self, functions: dict[str, Json]) -> None:
        """Offer workflows the steps that the app's manifest describes, by callback id."""
        self.team.functions = functions

    def uninstall(self, *, org: bool = False) -> None:
        """Remove the app from here, or from the whole organisation, as an administrator does."""
        self.oauth.uninstall(self.team, org=org)

    def beside(
        self, team_id: str, name: str, *, enterprise_id: str = "", first_id: int = 0
    ) -> Self:
        """Return another workspace behind the same address, in which the app is not installed.

        It is closed with this one. Its ids of people and channels are the same as here, unless
        *first_id* is another: so nothing but the token tells the workspaces apart.
        """
        identity = replace(
            self.team.identity,
            team_id=team_id,
            name=name,
            enterprise_id=enterprise_id,
            bot_id=f"B{team_id[1:]}",
            bot_user_id=f"U{team_id[1:]}",
            bot_token=f"xoxb-none-{team_id}",
        )
        other = copy(self)
        other._settle(identity, first_id)  # noqa: SLF001 - one of its own kind
        return other

    def _settle(self, identity: AppIdentity, first_id: int) -> None:
        """Become another workspace behind the same address."""
        transport = self._dispatcher.transport
        self._dispatcher = Dispatcher(self.clock, self._changes, self._retry_delays)
        self._dispatcher.transport = transport
        self._neighbours.append(self._dispatcher)
        self.team = Team(identity, self.clock, self._changes, self._dispatcher, first_id)
        self.oauth.teams.append(self.team)
        self._interactions = Interactions(self.team, self._dispatcher, TRIGGER_SECONDS)

    async def aclose(self) -> None:
        """Stop deliveries, close connections, free the port."""
        for dispatcher in (self._dispatcher, *self._neighbours):
            await dispatcher.aclose()
        await self._sockets.aclose()
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    # Configuration of the app.

    @property
    def api_url(self) -> str:
        """Base address of the Web API, with a final slash."""
        return f"{self.team.identity.url}/api/"

    @property
    def bot_token(self) -> str:
        """The `xoxb-` token."""
        return self.team.identity.bot_token

    @property
    def app_token(self) -> str:
        """The `xapp-` token for Socket Mode."""
        return self.team.identity.app_token

    @property
    def signing_secret(self) -> str:
        """The secret that signs HTTP deliveries."""
        return self.team.identity.signing_secret

    @property
    def bot_user_id(self) -> str:
        """The app's user id, as in `<@U…>`."""
        return self.team.identity.bot_user_id

    @property
    def bot_id(self) -> str:
        """The app's bot id."""
        return self.team.identity.bot_id

    @property
    def team_id(self) -> str:
        """The workspace's id."""
        return self.team.identity.team_id

    @property
    def connections(self) -> int:
        """How many websockets the app has open, without those that it was asked to close."""
        return sum(not connection.leaving for connection in self._sockets.connections)

    def use_http(self, url: str) -> None:
        """Deliver by signed HTTP requests to *url* from now on."""
        self._dispatcher.transport = Webhooks(url, self.signing_secret, self._ack_seconds)

    async def verify_url(self, url: str) -> bool:
        """Tell whether the app at *url* answers the `url_verification` handshake."""
        webhooks = Webhooks(url, self.signing_secret, self._ack_seconds)
        return await webhooks.verify(self.team.new_id("challenge"))

    def slackbot(self, url: str, host: str = "") -> Slackbot:
        """Return Slackbot as it calls the app's MCP server at *url*, known to others as *host*."""
        return Slackbot(url, self.signing_secret, self.team_id, host)

    async def disconnect_sockets(self, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect (`warning`, `refresh_requested`, `link_disabled`)."""
        await self._sockets.disconnect(reason)

    def cut_sockets(self) -> None:
        """Break the websockets as a network failure does."""
        self._sockets.cut()

    def limit_rates(self, *, on: bool) -> None:
        """Switch Slack's rate limits on or off; switching on starts at zero calls."""
        self._server.rate_limits = RateLimits(self.clock) if on else None

    # People and places.

    def add_user(
        self,
        name: str,
        *,
        guest: bool = False,
        external: bool = False,
        admin: bool = False,
        language: str = "en-US",
        mail: str = "",
    ) -> User:
        """Add a person; an *external* one belongs to another team (Slack Connect)."""
        team_id = EXTERNAL_TEAM if external else self.team_id
        user = User(self.team.new_id("U"), name, team_id, language, guest, external, admin)
        user.mail = mail
        return self.team.add_user(user)

    def add_channel(
        self,
        name: str,
        members: Sequence[User],
        *,
        topic: str = "",
        private: bool = False,
        shared: bool = False,
        with_bot: bool = True,
    ) -> Channel:
        """Create a channel; *shared* means with another organisation."""
        ids = [user.id for user in members] + ([self.bot_user_id] if with_bot else [])
        kind: ChannelKind = "group" if private else "channel"
        return self.team.add_channel(name, kind, ids, topic=topic, shared=shared)

    def rename_channel(self, channel: Channel, name: str) -> None:
        """Rename *channel*; another one may take the old name."""
        channel.previous_names.append(channel.name)
        channel.name = name
        self._tell({"type": "channel_rename", "channel": {"id": channel.id, "name": name}})

    def delete_channel(self, channel: Channel) -> None:
        """Delete *channel* for good; another one may take its name."""
        del self.team.channels[channel.id]
        self._tell({"type": "channel_deleted", "channel": channel.id})

    def archive_channel(self, channel: Channel, *, archived: bool = True) -> None:
        """Archive *channel*, or take it back from there."""
        channel.archived = archived
        kind = "channel_archive" if archived else "channel_unarchive"
        self._tell({"type": kind, "channel": channel.id})

    def share_channel(self, channel: Channel, *, shared: bool = True) -> None:
        """Share *channel* with another organisation, or end that."""
        channel.shared = shared
        told = {"channel": channel.id, "is_ext_shared": shared}
        self._tell({"type": "channel_shared" if shared else "channel_unshared", **told})

    def join(self, channel: Channel, user: User, inviter: User | None = None) -> None:
        """Let *user* join *channel*, invited by *inviter* or by themselves."""
        channel.members.append(user.id)
        told = {"user": user.id, "channel": channel.id, "team": user.team_id}
        if inviter is not None:
            told["inviter"] = inviter.id
        self._tell({"type": "member_joined_channel", **told})

    def leave(self, channel: Channel, user: User) -> None:
        """Let *user* leave *channel*."""
        channel.members.remove(user.id)
        told = {"user": user.id, "channel": channel.id, "team": user.team_id}
        self._tell({"type": "member_left_channel", **told})

    def change_user(self, user: User, **facts: object) -> None:
        """Change attributes of *user*, such as `deleted` or `guest`."""
        for name, value in facts.items():
            setattr(user, name, value)
        mail = "users:read.email" in self.team.scopes
        told = user_object(user, here=self.team_id, with_locale=True, with_mail=mail)
        self._tell({"type": "user_change", "user": told})

    def change_usergroup(self, group: Usergroup, members: Sequence[User]) -> Usergroup:
        """Let *group* have other members."""
        changed = replace(group, members=tuple(user.id for user in members))
        self.team.usergroups[group.id] = changed
        told = {"subteam_id": group.id, "team_id": self.team_id}
        self._tell({"type": "subteam_members_changed", **told})
        return changed

    def rename_usergroup(self, group: Usergroup, handle: str) -> Usergroup:
        """Change the handle of *group*; another one may take the old handle."""
        renamed = replace(self.team.usergroups[group.id], handle=handle)
        self.team.usergroups[group.id] = renamed
        self._tell({"type": "subteam_updated", "subteam": {"id": group.id, "handle": handle}})
        return renamed

    def remove_usergroup(self, group: Usergroup) -> None:
        """Disable *group*; another one may take its handle."""
        del self.team.usergroups[group.id]
        self._tell({"type": "subteam_updated", "subteam": {"id": group.id, "date_delete": 1}})

    def add_usergroup(self, handle: str, members: Sequence[User]) -> Usergroup:
        """Create a user group such as `@hr`."""
        group = Usergroup(self.team.new_id("S"), handle, handle, tuple(u.id for u in members))
        self.team.usergroups[group.id] = group
        return group

    def add_file(self, name: str, content: bytes, mimetype: str = "text/plain") -> File:
        """Upload a file, to be posted with a message."""
        file = File(self.team.new_id("F"), name, content, mimetype, created=int(self.clock.now()))
        self.team.files[file.id] = file
        return file

    def add_canvas(self, title: str, markdown: str, channel: Channel | None = None) -> File:
        """Write a canvas, to be posted with a message, or in a tab of *channel*."""
        canvas = self.add_file("-", markdown.encode(), "application/vnd.slack-docs")
        canvas.title, canvas.mode = title, "quip"
        if channel:
            canvas.tabs.append(channel.id)
            self.team.announce_file("file_shared", canvas, channel)
        return canvas

    def add_list(self, title: str, columns: Mapping[str, str], *rows: Sequence[str]) -> File:
        """Make a list, to be posted with a message; *columns* are names by key."""
        schema = [{"key": key, "name": name, "type": "text"} for key, name in columns.items()]
        told = [dict(zip(columns, row, strict=True)) for row in rows]
        content = json.dumps({"schema": schema, "rows": told}, ensure_ascii=False)
        made = self.add_file(title, content.encode(), "application/vnd.slack-list")
        made.title, made.mode = title, "list"
        return made

    def edit_file(self, file: File, content: str) -> None:
        """Write something else into a canvas or a snippet."""
        file.content, file.changed = content.encode(), int(self.clock.now())
        self.team.announce_file("file_change", file)

    def delete_file(self, file: File) -> None:
        """Delete *file*; what Slack then says of messages with it is not known: nothing here."""
        self.team.announce_file("file_deleted", file)
        file.deleted = True

    def unshare_file(self, file: File, channel: Channel) -> None:
        """Take *file* out of *channel*: out of its tabs and its messages."""
        for message in self.team.timeline(channel.id):
            message.files = tuple(one for one in message.files if one is not file)
        file.tabs = [one for one in file.tabs if one != channel.id]
        self.team.announce_file("file_unshared", file, channel)

    def direct_channel(self, user: User) -> Channel:
        """Return the direct messages between the app and *user*."""
        return self.team.direct(user.id)

    # What people do.

    async def post(
        self,
        channel: Channel | str,
        user: User,
        text: str,
        *,
        thread: SlackMessage | str | None = None,
        files: Sequence[File] = (),
        order: EventOrder = "mention_first",
    ) -> SlackMessage:
        """Write a message as a person.

        Args:
            channel: Where to post; in a direct channel the app needs no mention.
            user: The author; must be a member.
            text: As typed; `<@U…>`, `<#C…>` and `<!here>` are tokens, the rest is escaped.
            thread: The thread to reply in: any of its messages, or its ts.
            files: Files to attach.
            order: Which of the two events of a mention, `app_mention` and `message`, is sent
                first; the second follows the first attempt of it, or both go `together`.
        """
        message = self._written(self._channel(channel), user, text, thread, files)
        self.team.add(message)
        self._announce(message, order)
        for file in files:
            self.team.announce_file("file_shared", file, self._channel(channel))
        return message

    async def edit(self, message: SlackMessage, text: str) -> None:
        """Edit a message as its author; a mention in it fires `app_mention` again."""
        before = self.team.snapshot(message)
        message.text = typed(text)
        message.blocks = [rich_text(message.text, self.team.new_id("b"))]
        message.edited = {"user": message.user, "ts": self.team.new_ts()}
        self.team.announce_change(message, before)
        self.team.announce_mention(message)

    async def delete(self, message: SlackMessage) -> None:
        """Delete a message as its author."""
        self.team.delete(message)

    async def react(self, message: SlackMessage, user: User, name: str) -> None:
        """Add a reaction, such as `+1`."""
        self.team.react(message, user.id, name)

    async def unreact(self, message: SlackMessage, user: User, name: str) -> None:
        """Remove a reaction."""
        self.team.unreact(message, user.id, name)

    async def click(
        self,
        place: SlackMessage | View,
        user: User,
        action_id: str,
        *,
        value: str | None = None,
        block_id: str | None = None,
    ) -> Interaction:
        """Use a button, a menu or the feedback buttons; waits for the acknowledgement.

        Args:
            place: The message (ephemeral ones too) or view that shows the element.
            user: Who clicks.
            action_id: Which element.
            value: Which of several: of feedback buttons or of a menu, the choice's value.
            block_id: Where, when the same `action_id` stands in several blocks.

        Raises:
            LookupError: there is no such element.
        """
        return await self._interactions.click(place, user, action_id, value, block_id or "")

    async def command(
        self, user: User, channel: Channel | str, text: str, *, command: str = "/kotae"
    ) -> Interaction:
        """Type a slash command (never in a thread: Slack refuses); waits for the response."""
        return await self._interactions.command(user, self._channel(channel), command, text)

    async def shortcut(self, message: SlackMessage, user: User, callback_id: str) -> Interaction:
        """Use a message shortcut."""
        return await self._interactions.shortcut(message, user, callback_id)

    async def submit_view(
        self, user: User, values: dict[str, object] | None = None, *, view: View | None = None
    ) -> Interaction:
        """Send the modal that *user* sees; *values* are by `action_id`.

        Raises:
            LookupError: no modal is open.
            ValueError: a required input is empty, or there is no such input.
        """
        return await self._interactions.submit(view or self.modal(user), user, values or {})

    async def close_view(self, user: User) -> Interaction | None:
        """Close the modal that *user* sees."""
        return await self._interactions.close(self.modal(user), user)

    async def open_home(self, user: User, *, tab: str = "home") -> Delivery | None:
        """Open the app's Home tab (or `messages`)."""
        view = self.home(user)
        told = view_object(view, self.team.identity) if view and tab == "home" else None
        channel = self.team.direct(user.id)
        event = events.home_opened(user.id, channel, tab, told, self.team.new_ts())
        return self.team.publish(event, channel)

    async def stop(self, message: SlackMessage, user: User) -> Delivery | None:
        """Press Stop in the thread of *message*: its streams end, and the app gets an event."""
        channel = self.team.channels[message.channel]
        streams = [
            found
            for found in self.team.timeline(channel.id)
            if found.root == message.root and found.streaming == "in_progress"
        ]
        for found in streams:
            assert found.stream
            found.stream.state, found.stream.stopped_by = "completed", user.id
        self._changes.ring()
        event = events.session_stopped(
            channel.id, message.root, user.id, [m.ts for m in streams], self.team.new_ts()
        )
        return self.team.publish(event, channel)

    async def run_step(
        self, callback_id: str, inputs: Mapping[str, object], *, person: User | None = None
    ) -> StepExecution:
        """Let a workflow come to a step of `team.functions`, or to one that is not there.

        Args:
            callback_id: Which step.
            inputs: What whoever built the workflow has put in.
            person: Who has acted in the workflow: Slack itself fills in the input of the type
                `user_context`. Nobody has in one that runs by the clock.
        """
        definition = self.team.functions.get(callback_id, {})
        execution = StepExecution(self.team.new_id("Fx"), definition)
        self.team.executions[execution.id] = execution
        told = dict(inputs)
        for name, one in definition.get("input_parameters", {}).get("properties", {}).items():
            if person and one["type"] == "slack#/types/user_context":
                told[name] = {"id": person.id, "secret": secrets.token_hex(8)}
        app, ts = self.team.identity.app_id, self.team.new_ts()
        self.team.send(events.step_run(execution.id, callback_id, definition, told, app, ts), None)
        return execution

    async def send_event(self, event: Json) -> Delivery:
        """Send any event to the app, subscribed or not."""
        channel = self.team.channels.get(str(event.get("channel", "")))
        return self.team.send(event, channel)

    async def redeliver(self, delivery: Delivery) -> bool:
        """Send an event once more, as Slack does when an acknowledgement is lost."""
        return await self._dispatcher.redeliver(delivery)

    def _tell(self, event: Json) -> None:
        """Tell the app of a change, without a message."""
        self.team.changes.ring()
        self.team.publish(event | {"event_ts": self.team.new_ts()}, None)

    def _written(
        self,
        channel: Channel,
        user: User,
        text: str,
        thread: SlackMessage | str | None,
        files: Sequence[File],
    ) -> SlackMessage:
        if user.id not in channel.members:
            raise LookupError(f"{user.name} is not in {channel.name or channel.id}")
        for file in files:
            file.user = user.id
        stored = typed(text)
        return SlackMessage(
            channel.id,
            self.team.new_ts(),
            user.id,
            stored,
            thread_ts=self._root(channel, thread),
            blocks=[rich_text(stored, self.team.new_id("b"))] if stored else [],
            files=tuple(files),
            subtype="file_share" if files else "",
            client_msg_id=str(uuid.uuid4()),
        )

    def _announce(self, message: SlackMessage, order: EventOrder) -> None:
        if order == "message_first":
            self.team.announce_mention(message, after=self.team.announce(message))
            return
        mention = self.team.announce_mention(message)
        self.team.announce(message, after=mention if order == "mention_first" else None)


def _listen(port: int) -> socket.socket:
    """Return a listening socket on the loopback address. Raises `OSError`."""
    return socket.create_server((LOOPBACK, port), reuse_port=False)
