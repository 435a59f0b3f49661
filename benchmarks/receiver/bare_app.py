"""The baseline: a plain Bolt app that replies to each mention and stores nothing.

`benchmarks.receiver.run` starts it, with Socket Mode if SLACK_APP_TOKEN is set, else HTTP on PORT.
"""

import asyncio
import logging
import os

from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.say.async_say import AsyncSay
from slack_sdk.web.async_client import AsyncWebClient


async def main() -> None:
    logging.disable(logging.WARNING)
    token = os.environ["SLACK_BOT_TOKEN"]
    client = AsyncWebClient(token, base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client, signing_secret=os.environ.get("SLACK_SIGNING_SECRET"))

    @app.event("app_mention")
    async def reply(say: AsyncSay) -> None:
        await say("Hello")

    if app_token := os.environ.get("SLACK_APP_TOKEN"):
        handler = AsyncSocketModeHandler(app, app_token)
        await handler.connect_async()  # type: ignore[no-untyped-call]
    else:
        runner = web.AppRunner(app.web_app("/slack/events"), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", int(os.environ["PORT"])).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
