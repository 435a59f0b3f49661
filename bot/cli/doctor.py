"""`kotae doctor`: checks of everything that the bot needs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bot.cli.options import JSON
from bot.cli.output import output_language, print_json

if TYPE_CHECKING:
    from bot.settings.settings import Settings

_SYMBOLS = {"good": "[green]✓[/green]", "bad": "[red]✗[/red]", "note": "[yellow]–[/yellow]"}


@click.command()
@JSON
def doctor(*, as_json: bool) -> None:
    """Check tokens, endpoints, Redis, index, model and servers.

    Exit code 1 if something is wrong.
    """
    import asyncio

    from bot.cli.context import command_settings

    sys.exit(asyncio.run(_diagnose(command_settings(), as_json=as_json)))


async def _diagnose(settings: Settings, *, as_json: bool) -> int:
    """Print what each check finds; return 1 if anything is bad, else 0."""
    from dataclasses import asdict

    from rich.markup import escape

    from bot.app.doctor import checks_for, diagnose
    from bot.cli.console import Console
    from bot.telemetry.logs import set_up_logging

    set_up_logging("error", settings.secrets)  # the findings say the rest
    console = Console(highlight=False)
    width = max(len(name) for name, _ in checks_for(settings))
    findings = []
    async for finding in diagnose(settings, output_language(None)):
        findings.append(finding)
        if not as_json:
            name = finding.name.ljust(width)
            console.print(f"{_SYMBOLS[finding.verdict]} {name}  {escape(finding.text)}")
    if as_json:
        print_json([asdict(finding) for finding in findings])
    return int(any(finding.verdict == "bad" for finding in findings))
