"""Two workspaces on this machine, in which people install the app by hand.

`python -m bot.workspace [PORT]`, with the PORT at which the app is to hear Slack.
"""

import asyncio
import sys

from bot.workspace import Workspace
from bot.workspace.page import Page

PORT = 3000


async def serve(port: int) -> None:
    """Run two workspaces with the same people until the process is ended; print the settings."""
    async with await Workspace.start() as alpha:
        lines = [
            f"SLACK_API_URL={alpha.api_url}",
            f"SLACK_CLIENT_ID={alpha.oauth.client_id}",
            f"SLACK_CLIENT_SECRET={alpha.oauth.client_secret}",
            f"SLACK_SIGNING_SECRET={alpha.signing_secret}",
            f"SLACK_REDIRECT_URL=http://127.0.0.1:{port}/slack/oauth_redirect",
            f"PORT={port}",
        ]
        for workspace in (alpha, alpha.beside("T0BETA", "Beta")):
            workspace.use_http(f"http://127.0.0.1:{port}/slack/events")
            hanako = workspace.add_user("hanako", language="ja-JP", admin=True)
            workspace.add_channel("general", [hanako, workspace.add_user("bob")])
            page = await Page.start(workspace)
            lines.append(f"# {workspace.team.identity.name}: {page.url}")
        sys.stdout.write("\n".join((*lines, "")))
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else PORT))
    except KeyboardInterrupt:
        sys.exit(0)
