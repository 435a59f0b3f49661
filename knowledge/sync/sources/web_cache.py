"""Remembers fetched pages between syncs, so that an unchanged one need not be sent again."""

import json
import sqlite3
import threading
import zlib
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

LARGEST = 20_000_000
"""Bytes of a packed page that is kept; a larger file is fetched again when it is read."""

MOST_BYTES = 4_000_000_000
"""Bytes of all packed pages that are kept."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pages (
  address TEXT PRIMARY KEY, facts TEXT NOT NULL, body BLOB
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class WebPageFacts:
    """What is known of an address.

    Attributes:
        etag: Header of the last reply (RFC 9110, 8.8.3), or "".
        modified: Header `Last-Modified` of the last reply, or "".
        ending: File name ending of its format, ".html" for a page, "" for one that is not read.
        digest: What is equal for equal content.
        gist: What is equal for pages that differ in their numbers and addresses only; "" for files.
        links: Addresses that it leads to; of a redirect, its aim.
        canonical: The address that it prefers for itself, or "".
        is_listed: Whether it is a document: it is neither a redirect, nor wants to be left out.
        lastmod: What the sitemap stated when it was fetched.
        checked: Day on which the site was asked last, as a number (`date.toordinal`).
    """

    etag: str = ""
    modified: str = ""
    ending: str = ""
    digest: str = ""
    gist: str = ""
    links: list[str] = field(default_factory=list)
    canonical: str = ""
    is_listed: bool = False
    lastmod: str = ""
    checked: int = 0


class WebCache:
    """The pages of one source, in *file*, which may be deleted at any time."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._using = threading.Lock()

    def facts(self, address: str) -> WebPageFacts | None:
        """Return what is known of *address*, or None."""
        with self._using, closing(self._open()) as database:
            row = database.execute(
                "SELECT facts FROM pages WHERE address = ?", (address,)
            ).fetchone()
        return WebPageFacts(**json.loads(row[0])) if row else None

    def all(self) -> dict[str, WebPageFacts]:
        """Return all that is known."""
        with self._using, closing(self._open()) as database:
            rows = database.execute("SELECT address, facts FROM pages").fetchall()
        return {address: WebPageFacts(**json.loads(facts)) for address, facts in rows}

    def body(self, address: str) -> bytes | None:
        """Return the content of *address*, or None if it is not kept."""
        with self._using, closing(self._open()) as database:
            row = database.execute(
                "SELECT body FROM pages WHERE address = ?", (address,)
            ).fetchone()
        return zlib.decompress(row[0]) if row and row[0] is not None else None

    def put(self, address: str, facts: WebPageFacts, body: bytes | None = None) -> None:
        """Store what is known of *address*, and its new content; without one, keep the old."""
        stored = json.dumps(
            {name: getattr(facts, name) for name in WebPageFacts.__dataclass_fields__}
        )
        packed = zlib.compress(body, 6) if body is not None else None
        with self._using, closing(self._open()) as database, database:
            if packed is not None and (
                len(packed) > LARGEST or _size(database) + len(packed) > MOST_BYTES
            ):
                packed, body = b"", None
                database.execute("DELETE FROM pages WHERE address = ?", (address,))
            if body is None:
                database.execute(
                    "INSERT INTO pages VALUES (?, ?, NULL) "
                    "ON CONFLICT (address) DO UPDATE SET facts = excluded.facts",
                    (address, stored),
                )
            else:
                database.execute(
                    "INSERT OR REPLACE INTO pages VALUES (?, ?, ?)", (address, stored, packed)
                )

    def put_back(self, address: str, facts: WebPageFacts) -> None:
        """Store what was known of *address* before; its content is fetched when it is read."""
        before = replace(facts, etag="", modified="", lastmod="")
        with self._using, closing(self._open()) as database, database:
            database.execute("DELETE FROM pages WHERE address = ?", (address,))
        self.put(address, before)

    def keep(self, addresses: Collection[str]) -> None:
        """Forget all but *addresses*."""
        wanted = set(addresses)
        with self._using, closing(self._open()) as database, database:
            known = [row[0] for row in database.execute("SELECT address FROM pages")]
            gone = [(address,) for address in known if address not in wanted]
            database.executemany("DELETE FROM pages WHERE address = ?", gone)

    def _open(self) -> sqlite3.Connection:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._opened()
        except sqlite3.DatabaseError:  # damaged: it only saves time
            self.file.unlink(missing_ok=True)
            return self._opened()

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.file, timeout=60, check_same_thread=False)
        try:
            database.execute("PRAGMA synchronous = OFF")
            database.execute(_SCHEMA)
        except sqlite3.DatabaseError:
            database.close()
            raise
        return database


def _size(database: sqlite3.Connection) -> int:
    (pages,), (size,) = (
        database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
    )
    return int(pages) * int(size)
