"""Builds and checks what tells which groups people are in at sources."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from bot.app.container import open_knowledge
from bot.directory.factory import open_directory
from bot.directory.lookup import GroupLookup, LookupReport
from bot.settings.settings import Settings, secret_named
from knowledge.base import KnowledgeBase
from knowledge.model.directory_settings import SLACK, DirectorySettings
from knowledge.model.errors import KnowledgeError


@asynccontextmanager
async def open_directories(
    base: KnowledgeBase, report: LookupReport = lambda _directory, _outcome: None
) -> AsyncIterator[GroupLookup]:
    """Open the directories of *base*, and close them again.

    Args:
        base: Names them, and says which of them documents need.
        report: Called with the outcome of each look-up.

    Raises:
        KnowledgeConfigError: a secret or a library is missing.
    """
    opened = [open_directory(one, secret_named) for one in base.directory_settings]
    lookup = GroupLookup(opened, base.directories, report)
    try:
        yield lookup
    finally:
        await lookup.aclose()


async def check_directories(settings: Settings) -> tuple[list[str], list[str]]:
    """Ask every directory for something.

    Returns:
        A line for each that answers, and one for each trouble: a directory that does not, and
        groups of documents' readers that no directory resolves.

    Raises:
        KnowledgeError: the index or `knowledge.toml` cannot be read.
    """
    base = open_knowledge(settings)
    try:
        needed, tables = await base.directories(), base.directory_settings
    finally:
        await base.aclose()
    found = await asyncio.gather(*(asyncio.to_thread(_checked, one) for one in tables))
    good = [line for line, answers in found if answers]
    bad = [line for line, answers in found if not answers]
    return good, [*bad, *_unresolved(needed, [one.name for one in tables])]


def _checked(table: DirectorySettings) -> tuple[str, bool]:
    try:
        directory = open_directory(table, secret_named)
        try:
            return f"{table.name}: {directory.check()}", True
        finally:
            directory.close()
    except KnowledgeError as error:
        return str(error), False


def _unresolved(needed: Collection[str], present: Collection[str]) -> list[str]:
    missing = sorted(set(needed) - {SLACK, *present})
    return [
        f"documents are for groups of {name}, and nobody is in any: add [[directories]] with "
        f'name = "{name}"'
        for name in missing
    ]
