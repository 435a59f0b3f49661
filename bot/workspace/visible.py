"""What can be seen of a workspace: by people, and on its connection to the app."""

import time
from collections.abc import Callable
from typing import TypeVar

from bot.workspace.changes import Changes
from bot.workspace.delivery import Delivery, Dispatcher
from bot.workspace.description import describe
from bot.workspace.server import ApiCall
from bot.workspace.state import Channel, Session, SlackMessage, User, View
from bot.workspace.team import Team

_Value = TypeVar("_Value")

RECHECK_SECONDS = 0.05
"""Seconds between two checks of a condition when nothing in the workspace changes."""


class VisibleWorkspace:
    """Shows what people see, and what the app has sent and received.

    Attributes:
        team: The state of the workspace; tests may change `team.scopes` and `team.subscriptions`.
    """

    def __init__(
        self, team: Team, changes: Changes, dispatcher: Dispatcher, calls: list[ApiCall]
    ) -> None:
        self.team = team
        self._changes = changes
        self._dispatcher = dispatcher
        self._calls = calls

    # What people see.

    def messages(
        self, channel: Channel | str, thread: SlackMessage | str | None = None
    ) -> list[SlackMessage]:
        """Return the visible messages, oldest first.

        Args:
            channel: The channel.
            thread: Only this thread, its root first; else top-level messages and all replies.
        """
        found = self.team.timeline(self._channel(channel).id)
        root = self._root(self._channel(channel), thread)
        return [m for m in found if m.root == root] if root else found

    def ephemerals(self, user: User) -> list[SlackMessage]:
        """Return the ephemeral messages to *user*, oldest first."""
        return [m for m in self.team.ephemerals if m.ephemeral_to == user.id and not m.deleted]

    def status_of(self, channel: Channel | str, thread_ts: str) -> str:
        """Return the text of a thread's status line; "" if there is none."""
        return self.team.status(self._channel(channel).id, thread_ts)

    def session_of(self, channel: Channel | str, thread_ts: str) -> Session | None:
        """Return a thread's agent session."""
        return self.team.sessions.get((self._channel(channel).id, thread_ts))

    def modal(self, user: User) -> View:
        """Return the modal that *user* sees. Raises `LookupError` when none is open."""
        stack = self.team.modals.get(user.id)
        if not stack:
            raise LookupError(f"{user.name} sees no modal")
        return stack[-1]

    def home(self, user: User) -> View | None:
        """Return the Home tab that the app published for *user*."""
        return self.team.homes.get(user.id)

    # The connection to the app.

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything sent to the app, oldest first."""
        return self._dispatcher.deliveries

    def calls(self, method: str | None = None) -> list[ApiCall]:
        """Return the Web API calls of the app, oldest first, of one method or of all."""
        return [call for call in self._calls if method in {None, call.method}]

    async def changed(self, timeout: float) -> None:
        """Return when something changed, or after *timeout* seconds."""
        await self._changes.wait(timeout)

    async def wait_for(self, condition: Callable[[], _Value], timeout: float = 30.0) -> _Value:
        """Return the result of *condition* as soon as it is true.

        Raises:
            TimeoutError: Not within *timeout* seconds; the text shows the visible state.
        """
        deadline = time.monotonic() + timeout
        while not (found := condition()):
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                visible = describe(self.team, self.calls(), self.deliveries)
                raise TimeoutError(f"not within {timeout} s; the workspace:\n{visible}")
            await self._changes.wait(min(remaining, RECHECK_SECONDS))
        return found

    async def drained(self, timeout: float = 30.0) -> None:
        """Return when all deliveries have ended. Raises `TimeoutError` like `wait_for`."""
        await self.wait_for(lambda: all(d.ended.is_set() for d in self.deliveries), timeout)

    def _channel(self, channel: Channel | str) -> Channel:
        return channel if isinstance(channel, Channel) else self.team.channels[channel]

    def _root(self, channel: Channel, thread: SlackMessage | str | None) -> str:
        if isinstance(thread, SlackMessage):
            return thread.root
        known = self.team.find(channel.id, thread) if thread else None
        return known.root if known else thread or ""
