"""`kotae mcp`: other programs ask the team's documents for their user."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from bot.cli.audit import note_act
from bot.cli.context import command_settings, reader_named, with_store
from bot.cli.options import JSON, READER, VERBOSE
from bot.cli.output import print_json, say
from bot.core.errors import BotError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.mcp_server.tokens import TokenRecord
    from bot.redis.connection import RedisConnection
    from bot.settings.settings import Settings

_DAY = 86_400


@click.group(invoke_without_command=True)
@click.option("--http", is_flag=True, help="Serve by HTTP, at /mcp, instead of standard input.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=3002, show_default=True, type=click.IntRange(1, 65_535), help="HTTP port."
)
@READER
@VERBOSE
@click.pass_context
def mcp(
    context: click.Context, *, http: bool, host: str, port: int, reader: str, verbose: bool
) -> None:
    """Let other programs ask, by the Model Context Protocol.

    Over standard input and output it serves one program: with the rights of --as, or of the person
    whose token KOTAE_MCP_TOKEN holds. By HTTP, every request carries a person's token.

    Example: kotae mcp --http --port 3002
    """
    if context.invoked_subcommand:
        return
    import asyncio

    _need_sdk()
    settings = command_settings()
    if http or verbose:
        from bot.app.container import trace_ids_of
        from bot.telemetry.logs import set_up_logging

        level = "info" if verbose else settings.log_level
        set_up_logging(level, settings.secrets, trace_ids_of(settings))
    from bot.app.mcp_server import serve_http, serve_stdio

    if http:
        asyncio.run(serve_http(settings, host, port))
    else:
        asyncio.run(serve_stdio(settings, reader_named(reader)))


@mcp.group()
def token() -> None:
    """Make and revoke the tokens of people."""


@token.command("create")
@click.option("--person", required=True, help="Id (U123…), e-mail address or @handle in Slack.")
@click.option("--expires", default="90d", show_default=True, help="When it ends: 12h, 90d.")
@JSON
def create(*, person: str, expires: str, as_json: bool) -> None:
    """Make a token that stands for a person, and show it once.

    Example: kotae mcp token create --person keiko@example.com --expires 30d
    """
    import asyncio

    seconds = _seconds(expires)
    made, record = asyncio.run(_created(command_settings(), person, seconds))
    note_act("token", record.id, after=f"{record.person} until {_date(record.expires)}")
    if as_json:
        print_json({"token": made, **_told(record)})
        return
    click.echo(made)
    click.echo(
        f"It stands for {record.person} until {_date(record.expires)}. It is not shown again; "
        f"`kotae mcp token revoke {record.id}` ends it.",
        err=True,
    )


@token.command("list")
@JSON
def list_(*, as_json: bool) -> None:
    """List the tokens that hold: for whom, and until when."""
    from bot.mcp_server.tokens import TokenStore

    async def listed(store: RedisConnection) -> Sequence[TokenRecord]:
        return await TokenStore(store.commands).listed()

    found = with_store(listed)
    if as_json:
        print_json([_told(one) for one in found])
        return
    if not found:
        say("There is no token: make one with `kotae mcp token create`.")
    for one in found:
        say(f"{one.id}  {one.person}  until {_date(one.expires)}")


@token.command("revoke")
@click.argument("token_id")
@JSON
def revoke(*, token_id: str, as_json: bool) -> None:
    """End the token TOKEN_ID at once."""
    from bot.mcp_server.tokens import TokenStore

    async def revoked(store: RedisConnection) -> bool:
        return await TokenStore(store.commands).revoke(token_id)

    if not with_store(revoked):
        raise BotError(f"There is no token {token_id}: `kotae mcp token list` shows them.")
    note_act("token", token_id, after="revoked")
    if as_json:
        print_json({"revoked": token_id})
    else:
        say(f"{token_id} is revoked.")


def _need_sdk() -> None:
    """Say how to install the SDK. Raises `SettingsError` where it is not there."""
    from importlib.util import find_spec

    if find_spec("mcp") is None:
        raise SettingsError("kotae mcp needs the extra mcp: pip install 'kotae[mcp]'")


async def _created(settings: Settings, person: str, seconds: float) -> tuple[str, TokenRecord]:
    from contextlib import aclosing

    from bot.app.container import open_knowledge, open_store
    from bot.app.mcp_server import open_people, people_policy
    from bot.mcp_server.tokens import TokenStore
    from bot.slack.mcp import SlackCallers, person_named

    async with (
        aclosing(open_knowledge(settings)) as base,
        open_store(settings) as store,
        open_people(settings, base, store) as slack,
    ):
        callers = SlackCallers(slack.principals, people_policy(settings))
        id_ = await person_named(slack.principals, callers, person)
        return await TokenStore(store.commands).create(id_, seconds)


def _seconds(text: str) -> float:
    from bot.handoff.reminder_times import read_times
    from bot.mcp_server.tokens import LONGEST_DAYS

    try:
        times = read_times(text)
    except ValueError:
        times = ()
    if len(times) != 1 or not 0 < times[0] <= LONGEST_DAYS * _DAY:
        raise SettingsError(f"--expires {text}: write a time such as 12h or 90d")
    return times[0]


def _told(record: TokenRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "person": record.person,
        "created": record.created,
        "expires": record.expires,
    }


def _date(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
