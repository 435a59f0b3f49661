"""`kotae queue …`: what waits, what is in work, and what was given up."""

import click


@click.group()
def queue() -> None:
    """See what waits for an answer, and what was given up."""


@queue.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def status(*, as_json: bool) -> None:
    """Count the jobs that wait, are in work, are tried again later, or were given up."""
    from bot.cli.queue import show_status

    show_status(as_json=as_json)


@queue.command(name="list")
@click.option("--text", "with_text", is_flag=True, help="Show what was asked, too.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_(*, with_text: bool, as_json: bool) -> None:
    """Show the dead letters: jobs that were given up after their last try, oldest first.

    Their askers have been told, with the reference that stands in the reason. What they asked is
    not shown unless you say so.
    """
    from bot.cli.queue import show_dead_letters

    show_dead_letters(with_text=with_text, as_json=as_json)


@queue.command()
@click.argument("job_ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "everything", is_flag=True, help="Requeue all dead letters.")
def requeue(*, job_ids: tuple[str, ...], everything: bool) -> None:
    """Give dead letters a fresh start; the answer comes in place of the apology.

    Exit code 1 if one of the IDs is not a dead letter.
    """
    from bot.cli.queue import requeue as run

    run(_chosen(job_ids, everything=everything))


@queue.command()
@click.argument("job_ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "everything", is_flag=True, help="Drop all dead letters.")
def drop(*, job_ids: tuple[str, ...], everything: bool) -> None:
    """Forget dead letters: nobody will answer them any more.

    Exit code 1 if one of the IDs is not a dead letter.
    """
    from bot.cli.queue import drop as run

    run(_chosen(job_ids, everything=everything))


def _chosen(job_ids: tuple[str, ...], *, everything: bool) -> tuple[str, ...] | None:
    """Return the named jobs, or None for all of them."""
    if everything == bool(job_ids):
        raise click.UsageError("Name the IDs (see `kotae queue list`), or say --all.")
    return None if everything else job_ids
