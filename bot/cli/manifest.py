"""`kotae manifest`: the description of the app that Slack asks for."""

import click


@click.command()
@click.option("--http", "url", default="", help="For HTTP mode: the bot's public https address.")
@click.option("--plain", is_flag=True, help="Leave out the agent view, which needs a paid plan.")
def manifest(*, url: str, plain: bool) -> None:
    """Print the Slack app manifest as JSON.

    Paste it at api.slack.com/apps > Create New App > From a manifest.
    """
    import json

    from bot.settings.settings import load_settings
    from bot.slack.client.manifest import manifest as app_manifest

    data = app_manifest(load_settings().slack_command, url, agent=not plain)
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))
