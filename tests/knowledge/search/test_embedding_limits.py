"""Embedding runs as fast as the endpoint allows, and a kill costs at most one batch."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest

from knowledge.model.errors import EmbeddingError
from knowledge.search.embedders.openai import OpenAIEmbedder
from knowledge.search.rate_limiter import EmbeddingRateLimiter, seconds
from tests.support.embeddings_server import EmbeddingsServer, embeddings_server
from tests.support.library import Library
from tests.support.waiting import wait_until

BATCH = 512
"""Number of texts between two commits of a sync."""


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingsServer]:
    async with embeddings_server() as server:
        yield server


@pytest.fixture
async def embedder(server: EmbeddingsServer) -> AsyncIterator[OpenAIEmbedder]:
    embedder = OpenAIEmbedder("small", "key", server.url)
    yield embedder
    await embedder.aclose()


async def test_all_calls_wait_for_a_limit_together(
    server: EmbeddingsServer, embedder: OpenAIEmbedder
) -> None:
    """Each text is embedded once, and there are few refusals per window."""
    server.window = (4, 0.3)
    texts = [f"規程 {number}" for number in range(128 * 12)]

    vectors = await embedder.embed_documents(texts)

    assert sorted(text for batch in server.batches for text in batch) == sorted(texts)
    assert len(vectors) == len(texts)
    assert server.refused <= 4 * 3


async def test_the_remaining_allowance_is_read_from_each_response(
    server: EmbeddingsServer, embedder: OpenAIEmbedder
) -> None:
    """A limit that the endpoint announces is never exceeded."""
    server.headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "200ms"}
    started = time.monotonic()
    await embedder.embed_query("x")

    await embedder.embed_query("y")

    assert 0.2 <= time.monotonic() - started < 20


@pytest.mark.parametrize("status", [429, 500, 503, 408])
async def test_a_busy_endpoint_is_called_again(
    server: EmbeddingsServer, embedder: OpenAIEmbedder, status: int
) -> None:
    """Even if it does not say when."""
    server.refusals = [(status, {})]

    assert (await embedder.embed_query("x")).shape == (8,)


async def test_a_question_does_not_wait_for_a_distant_reset(
    server: EmbeddingsServer, embedder: OpenAIEmbedder
) -> None:
    """Its search continues lexically, and nothing is sent in the meantime."""
    server.refusals = [(429, {"Retry-After": "30"})]
    started = time.monotonic()

    for _ in range(2):
        with pytest.raises(EmbeddingError, match="rate limit"):
            await embedder.embed_query("x")

    assert time.monotonic() - started < 20
    assert server.batches == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("1m30s", 90), ("6m0s", 360), ("250ms", 0.25), ("12", 12), ("1h2m", 3720), ("7.5s", 7.5)],
)
def test_durations_are_read_in_all_vendor_formats(text: str, value: float) -> None:
    """OpenAI writes units, others write seconds."""
    assert seconds(text) == pytest.approx(value)
    assert seconds("soon") == seconds("") == seconds("-3") == 0


def test_dates_and_milliseconds_are_understood_too() -> None:
    """`Retry-After` has two forms, and OpenAI has its own header."""
    for headers, expected in [
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "2"}, 2.0),
    ]:
        limiter = EmbeddingRateLimiter(clock=lambda: 0.0)
        assert limiter.refused(headers, 0.0, patience=60)
        assert limiter.wait == expected


def test_waits_double_until_patience_ends() -> None:
    """Consecutive refusals double the wait; concurrent ones count once."""
    limiter = EmbeddingRateLimiter(clock=lambda: 100.0)
    assert all(limiter.refused({}, 99.0, patience=10) for _ in range(5))
    assert limiter.wait == 0.5

    waits = []
    while limiter.refused({}, 100.0, patience=10):
        waits.append(limiter.wait)

    assert waits == [1, 2, 4, 8]


async def test_a_killed_sync_pays_again_for_at_most_one_batch(
    library: Library, server: EmbeddingsServer
) -> None:
    """Texts committed before the kill are never sent again, and none is missed."""
    sections = "".join(f"## 節 {n}\n\n内容 {n} 番の説明です。\n\n" for n in range(3 * BATCH))
    library.write("a.md", f"# 文書\n\n{sections}")
    server.window = (4, 0.2)
    command = [sys.executable, "-m", "tests.support.embedding_sync"]
    process = await asyncio.create_subprocess_exec(*command, str(library.folder), server.url)
    await wait_until(lambda: len(server.batches) >= 6, seconds=45)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    server.window = None

    embedder = OpenAIEmbedder("small", "key", server.url)
    report = await library.open(embedder).sync()
    await embedder.aclose()

    sent = [text for batch in server.batches for text in batch]
    assert report.chunks_total == len(set(sent)) == 3 * BATCH
    assert len(sent) - len(set(sent)) <= BATCH
    assert report.embedded_chunks < 3 * BATCH


async def test_refused_texts_are_not_lost_between_batches(
    server: EmbeddingsServer, embedder: OpenAIEmbedder
) -> None:
    """Each row belongs to its text, even after refusals of its batch."""
    texts = [f"{number}" for number in range(300)]
    expected = await embedder.embed_documents(texts)
    server.refusals = [(429, {"Retry-After": "0.05"}), (503, {}), (429, {"retry-after-ms": "20"})]

    np.testing.assert_array_equal(await embedder.embed_documents(texts), expected)
