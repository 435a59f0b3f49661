"""Parsing in a process of its own, so that a file that crashes or hangs a parser harms nobody.

Only bytes and JSON pass between the two processes: whoever takes over a parser can send back
wrong text, but no code.
"""

import importlib
import json
import logging
import multiprocessing
import signal
import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from knowledge.model.errors import ParseError, ParserLimitError
from knowledge.text.chunker import Piece

MEMORY = 1024**3
"""Bytes that the parser of an operator's own documents may allocate."""

_READ_FILE = "knowledge.parsing.file:read_file"
_LONGEST_RESULT = 256 * 1024**2
"""Bytes of JSON; more is not text that people wrote."""

_TOO_MUCH_MEMORY = json.dumps({"limit": "needs too much memory to read"}).encode()
_TOO_DEEP = json.dumps({"limit": "is nested too deeply to read"}).encode()
_LIMITS: Mapping[type, bytes] = {MemoryError: _TOO_MUCH_MEMORY, RecursionError: _TOO_DEEP}
"""Made beforehand: when they are needed there may be no memory left to make them."""


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A file that was parsed and cut into chunks, as data.

    Attributes:
        title: Title of the document, or "".
        metadata: Front matter or document properties; see `ParsedFile`.
        text: The whole text with its last headings, in Markdown; cut off where a limit says so.
        pieces: Its chunks.
    """

    title: str
    metadata: Mapping[str, object]
    text: str
    pieces: tuple[Piece, ...]


class ParserProcess:
    """A worker process that parses one file at a time, started when first needed.

    Args:
        seconds: How long a file may take before the process is killed.
        memory: Bytes that the process may allocate beyond what it starts with.
    """

    def __init__(self, seconds: float = 60.0, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._running: tuple[BaseProcess, Connection] | None = None
        self._changing = threading.Lock()

    def parse(self, data: bytes, name: str, tokens: int, longest: int = -1) -> ParsedDocument:
        """Parse the file *name* and cut it into chunks; blocks, so call it in a thread.

        Args:
            data: Content of the file.
            name: Its name; the ending tells the format.
            tokens: Most estimated tokens of a chunk.
            longest: Most characters that are used, -1 for all.

        Raises:
            ParseError: The file cannot be read, or it crashes its parser.
            ParserLimitError: It takes too much time or memory.
        """
        found = self.call(_READ_FILE, data, name=name, tokens=tokens, longest=longest)
        pieces = tuple(
            Piece(text, tuple(headings), page, anchor)
            for text, headings, page, anchor in found["pieces"]
        )
        return ParsedDocument(found["title"], found["metadata"], found["text"], pieces)

    def call(self, function: str, data: bytes, **arguments: object) -> Any:
        """Run *function* (`module:name`) on *data* in the process; blocks likewise.

        Returns:
            What it returns, as JSON.

        Raises:
            ParseError: It raised one, or it crashed.
            ParserLimitError: It took too much time or memory.
        """
        connection = self._started()
        try:
            connection.send_bytes(json.dumps([function, arguments]).encode())
            connection.send_bytes(data)
            in_time = connection.poll(self._seconds)
            result = json.loads(connection.recv_bytes(_LONGEST_RESULT)) if in_time else None
        except (EOFError, OSError, ValueError) as error:
            self.close()
            raise ParseError("crashed its parser") from error
        if result is None:
            self.close()
            raise ParserLimitError(f"took longer than {self._seconds:.0f} seconds to read")
        if "limit" in result:
            self.close()  # what was allocated may not be given back
            raise ParserLimitError(str(result["limit"]))
        if "error" in result:
            raise ParseError(str(result["error"]))
        return result["value"]

    def close(self) -> None:
        """End the process, whatever it is doing; may be called from another thread."""
        with self._changing:
            if self._running is None:
                return
            process, connection = self._running
            self._running = None
            process.kill()
            process.join()
            process.close()
            connection.close()

    def _started(self) -> Connection:
        with self._changing:
            if self._running is None:
                context = multiprocessing.get_context("spawn")
                ours, theirs = context.Pipe()
                process = context.Process(target=_serve, args=(theirs, self._memory), daemon=True)
                process.start()
                theirs.close()
                self._running = process, ours
            return self._running[1]


def _serve(connection: Connection, memory: int) -> None:
    """Do what is asked until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    warnings.simplefilter("ignore")
    logging.disable()
    limited = False
    with suppress(EOFError, BrokenPipeError):
        while True:
            place, arguments = json.loads(connection.recv_bytes())
            function, data = _function(place), connection.recv_bytes()
            if not limited:
                _limit_memory(memory)
                limited = True
            connection.send_bytes(_answer(function, data, arguments))


def _function(place: str) -> Callable[..., object]:
    module, _, name = place.partition(":")
    found: Callable[..., object] = getattr(importlib.import_module(module), name)
    return found


def _answer(function: Callable[..., object], data: bytes, arguments: Mapping[str, object]) -> bytes:
    try:
        return json.dumps({"value": function(data, **arguments)}, default=str).encode()
    except ParseError as error:
        limit = _LIMITS.get(type(error.__cause__))
        return limit or json.dumps({"error": str(error)}).encode()
    except MemoryError:
        return _TOO_MUCH_MEMORY
    except RecursionError:
        return _TOO_DEEP


def _limit_memory(memory: int) -> None:
    """Let the process allocate *memory* bytes more than it has; what libraries map is not counted.

    Linux counts private data by `RLIMIT_DATA` since 4.7. Elsewhere only the address space can be
    limited, which takes in the libraries.
    """
    import resource

    limit, base = resource.RLIMIT_AS, 4 * memory
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text("ascii").splitlines())
        limit, base = resource.RLIMIT_DATA, int(fields["VmData"].split()[0]) * 1024
    with suppress(ValueError, OSError):  # not every system allows it
        resource.setrlimit(limit, (base + memory, base + memory))
