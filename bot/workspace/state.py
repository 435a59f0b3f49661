"""The objects of a workspace. They are shared: an edit of a message shows everywhere."""

import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.workspace.plain_text import notified, readable

Json = dict[str, Any]
"""A JSON object in the shape that Slack documents."""

ChannelKind = Literal["channel", "group", "im"]
StreamState = Literal["in_progress", "completed", "errored"]
SessionStatus = Literal["active", "processing", "suspended", "closed"]
FileMode = Literal["hosted", "snippet", "quip", "list", "external", "hidden_by_limit"]
"""Where the content of a file is: with Slack, as a text of its own, a canvas (`quip`) or a list,
elsewhere, or hidden by the plan's limit."""

STREAM_SECONDS = 300.0
"""Seconds for which a stream lives, even if it is appended to."""

STATUS_SECONDS = 120.0
"""How long an assistant status stays without being set again."""

TRIGGER_SECONDS = 3.0

ACTION_SECONDS = 600.0
"""Seconds for which the `action_token` of an event lets the app search; Slack calls it short."""

RESPONSE_URL_SECONDS = 1800.0
RESPONSE_URL_USES = 5


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """Who the team and its one app are; `url` is the workspace's web address, no slash behind."""

    url: str
    bot_name: str
    team_id: str = "T0WORKSPACE"
    name: str = "Workspace"
    enterprise_id: str = ""
    app_id: str = "A0WORKSPACE"
    bot_id: str = "B0WORKSPACE"
    bot_user_id: str = "U0WORKSPACE"
    bot_token: str = field(default_factory=lambda: f"xoxb-{secrets.token_urlsafe(24)}", repr=False)
    app_token: str = field(default_factory=lambda: f"xapp-{secrets.token_urlsafe(24)}", repr=False)
    signing_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot user; `team_id` is another team's for people of Slack Connect.

    Attributes:
        name: The handle, which nobody else has.
        display_name: What others see, if it is not the handle: everybody chooses it freely.
        mail: The e-mail address of the account; "" is one made of the handle.
        mail_confirmed: Whether its owner has confirmed it.
        teams: Of Enterprise Grid, the workspaces of the organisation that they are in.
        admin_elsewhere: They are an admin of another of these; `users.info` takes no workspace, so
            that the token of an organisation learns of it.
    """

    id: str
    name: str
    team_id: str
    language: str = "en-US"
    guest: bool = False
    external: bool = False
    admin: bool = False
    bot_id: str = ""
    deleted: bool = False
    display_name: str = ""
    mail: str = ""
    mail_confirmed: bool = True
    teams: tuple[str, ...] = ()
    admin_elsewhere: bool = False

    @property
    def mention(self) -> str:
        """The token that mentions this user."""
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Channel:
    """A conversation; `members` are user ids, `previous_names` what it was called before.

    `shared` is with another organisation, `org_shared` with other workspaces of the same one.
    """

    id: str
    name: str
    kind: ChannelKind
    creator: str
    created: int
    members: list[str] = field(default_factory=list)
    shared: bool = False
    archived: bool = False
    topic: str = ""
    purpose: str = ""
    previous_names: list[str] = field(default_factory=list)
    pending_shared: bool = False
    org_shared: bool = False


@dataclass(frozen=True, slots=True)
class Usergroup:
    """A user group such as `@hr`."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]


@dataclass(slots=True, eq=False)
class File:
    """An uploaded file, or a canvas, with its content.

    Attributes:
        content: Bytes; of a canvas, its Markdown.
        title: What people see; "" for the name.
        changed: When the content changed last, in seconds since the epoch.
        tabs: Ids of the channels that show it in a tab of their own.
        deleted: Nobody sees it any more; messages show a tombstone.
        foreign: Another organisation's: events say no more than its id (Slack Connect).
    """

    id: str
    name: str
    content: bytes
    mimetype: str
    user: str = ""
    created: int = 0
    title: str = ""
    mode: FileMode = "hosted"
    changed: int = 0
    tabs: list[str] = field(default_factory=list)
    deleted: bool = False
    foreign: bool = False


@dataclass(slots=True, eq=False)
class Stream:
    """The state of a streamed message.

    Attributes:
        started_at: Seconds since the epoch.
        mode: How tasks are shown: one card after the other, or as one plan.
        recipient: Id of the user who sees the stream live, "" in direct messages.
        body_bytes: UTF-8 length of the text so far; the platform's cap counts bytes.
        stopped_by: Id of the user who pressed Stop.
    """

    started_at: float
    mode: Literal["timeline", "plan"] = "timeline"
    recipient: str = ""
    state: StreamState = "in_progress"
    body_bytes: int = 0
    stopped_by: str = ""
    parts: list[Json] = field(default_factory=list)
    plan_title: str = ""


@dataclass(slots=True, eq=False)
class SlackMessage:
    """A message as the workspace keeps it.

    Attributes:
        channel: Id of the channel.
        ts: Its time, which is its id within the channel.
        thread_ts: The root's ts for a reply, "" for a top-level message.
        text: As stored, with `&lt;` and `<@U1>` tokens; of a stream, all its Markdown.
        edited: `{"user", "ts"}` of the last edit by a person or `chat.update`.
        reactions: Emoji name to the ids of the users who reacted, in order.
        ephemeral_to: Id of the only user who sees it, "" for an ordinary message.
    """

    channel: str
    ts: str
    user: str
    text: str
    thread_ts: str = ""
    bot_id: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    edited: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    subtype: str = ""
    client_msg_id: str = ""
    deleted: bool = False
    ephemeral_to: str = ""
    stream: Stream | None = None

    @property
    def streaming(self) -> StreamState | None:
        """State of the stream that this message is or was, None for an ordinary message."""
        return self.stream.state if self.stream else None

    @property
    def root(self) -> str:
        """The ts of the thread that this message is in, or would start."""
        return self.thread_ts or self.ts

    @property
    def plain(self) -> str:
        """The visible text: that of the blocks, or `text` if there are none."""
        return readable(self.blocks, self.text)

    @property
    def notified(self) -> frozenset[str]:
        """Whom it notifies: user ids, user group ids, `here`, `channel`, `everyone`."""
        return notified(self.blocks, self.text)


@dataclass(slots=True, eq=False)
class StepExecution:
    """A run of a step of a workflow that the app does.

    Attributes:
        definition: The step as the app's manifest describes it.
        outputs: What it was completed with.
        error: Why it failed, in the app's words.
    """

    id: str
    definition: Json
    status: Literal["running", "completed", "failed", "canceled"] = "running"
    outputs: Json = field(default_factory=dict)
    error: str = ""


@dataclass(slots=True, eq=False)
class View:
    """A modal or a Home tab as the app sent it, with what Slack adds."""

    id: str
    user: str
    body: Json
    hash: str
    root_id: str = ""
    previous_id: str = ""

    @property
    def blocks(self) -> list[Json]:
        """The blocks of the view."""
        return list(self.body.get("blocks") or [])

    @property
    def plain(self) -> str:
        """The visible text."""
        return readable(self.blocks, "")


@dataclass(slots=True)
class Status:
    """A thread's status line; `session` is set when a session wrote it."""

    text: str
    set_at: float
    session: bool = False
    loading_messages: tuple[str, ...] = ()


@dataclass(slots=True)
class Session:
    """An agent session of a thread."""

    status: SessionStatus
    title: str = ""
    initiator: str = ""


@dataclass(slots=True)
class Trigger:
    """A `trigger_id`: exchanged once, within seconds."""

    user: str
    expires_at: float
    exchanged: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """A `response_url`: five uses within half an hour.

    Attributes:
        thread_ts: Thread of the message that was clicked, "" for commands.
        source: The message that was clicked, for `replace_original` and `delete_original`.
        responses: What the app sent.
    """

    channel: str
    user: str
    expires_at: float
    thread_ts: str = ""
    source: SlackMessage | None = None
    uses: int = 0
    responses: list[Json] = field(default_factory=list)
