"""Describes a workspace as text, for a test whose condition never came true."""

from collections.abc import Iterator, Sequence

from bot.workspace.delivery import Delivery
from bot.workspace.server import ApiCall
from bot.workspace.state import SlackMessage
from bot.workspace.team import Team

CALLS_SHOWN = 20


def describe(team: Team, calls: Sequence[ApiCall], deliveries: Sequence[Delivery]) -> str:
    """Return what people see, the last calls, and the deliveries that were not acknowledged."""
    return "\n".join([*_channels(team), *_calls(calls), *_deliveries(deliveries)])


def _channels(team: Team) -> Iterator[str]:
    for channel in team.channels.values():
        yield f"#{channel.name or channel.id}"
        for message in team.timeline(channel.id):
            yield _line(team, message)
    for message in team.ephemerals:
        yield f"  only for {message.ephemeral_to}:{_line(team, message)}"
    for (channel_id, thread_ts), status in team.statuses.items():
        yield f"  status in {channel_id} {thread_ts}: {status.text}"


def _line(team: Team, message: SlackMessage) -> str:
    author = team.users.get(message.user, team.bot).name
    indent = "    " if message.thread_ts else "  "
    state = f" [{message.streaming}]" if message.streaming else ""
    return f"{indent}{message.ts} {author}{state}: {message.plain}"


def _calls(calls: Sequence[ApiCall]) -> Iterator[str]:
    yield f"last calls of {len(calls)}:"
    for call in calls[-CALLS_SHOWN:]:
        yield f"  {call.method} {call.status} {call.error}"


def _deliveries(deliveries: Sequence[Delivery]) -> Iterator[str]:
    yield "deliveries that are not acknowledged:"
    for delivery in deliveries:
        if not delivery.acked:
            event = delivery.event.get("type", delivery.kind)
            yield f"  {event} {delivery.status}, {delivery.attempts} attempts, {delivery.reasons}"
