"""`kotae manifest`: the description of the app that Slack asks for."""

import click


@click.command()
@click.option("--http", "url", default="", help="For HTTP mode: the bot's public https address.")
@click.option("--plain", is_flag=True, help="Leave out the agent view, which needs a paid plan.")
@click.option(
    "--name",
    default="Kotae",
    show_default=True,
    help="Name of the app; best one that tells what it does.",
)
def manifest(*, url: str, plain: bool, name: str) -> None:
    """Print the Slack app manifest as JSON.

    Paste it at api.slack.com/apps > Create New App > From a manifest.
    """
    import json

    from bot.settings.settings import load_settings
    from bot.slack.client.manifest import LONGEST_NAME
    from bot.slack.client.manifest import manifest as app_manifest

    _check(url, name.strip(), LONGEST_NAME)
    command = load_settings().slack_command
    data = app_manifest(command, url, agent=not plain, name=name.strip())
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def _check(url: str, name: str, longest: int) -> None:
    """Refuse what Slack would refuse, and an address that Slack cannot reach.

    Raises:
        SettingsError: the address is no public https address, or the name is empty or too long.
    """
    from urllib.parse import urlsplit

    from bot.core.addresses import is_public, shown_address
    from bot.core.errors import SettingsError

    if not 0 < len(name) <= longest:
        raise SettingsError(f"--name: write 1 to {longest} characters")
    if not url:
        return
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "") if parts.port is None or parts.port else ""
    except ValueError:  # no number for the port, or half an IPv6 address
        host = ""
    if not host or parts.scheme != "https" or parts.query or parts.fragment or parts.username:
        raise SettingsError(
            f"--http {shown_address(url)}: Slack needs a public address: https://kotae.example.com"
        )
    if not is_public(host):
        raise SettingsError(
            f"--http: Slack cannot reach {host}: use a public address: https://kotae.example.com"
        )
