"""A bar for work that takes a while."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from knowledge.model.types import Progress as Stage


@contextmanager
def progress_bar(console: Console) -> Iterator[Callable[[Stage], None]]:
    """Give a function to be told how far the work is; it shows a bar on a terminal only."""
    columns = (
        TextColumn("{task.description}", justify="left"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[name]}"),
    )
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(stage: Stage) -> None:
            task = tasks.get(stage.stage)
            if task is None:
                task = tasks[stage.stage] = bar.add_task(stage.stage, total=stage.total, name="")
            bar.update(task, completed=stage.done, total=stage.total, name=stage.name[-40:])

        yield advance
