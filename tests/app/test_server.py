"""`kotae serve` starts with what it needs, and nothing else."""

import asyncio
import json
import sys
from pathlib import Path

from bot.workspace import Workspace

UNWANTED = ("bot.cli", "bot.prompt_tuning", "bot.training_export", "bot.workspace")
START = """
import asyncio, json, sys
from bot.app import server
from bot.app.slack_bot import open_bot
from bot.settings.settings import load_settings
from bot.slack.transport import serve_socket_mode
from bot.telemetry.metrics import Metrics

async def main():
    async with open_bot(load_settings(), Metrics()) as bot, serve_socket_mode(bot.adapter):
        print(json.dumps({"team": bot.adapter.slack.me.team, "modules": list(sys.modules)}))

asyncio.run(main())
"""


async def test_the_server_loads_no_workbench(redis_url: str, tmp_path: Path) -> None:
    """Prompt tuning, the export, other commands and the local Slack cost memory and time."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n', "utf-8")
    async with await Workspace.start() as workspace:
        started = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            START,
            stdout=asyncio.subprocess.PIPE,
            cwd=tmp_path,
            env={
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "SLACK_BOT_TOKEN": workspace.bot_token,
                "SLACK_APP_TOKEN": workspace.app_token,
                "SLACK_API_URL": workspace.api_url,
                "REDIS_URL": redis_url,
                "KNOWLEDGE_CONFIG": str(tmp_path / "knowledge.toml"),
                "DATA_DIR": str(tmp_path / "data"),
            },
        )
        out, _ = await started.communicate()
    told = json.loads(out)

    assert told["team"] == workspace.team_id
    loaded = [name for name in told["modules"] if name.startswith(UNWANTED)]
    assert loaded == []
