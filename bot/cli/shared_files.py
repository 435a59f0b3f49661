"""Takes over the files of the other machines before a command, and gives them ours after it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from bot.core.errors import BotError, RedisUnavailableError

if TYPE_CHECKING:
    from bot.shared_files.mirror import SharingReport

_PATIENCE = 5.0
"""Seconds that a command waits for Redis before it works with what is here."""


def share_before() -> None:
    """Take over what others have changed; without Redis, the command works with what is here."""
    with suppress(RedisUnavailableError, TimeoutError):
        _tell(_shared(_PATIENCE))


def share_after() -> None:
    """Let the others have what the command has changed.

    Raises:
        BotError: They do not have it, and why.
    """
    try:
        report = _shared()
    except RedisUnavailableError as error:
        raise BotError(
            f"What was changed is on this machine alone: {error} The next command shares it."
        ) from error
    _tell(report)
    if report.kept_apart:
        raise BotError("What others have changed meanwhile holds: do it again.")


def _tell(report: SharingReport) -> None:
    for path in report.kept_apart:
        click.echo(
            f"kotae: {path} was changed on two machines: the team's holds, and yours is in "
            f"{path}.yours",
            err=True,
        )


def _shared(seconds: float | None = None) -> SharingReport:
    from bot.app.shared_files import share_files
    from bot.backup.restore import check_not_restoring
    from bot.settings.settings import environment_settings
    from bot.shared_files.mirror import SharingReport
    from bot.telemetry.logs import set_up_logging

    settings = environment_settings()
    if settings.redis_url is None:
        return SharingReport()
    set_up_logging("warning", settings.secrets)
    check_not_restoring(settings.data_dir)

    async def share() -> SharingReport:
        async with asyncio.timeout(seconds):
            return await share_files(settings)

    return asyncio.run(share())
