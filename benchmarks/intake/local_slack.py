"""A local Slack in a process of its own: what an app asks of it costs the sender nothing."""

import asyncio
import json
from dataclasses import asdict

from benchmarks.intake.load import place_in
from bot.workspace import Workspace


async def main() -> None:
    async with await Workspace.start(retry_delays=()) as workspace:
        print(json.dumps(asdict(place_in(workspace))), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
