"""`kotae audit`, and what commands leave there."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.cli.audit import changes
from bot.mcp_server.tokens import TokenStore
from bot.redis.connection import open_redis
from tests.cli import test_queue
from tests.cli.test_queue import IDS
from tests.support.command import kotae

settings = test_queue.settings


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A folder with an index of two versions."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
    return tmp_path


def rows(folder: Path, *options: str, **settings: str) -> list[dict[str, str]]:
    """Return what `kotae audit --json` prints."""
    printed = kotae(folder, "audit", "--json", *options, **settings).stdout
    return [json.loads(line) for line in printed.splitlines()]


def test_what_is_done_in_a_terminal_is_recorded(team: Path, settings: dict[str, str]) -> None:
    """A rollback with both versions, a dropped job, a forced sync; a failed command is none."""
    settings |= {"KNOWLEDGE_CONFIG": str(team / "knowledge.toml")}
    for text in ("One room.", "会議室は二つです。"):
        (team / "docs" / "a.md").write_text(f"# Rooms\n\n{text}\n", encoding="utf-8")
        assert kotae(team, "sync", "--force", **settings).returncode == 0
    back = kotae(team, "knowledge", "rollback", "--json", **settings)
    assert back.returncode == 0, back.stderr
    kotae(team, "queue", "drop", IDS[0], "-y", **settings)
    kotae(team, "queue", "drop", "nothing", "-y", **settings)

    found = rows(team, **settings)
    assert [row["act"] for row in found] == ["forced_sync", "forced_sync", "rollback", "drop"]
    assert found[2]["before"] == found[1]["after"]
    assert found[2]["after"] == found[0]["after"] == json.loads(back.stdout)["index_version"]
    assert found[3]["after"] == IDS[0]
    assert all(row["person"].startswith("terminal:") for row in found)
    assert len(rows(team, "-k", "1", **settings)) == 1
    assert rows(team, "--since", "2999-01-01", **settings) == []
    shown = kotae(team, "audit", **settings).stdout
    assert "rollback  index" in shown
    assert f"{found[2]['before']} → {found[2]['after']}" in shown


def test_the_end_of_a_token_is_recorded(
    team: Path, settings: dict[str, str], redis_url: str
) -> None:
    """By its id: the token itself would let its reader in."""

    async def make() -> str:
        async with open_redis(redis_url) as store:
            _, record = await TokenStore(store.commands).create("U1234567", 60.0)
            return record.id

    id_ = asyncio.run(make())
    settings |= {"KNOWLEDGE_CONFIG": str(team / "knowledge.toml")}
    assert kotae(team, "mcp", "token", "revoke", id_, **settings).returncode == 0

    [row] = [row for row in rows(team, **settings) if row["act"] == "token"]
    assert (row["about"], row["after"]) == (id_, "revoked")


def test_an_act_stands_though_it_cannot_be_recorded(team: Path, redis_url: str) -> None:
    """The terminal says that it is missing in the log."""
    (team / "docs" / "a.md").write_text("# Rooms\n\nOne room.\n", encoding="utf-8")
    config = {"KNOWLEDGE_CONFIG": str(team / "knowledge.toml")}
    done = kotae(team, "sync", "--force", REDIS_URL="redis://127.0.0.1:1", **config)
    assert "1 added" in done.stdout
    assert done.returncode == 1  # what people saved is in Redis, and could not be read
    assert "this is not in the audit log" in done.stderr


def test_nothing_recorded_is_said(team: Path, redis_url: str) -> None:
    async def clear() -> None:
        async with open_redis(redis_url) as store:
            await store.commands.flushall()

    asyncio.run(clear())
    assert "No act of an operator" in kotae(team, "audit", REDIS_URL=redis_url).stdout


def test_of_settings_only_what_has_changed_is_shown() -> None:
    """A person looks for the change; `--json` keeps all."""
    before = '{"listening": "follow", "sources": [], "language": null, "auto_answers": "off"}'
    after = '{"listening": "follow", "sources": ["広報"], "language": "ja", "auto_answers": "on"}'

    assert changes(before, after) == [
        'sources: - → ["広報"]',
        "language: - → ja",
        "auto_answers: off → on",
    ]
    assert changes(before, before) == []
    assert changes("version-1", "version-2") == ["version-1 → version-2"]
    assert changes("", "slack:C1") == ["slack:C1"]
    assert changes("12", "13") == ["12 → 13"]
    assert changes("", "") == []
