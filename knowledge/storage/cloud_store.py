"""Index versions in S3, Google Cloud Storage or Azure Blob Storage, through obstore.

obstore is one wheel for all three, without dependencies, and works outside Python's lock.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from knowledge.model.errors import IndexStoreError, KnowledgeConfigError, StoredFileMissingError
from knowledge.storage.object_store import PIECE

_RETRIES: Any = {"max_retries": 4, "retry_timeout": timedelta(seconds=30)}
_LONGEST_REQUEST = "300s"
_LONGEST_REASON = 300


class CloudStore:
    """A bucket or a part of one.

    Args:
        url: `s3://BUCKET/PREFIX`, `gs://…` or `az://CONTAINER/PREFIX`.
        options: Credentials and addresses, by their usual names in the environment.

    Raises:
        KnowledgeConfigError: an option is malformed.
    """

    def __init__(self, url: str, options: Mapping[str, str]) -> None:
        self._address = url
        config: Any = {key: value for key, value in options.items() if key not in _FOR_CLIENT}
        client: Any = {
            "timeout": _LONGEST_REQUEST,
            "allow_http": options.get("AWS_ENDPOINT", "").startswith("http://"),
            **{_FOR_CLIENT[key]: value for key, value in options.items() if key in _FOR_CLIENT},
        }
        try:
            self._store = from_url(url, config=config, client_options=client, retry_config=_RETRIES)
        except (BaseError, ValueError, OSError) as error:
            raise KnowledgeConfigError(f"INDEX_STORE {url}: {_reason(error)}") from None

    @property
    def address(self) -> str:
        return self._address

    def put(self, name: str, content: Path | bytes) -> None:
        with self._errors("written"):
            obstore.put(self._store, name, content)

    def get(self, name: str) -> Iterator[bytes]:
        with self._errors("read"):
            try:
                found = obstore.get(self._store, name)
            except FileNotFoundError as error:
                raise StoredFileMissingError(f"{self.address} has no {name}") from error
            for piece in found.stream(min_chunk_size=PIECE):
                yield bytes(piece)

    def names(self) -> Iterator[tuple[str, float]]:
        with self._errors("read"):
            for batch in obstore.list(self._store):
                for one in batch:
                    yield one["path"], one["last_modified"].timestamp()

    def remove(self, names: Iterable[str]) -> None:
        with self._errors("written"):
            if wanted := list(names):
                obstore.delete(self._store, wanted)

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as error:
            raise IndexStoreError(
                f"the index store {self.address} cannot be {what}: {_reason(error)}"
            ) from None


_FOR_CLIENT = {"AWS_ALLOW_HTTP": "allow_http"}


def _reason(error: Exception) -> str:
    """Return the first lines of what the library says, which quotes no credentials."""
    text = str(error).partition("Debug source")[0]
    return " ".join(text.split())[:_LONGEST_REASON]
