"""`kotae serve`, `kotae worker`, `kotae manifest`: the bot in Slack."""

import click


@click.command()
@click.option("--no-worker", is_flag=True, help="Only receive; `kotae worker` answers elsewhere.")
@click.option("--verbose", is_flag=True, help="Log more.")
def serve(*, no_worker: bool, verbose: bool) -> None:
    """Connect to Slack and answer.

    With SLACK_APP_TOKEN by Socket Mode (no public address needed), else with SLACK_SIGNING_SECRET
    by HTTP: POST /slack/events on PORT. /healthz, /readyz and /metrics are there in both modes.
    """
    from bot.app.server import serve as run

    run(with_worker=not no_worker, verbose=verbose)


@click.command()
@click.option("--verbose", is_flag=True, help="Log more.")
def worker(*, verbose: bool) -> None:
    """Answer what `kotae serve --no-worker` has received; start as many as you like.

    With WORKER_PORT, /healthz, /readyz and /metrics are on that port or the next free one.
    """
    from bot.app.server import work as run

    run(verbose=verbose)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def doctor(*, as_json: bool) -> None:
    """Check tokens, scopes, endpoints, Redis, index and model, and say what to do.

    Exit code 1 when something is wrong.
    """
    import sys

    from bot.cli.doctor import examine_all

    sys.exit(examine_all(as_json=as_json))


@click.command()
@click.option("--http", "url", default="", help="For HTTP mode: the bot's public https address.")
@click.option(
    "--plain", is_flag=True, help="Without the agent view, which needs a paid plan of Slack."
)
def manifest(*, url: str, plain: bool) -> None:
    """Print the Slack app manifest, to paste at api.slack.com/apps > Create > From a manifest."""
    import json

    from bot.settings.settings import load_settings
    from bot.slack.client.manifest import manifest as app_manifest

    data = app_manifest(load_settings().slack_command, url, agent=not plain)
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))
