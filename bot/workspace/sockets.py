"""Socket Mode: one-time addresses, `hello`, envelopes and their acknowledgements."""

import asyncio
import itertools
import json
import secrets
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from bot.workspace.changes import Changes
from bot.workspace.delivery import Delivery, DeliveryOutcome, Retry
from bot.workspace.state import Json

MOST_CONNECTIONS = 10


@dataclass(slots=True, eq=False)
class Connection:
    """A websocket of the app; `leaving` once it was told to disconnect."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    leaving: bool = False
    waiting: dict[str, asyncio.Future[DeliveryOutcome]] = field(default_factory=dict)


class Sockets:
    """The app's open connections; each payload goes to exactly one of them.

    Args:
        app_id: What `hello` says.
        tickets: Each opens one websocket, once.
        changes: Rung when a connection comes or goes.
        ack_seconds: How long an acknowledgement may take.
    """

    def __init__(
        self, app_id: str, tickets: set[str], changes: Changes, ack_seconds: float
    ) -> None:
        self.connections: list[Connection] = []
        self._app_id = app_id
        self._tickets = tickets
        self._changes = changes
        self._ack_seconds = ack_seconds
        self._turn = itertools.count()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.send_json(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        await self._serve(Connection(socket, request.transport))
        return socket

    async def send(self, delivery: Delivery, retry: Retry | None) -> DeliveryOutcome:
        """Send one envelope; see `Transport`."""
        connection = self._next()
        if connection is None:
            return DeliveryOutcome(reason="connection_failed")
        envelope_id = secrets.token_hex(16)
        acknowledged: asyncio.Future[DeliveryOutcome] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = acknowledged
        try:
            await connection.socket.send_json(_envelope(envelope_id, delivery, retry))
            return await asyncio.wait_for(acknowledged, self._ack_seconds)
        except TimeoutError:
            return DeliveryOutcome(reason="timeout")
        except ConnectionError:
            return DeliveryOutcome(reason="connection_failed")
        finally:
            connection.waiting.pop(envelope_id, None)

    async def disconnect(self, reason: str) -> None:
        """Ask every connection to leave; routine reasons let the app reconnect first."""
        for connection in self.connections:
            connection.leaving = True
            await connection.socket.send_json(_disconnect(reason))

    def cut(self) -> None:
        """Close every connection abruptly, as a network failure does."""
        for connection in list(self.connections):
            if connection.transport:
                connection.transport.abort()

    async def aclose(self) -> None:
        """Close every connection."""
        for connection in list(self.connections):
            await connection.socket.close()

    def _next(self) -> Connection | None:
        """Choose in turn; a connection that was asked to leave only if there is no other."""
        usable = [c for c in self.connections if not c.socket.closed]
        staying = [c for c in usable if not c.leaving] or usable
        return staying[next(self._turn) % len(staying)] if staying else None

    async def _serve(self, connection: Connection) -> None:
        self.connections.append(connection)
        await connection.socket.send_json(self._hello())
        self._changes.ring()
        try:
            async for frame in connection.socket:
                if frame.type is WSMsgType.TEXT:
                    _acknowledge(connection, frame.data)
        finally:
            self.connections.remove(connection)
            for acknowledged in connection.waiting.values():
                if not acknowledged.done():
                    acknowledged.set_result(DeliveryOutcome(reason="connection_failed"))
            self._changes.ring()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "connection_info": {"app_id": self._app_id},
            "debug_info": {"host": "workspace", "approximate_connection_time": 18060},
        }


def _acknowledge(connection: Connection, text: str) -> None:
    """Resolve what an acknowledgement names; late and unknown ones change nothing."""
    try:
        frame = json.loads(text)
    except ValueError:
        return
    if not isinstance(frame, dict):
        return
    acknowledged = connection.waiting.get(str(frame.get("envelope_id", "")))
    if acknowledged and not acknowledged.done():
        acknowledged.set_result(DeliveryOutcome(response=frame.get("payload")))


def _envelope(envelope_id: str, delivery: Delivery, retry: Retry | None) -> Json:
    envelope: Json = {
        "type": delivery.kind,
        "envelope_id": envelope_id,
        "payload": delivery.payload,
        "accepts_response_payload": delivery.kind != "events_api",
    }
    if delivery.kind == "events_api":
        envelope["retry_attempt"] = retry.number if retry else 0
        envelope["retry_reason"] = retry.reason if retry else ""
    return envelope


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "workspace"}}
