"""Puts a backup back into an empty place, or in place of what is there.

Everything is unpacked beside its place first. A kill before that is done changes nothing; a kill
after it leaves a mark, with which the bot does not start and the restore can be run again.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from bot.backup.archive import BackupError, BackupManifest, BackupReader
from bot.backup.backup import DATA, KEYS, KNOWLEDGE, SETTINGS, BackupPlaces
from bot.backup.contents import QUEUE, REBUILT, SKIPPED_FILES
from bot.backup.redis_keys import RedisKeys, StoredKey
from bot.core.atomic_write import write_whole
from bot.core.errors import SettingsError
from bot.core.i18n import counted

MARK = ".restoring"
"""In the data folder while a restore replaces what is there."""

_DRAFT = ".restore"
_AT_ONCE = 1_000
_NEW = frozenset({*SKIPPED_FILES, REBUILT, MARK, _DRAFT, ".doctor"})
"""Names in a data folder that nobody has kept anything in."""


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What a restore has done.

    Attributes:
        keys: Keys of Redis that are there now; what had expired meanwhile is not.
        files: Files in the data folder.
        left: What was not put in place, and why.
    """

    manifest: BackupManifest
    keys: int
    files: int
    left: tuple[str, ...] = ()


def check_not_restoring(data: Path) -> None:
    """Raise `SettingsError` where a restore was killed while it replaced what is in *data*."""
    if (data / MARK).exists():
        raise SettingsError(
            f"A restore was interrupted, and {data} is not whole: run `kotae restore` again."
        )


async def restore(
    reader: BackupReader,
    keys: RedisKeys,
    places: BackupPlaces,
    *,
    force: bool = False,
    queue: bool = True,
) -> RestoreReport:
    """Put the backup of *reader* into *places* and Redis; the bot must not work there.

    Args:
        reader: The backup.
        keys: The keys of the bot in Redis.
        places: Where the files belong.
        force: Whether to replace what is there.
        queue: Whether to restore the jobs that were not done, which are then done.

    Raises:
        BackupError: there is something in the place, and nothing was changed. Or something cannot
            be written; then the restore can be run again.
        RedisUnavailableError: as when something cannot be written.
    """
    await _check_place(keys, places, force=force)
    try:
        files = _unpack(reader, places)
        await keys.drop_draft()
        await _draft_keys(reader, keys, queue=queue)
        write_whole(places.data / MARK, reader.path.name + "\n")
        _put_in_place(places)
        count = await keys.put_in_place()
        left = tuple(_put_beside(reader, places))
        (places.data / MARK).unlink()
    except OSError as error:
        raise BackupError(
            f"The restore stopped: {error.strerror or error}. Fix that, and run it again."
        ) from error
    finally:
        shutil.rmtree(places.data / _DRAFT, ignore_errors=True)
    return RestoreReport(reader.manifest, count, files, left)


async def _check_place(keys: RedisKeys, places: BackupPlaces, *, force: bool) -> None:
    if force or (places.data / MARK).exists():
        return
    if found := await keys.names():
        raise BackupError(
            f"Redis has {counted(len(found), 'key')} of Kotae already, such as {min(found)}: "
            "`--force` replaces them."
        )
    if there := _kept_in(places.data):
        raise BackupError(f"{places.data} has {there[0]} already: `--force` replaces it.")


def _kept_in(data: Path) -> list[str]:
    """Return the names in *data* that hold something."""
    if not data.is_dir():
        return []
    return sorted(
        path.name
        for path in data.iterdir()
        if path.name not in _NEW
        and (path.is_file() or any(one.is_file() for one in path.rglob("[!.]*")))
    )


def _unpack(reader: BackupReader, places: BackupPlaces) -> int:
    """Write the files of the data folder into a folder beside their places."""
    draft = places.data / _DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    count = 0
    for name, content in reader.members(DATA):
        path = draft / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)
        path.chmod(0o600)
        count += 1
    return count


async def _draft_keys(reader: BackupReader, keys: RedisKeys, *, queue: bool) -> None:
    for _, content in reader.members(KEYS):
        part = [key for key in _keys_in(content) if queue or not _is_waiting(key)]
        for first in range(0, len(part), _AT_ONCE):
            await keys.draft(part[first : first + _AT_ONCE])


def _keys_in(content: IO[bytes]) -> Iterator[StoredKey]:
    for line in content:
        try:
            yield StoredKey.model_validate_json(line)
        except ValidationError:
            raise BackupError("The backup has a key that cannot be read: update Kotae.") from None


def _is_waiting(key: StoredKey) -> bool:
    """Tell whether *key* belongs to work that was not done; dead letters stay."""
    head, colon, _ = key.name.partition(":")
    if head == "job":
        fields = dict(zip(key.words[::2], key.words[1::2], strict=True))
        return fields.get("state") not in {"done", "dead"}
    return head + colon in QUEUE - {"dead", "schedules"}


def _put_in_place(places: BackupPlaces) -> None:
    """Replace every kept name of the data folder by that of the backup."""
    draft = places.data / _DRAFT
    restored = {path.name for path in draft.iterdir()}
    for name in {*_kept_in(places.data), *restored}:
        path = places.data / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        if name in restored:
            (draft / name).rename(path)


def _put_beside(reader: BackupReader, places: BackupPlaces) -> Iterator[str]:
    """Write `knowledge.toml` and the settings where there are none; yield what stays out."""
    for member, place in ((KNOWLEDGE, places.knowledge), (SETTINGS, places.settings)):
        for name, content in reader.members(member):
            data = content.read()
            if name or (place is not None and place.is_file() and place.read_bytes() == data):
                continue
            if place is None or place.exists():
                yield f"{member}: yours stays, and it is another one"
                continue
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                write_whole(place, data.decode("utf-8"))
            except (OSError, UnicodeDecodeError) as error:
                yield f"{member}: {place} cannot be written ({error})"
