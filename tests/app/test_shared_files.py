"""A running process notices what changes its answers, on whichever machine that is."""

import asyncio
from pathlib import Path

import pytest

from bot.app import shared_files as module
from bot.app.shared_files import changed_settings, share_files
from bot.core.errors import RedisUnavailableError
from bot.redis.connection import RedisConnection
from bot.settings.promotions import Promotion, SettingReplacement, change_promotions
from bot.settings.settings import Settings, load_settings

STRICT = Promotion(
    name="strict",
    settings={"ANSWER_THRESHOLD": SettingReplacement(before="", after="0.9")},
    by="keiko",
    at=0.0,
    outcome="non-inferior",
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look without a pause."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)


def settings_of(folder: Path, url: str | None) -> Settings:
    """Read the settings of a machine."""
    return load_settings(data_dir=folder, redis_url=url)


@pytest.mark.parametrize("shared", [True, False])
async def test_a_promotion_is_taken_over(
    store: RedisConnection, redis_url: str, tmp_path: Path, *, shared: bool
) -> None:
    """From another machine; with no Redis of their own, from another process of this one."""
    here, there = tmp_path / "here", tmp_path / ("there" if shared else "here")
    url = redis_url if shared else None
    running = settings_of(here, url)
    await share_files(running)
    waiting = asyncio.create_task(changed_settings(running, store, lambda: settings_of(here, url)))
    (there / "evaluation" / "cases").mkdir(parents=True, exist_ok=True)
    (there / "evaluation" / "cases" / "a.jsonl").write_text("{}\n")
    await share_files(settings_of(there, url))
    change_promotions(there, lambda now: now.with_promotion(STRICT))
    await share_files(settings_of(there, url))
    async with asyncio.timeout(60):
        changed = await waiting

    assert (running.answer_threshold, changed.answer_threshold) == (None, 0.9)


async def test_a_change_that_cannot_be_read_is_not_taken_over(
    store: RedisConnection, tmp_path: Path
) -> None:
    """The process goes on as it was, until it is mended."""
    running = settings_of(tmp_path, None)
    read = asyncio.Event()

    def load() -> Settings:
        read.set()
        return settings_of(tmp_path, None)

    waiting = asyncio.create_task(changed_settings(running, store, load))
    (tmp_path / "promotions.json").write_text("{")
    async with asyncio.timeout(60):
        await read.wait()
    assert not waiting.done()
    (tmp_path / "promotions.json").write_text("{}")
    async with asyncio.timeout(60):
        assert (await waiting).answer_threshold is None


async def test_without_redis_nothing_is_shared(tmp_path: Path) -> None:
    assert (await share_files(settings_of(tmp_path, None))).given == []
    with pytest.raises(RedisUnavailableError):
        await share_files(settings_of(tmp_path, "redis://127.0.0.1:1"))
