"""How commands print results, ask for confirmation and show progress."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from bot.core.errors import BotError
from bot.core.printable import printable_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.progress import Progress, ProgressColumn, TaskID

    from bot.core.language import Language
    from knowledge.model.types import Progress as Stage

NOT_PROVEN = 3
"""Exit code of a check that ran and did not give the wanted result."""


class NotProvenError(BotError):
    """A command was refused because a proof is missing; the exit code is `NOT_PROVEN`."""


def say(*parts: str | tuple[str, str]) -> None:
    """Print one line to standard output, unwrapped: plain texts, and texts with a style."""
    from rich.text import Text

    from bot.cli.console import Console

    Console().print(Text.assemble(*parts), soft_wrap=True, highlight=False, emoji=False)


def print_json(data: object) -> None:
    """Print *data* on one line; a set is a sorted list; other types are text."""
    click.echo(printable_json(data, default=_plain))


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


def output_language(language: str | None) -> Language:
    """Return *language*, or that of the terminal's locale, whether it is installed or not.

    The order of the variables is that of POSIX (Base Definitions, 8.2).
    """
    environment = os.environ  # noqa: TID251 - the terminal's, no settings of ours
    named = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = language or next(filter(None, named), "")
    return "ja" if chosen.startswith("ja") else "en"


def confirm(question: str, without_terminal: str) -> None:
    """Ask the person at the terminal; end the program when they say no.

    Raises:
        BotError: with the text *without_terminal* when there is no terminal.
    """
    if not sys.stdin.isatty():
        raise BotError(without_terminal)
    click.confirm(question, abort=True)


@contextmanager
def progress_bar(console: Console) -> Iterator[Callable[[Stage], None]]:
    """Yield a function that shows how far the work is; silent where there is no terminal."""
    from rich.progress import TextColumn

    with counting_bar(console, TextColumn("[dim]{task.fields[name]}")) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(stage: Stage) -> None:
            task = tasks.get(stage.stage)
            if task is None:
                task = tasks[stage.stage] = bar.add_task(stage.stage, total=stage.total, name="")
            bar.update(task, completed=stage.done, total=stage.total, name=stage.name[-40:])

        yield advance


def counting_bar(console: Console, *more: ProgressColumn) -> Progress:
    """Return a bar with a count, the time so far and the time left; silent without a terminal."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", justify="left"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        *more,
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
