"""Calls to search providers that speak JSON."""

from typing import TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from bot.core.errors import ToolError

SECONDS = 10.0
"""Time for one call."""

JsonReply = TypeVar("JsonReply", bound=BaseModel)


async def call(
    client: httpx2.AsyncClient, request: httpx2.Request, reply: type[JsonReply]
) -> JsonReply:
    """Send *request* and read what comes back as a *reply*.

    Raises:
        ToolError: the provider cannot be reached, refuses, or says something else. Its own words
            are left out: nobody knows what is in them.
    """
    try:
        response = await client.send(request)
        response.raise_for_status()
        return reply.model_validate_json(response.content)
    except httpx2.HTTPStatusError as error:
        raise ToolError(f"web search answers with status {error.response.status_code}") from None
    except httpx2.HTTPError:
        raise ToolError("web search cannot be reached") from None
    except ValidationError:
        raise ToolError("web search gave an answer that cannot be read") from None
