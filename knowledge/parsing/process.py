"""Parsing in a process of its own, so that a file that crashes or hangs a parser harms nobody."""

import logging
import multiprocessing
import signal
import threading
import warnings
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from knowledge.model.errors import ParseError
from knowledge.model.types import ParsedFile

MEMORY = 4 * 1024**3
"""Bytes of address space of a parser process: a decompression bomb hits this, not the machine."""


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str


class ParserProcess:
    """A worker process that parses one file at a time, started when first needed.

    Args:
        seconds: How long a file may take before the process is killed.
    """

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._running: tuple[BaseProcess, Connection] | None = None
        self._changing = threading.Lock()

    def parse(self, data: bytes, name: str) -> ParsedFile:
        """Parse the file *name*; blocks, so call it in a thread.

        Raises:
            ParseError: when the file cannot be read, takes too long, or crashes its parser.
        """
        connection = self._started()
        try:
            connection.send((data, name))
            in_time = connection.poll(self._seconds)
            result = connection.recv() if in_time else None
        except (EOFError, OSError) as error:
            self.close()
            raise ParseError("crashed its parser") from error
        if result is None:
            self.close()
            raise ParseError(f"took longer than {self._seconds:.0f} seconds to read")
        if isinstance(result, _Failure):
            raise ParseError(result.reason)
        parsed: ParsedFile = result
        return parsed

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
                process = context.Process(target=_serve, args=(theirs,), daemon=True)
                process.start()
                theirs.close()
                self._running = process, ours
            return self._running[1]


def _serve(connection: Connection) -> None:
    """Parse what comes until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    warnings.simplefilter("ignore")
    logging.disable()
    _limit_memory()
    from knowledge.parsing.parsers import parse

    with suppress(EOFError, BrokenPipeError):
        while True:
            data, name = connection.recv()
            try:
                connection.send(parse(data, name))
            except ParseError as error:
                connection.send(_Failure(str(error)))


def _limit_memory() -> None:
    import resource

    with suppress(ValueError, OSError):  # not every system allows it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
