"""Sends mentions as Slack does, and measures the time to their acknowledgement."""

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp

from bot.workspace import Workspace
from bot.workspace.webhooks import sign

Send = Callable[[], Awaitable[bool]]
"""Sends one new mention; returns True if it is acknowledged, False if it is refused."""

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Times:
    """The times of a measurement, in seconds.

    Attributes:
        each: From the due time of each mention to its acknowledgement, sorted.
        total: Duration of the measurement.
        refused: Number of refused mentions, which Slack would send again.
    """

    each: list[float]
    total: float
    refused: int

    @property
    def per_second(self) -> float:
        return len(self.each) / self.total

    def percentile(self, share: float) -> float:
        """Return the milliseconds within which *share* of the mentions were acknowledged."""
        return self.each[min(len(self.each) - 1, int(share * len(self.each)))] * 1000


async def as_fast_as_possible(send: Send, seconds: float, at_once: int) -> Times:
    """Keep *at_once* mentions in flight for *seconds*."""
    each: list[float | None] = []
    begin = time.monotonic()

    async def keep_sending() -> None:
        while (due := time.monotonic()) - begin < seconds:
            each.append(await _seconds(send, due))

    await asyncio.gather(*(keep_sending() for _ in range(at_once)))
    return _times(each, time.monotonic() - begin)


async def at_rate(send: Send, seconds: float, rate: float) -> Times:
    """Send *rate* mentions per second, however slowly they are acknowledged.

    The time of a mention that the sender sends late counts from when it was due.
    """
    begin = time.monotonic()

    async def send_at(due: float) -> float | None:
        await asyncio.sleep(due - time.monotonic())
        return await _seconds(send, due)

    dues = [begin + number / rate for number in range(int(seconds * rate))]
    each = await asyncio.gather(*map(send_at, dues))
    return _times(each, time.monotonic() - begin)


async def _seconds(send: Send, due: float) -> float | None:
    """Send, and return the seconds from *due* to the acknowledgement, None if refused."""
    return time.monotonic() - due if await send() else None


def _times(each: Iterable[float | None], total: float) -> Times:
    found = list(each)
    acknowledged = sorted(seconds for seconds in found if seconds is not None)
    return Times(acknowledged, total, len(found) - len(acknowledged))


def mention(channel: str, user: str, bot: str) -> dict[str, object]:
    """Return a new `app_mention` event, the first message of its thread."""
    number = next(_numbers)
    ts = f"{1_790_000_000 + number // 1_000_000}.{number % 1_000_000:06}"
    text = f"<@{bot}> How many days of annual leave do I get in year {number}?"
    return {
        "type": "app_mention",
        "user": user,
        "text": text,
        "ts": ts,
        "channel": channel,
        "event_ts": ts,
        "client_msg_id": f"00000000-0000-4000-8000-{number:012}",
        "blocks": [
            {
                "type": "rich_text",
                "block_id": "b1",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "user", "user_id": bot},
                            {"type": "text", "text": text.partition(">")[2]},
                        ],
                    }
                ],
            }
        ],
    }


def by_http(session: aiohttp.ClientSession, url: str, slack: "Workplace") -> Send:
    """Return a function that sends a signed request to *url*."""

    async def send() -> bool:
        event = mention(slack.channel, slack.user, slack.bot)
        body = json.dumps(
            {
                "type": "event_callback",
                "team_id": slack.team,
                "api_app_id": "A1",
                "event": event,
                "event_id": f"Ev{next(_numbers)}",
                "event_time": int(time.time()),
                "authorizations": [{"team_id": slack.team, "user_id": slack.bot, "is_bot": True}],
            }
        ).encode()
        headers = sign(slack.signing_secret, body, int(time.time()))
        headers["Content-Type"] = "application/json"
        async with session.post(url, data=body, headers=headers) as response:
            return response.status == HTTPStatus.OK

    return send


def by_socket(workspace: Workspace, slack: "Workplace") -> Send:
    """Return a function that sends an envelope through the socket that the app opened."""

    async def send() -> bool:
        delivery = await workspace.send_event(mention(slack.channel, slack.user, slack.bot))
        await delivery.ended.wait()
        return delivery.acked

    return send


@dataclass(frozen=True)
class Workplace:
    """The person and channel of a mention, and the credentials of the app."""

    api_url: str
    bot_token: str
    app_token: str
    signing_secret: str
    team: str
    bot: str
    channel: str
    user: str


def workplace_in(workspace: Workspace) -> Workplace:
    """Create a channel with one person in it."""
    person = workspace.add_user("bob")
    return Workplace(
        workspace.api_url,
        workspace.bot_token,
        workspace.app_token,
        workspace.signing_secret,
        workspace.team_id,
        workspace.bot_user_id,
        workspace.add_channel("general", [person]).id,
        person.id,
    )
