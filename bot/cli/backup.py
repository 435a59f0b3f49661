"""`kotae backup` and `kotae restore`: one file with everything that counts, and the way back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.audit import note_act
from bot.cli.options import FILE, JSON, YES
from bot.cli.output import confirm, print_json, say
from bot.core.errors import BotError
from bot.core.i18n import counted

if TYPE_CHECKING:
    from bot.backup.archive import BackupManifest, BackupReader
    from bot.backup.backup import BackupPlaces
    from bot.backup.restore import RestoreReport
    from bot.settings.settings import Settings

_NAMED = "kotae-%Y%m%dT%H%M%SZ.tar.gz"
_PATTERN = "kotae-" + "[0-9]" * 8 + "T" + "[0-9]" * 6 + "Z.tar.gz"
_MEGABYTE = 1_000_000
_BEGAN = time.monotonic()
"""Older connections to Redis belong to other processes."""


@click.command()
@click.argument("place", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--index", is_flag=True, help="Take the index as well; it can be built again.")
@click.option("--secrets", is_flag=True, help="Take the file of settings with its tokens as well.")
@click.option(
    "--keep",
    type=click.IntRange(1),
    metavar="N",
    help="In a folder: delete all but the newest N backups that this command has named.",
)
@JSON
def backup(*, place: Path, index: bool, secrets: bool, keep: int | None, as_json: bool) -> None:
    """Write everything that counts to FILE; the bot may run.

    In a folder, the file is named after the time. It holds what people asked and answered: only its
    owner can read it. Tokens and the index are not in it.

    Example: kotae backup /backups --keep 14
    """
    import asyncio

    from bot.backup.archive import BackupReader

    if keep and not place.is_dir():
        raise click.UsageError("--keep needs a folder.")
    path = place / time.strftime(_NAMED, time.gmtime()) if place.is_dir() else place
    settings = _settings()
    _check_there(settings, secrets=secrets)
    began = time.monotonic()
    asyncio.run(_backed_up(path, settings, index=index, secrets=secrets))
    done = BackupReader(path).manifest  # read again: what cannot be restored is no backup
    deleted = _old(place, keep) if keep else []
    for old in deleted:
        old.unlink()
    note_act("backup", str(path))
    if as_json:
        print_json(_row(path, done) | {"deleted": [str(old) for old in deleted]})
        return
    _print(path, done)
    say(f"Written and verified in {time.monotonic() - began:.1f} s. {_without(done, settings)}")
    if deleted:
        say(f"Deleted: {', '.join(old.name for old in deleted)}")


@click.command()
@click.argument("file", type=FILE)
@click.option("--check", is_flag=True, help="Only verify FILE and say what is in it.")
@click.option("--force", is_flag=True, help="Replace what is there.")
@click.option(
    "--without-queue", is_flag=True, help="Leave out the questions that were not answered yet."
)
@YES
@JSON
def restore(
    *, file: Path, check: bool, force: bool, without_queue: bool, yes: bool, as_json: bool
) -> None:
    """Put the backup FILE back; the bot must be stopped.

    Every checksum is verified first. What is there already is replaced only with `--force`. A
    restore that was interrupted can be run again; until it is whole, the bot does not start.

    Questions that were waiting when the backup was taken are answered when the bot starts. If the
    bot went on after the backup, use `--without-queue`: it has answered them.
    """
    import asyncio

    from bot.backup.archive import BackupReader

    reader = BackupReader(file)
    if not as_json or check:
        _show(file, reader.manifest, as_json=as_json)
    if check:
        return
    settings = _settings()
    _check_same(reader.manifest.namespace, settings)
    if force and not yes:
        confirm("Replace everything that is there?", "--force needs --yes here.")
    done = asyncio.run(_restored(reader, settings, force=force, queue=not without_queue))
    note_act("restore", str(file), after=str(done.keys))
    if as_json:
        print_json({"keys": done.keys, "files": done.files, "left": done.left})
    else:
        _tell(done, settings, without_queue=without_queue)


def _check_there(settings: Settings, *, secrets: bool) -> None:
    """Refuse a workspace of which there is nothing, and secrets that are not its own."""
    from bot.cli.context import token_of

    if not settings.workspace:
        return
    token_of(settings)
    if secrets:
        raise BotError("A workspace has no tokens in a file: `--secrets` is for the deployment.")


def _check_same(namespace: str, settings: Settings) -> None:
    """Refuse to put one workspace of several in the place of another.

    That of a deployment with one workspace may become one of several.
    """
    from bot.redis.keys import NAMESPACE

    if namespace not in {NAMESPACE, settings.namespace}:
        team = namespace.removeprefix(f"{NAMESPACE}:")
        raise BotError(f"This is a backup of {team}: restore it with `kotae --workspace {team} …`")


async def _backed_up(path: Path, settings: Settings, *, index: bool, secrets: bool) -> None:
    from bot.app.container import open_store
    from bot.backup.backup import write_backup
    from bot.backup.redis_keys import RedisKeys

    places = _places(settings, index=index, secrets=secrets)
    async with open_store(settings) as store:
        await write_backup(path, RedisKeys(store.commands), places)


async def _restored(
    reader: BackupReader, settings: Settings, *, force: bool, queue: bool
) -> RestoreReport:
    from bot.app.container import open_store
    from bot.backup.redis_keys import RedisKeys
    from bot.backup.restore import restore as put_back
    from bot.entries.versions import EntryVersions

    places = _places(settings, secrets=reader.manifest.secrets)
    async with open_store(settings) as store:
        keys = RedisKeys(store.commands)
        if running := await keys.other_clients(time.monotonic() - _BEGAN):
            raise BotError(
                f"Kotae is running on this Redis ({running} connections): stop it first."
            )
        done = await put_back(reader, keys, places, force=force, queue=queue)
        await EntryVersions(store.commands).mend()
        return done


def _settings() -> Settings:
    """Read the settings without the promotions: a damaged file of them must not stop a rescue."""
    from bot.settings.settings import environment_settings
    from bot.telemetry.logs import set_up_logging

    settings = environment_settings()
    set_up_logging("warning", settings.secrets)
    return settings


def _places(settings: Settings, *, index: bool = False, secrets: bool = False) -> BackupPlaces:
    from bot.backup.backup import BackupPlaces
    from bot.settings.env_file import env_file

    file = env_file()
    if secrets and file is None:
        raise BotError("There is no file of settings: they come from the environment alone.")
    return BackupPlaces(
        settings.data_dir,
        settings.knowledge_config,
        file if secrets else None,
        index,
    )


def _old(folder: Path, keep: int) -> list[Path]:
    """Return the backups in *folder* that are older than the newest *keep*."""
    return sorted(folder.glob(_PATTERN))[:-keep]


def _show(path: Path, manifest: BackupManifest, *, as_json: bool) -> None:
    if as_json:
        print_json(_row(path, manifest))
    else:
        _print(path, manifest)


def _row(path: Path, manifest: BackupManifest) -> dict[str, object]:
    facts = manifest.model_dump(exclude={"members"})
    return {"file": str(path), "bytes": path.stat().st_size, **facts}


def _print(path: Path, manifest: BackupManifest) -> None:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(manifest.created_at))
    files = sum(name.startswith("data/") for name in manifest.members)
    size = path.stat().st_size / _MEGABYTE
    say(f"{path}: Kotae {manifest.program}, {when}, {size:.1f} MB")
    keys = counted(sum(manifest.keys.values()), "key")
    say(f"{keys} of Redis, {counted(files, 'file')}, every checksum is right")
    if manifest.waiting:
        say(f"{counted(manifest.waiting, 'job')} not done when it was taken")
    for name, reason in manifest.skipped.items():
        say(
            f"Not taken: {name}: {reason}",
        )
    if manifest.unlisted:
        say(f"Taken, though this version does not know it: {', '.join(manifest.unlisted)}")


def _sync(settings: Settings) -> str:
    return f"`kotae {f'--workspace {settings.workspace} ' if settings.workspace else ''}sync`"


def _without(manifest: BackupManifest, settings: Settings) -> str:
    apart = settings.installed_by_oauth  # each workspace has its index, and a backup of its own
    missing = [
        *([] if manifest.index or apart else [f"the index ({_sync(settings)} builds it)"]),
        *(["the data of workspaces (`kotae --workspace TEAM backup …`)"] if apart else []),
        *([] if manifest.secrets else ["tokens and settings (.env)"]),
    ]
    if missing:
        return f"Not in it: {', '.join(missing)}."
    return "It has your tokens: guard it. INSTALLATION_KEY is never in it."


def _tell(done: RestoreReport, settings: Settings, *, without_queue: bool) -> None:
    say(f"Restored: {counted(done.keys, 'key')} of Redis, {counted(done.files, 'file')}.")
    for line in done.left:
        say(line)
    if without_queue:
        say("What was waiting is left out.")
    elif done.manifest.waiting:
        say(f"For the bot to do when it starts: {counted(done.manifest.waiting, 'job')}.")
    if settings.installed_by_oauth:
        say("Next: restore each workspace (`kotae --workspace TEAM restore …`), then start Kotae.")
    elif not done.manifest.index:
        say(f"Next: {_sync(settings)} builds the index, then start the bot.")
