"""A question leaves one trace: its wait, its try, the model, the tools, the search and Slack."""

import asyncio
from collections.abc import MutableMapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bot.app.slack_bot import open_bot
from bot.settings.settings import Settings
from bot.slack.transport import serve_socket_mode
from bot.telemetry.metrics import Metrics
from bot.telemetry.traces import trace_ids
from bot.workspace import Workspace
from tests.stories.conftest import listeners_ended
from tests.support.llm_server import llm_server, searching_brain
from tests.support.otlp_server import otlp_server
from tests.support.waiting import wait_until

RULES = """# Reception

The reception is open from 9:00 to 17:30 on weekdays.

# 受付

受付は平日の9時から17時30分まで開いています。
"""


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    "text",
    ["When is the reception open on weekdays?", "受付は平日の何時まで開いていますか？"],
    ids=["en", "ja"],
)
async def test_one_question_one_trace(
    workspace: Workspace, redis_url: str, tmp_path: Path, text: str
) -> None:
    """Every part hangs below the question, the log names the trace, and no span holds its words."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "rules.md").write_text(RULES, encoding="utf-8")
    (tmp_path / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n', "utf-8")
    with otlp_server() as collector:
        async with llm_server(searching_brain()) as model:
            settings = Settings(
                _env_file=None,
                slack_bot_token=workspace.bot_token,
                slack_app_token=workspace.app_token,
                slack_api_url=workspace.api_url,
                openai_base_url=model.url,
                redis_url=redis_url,
                knowledge_config=tmp_path / "knowledge.toml",
                data_dir=tmp_path / "data",
                otel_exporter_otlp_endpoint=collector.address,
            )
            ended = await _answer(settings, workspace, text)
            # The port may have been another collector's, to whom somebody still delivers.
            trace = trace_ids(None, "", ended)["trace_id"]
            await wait_until(
                lambda: any(one.trace_id == trace for one in collector.named("question"))
            )
    spans = [one for one in collector.spans if one.trace_id == trace]
    (whole,) = (one for one in collector.named("question") if one.trace_id == trace)
    names = {one.name for one in spans}

    assert whole.attributes["kotae.outcome"] == "answered"
    stages = {"prepare_search", "embed_query", "search_index"}
    assert {"try question", "execute_tool search_knowledge", *stages} <= names
    assert any(name.startswith("chat ") for name in names)
    assert any(name.startswith("slack chat.") for name in names)
    assert {one.parent_id for one in spans} <= {"", *(one.span_id for one in spans)}
    assert all(whole.started <= one.started + 0.01 for one in spans)
    words = [text[:8], "reception is open", "受付は平日"]
    assert not any(part.encode() in body for part in words for body in collector.bodies)


async def _answer(settings: Settings, workspace: Workspace, text: str) -> dict[str, object]:
    """Ask *text* in a channel, and return the line of the log about it."""
    bob = workspace.add_user("bob")
    channel = workspace.add_channel("general", [bob])
    with capture_logs(processors=[merge_contextvars]) as lines:
        async with AsyncExitStack() as closing:
            bot = await closing.enter_async_context(open_bot(settings, Metrics()))
            closing.push_async_callback(listeners_ended)
            await bot.base.sync()
            await closing.enter_async_context(serve_socket_mode(bot.adapter))
            running = asyncio.create_task(bot.worker.run())
            await workspace.post(channel, bob, f"<@{workspace.bot_user_id}> {text}")
            await workspace.wait_for(lambda: _ended(lines), timeout=60)
            bot.worker.stop()
            await running
    return _ended(lines)[0]


def _ended(lines: Sequence[MutableMapping[str, Any]]) -> list[dict[str, object]]:
    return [dict(line) for line in lines if line["event"] == "question_ended"]
