"""Slackbot as a client of the app's MCP server: signed requests that name the person.

https://docs.slack.dev/ai/slackbot-mcp-client (`slack_identity_auth`)
"""

import itertools
import json
import time
from http import HTTPStatus

import aiohttp

from bot.workspace.state import Json, User
from bot.workspace.webhooks import sign

REVISION = "2025-06-18"
"""Of the protocol, which https://modelcontextprotocol.io/specification names by dates."""


class SlackbotError(Exception):
    """The server has refused a request; the text begins with its status."""


class Slackbot:
    """Calls the tools of one server for whoever talks to it.

    Args:
        url: The server, as the manifest names it.
        secret: The app's signing secret.
        team_id: The workspace.
        host: The name of the server, where a proxy stands before it.
    """

    def __init__(self, url: str, secret: str, team_id: str, host: str = "") -> None:
        self._url = url
        self._secret = secret
        self._team_id = team_id
        self._host = {"Host": host} if host else {}
        self._numbers = itertools.count(1)

    async def tools(self) -> list[str]:
        """Return the names of the tools; they are the same for everybody.

        Raises:
            SlackbotError: it refuses.
        """
        result = await self._request("tools/list", {})
        return [tool["name"] for tool in result["tools"]]

    async def call(self, user: User, tool: str, **arguments: object) -> Json:
        """Call *tool* for *user*; return the result, which may be an error of the tool.

        Raises:
            SlackbotError: the request is refused.
        """
        named = {"user_id": user.id, "team_id": self._team_id}
        params = {"name": tool, "arguments": arguments, "_meta": {"slack": named}}
        return await self._request("tools/call", params)

    async def _request(self, method: str, params: Json) -> Json:
        request = {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": params}
        body = json.dumps(request).encode()
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": REVISION,
            **self._host,
            **sign(self._secret, body, int(time.time())),
        }
        async with (
            aiohttp.ClientSession(trust_env=False) as session,
            session.post(self._url, data=body, headers=headers) as response,
        ):
            text = await response.text()
            if response.status != HTTPStatus.OK:
                raise SlackbotError(f"{response.status} {text}")
        answer: Json = json.loads(text)
        if "error" in answer:
            raise SlackbotError(f"{response.status} {answer['error']}")
        result: Json = answer["result"]
        return result
