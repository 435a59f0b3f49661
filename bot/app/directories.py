"""Builds and checks what tells which groups people are in at sources."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from bot.app.container import open_knowledge, slack_credentials
from bot.directory.factory import open_directory
from bot.directory.lookup import GroupLookup, LookupReport
from bot.settings.settings import Settings, source_secret
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
    opened = [open_directory(one, source_secret) for one in base.directory_settings]
    lookup = GroupLookup(opened, base.directories, report)
    try:
        yield lookup
    finally:
        await lookup.aclose()


async def check_directories(settings: Settings) -> tuple[list[str], list[str]]:
    """Ask every directory for something.

    Returns:
        A line for each that answers, and one for each trouble: a directory that does not, groups
        of documents' readers that no directory resolves, nobody with an address in Slack.

    Raises:
        KnowledgeError: the index or `knowledge.toml` cannot be read.
        BotError: Slack does not answer.
    """
    base = open_knowledge(settings)
    try:
        needed, tables = await base.directories(), base.directory_settings
        known = await _addresses(settings) if await base.has_readers() else ("", True)
    finally:
        await base.aclose()
    found = await asyncio.gather(*(asyncio.to_thread(_checked, one) for one in tables))
    good = [line for line, answers in [*found, known] if answers and line]
    bad = [line for line, answers in [*found, known] if not answers]
    return good, [*bad, *_unresolved(needed, [one.name for one in tables])]


async def _addresses(settings: Settings) -> tuple[str, bool]:
    """Say how many people can be known at sources, and whether anybody can."""
    if settings.slack_bot_token is None:
        return "", True
    from bot.slack.client.checks import count_addresses

    confirmed, people = await count_addresses(slack_credentials(settings))
    have = "person has" if people == 1 else "people have"
    line = f"{confirmed} of {people} {have} an address that Slack has confirmed"
    if not confirmed:
        line += ": nobody reads documents with readers; does the app have users:read.email?"
    return line, bool(confirmed)


def _checked(table: DirectorySettings) -> tuple[str, bool]:
    try:
        directory = open_directory(table, source_secret)
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
