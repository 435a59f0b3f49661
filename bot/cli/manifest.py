"""`kotae manifest`: the description of the app that Slack asks for."""

import click


@click.command()
@click.option("--http", "url", default="", help="For HTTP mode: the bot's public https address.")
@click.option("--mcp", "mcp_url", default="", help="Public https address of `kotae mcp --http`.")
@click.option(
    "--install-url",
    default="",
    help="For several workspaces: the bot's public https address, where people install it.",
)
@click.option("--org", is_flag=True, help="Whole organisations of Enterprise Grid, too.")
@click.option("--plain", is_flag=True, help="Leave out the agent view, which needs a paid plan.")
@click.option("--workflow-step", is_flag=True, help="Add a step to Workflow Builder (paid plan).")
@click.option(
    "--name",
    default="Kotae",
    show_default=True,
    help="Name of the app, ideally one that says what it does.",
)
def manifest(
    *,
    url: str,
    mcp_url: str,
    install_url: str,
    org: bool,
    plain: bool,
    workflow_step: bool,
    name: str,
) -> None:
    """Print the Slack app manifest as JSON.

    Paste it at api.slack.com/apps > Create New App > From a manifest.
    """
    import json

    from bot.app.container import reads_channels
    from bot.core.errors import SettingsError
    from bot.settings.settings import load_settings
    from bot.slack.client.manifest import LONGEST_MCP_URL, LONGEST_NAME, installable
    from bot.slack.client.manifest import manifest as app_manifest

    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise SettingsError(f"--name: write 1 to {LONGEST_NAME} characters")
    _check("--http", url)
    _check("--mcp", mcp_url)
    _check("--install-url", install_url)
    if org and not install_url:
        raise SettingsError("--org needs --install-url: an organisation installs the app by OAuth")
    if url and install_url and _host(url) != _host(install_url):
        raise SettingsError(
            "--http and --install-url must name the same host: one bot hears Slack and is installed"
        )
    url = url or install_url  # several workspaces are heard by HTTP alone
    if len(mcp_url) > LONGEST_MCP_URL:
        raise SettingsError(f"--mcp: Slack takes at most {LONGEST_MCP_URL} characters")
    settings = load_settings()
    data = app_manifest(
        settings.slack_command,
        url,
        agent=not plain,
        name=name.strip(),
        mcp_url=_with_path(mcp_url),
        search=settings.slack_search == "on",
        canvases=reads_channels(settings),
        workflow_step=workflow_step,
    )
    if install_url:
        data = installable(data, install_url, org=org)
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).netloc.lower()


def _with_path(mcp_url: str) -> str:
    """Return the address of the server's path, where only its host is given."""
    from urllib.parse import urlsplit

    bare = mcp_url and urlsplit(mcp_url).path in {"", "/"}
    return f"{mcp_url.rstrip('/')}/mcp" if bare else mcp_url


def _check(option: str, url: str) -> None:
    """Refuse what Slack would refuse, and an address that Slack cannot reach.

    Raises:
        SettingsError: the address is no public https address.
    """
    from urllib.parse import urlsplit

    from bot.core.addresses import is_public, shown_address
    from bot.core.errors import SettingsError

    if not url:
        return
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "") if parts.port is None or parts.port else ""
    except ValueError:  # no number for the port, or half an IPv6 address
        host = ""
    if not host or parts.scheme != "https" or parts.query or parts.fragment or parts.username:
        raise SettingsError(
            f"{option} {shown_address(url)}: Slack needs a public address: "
            "https://kotae.example.com"
        )
    if not is_public(host):
        raise SettingsError(
            f"{option}: Slack cannot reach {host}: use a public address: https://kotae.example.com"
        )
