"""`kotae try`: the bot over the sample documents, in the browser or in the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bot.cli.context import command_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.settings.settings import Settings

DEMONSTRATION = (
    "ごみは朝何時までに出せばいいですか？",
    "How many days of annual leave do I get?",
)


@click.command(name="try")
@click.option("--no-demo", is_flag=True, help="Skip the two questions that are asked first.")
@click.option("--terminal", is_flag=True, help="Talk in the terminal instead of the browser.")
@click.option(
    "--port", default=8765, show_default=True, help="Port of the page; 0 takes any free one."
)
@click.option(
    "--local-model",
    is_flag=True,
    help="Use the first model server that runs on this machine, without asking.",
)
def try_(*, no_demo: bool, terminal: bool, port: int, local_model: bool) -> None:
    """Try the bot on sample documents, without account or key.

    There is nothing to set up. A Slack-shaped workspace opens in the browser. It runs on this
    machine, with channels, threads, feedback buttons, commands, and faults that you can cause. The
    samples are a Japanese city's guide to household waste and an English employee handbook, both
    made up. With OPENAI_API_KEY, a model writes the answers; without it, the bot quotes documents.
    """
    import asyncio

    from rich.panel import Panel

    from bot.cli.chat import converse
    from bot.cli.console import Console
    from bot.cli.knowledge import index_samples

    # A Redis of its own: invented questions must not reach the team's experts.
    own = {"redis_url": None, "slack_bot_token": None}
    settings = command_settings(samples=True, overrides=own)
    console = Console()
    if not terminal:
        from bot.app.demo import demo_address, running, show, write_demo_files

        if url := running(settings.data_dir):
            console.print(f"Kotae is already running: [bold]{url}[/bold]")
            show(url)
            return
    if chosen := _local_model(settings, wanted=local_model):
        settings = command_settings(samples=True, overrides={**own, **chosen})
    if not terminal:
        address = demo_address(settings.data_dir, port)
        settings = settings.model_copy(
            update={"knowledge_config": write_demo_files(settings, address)}
        )
    console.print(
        Panel.fit(
            "[bold]Kotae[/bold] over sample documents: a Japanese city's guide to household waste\n"
            "and an English employee handbook, both made up.\n" + _answers_by(settings),
        )
    )
    with asyncio.Runner() as runner:
        runner.run(index_samples(settings, console, vectors=terminal))
        if terminal:
            converse(settings, runner, console, "members", () if no_demo else DEMONSTRATION)
    if not terminal:
        from bot.app.demo import try_in_browser

        try_in_browser(settings, console, address, demo=not no_demo)


def _local_model(settings: Settings, *, wanted: bool) -> Mapping[str, object]:
    """Return the settings of a model server on this machine, if a person has chosen one.

    Raises:
        SettingsError: one is *wanted*, and none runs.
    """
    import asyncio

    from bot.core.errors import SettingsError
    from bot.llm.local_servers import PORTS, find_local_servers

    asks = sys.stdin.isatty() and sys.stdout.isatty()
    if settings.has_model or not (wanted or asks):
        return {}
    servers = asyncio.run(find_local_servers())
    if not servers and wanted:
        ports = ", ".join(f"{name} ({port})" for port, name in PORTS.items())
        raise SettingsError(f"--local-model: none of {ports} answers on this machine")
    for server in servers:
        question = f"{server.name} runs on this machine. Let {server.models[0]} write the answers?"
        if wanted or click.confirm(question, default=False):
            return {
                "openai_base_url": server.base_url,
                "openai_model": server.models[0],
                "openai_embedding_model": "hashing",
            }
    return {}


def _answers_by(settings: Settings) -> str:
    if settings.has_model:
        return f"[bold]{settings.openai_model}[/bold] writes the answers."
    return (
        "No model is configured, so the bot [bold]quotes[/bold] the best passage. Set\n"
        "OPENAI_API_KEY (or OPENAI_BASE_URL for a local model) to have answers written."
    )
