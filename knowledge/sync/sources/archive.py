"""Zip archives in a folder, read as folders: exports of Notion, Confluence and Slack, for instance.

Nothing is unpacked to the disk, except for an archive within an archive, which becomes an unnamed
temporary file.
"""

import lzma
import stat
import tempfile
import threading
import unicodedata
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from knowledge.model.errors import ParseError
from knowledge.model.types import PassedOverReason
from knowledge.parsing.decoder import decode
from knowledge.sync.sources.slack_export import LISTS, SlackExport
from knowledge.text.plain_text import plain_text

MOST_MEMBERS = 100_000
MOST_BYTES = 20_000_000_000
"""Bytes of all members of one archive, unpacked."""

_MOST_NESTED = 1_000_000_000
_DEEPEST = 2
"""Archives within each other: Notion packs the parts of a large export into one archive."""

_MOST_RATIO = 200
"""How many times larger than packed a member may be; real text is up to 30 times as large."""

_SMALL = 1_000_000
"""Bytes below which the ratio does not count."""

_MOST_DIRECTORY = 100_000_000
"""Bytes of the list of members, which is read as a whole."""

_LONGEST_NAME = 1000
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
_NOT_DOCUMENTS = ("__MACOSX",)
_END, _END64 = b"PK\x05\x06", b"PK\x06\x06"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its path there, its version, its own address, why it is passed over."""

    name: str
    version: str
    url: str = ""
    passed_over: PassedOverReason | Literal[""] = ""


class Archive:
    """One zip archive, with the archives in it.

    Args:
        path: The file.
        longest: Bytes that one member may have.
        reason: Tells why to pass over a file or folder, by its path and its name; "" if not.
    """

    def __init__(
        self,
        path: Path,
        longest: int,
        reason: Callable[[str, str], PassedOverReason | Literal[""]],
    ) -> None:
        self._path = path
        self._longest = longest
        self._reason = reason
        self._reading = threading.Lock()
        self._opened: dict[str, _Opened] = {}

    def members(self) -> Iterator[Member]:
        """List the files in the archive, and in the archives in it.

        Raises:
            ParseError: when it cannot be read, is too large, or a path leads out of it.
        """
        with self._reading:
            yield from self._members("", 1)

    def read(self, name: str) -> bytes:
        """Return the content of the member *name*.

        Raises:
            ParseError: when it cannot be read, is too large, or grows too much.
        """
        with self._reading, _zip_errors():
            opened, inside = self._open(""), ""
            for parent in reversed(PurePosixPath(name).parents):
                if str(parent) in opened.infos:
                    opened, inside = self._open(str(parent)), f"{parent}/"
                    break
            inner = name.removeprefix(inside)
            if inner not in opened.infos:
                raise ParseError("is no longer in its archive")
            data = _content(opened.archive, opened.infos[inner], self._longest)
            export, day = opened.export_of(inner)
            return export.day(day, data) if export else data

    def close(self) -> None:
        """Let go of the open files; a later use opens them again."""
        with self._reading:
            self._opened.clear()

    def _members(self, inside: str, depth: int) -> Iterator[Member]:
        with _zip_errors():
            opened = self._open(inside)
        for name, info in opened.infos.items():
            path = f"{inside}/{name}" if inside else name
            reason = self._passed_over(path)
            export, day = opened.export_of(name)
            if not reason and export and not export.is_day(day):
                reason = "slack"
            if reason:
                yield Member(path, "", passed_over=reason)
            elif name.lower().endswith(".zip") and depth < _DEEPEST:
                yield from self._members(path, depth + 1)
            else:
                version = f"{info.file_size}-{info.CRC:08x}"
                if export:
                    version += f"-{export.version}"
                yield Member(path, version, export.address(day) if export else "")

    def _passed_over(self, path: str) -> PassedOverReason | Literal[""]:
        parts = path.split("/")
        if any(part in _NOT_DOCUMENTS for part in parts):
            return "hidden"
        told = (
            self._reason("/".join(parts[:end]), parts[end - 1]) for end in range(1, len(parts) + 1)
        )
        return next(filter(None, told), "")

    def _open(self, inside: str) -> "_Opened":
        if inside not in self._opened:
            self._opened[inside] = _Opened(self._file(inside), self._longest)
        return self._opened[inside]

    def _file(self, inside: str) -> IO[bytes]:
        if not inside:
            return self._path.open("rb")
        outer = self._open("")
        info = outer.infos[inside]
        if info.file_size > _MOST_NESTED:
            raise ParseError(f"larger than {_MOST_NESTED // 1_000_000} MB")
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed with its archive
        with outer.archive.open(info) as packed:
            left = _MOST_NESTED
            while left > 0 and (part := packed.read(min(left, 1_000_000))):
                copy.write(part)
                left -= len(part)
        return copy


class _Opened:
    """An open archive with its files by name; it is closed when nobody holds it any more."""

    def __init__(self, file: IO[bytes], longest: int) -> None:
        weakref.finalize(self, file.close)
        _check_directory(file)
        self.archive = zipfile.ZipFile(file)
        self.infos = infos = _infos(self.archive)
        self._exports = dict[str, SlackExport]()
        for folder in {name.rpartition("/")[0] for name in infos if _last(name) in LISTS}:
            inside = f"{folder}/" if folder else ""
            names = {name for name in LISTS if inside + name in infos}
            export = SlackExport.found(names, partial(self._list, inside, longest))
            if export:
                self._exports[folder] = export

    def _list(self, inside: str, longest: int, name: str) -> bytes:
        return _content(self.archive, self.infos[inside + name], longest)

    def export_of(self, name: str) -> tuple[SlackExport | None, str]:
        """Return the export that holds the member *name*, if any, and its name there."""
        for parent in PurePosixPath(name).parents:
            folder = "" if str(parent) == "." else str(parent)
            inner = str(PurePosixPath(name).relative_to(parent))
            if folder in self._exports and SlackExport.holds(inner):
                return self._exports[folder], inner
        return None, name


def _check_directory(file: IO[bytes]) -> None:
    """Refuse an archive whose list of members would fill the memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 70_000))
    tail = file.read()
    end, end64 = tail.rfind(_END), tail.rfind(_END64)
    stated = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
    if end64 >= 0:
        stated = max(stated % 0xFFFFFFFF, int.from_bytes(tail[end64 + 40 : end64 + 48], "little"))
    if min(stated, size) > _MOST_DIRECTORY:
        raise ParseError(f"holds more than {MOST_MEMBERS} files")


def _infos(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the files by their paths, the last of each; folders and links are none.

    Raises:
        ParseError: when there are too many, or a path leads out of the archive.
    """
    entries = archive.infolist()
    if len(entries) > MOST_MEMBERS:
        raise ParseError(f"holds more than {MOST_MEMBERS} files")
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise ParseError(f"holds more than {MOST_BYTES // 1_000_000_000} GB")
    found = {_name(entry): entry for entry in entries if _is_file(entry)}
    if not found:
        raise ParseError("holds no files")
    return found


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _is_file(entry: zipfile.ZipInfo) -> bool:
    mode = entry.external_attr >> 16
    return not entry.is_dir() and stat.S_IFMT(mode) in (0, stat.S_IFREG)


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the path of a member; names without a mark are in the encoding of their sender."""
    name = entry.filename
    if not entry.flag_bits & _UTF8_NAME:
        name = decode(name.encode("cp437", "replace"))
    name = unicodedata.normalize("NFC", plain_text(name.replace("\\", "/")))
    parts = name.split("/")
    if ".." in parts or not parts[0] or parts[0].endswith(":") or len(name) > _LONGEST_NAME:
        raise ParseError(f"holds a path that leads out of it: {name[:60]!r}")
    return "/".join(part for part in parts if part not in ("", "."))


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, longest: int) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise ParseError("protected by a password")
    if info.file_size > _SMALL and info.file_size > _MOST_RATIO * info.compress_size:
        raise ParseError("grows too much when it is unpacked")
    with archive.open(info) as file:
        data = file.read(longest + 1)
    if len(data) > longest:
        raise ParseError(f"larger than {longest // 1_000_000} MB")
    return data


@contextmanager
def _zip_errors() -> Iterator[None]:
    """Convert the errors of a damaged archive into a `ParseError`."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError) as error:
        raise ParseError("not a readable archive") from error
    except (NotImplementedError, RuntimeError) as error:
        raise ParseError("packed in a way that cannot be read") from error
