"""`kotae workspaces`: where the app is installed, when people install it by OAuth."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from bot.cli.audit import note_act
from bot.cli.options import JSON, YES
from bot.cli.output import confirm, print_json, say
from bot.core.errors import BotError, SettingsError
from bot.core.i18n import counted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.cli.context import Returned
    from bot.redis.connection import RedisConnection
    from bot.settings.settings import Settings
    from bot.slack.installations.store import InstallationStore

_SLACK_SECONDS = 20.0
"""How long a command waits for Slack."""


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
def workspaces(context: click.Context, *, as_json: bool) -> None:
    """Show where the app is installed, and remove it."""
    if context.invoked_subcommand is None:
        context.invoke(list_, as_json=as_json)
    elif as_json:
        raise click.UsageError(f"Write --json after {context.invoked_subcommand}.")


@workspaces.command("list")
@JSON
def list_(*, as_json: bool = False) -> None:
    """List where the app is installed, since when, and its state.

    With `kotae --workspace ID`, every other command works for one of them.
    """
    rows = _with_installations(_rows)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        since = datetime.fromtimestamp(row["since"]).astimezone() if row["since"] else None
        wide = "whole organisation" if row["org_wide"] else ""
        style = "green" if row["state"] == "installed" else "red"
        parts = (str(part) for part in (row["name"], since and since.date(), wide) if part)
        say((str(row["id"]), "bold"), "  ", "  ".join(parts), "  ", (str(row["state"]), style))
    if not rows:
        click.echo("The app is not installed anywhere yet: people install it at /slack/install.")


@workspaces.command()
@click.argument("team", metavar="TEAM")
@click.option("--data", is_flag=True, help="Delete all that is kept of it, too.")
@YES
@JSON
def remove(*, team: str, data: bool, yes: bool, as_json: bool) -> None:
    """Remove the app from TEAM; its bot stops at once.

    TEAM is the id of a workspace or an organisation. What is kept of it stays, for when it installs
    the app again, unless `--data` deletes it: all its keys in Redis and its data folder, with the
    settings and the index. That needs the id of a workspace, and cannot be undone. It is refused
    while an organisation lets the app into TEAM: the bot would come back.
    """
    from bot.cli.context import command_settings
    from bot.settings.workspace import is_team

    if data and not is_team(team):
        raise SettingsError(
            "--data deletes the data of one workspace: give an id such as T0123ABCD"
        )
    if not yes:
        lost = "and delete ALL its data" if data else "and keep its data"
        confirm(f"Remove the app from {team} {lost}?", "Removing needs --yes here.")
    if data:
        _with_installations(lambda store, settings: _check_not_given(store, settings, team))
    told = _with_installations(lambda store, settings: _uninstalled(store, settings, team))
    if not told["removed"] and not data:
        raise SettingsError(f"The app is not installed in {team}")
    deployment = command_settings(overrides={"kotae_workspace": ""})
    note_act("uninstall", team, after="with its data" if data else "", settings=deployment)
    keys = _delete_data(deployment, team) if data else 0
    if as_json:
        print_json({"id": team, **told, "keys": keys, "data": data})
        return
    click.echo(f"{team}: removed." if told["removed"] else f"{team}: was not installed.")
    if told["slack"]:
        click.echo(f"Slack did not uninstall the app there: {told['slack']}", err=True)
    if data:
        click.echo(f"Deleted: {counted(keys, 'key')} in Redis, and its data folder.")


@workspaces.command()
def key() -> None:
    """Print a new INSTALLATION_KEY.

    To change the key, put the new one before the old one with a comma between, start the bot again,
    run `kotae workspaces encrypt`, and take the old one away.
    """
    from bot.slack.installations.encryption import new_key

    click.echo(new_key())


@workspaces.command("page-token")
@click.argument("team", metavar="TEAM")
@JSON
def page_token(*, team: str, as_json: bool) -> None:
    """Print the token of the operator's page of TEAM.

    TEAM is the id of a workspace. The token opens that page alone. Another OPERATOR_PAGE_TOKEN
    changes the tokens of all workspaces.
    """
    from bot.cli.context import command_settings
    from bot.operator_page.layout import workspace_path
    from bot.operator_page.sessions import workspace_token
    from bot.settings.workspace import is_team

    if not is_team(team):
        raise SettingsError(f"{team[:40]!r} is not the id of a workspace, such as T0123ABCD")
    settings = command_settings(overrides={"kotae_workspace": ""})
    secret = settings.operator_page_token
    if not secret:
        raise SettingsError("Set OPERATOR_PAGE_TOKEN first: run `openssl rand -hex 24`")
    if not settings.installed_by_oauth:
        raise SettingsError("One workspace has no other token than OPERATOR_PAGE_TOKEN")
    token, path = workspace_token(secret.get_secret_value(), team), workspace_path(team)
    if as_json:
        print_json({"id": team, "path": path, "token": token})
        return
    click.echo(f"On METRICS_PORT of `kotae serve`, at {path}:", err=True)
    click.echo(token)


@workspaces.command()
@JSON
def encrypt(*, as_json: bool) -> None:
    """Encrypt all installations with the first key."""

    async def work(store: InstallationStore, _: Settings) -> int:
        return await store.encrypt_again()

    done = _with_installations(work)
    if as_json:
        print_json({"encrypted": done})
    else:
        click.echo(f"Encrypted with the first key: {counted(done, 'installation')}.")


def _with_installations(
    work: Callable[[InstallationStore, Settings], Awaitable[Returned]],
) -> Returned:
    """Open the installations of the deployment, and do *work* with them."""
    from bot.app.installations import installations_of
    from bot.cli.context import command_settings, with_store

    settings = command_settings(overrides={"kotae_workspace": ""})

    async def run(store: RedisConnection) -> Returned:
        return await work(installations_of(settings, store), settings)

    return with_store(run, settings)


async def _rows(store: InstallationStore, _: Settings) -> list[dict[str, Any]]:
    from slack_sdk.oauth.installation_store import Installation

    from bot.app.installations import state_of
    from bot.slack.installations.store import title_of

    rows = list[dict[str, Any]]()
    for name, one in (await store.all()).items():
        read = one if isinstance(one, Installation) else None
        rows.append(
            {
                "id": name,
                "name": title_of(read) if read else "",
                "since": read.installed_at if read else None,
                "org_wide": bool(read.is_enterprise_install) if read else name.startswith("E"),
                "state": state_of(one),
            }
        )
    return rows


async def _check_not_given(store: InstallationStore, settings: Settings, team: str) -> None:
    """Raise `BotError` while an organisation gives the app the workspace *team*, or may do so."""
    import asyncio

    from slack_sdk.errors import SlackApiError
    from slack_sdk.oauth.installation_store import Installation

    from bot.slack.client.clients import UNCERTAIN, unavailable
    from bot.slack.installations.store import STOPPED
    from bot.slack.installations.teams import teams_of

    for name, one in (await store.all()).items():
        if not isinstance(one, Installation) or not one.is_enterprise_install:
            continue
        if one.get_custom_value(STOPPED):
            continue
        try:
            async with asyncio.timeout(_SLACK_SECONDS):
                given = team in await teams_of(one, settings.slack_api_url)
        except (SlackApiError, *UNCERTAIN) as error:
            if not unavailable(error):  # Slack takes its token no more
                continue
            raise BotError(
                f"Slack does not say whether the organisation {name} still lets the app into "
                f"{team}; if it does, the bot would come back: try again. Nothing was changed."
            ) from None
        if given:
            raise BotError(
                f"The organisation {name} lets the app into {team}, and its bot would come back: "
                f"take the app out of {team} in Slack, or remove {name} first. Nothing was changed."
            )


def _delete_data(deployment: Settings, team: str) -> int:
    """Delete all that is kept of the workspace *team*; return the number of keys in Redis."""
    import asyncio

    from bot.app.workspace_data import delete_data

    def tell(step: str) -> None:
        click.echo(step, err=True)

    return asyncio.run(delete_data(deployment, team, tell))


async def _uninstalled(
    store: InstallationStore, settings: Settings, team: str
) -> dict[str, object]:
    """Remove the installation here and at Slack; say what Slack refuses."""
    import asyncio

    from slack_sdk.errors import SlackApiError

    from bot.app.installations import oauth_app
    from bot.slack.client.clients import UNCERTAIN, error_of, web_client

    refusal = ""
    try:
        found = await store.find(team)
        if found is not None:
            app = oauth_app(settings)
            client = web_client(found.bot_token, app.api_url)
            proof = {"client_id": app.client_id, "client_secret": app.client_secret}
            async with asyncio.timeout(_SLACK_SECONDS):
                await client.apps_uninstall(**proof)
    except SlackApiError as error:
        refusal = error_of(error) or "no reason"
    except (BotError, *UNCERTAIN) as error:
        refusal = str(error) or type(error).__name__
    return {"removed": await store.remove(team), "slack": refusal}
