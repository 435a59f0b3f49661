"""A local Slack in its own process, with a message for each question; at the end, what people saw.

It prints what is there as a line of JSON, waits until its input ends, and prints what happened.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter

from bot.workspace import Workspace


async def main(options: argparse.Namespace) -> None:
    async with await Workspace.start(retry_delays=()) as workspace:
        people = [workspace.add_user(f"person{number}") for number in range(options.people)]
        channels = [workspace.add_channel(f"c{n}", people) for n in range(options.channels)]
        asked = [
            await workspace.post(channels[n % len(channels)], people[n % len(people)], f"{n}?")
            for n in range(options.questions)
        ]
        await workspace.drained()  # nobody listens: the questions come from the benchmark
        workspace.limit_rates(on=options.limits)
        there = {
            "api_url": workspace.api_url,
            "bot_token": workspace.bot_token,
            "signing_secret": workspace.signing_secret,
            "team": workspace.team_id,
            "asked": [(message.channel, message.ts, message.user) for message in asked],
        }
        print(json.dumps(there), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        calls = workspace.calls()
        outcome = {
            "calls": Counter(call.method for call in calls if call.status == 200),
            "refused": Counter(call.method for call in calls if call.status == 429),
        }
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, required=True)
    parser.add_argument("--channels", type=int, required=True)
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--limits", action="store_true")
    asyncio.run(main(parser.parse_args()))
