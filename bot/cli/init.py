"""`kotae init`: the first files, the first index, and what to do next."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli import texts
from bot.cli.options import LANGUAGE
from bot.cli.output import output_language
from bot.core.errors import BotError

if TYPE_CHECKING:
    from rich.console import Console

    from bot.core.language import Language
    from bot.llm.local_servers import LocalServer
    from bot.settings.settings import Settings

ENV = Path(".env")


@click.command()
@click.argument(
    "folder",
    default=".",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing, and replace knowledge.toml.")
@LANGUAGE
def init(*, folder: Path, yes: bool, language: str | None) -> None:
    """Set up Kotae for the documents in FOLDER.

    It counts the documents, writes knowledge.toml and .env, and indexes. FOLDER is the present
    folder by default. A file that exists is kept; -y replaces knowledge.toml and keeps the old one
    as knowledge.toml.old. Nothing ever replaces .env.

    Example: kotae init docs/handbook
    """
    import asyncio

    from bot.cli.console import Console
    from bot.settings.env_file import env_file

    said = output_language(language)
    console = Console(highlight=False)
    _write_knowledge(folder, said, console, replace=yes)
    file = env_file() or ENV
    if file.exists():
        console.print(texts.INIT_KEPT.to(said, file=file))
    else:
        _write_env(file, said, console, asks=not yes)
    asyncio.run(_index(said, console))


def _write_knowledge(folder: Path, language: Language, console: Console, *, replace: bool) -> None:
    """Write `knowledge.toml` unless there is one that is to be kept.

    Raises:
        BotError: there are no documents; nothing is written.
    """
    from bot.app.first_files import find_documents, knowledge_toml

    file = _settings().knowledge_config
    if file.exists() and not replace:
        console.print(texts.INIT_KEPT.to(language, file=file))
        return
    found = find_documents(folder)
    if not found.read:
        raise BotError(texts.INIT_NOTHING.to(language, folder=folder.resolve()))
    counted = ", ".join(f"{name} {count}" for name, count in found.read.items())
    total = sum(found.read.values())
    console.print(texts.INIT_FOUND.to(language, count=total, formats=counted), markup=False)
    if found.others:
        other = ", ".join(f"{suffix or '-'} {n}" for suffix, n in sorted(found.others.items()))
        console.print(texts.INIT_OTHERS.to(language, formats=other), markup=False)
    text = knowledge_toml(folder, file.parent, language)
    if file.exists() and file.read_bytes() != text.encode():
        old = file.with_name(f"{file.name}.old")
        file.replace(old)
        console.print(texts.INIT_MOVED.to(language, file=file, old=old))
    file.write_text(text, encoding="utf-8")
    console.print(texts.INIT_WROTE.to(language, file=file))


def _write_env(file: Path, language: Language, console: Console, *, asks: bool) -> None:
    from bot.app.first_files import env_text, write_private

    server = None if _settings().has_model else _local_server(language, console, asks=asks)
    write_private(file, env_text(language, server))
    console.print(texts.INIT_WROTE_ENV.to(language, file=file))


def _local_server(language: Language, console: Console, *, asks: bool) -> LocalServer | None:
    """Return the model server on this machine that the person says yes to."""
    import asyncio

    from bot.llm.local_servers import find_local_servers

    for server in asyncio.run(find_local_servers()):
        names = {"name": server.name, "model": server.models[0], "url": server.base_url}
        if not (asks and sys.stdin.isatty()):
            console.print(texts.INIT_SERVER.to(language, **names), markup=False)
        elif click.confirm(texts.INIT_USE_SERVER.to(language, **names), default=False):
            return server
    return None


async def _index(language: Language, console: Console) -> None:
    """Index the documents, and say the next steps with a question that they answer."""
    from contextlib import aclosing

    from bot.analytics.starter_questions import StarterQuestions
    from bot.app.container import open_knowledge
    from bot.app.machines import open_visit
    from bot.cli.context import reader_named
    from bot.cli.knowledge import sync_with_progress
    from knowledge.model.errors import KnowledgeError

    settings = _settings()
    async with (
        aclosing(open_knowledge(settings)) as base,
        open_visit(settings, base, changes=True),
    ):
        report = await sync_with_progress(base, (), console, force=False)
        if not report.documents_total:
            raise KnowledgeError(texts.INIT_EMPTY.to(language))
        found = await StarterQuestions(base).of(reader_named("members"), language, 1)
    question = found[0] if found else texts.INIT_ANY_QUESTION.to(language)
    console.print()
    console.print(
        texts.INIT_NEXT.to(language, question=shlex.quote(question)), markup=False, soft_wrap=True
    )


def _settings() -> Settings:
    from bot.cli.context import command_settings

    return command_settings()
