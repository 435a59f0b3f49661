"""A local Slack in its own process, so that an app's calls do not slow down the sender."""

import asyncio
import json
from dataclasses import asdict

from benchmarks.receiver.load import workplace_in
from bot.workspace import Workspace


async def main() -> None:
    async with await Workspace.start(retry_delays=()) as workspace:
        print(json.dumps(asdict(workplace_in(workspace))), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
