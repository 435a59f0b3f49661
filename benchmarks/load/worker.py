"""A worker as `kotae worker` runs it, with what the benchmark compares; it prints when it is ready.

Slack's limits are kept to as on the real Slack, though the local one has the address of this
machine. `--always` shows a placeholder for every answer, also for those that come at once.
"""

import argparse
import asyncio
from collections.abc import MutableMapping
from dataclasses import replace
from typing import cast

from bot.app import slack_bot
from bot.app.server import stop_signal
from bot.app.slack_bot import open_bot
from bot.settings.settings import load_settings
from bot.slack.answers.reply import ReplyPace
from bot.slack.client.rate_limit_store import CallRate
from bot.slack.client.rate_limits import PLACEHOLDER, RATES
from bot.telemetry.logs import set_up_logging
from bot.telemetry.metrics import Metrics
from knowledge.model.types import Principal


async def main(options: argparse.Namespace) -> None:
    settings = load_settings()
    set_up_logging("error", settings.secrets)
    if options.limits:
        vars(slack_bot)["local"] = lambda _url: False
    if options.always:
        cast("MutableMapping[str, CallRate]", RATES).pop(PLACEHOLDER)
    stopping = stop_signal()
    async with open_bot(settings, Metrics()) as bot:
        if options.always:
            adapter = bot.adapter
            adapter._options = replace(adapter._options, pace=ReplyPace(quiet=0.0))  # noqa: SLF001
        await bot.base.search("warm", Principal(""))
        print("ready", flush=True)
        working = [asyncio.create_task(one.run()) for one in (bot.worker, bot.position_notifier)]
        await stopping.wait()
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--limits", action="store_true")
    parser.add_argument("--always", action="store_true")
    asyncio.run(main(parser.parse_args()))
