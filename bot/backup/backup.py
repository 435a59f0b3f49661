"""Takes a backup while the bot works."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path, PurePath

from dotenv.parser import parse_stream

from bot.backup.archive import BackupError, BackupManifest, BackupWriter, written_backup
from bot.backup.contents import (
    KEPT_FILES,
    REBUILT,
    SKIPPED_FILES,
    index_in,
    is_listed,
    is_temporary,
)
from bot.backup.redis_keys import RedisKeys
from knowledge.model.errors import KnowledgeError
from knowledge.storage.index_versions import IndexVersions

KEYS = "redis/"
DATA = "data/"
KNOWLEDGE = "knowledge.toml"
SETTINGS = "settings.env"
KEY = "INSTALLATION_KEY"

_PART_BYTES = 8 * 1024 * 1024
"""Of a member with keys, about: so much is in memory."""


@dataclass(frozen=True, slots=True)
class BackupPlaces:
    """Where the files are that a backup has.

    Attributes:
        data: The data folder.
        knowledge: `knowledge.toml`.
        settings: The file of settings, to take it and its tokens as well, but never the key of the
            installations; None to leave it out.
        index: Whether to take the index.
    """

    data: Path
    knowledge: Path
    settings: Path | None = None
    index: bool = False


@dataclass(slots=True)
class _Taken:
    """What was taken so far."""

    keys: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)


async def write_backup(path: Path, keys: RedisKeys, places: BackupPlaces) -> BackupManifest:
    """Write everything that counts to *path*, and return what that is.

    Redis comes first, the files after it: notes in Redis name entries, and no file names a key.

    Raises:
        BackupError: it cannot be written; nothing is left of it.
        RedisUnavailableError: Redis cannot be read; nothing is left of it.
    """
    _check_apart(path, places.data)
    began = time.time()
    taken = _Taken()
    with written_backup(path, began) as writer:
        await _add_keys(writer, keys, taken)
        _add_files(writer, places, taken)
        return writer.close(
            BackupManifest(
                program=version("kotae"),
                created_at=began,
                namespace=keys.namespace,
                keys=dict(taken.keys),
                waiting=taken.waiting,
                index=places.index,
                secrets=places.settings is not None,
                skipped=taken.skipped,
                unlisted=tuple(sorted(taken.unlisted)),
            )
        )


def _check_apart(path: Path, data: Path) -> None:
    """Refuse a place from which the next backup would take this one."""
    if path.resolve().is_relative_to(data.resolve()):
        raise BackupError(f"{path} is in the data folder: write backups elsewhere.")


async def _add_keys(writer: BackupWriter, keys: RedisKeys, taken: _Taken) -> None:
    part, size, number = list[bytes](), 0, 0
    async for key in keys.read():
        head = key.name.partition(":")[0]
        taken.keys[head] += 1
        if key.name == "open":
            taken.waiting = int(key.words[0])
        if not is_listed(key.name):
            taken.unlisted.add(f"Redis: {head}")
        line = key.model_dump_json(exclude_defaults=True).encode()
        part.append(line)
        size += len(line)
        if size >= _PART_BYTES:
            number += 1
            writer.add(f"{KEYS}{number:05}.jsonl", b"\n".join(part) + b"\n")
            part, size = [], 0
    if part:
        writer.add(f"{KEYS}{number + 1:05}.jsonl", b"\n".join(part) + b"\n")


def _add_files(writer: BackupWriter, places: BackupPlaces, taken: _Taken) -> None:
    files = list(_files(places)) if places.data.is_dir() else []
    # That of a workspace is in its data folder.
    inside = {path.resolve() for path in files if not path.is_symlink()}
    if places.knowledge.is_file() and places.knowledge.resolve() not in inside:
        writer.add_file(KNOWLEDGE, places.knowledge)
    if places.settings is not None:
        writer.add(SETTINGS, _without_key(places.settings))
    for path in files:
        name = path.relative_to(places.data)
        if path.is_symlink() or not path.is_file():
            taken.skipped[str(name)] = "it is not a plain file"
            continue
        if name.parts[0] not in {*KEPT_FILES, REBUILT}:
            taken.unlisted.add(f"data folder: {name.parts[0]}")
        if not writer.add_file(f"{DATA}{name.as_posix()}", path) and index_in(name):
            raise BackupError("The index changed twice meanwhile: take the backup again.")


def _without_key(settings: Path) -> bytes:
    """Return the file of settings without the key that encrypts the installations.

    They are in the same backup: whoever had both would have the tokens of all workspaces.

    Raises:
        BackupError: it is not UTF-8 text.
    """
    try:
        with settings.open(encoding="utf-8", newline="") as file:
            parts = list(parse_stream(file))
    except UnicodeDecodeError:
        raise BackupError(f"{settings} is not UTF-8 text.") from None
    kept = (part for part in parts if (part.key or "").upper() != KEY)
    return "".join(part.original.string for part in kept).encode()


def _files(places: BackupPlaces) -> Iterator[Path]:
    """Yield the files to take, folder by folder."""
    for path in sorted(places.data.rglob("*")):
        name = path.relative_to(places.data)
        folder = path.is_dir() and not path.is_symlink()
        if folder or name.parts[0] in SKIPPED_FILES:
            continue
        if (index := index_in(name)) is not None:
            taken = places.index and _is_in_use(name.relative_to(index), places.data / index)
        else:
            taken = not is_temporary(name)
        if taken:
            yield path


def _is_in_use(name: PurePath, index: Path) -> bool:
    """Tell whether *name* belongs to the version of *index* that is in use, or says which it is."""
    versions = IndexVersions(index)
    try:
        current = versions.current().name
    except (KnowledgeError, OSError):
        return False
    return name.parts[0] in {versions.pointer.name, current}
