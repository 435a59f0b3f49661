"""Whether the process can do its work: each part is asked, within a time limit."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from bot.core.errors import BotError
from knowledge.model.errors import KnowledgeError

CHECK_SECONDS = 1.0
"""A part that takes longer is not ready."""

ReadinessCheck = Callable[[], Awaitable[str]]
"""Asks a part. Returns what it is (a name) or ""; raises `BotError` or `KnowledgeError` with the
reason why it does not work."""


class Readiness:
    """Asks all parts at once."""

    def __init__(self, checks: Mapping[str, ReadinessCheck]) -> None:
        self._checks = checks

    async def report(self) -> dict[str, object]:
        """Return `ok`, and for each part `ok` with `name` or `reason`."""
        asked = (_ask(check) for check in self._checks.values())
        parts = dict(zip(self._checks, await asyncio.gather(*asked), strict=True))
        return {"ok": all(part["ok"] for part in parts.values()), **parts}


def remembered(check: ReadinessCheck, seconds: float) -> ReadinessCheck:
    """Return *check* that asks a part again only *seconds* after it was found well.

    Meant for what is dear to ask (somebody else's rate limit); a failure is asked anew each time.
    """
    known: tuple[float, str] | None = None

    async def ask() -> str:
        nonlocal known
        now = asyncio.get_running_loop().time()
        if known is None or now - known[0] >= seconds:
            known = None
            known = (now, await check())
        return known[1]

    return ask


async def _ask(check: ReadinessCheck) -> dict[str, object]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            name = await check()
    except TimeoutError:
        return {"ok": False, "reason": f"no answer within {CHECK_SECONDS:g} s"}
    except (BotError, KnowledgeError) as error:
        return {"ok": False, "reason": str(error)}
    return {"ok": True, "name": name} if name else {"ok": True}
