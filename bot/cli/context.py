"""What commands work on: settings, sample documents, readers, the knowledge base and Redis."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import knowledge
from bot.core.errors import BotError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bot.redis.connection import RedisConnection
    from bot.settings.settings import Settings
    from knowledge.base import KnowledgeBase
    from knowledge.model.types import Principal

Returned = TypeVar("Returned")

SAMPLES = Path(knowledge.__file__).parent / "samples" / "knowledge.toml"
SAMPLE_CASES = SAMPLES.with_name("cases.jsonl")


def command_settings(
    changes: Sequence[str] = (),
    *,
    samples: bool = False,
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """Read the settings and keep the log quiet.

    Args:
        changes: Settings to replace, as `NAME=VALUE`; an empty value means the default.
        samples: Whether to use the sample documents, with a data folder of their own.
        overrides: Settings to replace, by their field names.

    Raises:
        SettingsError: when a change names no setting, or a setting is malformed.
        NotInstalledError: when there is nothing of the workspace that the command is for.
    """
    from bot.settings.settings import default_of, environment_settings, load_settings, names
    from bot.telemetry.logs import set_up_logging

    values = dict(overrides or {})
    for change in changes:
        key, _, value = change.partition("=")
        if key.upper() not in names():
            raise SettingsError(f"--set {change}: there is no setting {key}")
        values[key.lower()] = value or default_of(key)
    if samples:
        values |= {"index_store": "", "index_url": ""}  # invented documents stay on this machine
        folder = environment_settings(**values).data_dir / "try"
        # What is tried on the samples is none of the team's business, wherever that is kept.
        values |= {"knowledge_config": SAMPLES, "data_dir": folder, "redis_url": None}
    settings = load_settings(**values)
    if settings.workspace and not samples and settings.slack_bot_token is None:
        token = token_of(settings)
        settings = load_settings(**values, slack_bot_token=token) if token else settings
    set_up_logging("warning", settings.secrets)
    return settings


def token_of(settings: Settings) -> str:
    """Return the bot token of the workspace of *settings*, "" where it cannot be had.

    Only some commands need it, and those say what is missing: what was kept of a workspace, or is
    prepared for it, can be worked on without.

    Raises:
        NotInstalledError: the app is not installed there, and there is no data folder of it.
    """
    from bot.app.installations import NotInstalledError, token_for

    try:
        with ThreadPoolExecutor(1) as pool:  # some commands read settings while their loop runs
            return pool.submit(lambda: asyncio.run(token_for(settings.workspace))).result()
    except NotInstalledError:
        if not settings.data_dir.is_dir():
            raise
    except BotError:
        pass
    return ""


def with_knowledge(
    work: Callable[[KnowledgeBase], Awaitable[Returned]], *, changes: bool = False
) -> Returned:
    """Open the knowledge base, do *work* with it, and close it.

    Where machines share an index, it is brought here first; *work* that *changes* it is done by the
    indexer, if one runs.
    """
    import click

    from bot.app.container import open_knowledge
    from bot.app.machines import open_visit

    settings = command_settings()

    async def run() -> Returned:
        async with (
            aclosing(open_knowledge(settings)) as base,
            open_visit(settings, base, changes=changes) as indexer,
        ):
            if indexer:
                click.echo(f"The indexer on {indexer.host} does it, with its documents.", err=True)
            return await work(base)

    return asyncio.run(run())


def with_store(
    work: Callable[[RedisConnection], Awaitable[Returned]], settings: Settings | None = None
) -> Returned:
    """Connect to the Redis of *settings*, do *work* with it, and close it."""
    from bot.app.container import open_store

    known = settings or command_settings()

    async def run() -> Returned:
        async with open_store(known) as store:
            return await work(store)

    return asyncio.run(run())


def reader_named(name: str) -> Principal:
    """Return the reader that `--as` names: `anyone`, `members`, or groups such as `#hr,C0123`.

    A member of a group is a member of the team.

    Raises:
        SettingsError: when a group is malformed.
    """
    from knowledge.model.access import parse_group
    from knowledge.model.types import Principal

    match name.strip():
        case "anyone":
            return Principal("anyone")
        case "members" | "":
            return Principal("terminal", member=True)
        case groups:
            try:
                names = frozenset(
                    parse_group(group.strip()) for group in groups.split(",") if group.strip()
                )
            except ValueError as error:
                raise SettingsError(f"--as: {str(error).removeprefix('audience has ')}") from error
            return Principal("terminal", member=True, groups=names)
