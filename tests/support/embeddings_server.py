"""A local embeddings endpoint with OpenAI's wire format."""

import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class EmbeddingsServer:
    """Answers with one vector per text, and records the requests.

    Attributes:
        url: Base address for an embedder.
        dimensions: Length of the vectors, unless the request asks for another.
        refusals: Refusals (status, headers) of the first requests, one each.
        batches: The texts of each request that was answered.
        order: Rearranges the items of a response.
        window: Rate limit: maximum number of requests, and in how many seconds; None for none.
        refused: Number of requests that exceeded the limit.
        headers: Headers of each response.
    """

    url: str = ""
    dimensions: int = 8
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    order: Callable[[list[object]], list[object]] = list
    window: tuple[int, float] | None = None
    refused: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    _answered: list[float] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.keys.add(request.headers.get("Authorization", ""))
        if self.refusals:
            status, headers = self.refusals.pop(0)
            said = {"message": f"refused {request.headers['Authorization']}", "type": "refusal"}
            return web.json_response({"error": said}, status=status, headers=headers)
        if (wait := self._wait()) > 0:
            self.refused += 1
            said = {
                "message": "Rate limit reached",
                "type": "requests",
                "code": "rate_limit_exceeded",
            }
            headers = {"Retry-After": f"{wait:.3f}"}
            return web.json_response({"error": said}, status=429, headers=headers)
        self._answered.append(time.monotonic())
        self.batches.append(asked["input"])
        dimensions = asked.get("dimensions", self.dimensions)
        items: list[object] = [
            {"object": "embedding", "index": index, "embedding": vector_of(text, dimensions)}
            for index, text in enumerate(asked["input"])
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return web.json_response(
            {"object": "list", "model": asked["model"], "data": self.order(items), "usage": usage},
            headers=self.headers,
        )

    def _wait(self) -> float:
        """Return the seconds until the limit allows another request, 0 when it does."""
        if self.window is None:
            return 0.0
        count, seconds = self.window
        if len(self._answered) < count:
            return 0.0
        return max(self._answered[-count] + seconds - time.monotonic(), 0.0)


def vector_of(text: str, dimensions: int) -> list[float]:
    """Return a vector that depends only on *text*, and whose norm is not 1."""
    digest = hashlib.shake_256(text.encode()).digest(dimensions)
    return [byte - 127.5 for byte in digest]


@asynccontextmanager
async def embeddings_server() -> AsyncIterator[EmbeddingsServer]:
    server = EmbeddingsServer()
    application = web.Application(client_max_size=2**26)
    application.router.add_post("/v1/embeddings", server.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()
