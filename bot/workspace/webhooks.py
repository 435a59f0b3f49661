"""Delivery by signed HTTP requests."""

import hashlib
import hmac
import io
import json
import time
from urllib.parse import urlencode

import aiohttp

from bot.workspace.delivery import Delivery, DeliveryOutcome, Retry
from bot.workspace.state import Json

MOST_REDIRECTS = 2
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


class Webhooks:
    """Posts to the app's request URL.

    Args:
        url: Where events, commands and interactions go.
        secret: The signing secret.
        ack_seconds: How long a response may take.
    """

    def __init__(self, url: str, secret: str, ack_seconds: float) -> None:
        self._url = url
        self._secret = secret
        self._timeout = aiohttp.ClientTimeout(total=ack_seconds)

    async def send(self, delivery: Delivery, retry: Retry | None) -> DeliveryOutcome:
        """Post once; see `Transport`."""
        headers = (
            {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
            if retry
            else {}
        )
        return await self._post(*_encode(delivery), headers)

    async def verify(self, challenge: str) -> bool:
        """Tell whether the app answers the `url_verification` handshake."""
        body = {"type": "url_verification", "token": "legacy", "challenge": challenge}
        outcome = await self._post(json.dumps(body), _JSON, {})
        found = outcome.response
        return challenge == (found.get("challenge") if isinstance(found, dict) else found)

    async def _post(self, body: str, content_type: str, headers: dict[str, str]) -> DeliveryOutcome:
        content = body.encode()
        signed = sign(self._secret, content, int(time.time()))
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout, trust_env=False) as session,
                session.post(
                    self._url,
                    data=io.BytesIO(content),  # aiohttp warns of large bytes
                    headers={"Content-Type": content_type, **signed, **headers},
                    max_redirects=MOST_REDIRECTS,
                ) as response,
            ):
                return _outcome(response, await response.text())
        except TimeoutError:
            return DeliveryOutcome(reason="http_timeout")
        except aiohttp.TooManyRedirects:
            return DeliveryOutcome(reason="too_many_redirects")
        except aiohttp.ClientError:
            return DeliveryOutcome(reason="connection_failed")


def sign(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """Return the two headers that prove that *body* comes from this workspace."""
    base = b"v0:%d:%b" % (timestamp, body)
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


def _encode(delivery: Delivery) -> tuple[str, str]:
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload), _JSON
    form: Json = (
        delivery.payload
        if delivery.kind == "slash_commands"
        else {"payload": json.dumps(delivery.payload)}
    )
    return urlencode(form), _FORM


def _outcome(response: aiohttp.ClientResponse, text: str) -> DeliveryOutcome:
    if response.status not in range(200, 300):
        final = response.headers.get("X-Slack-No-Retry") == "1"
        return DeliveryOutcome(reason="http_error", final=final)
    try:
        return DeliveryOutcome(response=json.loads(text) if text else None)
    except ValueError:
        return DeliveryOutcome(response=text)
