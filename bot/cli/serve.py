"""`kotae serve` and `kotae worker`: the bot in Slack."""

import click

from bot.cli.options import VERBOSE


@click.command()
@click.option("--no-worker", is_flag=True, help="Only receive; `kotae worker` answers.")
@click.option("--host", help="Address to listen on, in place of HOST.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on, in place of PORT.")
@VERBOSE
def serve(*, no_worker: bool, host: str | None, port: int | None, verbose: bool) -> None:
    """Connect to Slack and answer.

    With SLACK_APP_TOKEN, by Socket Mode: no public address is needed. Otherwise, with
    SLACK_SIGNING_SECRET, by HTTP: POST /slack/events on PORT. Both modes serve /healthz on PORT.
    /readyz and /metrics are there in Socket Mode only; by HTTP they are on METRICS_PORT of this
    machine.
    """
    from bot.app.server import serve as run

    given = {"host": host, "port": port}
    overrides = {name: value for name, value in given.items() if value is not None}
    run(with_worker=not no_worker, verbose=verbose, **overrides)


@click.command()
@VERBOSE
def worker(*, verbose: bool) -> None:
    """Answer what `kotae serve --no-worker` receives.

    Start as many workers as you like. With WORKER_PORT, /healthz, /readyz and /metrics are on that
    port or the next free one.
    """
    from bot.app.server import work as run

    run(verbose=verbose)
