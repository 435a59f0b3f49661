"""Embeddings from any endpoint with OpenAI's embeddings API."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from knowledge.model.errors import EmbeddingError
from knowledge.model.types import Vector, Vectors
from knowledge.search.embedder import SEMANTIC_WEIGHT
from knowledge.search.rate_limiter import EmbeddingRateLimiter

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI, OpenAIError
    from openai.types import CreateEmbeddingResponse

_DEFAULT_URL = "https://api.openai.com/v1"
_KNOWN_DIMENSIONS = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}

_BATCH_TEXTS = 128
_BATCH_TOKENS = 60_000
_TEXT_BYTES = 18_000
"""UTF-8 bytes that are sent of a text; models read about 8,000 tokens."""

_BYTES_PER_TOKEN = 3
"""UTF-8 bytes per token: about right for Japanese, an overestimate of tokens for English."""

_CONCURRENT_CALLS = 4
_BUSY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)
_TIMEOUT = 60.0
_SYNC_PATIENCE = 300.0
"""Seconds without a success after which a sync gives up."""

_QUERY_PATIENCE = 8.0
"""The same for a question: somebody waits, and search works without its vector."""


class OpenAIEmbedder:
    """Sends texts in batches, a few concurrently, as fast as the endpoint allows.

    Args:
        model: Name of the model at the endpoint.
        api_key: Never shown, not even in errors.
        base_url: Address up to and including `/v1`; None for OpenAI's.
        dimensions: Length of vectors to request; None for the model's default.
    """

    def __init__(
        self, model: str, api_key: str, base_url: str | None, dimensions: int | None = None
    ) -> None:
        self._model = model
        self._api_key = api_key
        self._base_url = base_url or _DEFAULT_URL
        self._asked_dimensions = dimensions
        self._dimensions = dimensions or _KNOWN_DIMENSIONS.get(model, 0)
        self._name = f"openai:{model}:{self._dimensions}" if self._dimensions else f"openai:{model}"
        self._slots = asyncio.Semaphore(_CONCURRENT_CALLS)
        self._rate_limiter = EmbeddingRateLimiter()

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimensions(self) -> int:
        """Length of a vector; 0 until the first response of an unknown model."""
        return self._dimensions

    @property
    def weight(self) -> float:
        return SEMANTIC_WEIGHT

    @property
    def semantic(self) -> bool:
        return True

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self._dimensions), np.float32)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._embed(batch, _SYNC_PATIENCE))
                    for batch in _batches(texts)
                ]
        except* EmbeddingError as failures:
            raise failures.exceptions[0] from None
        return np.concatenate([task.result() for task in tasks])

    async def embed_query(self, text: str) -> Vector:
        vector: Vector = (await self._embed([_sendable(text)], _QUERY_PATIENCE))[0]
        return vector

    async def aclose(self) -> None:
        if "_client" in self.__dict__:
            await self._client.close()

    @cached_property
    def _client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI

        return AsyncOpenAI(
            api_key=self._api_key or "none",
            base_url=self._base_url,
            max_retries=0,  # The rate limiter retries, for all calls together.
            timeout=_TIMEOUT,
        )

    async def _embed(self, texts: Sequence[str], patience: float) -> Vectors:
        """Embed one batch; retry for *patience* seconds while the endpoint is busy.

        Raises:
            EmbeddingError: when the endpoint fails, or its response is not valid.
        """
        from openai import OpenAIError

        async with self._slots:
            while True:
                if self._rate_limiter.wait > patience:
                    raise self._failure("the rate limit or the quota is exceeded")
                started = await self._rate_limiter.acquire()
                try:
                    response = await self._call(texts)
                except OpenAIError as error:
                    headers = _headers(error)
                    if not _is_transient(error) or not self._rate_limiter.refused(
                        headers, started, patience
                    ):
                        raise self._failure(_reason(error)) from None  # It may contain the key.
                else:
                    return self._checked(response, len(texts))

    async def _call(self, texts: Sequence[str]) -> "CreateEmbeddingResponse":
        from openai import omit

        raw = await self._client.embeddings.with_raw_response.create(
            model=self._model,
            input=list(texts),
            dimensions=self._asked_dimensions or omit,
            encoding_format="float",  # Not every endpoint supports base64.
        )
        response = raw.parse()
        self._rate_limiter.succeeded(raw.headers, sum(map(_tokens, texts)))
        return response

    def _checked(self, response: "CreateEmbeddingResponse", count: int) -> Vectors:
        rows = sorted(response.data or [], key=lambda row: row.index)
        lengths = {len(row.embedding) for row in rows}
        if [row.index for row in rows] != list(range(count)) or len(lengths) != 1:
            raise self._failure("the response does not contain one vector per text")
        vectors = np.array([row.embedding for row in rows], np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(norms).all() and norms.all()):
            raise self._failure("the response contains a zero or non-finite vector")
        self._dimensions = self._dimensions or vectors.shape[1]
        if vectors.shape[1] != self._dimensions:
            raise self._failure(
                f"the vectors have {vectors.shape[1]} dimensions, not {self._dimensions}"
            )
        vectors /= norms
        return vectors

    def _failure(self, reason: str) -> EmbeddingError:
        return EmbeddingError(f"embeddings from {urlsplit(self._base_url).hostname}: {reason}")


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """Divide *texts* into batches within the limits of count and estimated tokens."""
    batch: list[str] = []
    tokens = 0
    for text in map(_sendable, texts):
        cost = _tokens(text)
        if batch and (len(batch) == _BATCH_TEXTS or tokens + cost > _BATCH_TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append(text)
        tokens += cost
    if batch:
        yield batch


def _tokens(text: str) -> int:
    return len(text.encode()) // _BYTES_PER_TOKEN + 1


def _sendable(text: str) -> str:
    """Shorten a text that is too long, and replace an empty one, which endpoints refuse."""
    return text.encode("utf-8", "replace")[:_TEXT_BYTES].decode("utf-8", "ignore") or " "


def _headers(error: "OpenAIError") -> Mapping[str, str]:
    import openai

    return error.response.headers if isinstance(error, openai.APIStatusError) else {}


def _is_transient(error: "OpenAIError") -> bool:
    """Tell whether a retry may succeed: the endpoint is busy, broken or unreachable, not unpaid."""
    import openai

    match error:
        case openai.APIStatusError():
            is_busy = (
                error.status_code in _BUSY or error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
            )
            return is_busy and not _has_none(error) and error.code != "insufficient_quota"
        case _:
            return isinstance(error, openai.APIConnectionError)


def _has_none(error: "APIStatusError") -> bool:
    """Tell whether the server says that it makes no embeddings, as llama.cpp's does."""
    return error.status_code in (HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.METHOD_NOT_ALLOWED)


def _reason(error: "OpenAIError") -> str:
    """Describe *error* in plain words, without the vendor's text, which may contain the key."""
    import openai

    match error:
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return "the API key was rejected"
        case openai.APIStatusError() if _has_none(error):
            return (
                "the server makes no embeddings: choose another OPENAI_EMBEDDING_MODEL, such as"
                " hashing, which needs no server"
            )
        case openai.NotFoundError():
            return "the endpoint does not know this address or model"
        case openai.RateLimitError():
            return "the rate limit or the quota is exceeded"
        case openai.APITimeoutError():
            return "the request timed out"
        case openai.APIConnectionError():
            return "the endpoint cannot be reached"
        case openai.APIStatusError():
            return f"the request failed with HTTP {error.status_code}"
        case _:
            return "the response could not be read"
