"""Runs parsers in a separate process, so that a file that crashes or hangs one does no harm.

Only bytes and JSON pass between the two processes: a compromised parser can return wrong text, but
no code.
"""

import importlib
import json
import logging
import multiprocessing
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from knowledge.model.errors import ParseError, ParserLimitError
from knowledge.parsing.options import AS_SHOWN, ReadingOptions
from knowledge.text.chunker import Piece

MEMORY = 1024**3
"""Bytes that the parser of an operator's own documents may allocate."""

_READ_FILE = "knowledge.parsing.file:read_file"
_PATIENCE = 5 if Path("/proc/self/stat").exists() else 1
"""How many times longer than its limit a process may take that is given little of the processor, or
waits; 1 where the system does not tell how much it was given."""

_LOOK_SECONDS = 0.25
"""Between two looks at the time of a process that works."""

_MAX_RESULT = 256 * 1024**2
"""Bytes of JSON; no text that people wrote is longer."""

_TOO_MUCH_MEMORY = json.dumps({"limit": "needs too much memory to read"}).encode()
_TOO_DEEP = json.dumps({"limit": "is nested too deeply to read"}).encode()
_UNREADABLE = json.dumps({"error": "cannot be read"}).encode()
_LIMITS: Mapping[type, bytes] = {MemoryError: _TOO_MUCH_MEMORY, RecursionError: _TOO_DEEP}
"""Prepared in advance, since no memory may be left when they are needed."""


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A parsed file with its chunks.

    Attributes:
        title: Title of the document, or "".
        metadata: Front matter or document properties; see `ParsedFile`.
        text: The text in Markdown, up to the requested length, with each section's heading;
            "" without a limit.
        pieces: Its chunks, in order.
        notes: What of the file could not be read, in one line each.
    """

    title: str
    metadata: Mapping[str, object]
    text: str
    pieces: tuple[Piece, ...]
    notes: tuple[str, ...] = ()


_CHILDREN = threading.Lock()
"""Held while a process starts or is awaited: a start of `multiprocessing` also awaits all others
that have ended, and whoever awaits one at that moment would believe that it still runs."""


class ParserProcess:
    """A worker process that parses one file at a time; starts at the first use.

    Args:
        seconds: Limit for one file in seconds of the processor, so that a busy machine refuses
            nothing; then the process is killed. One that waits is killed after five times that.
        memory: Bytes that the process may allocate in addition to its initial memory.
    """

    def __init__(self, seconds: float = 60.0, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._running: tuple[BaseProcess, Connection] | None = None
        self._changing = threading.Lock()
        self._killed = False
        self._folder = ""

    def parse(
        self,
        data: bytes,
        name: str,
        tokens: int,
        longest: int = -1,
        *,
        options: ReadingOptions = AS_SHOWN,
        wordings: bool = False,
    ) -> ParsedDocument:
        """Parse the file *name* and split it into chunks. Blocks: call it in a thread.

        Args:
            data: The content of the file.
            name: Its name; the ending determines the format.
            tokens: Maximum size of a chunk, in estimated tokens.
            longest: Maximum number of characters to return, -1 for all. With a limit, chunks
                contain their headings as text, and there is no metadata.
            options: What to read beyond the shown text.
            wordings: Whether to find the text by the `wordings` of its front matter, too.

        Raises:
            ParseError: when the file cannot be read, or crashes its parser.
            ParserLimitError: when it takes too much time or memory.
        """
        found = self.call(
            _READ_FILE,
            data,
            name=name,
            tokens=tokens,
            longest=longest,
            options=asdict(options),
            wordings=wordings,
        )
        pieces = tuple(
            Piece(text, tuple(headings), page, anchor)
            for text, headings, page, anchor in found["pieces"]
        )
        notes = tuple(map(str, found.get("notes", ())))
        return ParsedDocument(found["title"], found["metadata"], found["text"], pieces, notes)

    def call(self, function: str, data: bytes, **arguments: object) -> Any:
        """Run *function* (`module:name`) on *data* in the process. Blocks: call it in a thread.

        Returns:
            Its result, after a round trip through JSON.

        Raises:
            ParseError: when the function raises one, or the process crashes.
            ParserLimitError: when it takes too much time or memory.
        """
        connection = self._started()
        try:
            connection.send_bytes(json.dumps([function, arguments]).encode())
            connection.send_bytes(data)
            in_time = self._answers(connection)
            result = json.loads(connection.recv_bytes(_MAX_RESULT)) if in_time else None
        except (EOFError, OSError, ValueError) as error:
            self.close()
            raise ParseError("the parser crashed") from error
        if result is None:
            self.close()
            raise ParserLimitError(f"took longer than {self._seconds:.0f} seconds to read")
        if "limit" in result:
            self.close()  # The process may not return the memory to the system.
            raise ParserLimitError(str(result["limit"]))
        if "error" in result:
            raise ParseError(str(result["error"]))
        return result["value"]

    def _answers(self, connection: Connection) -> bool:
        """Wait for the answer; tell whether it came within the limit."""
        began, before = time.monotonic(), self._used()
        while not connection.poll(min(_LOOK_SECONDS, self._seconds)):
            waited, used = time.monotonic() - began, self._used() - before
            if used >= self._seconds or waited >= self._seconds * _PATIENCE:
                return False
        return True

    def _used(self) -> float:
        """Return the seconds of the processor that the process that answers now has used."""
        running = self._running
        with suppress(OSError, ValueError):  # another thread has just ended it
            return _with_programs(running[0].pid) if running else 0.0
        return 0.0

    def worked(self) -> float:
        """Return the seconds of processor time that the process has used, 0 if none runs.

        A busy machine does not make it longer. Where the system does not tell, and while the
        process starts or ends, it is 0 too. Never blocks.
        """
        with self._unless_changing() as running, suppress(OSError):
            if running is not None:
                return _with_programs(running.pid)
        return 0.0

    def kill(self) -> None:
        """Kill the process and its programs unless one is only starting; thread-safe, never waits.

        A process that has used much memory takes a second to end: its next `call` waits for that.
        """
        with self._unless_changing() as running:
            if running is not None and _CHILDREN.acquire(blocking=False):
                try:
                    _kill(running)
                    self._killed = True
                finally:
                    _CHILDREN.release()

    def close(self) -> None:
        """Kill the process and the programs that it has started, and wait; thread-safe."""
        with self._changing:
            self._end()

    @contextmanager
    def _unless_changing(self) -> Iterator[BaseProcess | None]:
        """Provide the process, unless another thread starts or ends it at this moment."""
        if not self._changing.acquire(blocking=False):
            yield None
            return
        try:
            yield self._running[0] if self._running is not None else None
        finally:
            self._changing.release()

    def _end(self) -> None:
        self._killed = False
        if self._running is None:
            return
        process, connection = self._running
        self._running = None
        with _CHILDREN:
            _kill(process)
            process.join()
            process.close()
        connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)  # what it was killed in the middle of

    def _started(self) -> Connection:
        with self._changing:
            if self._killed:
                self._end()
            if self._running is None:
                context = _context()
                ours, theirs = context.Pipe()
                self._folder = _scratch_folder()
                process: BaseProcess = context.Process(
                    target=_serve, args=(theirs, self._memory, self._folder), daemon=True
                )
                with _CHILDREN:
                    process.start()
                theirs.close()
                self._running = process, ours
            return self._running[1]


def _context() -> ForkServerContext | SpawnContext:
    """Return how processes start: forked from one that has loaded the parsers and read no file.

    To load them takes longer than to parse a page. Other users could reach that process before
    Python 3.11.1 (CVE-2022-42919), and it needs a place for its socket.
    """
    if sys.version_info >= (3, 11, 1):
        with suppress(OSError):
            forkserver.set_forkserver_preload([_READ_FILE.partition(":")[0]])
            forkserver.ensure_running()
            return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


def _scratch_folder() -> str:
    """Return where a process keeps its temporary files; it makes the folder, its parent ends it."""
    with suppress(OSError):
        return str(Path(tempfile.gettempdir(), f"kotae-parser-{secrets.token_hex(8)}"))
    return os.devnull


def _kill(process: BaseProcess) -> None:
    """Kill *process* with its group, which it leads from its first moment on."""
    if process.is_alive() and process.pid:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()


def _programs_of(pid: int | None) -> list[str]:
    """Return the ids of the programs that a process has running; none where Linux has no list."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return []


def _with_programs(pid: int | None) -> float:
    """Return the seconds of processor time of a process and of the programs that it runs."""
    return _worked(pid) + sum(map(_worked, _programs_of(pid)))


def _worked(pid: int | str | None) -> float:
    """Return the seconds of processor time of a process and of its children that have ended."""
    told = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    return sum(map(int, told.rpartition(")")[2].split()[11:15])) / os.sysconf("SC_CLK_TCK")


def _serve(connection: Connection, memory: int, folder: str) -> None:
    """Answer calls until the parent closes the connection; temporary files go into *folder*."""
    with suppress(OSError):  # a full disk keeps nobody from reading what needs no file
        Path(folder).mkdir(mode=0o700)
        tempfile.tempdir = folder
    os.setpgrp()  # Programs that it starts are killed with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The parent handles Ctrl-C.
    warnings.simplefilter("ignore")
    logging.disable()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libraries in other languages write there, too
    limited = False
    with suppress(EOFError, BrokenPipeError):
        while True:
            name, arguments = json.loads(connection.recv_bytes())
            function, data = _function(name), connection.recv_bytes()
            if not limited:
                _limit_memory(memory)
                limited = True
            connection.send_bytes(_answer(function, data, arguments))
    shutil.rmtree(folder, ignore_errors=True)


def _function(qualified: str) -> Callable[..., object]:
    module, _, name = qualified.partition(":")
    found: Callable[..., object] = getattr(importlib.import_module(module), name)
    return found


def _answer(function: Callable[..., object], data: bytes, arguments: Mapping[str, object]) -> bytes:
    try:
        value = {"value": function(data, **arguments)}
        # An escape would need twice the bytes of a Japanese letter.
        return json.dumps(value, default=str, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except ParseError as error:
        limit = _LIMITS.get(type(error.__cause__))
        return limit or json.dumps({"error": str(error)}).encode()
    except MemoryError:
        return _TOO_MUCH_MEMORY
    except RecursionError:
        return _TOO_DEEP
    except Exception:  # noqa: BLE001 - libraries raise anything; a traceback would reveal the text
        return _UNREADABLE


def _limit_memory(memory: int) -> None:
    """Limit the process to *memory* more bytes than it has, without what libraries map.

    Since 4.7, Linux's `RLIMIT_DATA` covers private data. Other systems can only limit the whole
    address space, which includes the libraries.
    """
    import resource

    limit, base = resource.RLIMIT_AS, 4 * memory
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text("ascii").splitlines())
        limit, base = resource.RLIMIT_DATA, int(fields["VmData"].split()[0]) * 1024
    with suppress(ValueError, OSError):  # Some systems do not support it.
        resource.setrlimit(limit, (base + memory, base + memory))
