"""`kotae serve` and `kotae worker` with a lease of our own choosing: for faults that outlast it.

`python -m tests.faults.process (serve | receive | work) LEASE_SECONDS`
"""

import asyncio
import sys

from bot.app.server import run
from bot.queue.lua_scripts import QueuePeriods
from bot.settings.settings import load_settings
from bot.telemetry.logs import set_up_logging

ROLES = {"serve": (True, True), "receive": (True, False), "work": (False, True)}


def main(role: str, lease: float) -> None:
    """Run one process of the bot, as `bot.cli.serve` does."""
    receive, answer = ROLES[role]
    settings = load_settings()
    set_up_logging("info", settings.secrets)
    periods = QueuePeriods(lease=lease)
    asyncio.run(run(settings, receive=receive, answer=answer, periods=periods))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
