"""Whether servers answer, and have the tools that `knowledge.toml` names, for `kotae doctor`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.core.errors import ToolError
from bot.core.language import Language
from bot.mcp_client import texts
from bot.mcp_client.errors import ServerError
from bot.mcp_client.tools import CALL_SECONDS, OfferedTool, ToolServer

CHECK_SECONDS = CALL_SECONDS
"""How long a server may take to start and to list its tools: what is too slow for a call is bad."""


@dataclass(frozen=True, slots=True)
class ServerFinding:
    """What was found of a server, in one line that holds none of its own words.

    Attributes:
        verdict: `bad` if a tool that is named cannot be used, `note` if something could be simpler.
    """

    text: str
    verdict: Literal["good", "bad", "note"]


async def check_servers(
    servers: Sequence[ToolServer], language: Language, seconds: float | None = None
) -> list[ServerFinding]:
    """Ask all *servers* side by side for their tools; return a finding for each, in their order."""
    limit = CHECK_SECONDS if seconds is None else seconds
    return await asyncio.gather(*(_checked(server, language, limit) for server in servers))


async def _checked(server: ToolServer, language: Language, seconds: float) -> ServerFinding:
    try:
        offers = await server.offered(seconds)
    except ServerError as error:
        return ServerFinding(f"{server.name}: {error.reason(language)}", "bad")
    except ToolError as error:
        return ServerFinding(str(error), "bad")
    usable = [offer.name for offer in offers if offer.refusal is None]
    refused = [f"{offer.name}: {offer.refusal(language)}" for offer in offers if offer.refusal]
    needless = [
        texts.ONLY_READS.to(language, tool=offer.name)
        for offer in offers
        if _is_needless(offer, server)
    ]
    lines = [texts.USABLE.to(language, tools=", ".join(usable))] if usable else []
    said = texts.SEPARATOR.to(language).join([*refused, *lines, *needless])
    verdict: Literal["good", "bad", "note"] = "bad" if refused else "note" if needless else "good"
    return ServerFinding(f"{server.name}: {said}", verdict)


def _is_needless(offer: OfferedTool, server: ToolServer) -> bool:
    return offer.only_reads and offer.name in server.settings.allow_writes
