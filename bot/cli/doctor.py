"""`kotae doctor` as a person sees it."""

import asyncio
import json
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape

from bot.app.doctor import CHECKS, diagnose
from bot.settings.settings import load_settings
from bot.telemetry.logs import set_up_logging

_MARKS = {"good": "[green]✓[/green]", "bad": "[red]✗[/red]", "note": "[yellow]–[/yellow]"}


def examine_all(*, as_json: bool) -> int:
    """Print what each check finds; return 1 if anything is bad, else 0."""
    settings = load_settings()
    set_up_logging("error", settings.secrets)  # what else there is to say, the findings do
    console = Console(highlight=False)
    width = max(len(name) for name, _ in CHECKS)

    async def run() -> int:
        findings = []
        async for finding in diagnose(settings):
            findings.append(finding)
            if not as_json:
                name = finding.name.ljust(width)
                console.print(f"{_MARKS[finding.verdict]} {name}  {escape(finding.text)}")
        if as_json:
            print(json.dumps([asdict(f) for f in findings], ensure_ascii=False))  # noqa: T201
        return int(any(finding.verdict == "bad" for finding in findings))

    return asyncio.run(run())
