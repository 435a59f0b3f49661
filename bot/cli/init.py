"""`kotae init`: the first files, the first index, and what to do next."""

from __future__ import annotations

import shlex
import shutil
import stat
import sys
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from bot.cli import texts
from bot.cli.options import LANGUAGE
from bot.cli.output import output_language
from bot.core.errors import BotError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.cli.console import Console
    from bot.core.language import Language
    from bot.llm.local_servers import LocalServer
    from bot.settings.settings import Settings
    from knowledge.base import KnowledgeBase
    from knowledge.model.source_settings import SourceSettings

ENV = Path(".env")


@click.command()
@click.argument(
    "folders",
    nargs=-1,
    metavar="[FOLDER]...",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option("--git", metavar="URL", multiple=True, help="Also read this git repository.")
@click.option("--web", metavar="URL", multiple=True, help="Also read this web site or sitemap.")
@click.option(
    "--slack-channel", metavar="CHANNEL", multiple=True, help="Also read this channel of Slack."
)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing, and replace knowledge.toml.")
@LANGUAGE
def init(
    *,
    folders: tuple[Path, ...],
    git: tuple[str, ...],
    web: tuple[str, ...],
    slack_channel: tuple[str, ...],
    yes: bool,
    language: str | None,
) -> None:
    """Set up Kotae for the documents of a team.

    It asks where they are, writes knowledge.toml and .env, tries the sources, and indexes. What you
    name is not asked for: folders, and the options below, each of which may be repeated. Without a
    terminal, and with -y, the present folder is read where nothing is named.

    Nothing is lost: named sources are added to a knowledge.toml that exists. -y replaces it and
    keeps the old one as knowledge.toml.old (.old.2, …). Nothing ever replaces .env.

    Example: kotae init docs/handbook --git https://github.com/example/product.git
    """
    from bot.cli.console import Console
    from bot.cli.init_sources import named_sources
    from bot.settings.env_file import env_file

    said = output_language(language)
    console = Console(highlight=False)
    file = _settings().knowledge_config
    asks = sys.stdin.isatty() and not yes
    if not (folders or git or web or slack_channel or asks) and (yes or not file.exists()):
        folders = (Path(),)
    named = named_sources(folders, git, web, slack_channel, file.parent, said)
    for folder in folders:
        _tell_documents(folder, said, console)
    plan = _plan(file, named, said, console, asks=asks, replace=yes)
    if plan is None:
        console.print(texts.INIT_LATER.to(said), markup=False, soft_wrap=True)
        return
    env = env_file() or ENV
    is_open = not (env.exists() or _settings().has_model)
    server = _local_server(said, console, asks=asks) if is_open else None
    _write_knowledge(file, plan, said, console)
    _write_env(env, server, said, console)
    _tell_missing_tokens(plan.sources, env, said, console)
    if not _read(said, console, asks=asks):
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to do with `knowledge.toml`, and with which sources."""

    way: Literal["keep", "add", "write"]
    sources: Sequence[SourceSettings] = ()


def _plan(
    file: Path,
    named: Sequence[SourceSettings],
    language: Language,
    console: Console,
    *,
    asks: bool,
    replace: bool,
) -> _Plan | None:
    """Decide, and ask what the command line leaves open; None if there is no source at all."""
    from bot.app.first_sources import new_sources
    from bot.cli.init_sources import SourceQuestions, confirmed
    from knowledge.model.settings import load_settings

    questions = SourceQuestions(console, language, file.parent)
    if replace or not file.exists():
        sources = new_sources(named, (), file.parent) if named else questions.sources(())
        return _Plan("write", sources) if sources else None
    if not (named or asks):
        return _Plan("keep")
    known = load_settings(file).sources
    sources = new_sources(named, known, file.parent)
    if not named:
        old = _old(file).name
        if confirmed(texts.INIT_EXISTS, language, usual=False, file=file):
            sources = questions.sources(known)
        elif confirmed(texts.INIT_REPLACE, language, usual=False, old=old):
            sources = questions.sources(())
            return _Plan("write" if sources else "keep", sources)
    return _Plan("add" if sources else "keep", sources)


def _tell_documents(folder: Path, language: Language, console: Console) -> None:
    """Say what documents *folder* has.

    Raises:
        BotError: it has none; nothing is written.
    """
    from bot.cli.init_sources import NoDocumentsError, print_documents

    try:
        print_documents(folder, language, console)
    except NoDocumentsError:
        raise BotError(texts.INIT_NOTHING.to(language, folder=folder.resolve())) from None


def _write_knowledge(file: Path, plan: _Plan, language: Language, console: Console) -> None:
    """Write what was decided; a crash leaves the old file or the whole new one.

    Raises:
        BotError: the sources of the file cannot be added to.
    """
    from bot.app.first_sources import knowledge_toml, source_tables, with_tables
    from bot.core.atomic_write import write_whole

    if plan.way == "keep":
        console.print(texts.INIT_KEPT.to(language, file=file))
        return
    text = knowledge_toml(plan.sources, language)
    said = texts.INIT_WROTE.to(language, file=file)
    mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else None
    if plan.way == "add":
        try:
            text = with_tables(file.read_bytes().decode("utf-8-sig"), plan.sources)
        except ValueError:
            tables = source_tables(plan.sources)
            by_hand = texts.INIT_BY_HAND.to(language, file=file, tables=tables)
            raise BotError(by_hand) from None
        names = ", ".join(source.name for source in plan.sources)
        said = texts.INIT_ADDED.to(language, file=file, names=names)
    elif file.exists() and file.read_bytes() != text.encode():
        old = _old(file)
        shutil.copy2(file, old)
        console.print(texts.INIT_MOVED.to(language, file=file, old=old))
    write_whole(file.resolve(), text)
    if mode is not None:
        file.chmod(mode)
    console.print(said, markup=False, soft_wrap=True)


def _old(file: Path) -> Path:
    """Return a name for what is replaced that no file has."""
    numbered = (f"{file.name}.old.{number}" for number in count(2))
    names = (file.with_name(name) for name in chain([f"{file.name}.old"], numbered))
    return next(path for path in names if not path.exists())


def _write_env(
    file: Path, server: LocalServer | None, language: Language, console: Console
) -> None:
    from bot.app.first_files import env_text, write_private

    if file.exists():
        console.print(texts.INIT_KEPT.to(language, file=file))
        return
    write_private(file, env_text(language, server))
    console.print(texts.INIT_WROTE_ENV.to(language, file=file))


def _tell_missing_tokens(
    sources: Sequence[SourceSettings], env: Path, language: Language, console: Console
) -> None:
    from bot.settings.settings import source_secret
    from knowledge.model.errors import KnowledgeConfigError

    for name in filter(None, (getattr(source, "token", None) for source in sources)):
        try:
            source_secret(name)
        except KnowledgeConfigError:
            console.print(texts.INIT_TOKEN_MISSING.to(language, name=name, file=env), markup=False)


def _local_server(language: Language, console: Console, *, asks: bool) -> LocalServer | None:
    """Return the model server on this machine that the person says yes to."""
    import asyncio

    from bot.cli.init_sources import confirmed
    from bot.llm.local_servers import find_local_servers

    for server in asyncio.run(find_local_servers()):
        names = {"name": server.name, "model": server.models[0], "url": server.base_url}
        if not asks:
            console.print(texts.INIT_SERVER.to(language, **names), markup=False)
        elif confirmed(texts.INIT_USE_SERVER, language, usual=False, **names):
            return server
    return None


def _read(language: Language, console: Console, *, asks: bool) -> bool:
    """Try the sources, index what can be read, and say the next steps.

    Returns:
        Whether all that was wanted could be read.
    """
    import asyncio

    from bot.cli.init_sources import confirmed
    from knowledge.model.settings import load_settings

    file = _settings().knowledge_config
    sources = load_settings(file).sources
    names, good, question = [source.name for source in sources], True, ""
    steps: list[str] = []
    if not all(source.is_here for source in sources):
        console.print(texts.INIT_TRYING.to(language))
        names, good = asyncio.run(_try(sources, language, console))
        if names and asks and not confirmed(texts.INIT_READ_NOW, language, usual=True):
            names = []
            steps.append(texts.INIT_READ_LATER.to(language))
    if not good:
        steps = [texts.INIT_CORRECT.to(language, file=file)]
    if names:
        question, synced = asyncio.run(_index(names, language, console))
        good = good and synced
        steps.append(texts.INIT_NEXT.to(language, question=shlex.quote(question)))
    steps.append(texts.INIT_NEXT_SLACK.to(language))
    console.print()
    console.print("\n".join(steps), markup=False, soft_wrap=True)
    return good


async def _try(
    sources: Sequence[SourceSettings], language: Language, console: Console
) -> tuple[list[str], bool]:
    from contextlib import aclosing

    from bot.app.container import open_knowledge
    from bot.cli.init_sources import try_sources

    async with aclosing(open_knowledge(_settings())) as base:
        return await try_sources(base, sources, language, console)


async def _index(names: Sequence[str], language: Language, console: Console) -> tuple[str, bool]:
    """Index the sources *names*.

    Returns:
        A question that the documents answer, and whether each source could be read.

    Raises:
        KnowledgeError: there is nothing in the index.
    """
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
        report = await sync_with_progress(base, names, console, force=False)
        if not report.documents_total:
            raise KnowledgeError(texts.INIT_EMPTY.to(language))
        if len(names) > 1:
            _tell_counts(base, names, language, console)
        found = await StarterQuestions(base).of(reader_named("members"), language, 1)
    return found[0] if found else texts.INIT_ANY_QUESTION.to(language), not report.failures


def _tell_counts(
    base: KnowledgeBase, names: Sequence[str], language: Language, console: Console
) -> None:
    for source in base.status().sources:
        if source.name in names:
            values = {"name": source.name, "count": source.documents}
            console.print(texts.INIT_COUNTED.to(language, **values), markup=False)


def _settings() -> Settings:
    from bot.cli.context import command_settings

    return command_settings()
