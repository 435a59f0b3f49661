"""Web API clients that retry only calls that may be repeated."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from yarl import URL

from bot.core.errors import AdapterUnavailableError
from bot.slack.client.call_report import CallReport, call_trace
from bot.slack.client.rate_limits import SlackRateLimiter
from knowledge.text.plain_text import plain_json

TIMEOUT = 15
"""Seconds for one call, all retries apart."""

LONGEST_PAUSE = 30.0
"""Seconds that a call waits for its turn; if it is to wait longer, the job comes back for it."""

SHORT_PAUSE = 1.0
"""Seconds that a call waits which can be replaced by another."""

MOST_REFUSALS = 3
RATE_LIMITED = "ratelimited"

_BROKEN = HTTPStatus.INTERNAL_SERVER_ERROR

_PAUSE = 30.0
"""Seconds, when Slack refuses and does not say for how long."""

_HALF_DONE = frozenset({"fatal_error", "internal_error", "request_timeout"})
"""Errors with which Slack says that some of it may have been done."""

_LATER = frozenset({RATE_LIMITED, "service_unavailable"})
"""Errors after which nothing was done, and the same call may work later.

https://docs.slack.dev/reference/methods/auth.test (common errors)
"""

UNCERTAIN = (aiohttp.ClientError, asyncio.TimeoutError, OSError)
"""Errors after which nobody knows whether Slack has done the call."""


_MARK = re.compile(r"(T[A-Z0-9]{1,30})-[0-9a-f]{16}")
"""What the views of a deployment for several workspaces carry as `external_id`."""

_IN_ONE_WORKSPACE = frozenset(
    {
        *("bots.info", "conversations.list", "team.info", "users.conversations", "users.list"),
        *("usergroups.list", "usergroups.users.list", "assistant.search.context"),
    }
)
"""Methods that an organisation's token cannot use without naming a workspace; with the token of a
workspace, Slack ignores the name. https://docs.slack.dev/enterprise/developing-for-enterprise-orgs/
"""


class RateLimitedClient(AsyncWebClient):
    """A Web API client that keeps to the budgets and waits as long as Slack asks for.

    All texts that it sends and brings are plain; see `plain_json`.

    A refusal (429) is the one failure after which any call may be made again: nothing was done.

    Attributes:
        budget: Shared with all other processes; None where the server has no limits of its own.
        patience: Seconds that a call may wait for its turn, each time; 0 for decoration.
        team: The workspace to act in, where the token may be one of a whole organisation.
    """

    budget: SlackRateLimiter | None = None
    patience: float = 0.0
    team: str = ""

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        """Call a method; raises `SlackApiError` `ratelimited` when its turn is too far away."""
        self._prepare(api_method, options)
        arguments = options.get("json") or options.get("params") or {}
        refusals = 0
        while True:
            if self.budget is not None:
                far = await self.budget.spend(api_method, arguments, self.patience)
                if far:
                    told = {"ok": False, "error": RATE_LIMITED, "retry_after": far}
                    raise SlackApiError(  # type: ignore[no-untyped-call] # slack_sdk
                        f"{api_method} has no budget left", told
                    )
            try:
                return await super().api_call(api_method, **options)
            except SlackApiError as error:
                if error_of(error) != RATE_LIMITED:
                    raise
                pause = pause_of(error)
                if self.budget is not None:
                    await self.budget.refused(api_method, arguments, pause)
                refusals += 1
                if pause > self.patience or refusals > MOST_REFUSALS:
                    raise
                await asyncio.sleep(pause)

    def _prepare(self, api_method: str, options: dict[str, Any]) -> None:
        """Name the workspace where it counts, and let the app prove itself."""
        if app := options.pop("auth", None):  # slack_sdk's own way is one that aiohttp gives up
            basic = aiohttp.encode_basic_auth(app["client_id"], app["client_secret"])
            options["headers"] = {**(options.get("headers") or {}), "Authorization": basic}
        if self.team and api_method in _IN_ONE_WORKSPACE:
            place = "json" if options.get("json") else "params"
            options[place] = {**(options.get(place) or {}), "team_id": self.team}
        if api_method.startswith("views.") and isinstance(told := options.get("json"), dict):
            options["json"] = {**told, "view": view_of_team(told["view"], self.team)}
        for kind in ("json", "params", "data"):
            if isinstance(options.get(kind), dict):
                options[kind] = plain_json(options[kind])

    async def _request(
        self, *, http_verb: str, api_url: str, req_args: dict[str, Any]
    ) -> dict[str, Any]:
        brought = await super()._request(http_verb=http_verb, api_url=api_url, req_args=req_args)
        return {**brought, "data": plain_json(brought["data"])}


class Clients:
    """The Web API with four policies of retrying, over one connection pool.

    Attributes:
        posting: For calls that would post twice: nothing but a refusal (429) is tried again.
        repeating: For calls that may be repeated.
        brisk: For calls that may be repeated, but are not to wait for long.
        hasty: For decoration: never waits, never tries again.
        all: These four.

    Args:
        report: Told the outcome of each call.
        team: See `RateLimitedClient`.
    """

    def __init__(
        self,
        token: str,
        api_url: str,
        budget: SlackRateLimiter | None = None,
        report: CallReport | None = None,
        team: str = "",
    ) -> None:
        self._traces = [call_trace(api_url, report)] if report else []
        lost = AsyncConnectionErrorRetryHandler(max_retry_count=2)
        broken = AsyncServerErrorRetryHandler(max_retry_count=2)
        self.posting = web_client(token, api_url, [])
        self.repeating = web_client(token, api_url, [lost, broken])
        self.brisk = web_client(token, api_url, [lost, broken])
        self.hasty = web_client(token, api_url, [])
        self.all = (self.posting, self.repeating, self.brisk, self.hasty)
        for client in self.all:
            client.budget, client.team = budget, team
        self.posting.patience = self.repeating.patience = LONGEST_PAUSE
        self.brisk.patience = SHORT_PAUSE

    def open(self) -> None:
        """Share one connection pool from now on; needs a running event loop."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        session = aiohttp.ClientSession(timeout=timeout, trace_configs=self._traces)
        for client in self.all:
            client.session = session

    async def aclose(self) -> None:
        """Close the connections."""
        if self.posting.session is not None:
            await self.posting.session.close()


def web_client(
    token: str | None,
    api_url: str,
    handlers: list[AsyncRetryHandler] | None = None,
    kind: type[RateLimitedClient] = RateLimitedClient,
) -> RateLimitedClient:
    """Make a client of a *kind* for the Web API at *api_url*."""
    client = kind(
        token=token,
        base_url=f"{api_url.rstrip('/')}/",
        timeout=TIMEOUT,
        retry_handlers=handlers,
    )
    if local(api_url):
        client.proxy = None
    return client


def team_in_view(view: Mapping[str, Any]) -> str:
    """Return the workspace whose bot has made *view*; "" where the view does not say so.

    https://docs.slack.dev/reference/views (`external_id`)
    """
    found = _MARK.fullmatch(str(view.get("external_id") or ""))
    return found[1] if found else ""


def view_of_team(view: Mapping[str, Any], team: str) -> dict[str, Any]:
    """Let *view* say that it is of *team*, "" for nothing; each mark is good once."""
    mark = {"external_id": f"{team}-{secrets.token_hex(8)}"} if team else {}
    return {**view, **mark}


def local(api_url: str) -> bool:
    """Tell whether *api_url* is on this machine, where a proxy of the environment cannot lead."""
    return URL(api_url).host in {"127.0.0.1", "::1", "localhost"}


def error_of(error: SlackApiError) -> str:
    """Return Slack's name of an error, such as `channel_not_found`; "" when it said nothing."""
    data: Any = getattr(error.response, "data", error.response)
    # An error page of a proxy before Slack is text.
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def pause_of(error: SlackApiError) -> float:
    """Return the seconds for which a refused caller is to wait."""
    response: Any = error.response
    if error_of(error) != RATE_LIMITED:
        return 0.0
    if not isinstance(response, AsyncSlackResponse):
        return float(response["retry_after"])
    told = {name.lower(): value for name, value in response.headers.items()}.get("retry-after")
    return float(told[0] if isinstance(told, list) else told or _PAUSE)


async def patiently(method: Callable[..., Awaitable[Any]], **arguments: object) -> Any:
    """Call *method*, waiting as long as Slack asks for: nobody waits for this in turn.

    Raises:
        SlackApiError: Slack refuses for another reason.
    """
    while True:
        try:
            return await method(**arguments)
        except SlackApiError as error:
            if error_of(error) != RATE_LIMITED:
                raise
            await asyncio.sleep(pause_of(error))


def uncertain(error: Exception) -> bool:
    """Tell whether the call that raised *error* may have been done all the same."""
    if isinstance(error, SlackApiError):
        if error_of(error) == RATE_LIMITED:
            return False
        if error_of(error) in _HALF_DONE:
            return True
        return getattr(error.response, "status_code", _BROKEN) >= _BROKEN
    return isinstance(error, UNCERTAIN)


def unavailable(error: Exception) -> bool:
    """Tell whether *error* comes from the state that Slack is in: the call may work later."""
    refused = isinstance(error, SlackApiError) and error_of(error) in _LATER
    return refused or uncertain(error)


@contextmanager
def reaching_slack() -> Iterator[None]:
    """Let the job wait when the calls inside fail because of the state that Slack is in.

    Raises:
        AdapterUnavailableError: instead of those failures; all others pass.
    """
    try:
        yield
    except (SlackApiError, *UNCERTAIN) as error:
        if not unavailable(error):
            raise
        pause = pause_of(error) if isinstance(error, SlackApiError) else 0.0
        raise AdapterUnavailableError("Slack cannot be reached just now.", pause) from error
