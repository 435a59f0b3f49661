"""Conversations in the terminal: over the shipped samples, or over the team's own documents."""

import asyncio
import sys
from pathlib import Path

from rich.console import Console
from rich.panel import Panel

import knowledge
from bot.app.container import open_knowledge
from bot.app.terminal import open_terminal_bot
from bot.cli.chat import HELP, TerminalChat
from bot.cli.knowledge import sync_with_progress
from bot.cli.readers import reader_named
from bot.settings.settings import Settings, load_settings
from bot.telemetry.logs import set_up_logging

SAMPLES = Path(knowledge.__file__).parent / "samples" / "knowledge.toml"
DEMONSTRATION = (
    "モバイルバッテリーはどうやって捨てればいいですか？",
    "How many days of annual leave do I get?",
)


def try_samples(*, demo: bool, terminal: bool, port: int) -> None:
    """Index the samples, then show the bot on a page in the browser, or here in the terminal.

    Args:
        demo: Whether a question in each language is asked first.
        terminal: Whether to stay in the terminal.
        port: Of the page; 0 takes any free one.
    """
    settings = load_settings()
    set_up_logging("warning", settings.secrets)
    own = settings.model_copy(
        update={
            "knowledge_config": SAMPLES,
            "data_dir": settings.data_dir / "try",
            # A Redis of its own: invented questions must not reach the team's experts.
            "redis_url": None,
            "slack_bot_token": None,
        }
    )
    console = Console()
    console.print(
        Panel.fit(
            "[bold]Kotae[/bold] over sample documents: a Japanese city's guide to household waste\n"
            "and an English employee handbook, both made up.\n" + _brain(own),
        )
    )
    with asyncio.Runner() as runner:
        runner.run(_sync(own, console))
        if terminal:
            _converse(own, runner, console, "members", DEMONSTRATION if demo else ())
    if not terminal:
        from bot.app.demo import try_in_browser

        try_in_browser(own, console, demo=demo, port=port)


def chat_over_knowledge(reader: str) -> None:
    """Talk over the documents of `knowledge.toml`, as they were at the last sync."""
    settings = load_settings()
    set_up_logging("warning", settings.secrets)
    console = Console()
    with asyncio.Runner() as runner:
        _converse(settings, runner, console, reader, ())


def _converse(
    settings: Settings,
    runner: asyncio.Runner,
    console: Console,
    reader: str,
    demonstration: tuple[str, ...],
) -> None:
    opened = open_terminal_bot(settings, reader_named(reader))
    bot = runner.run(opened.__aenter__())
    try:
        chat = TerminalChat(bot, console)
        chat.demonstrate(runner, demonstration)
        if sys.stdin.isatty() or not demonstration:
            console.print(HELP)
            chat.talk(runner)
        else:
            console.print("Run `kotae try --terminal` in a terminal to ask your own questions.")
    finally:
        runner.run(opened.__aexit__(None, None, None))


async def _sync(settings: Settings, console: Console) -> None:
    base = open_knowledge(settings)
    try:
        await sync_with_progress(base, (), console, force=True)
    finally:
        await base.aclose()


def _brain(settings: Settings) -> str:
    if settings.has_model:
        return f"Answers are written by [bold]{settings.openai_model}[/bold]."
    return (
        "No model is configured, so it [bold]quotes[/bold] the best passage. Set OPENAI_API_KEY\n"
        "(or OPENAI_BASE_URL for a local model) and it writes answers."
    )
