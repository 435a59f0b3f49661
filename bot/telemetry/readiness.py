"""Whether the process can do its work: each dependency is checked, within a time limit."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from bot.core.errors import BotError
from knowledge.model.errors import KnowledgeError

CHECK_SECONDS = 1.0
"""A dependency that takes longer is not ready."""

ReadinessCheck = Callable[[], Awaitable[str]]
"""Checks a dependency. Returns its name, or ""; raises `BotError` or `KnowledgeError` with the
reason why it does not work."""


class Readiness:
    """Checks all dependencies at once."""

    def __init__(self, checks: Mapping[str, ReadinessCheck]) -> None:
        self._checks = checks

    async def report(self) -> dict[str, object]:
        """Return `ok`, and for each dependency `ok` with `name` or `reason`."""
        running = (_run(check) for check in self._checks.values())
        found = dict(zip(self._checks, await asyncio.gather(*running), strict=True))
        return {"ok": all(one["ok"] for one in found.values()), **found}


def remembered(check: ReadinessCheck, seconds: float) -> ReadinessCheck:
    """Return *check* with a memory: a success holds for *seconds*, a failure is checked again.

    For checks that count against a rate limit.
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


async def _run(check: ReadinessCheck) -> dict[str, object]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            name = await check()
    except TimeoutError:
        return {"ok": False, "reason": f"no answer within {CHECK_SECONDS:g} s"}
    except (BotError, KnowledgeError) as error:
        return {"ok": False, "reason": str(error)}
    return {"ok": True, "name": name} if name else {"ok": True}
