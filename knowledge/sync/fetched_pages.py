"""Keeps pages that came with a listing until they are read."""

import tempfile
import threading
import weakref


class FetchedPages:
    """Pages on the disk, for several threads; the file goes with the object.

    A listing often brings the texts, too. To fetch each again would take a call for each page, and
    to keep them in memory would take as much as they are long.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="kotae-pages-")  # noqa: SIM115 - closed below
        self._close = weakref.finalize(self, self._file.close)
        self._places = dict[str, tuple[int, int]]()
        self._end = 0
        self._using = threading.Lock()

    def put(self, name: str, page: bytes) -> None:
        """Keep *page* under *name*, in place of an earlier one."""
        with self._using:
            self._file.seek(self._end)
            self._file.write(page)
            self._places[name] = (self._end, len(page))
            self._end += len(page)

    def take(self, name: str) -> bytes | None:
        """Return the page under *name* and forget it; None if there is none."""
        with self._using:
            place = self._places.pop(name, None)
            if place is None:
                return None
            self._file.seek(place[0])
            page = self._file.read(place[1])
            if not self._places:
                self._file.truncate(0)
                self._end = 0
            return page

    def clear(self) -> None:
        """Forget all pages."""
        with self._using:
            self._places.clear()
            self._file.truncate(0)
            self._end = 0
