"""What `kotae doctor` says of the data folder and of the server."""

from pathlib import Path

import pytest

from bot.app.doctor import CHECKS, diagnose
from bot.redis.version import ServerVersion
from bot.settings.settings import Settings


async def finding(settings: Settings, name: str) -> tuple[str, str]:
    found = [one async for one in diagnose(settings) if one.name == name]
    return found[0].verdict, found[0].text


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    wanted = [check for check in CHECKS if check[0] in {"Data folder", "Redis"}]
    monkeypatch.setattr("bot.app.doctor.CHECKS", wanted)
    return Settings(
        _env_file=None, data_dir=tmp_path / "data", knowledge_config=tmp_path / "knowledge.toml"
    )


@pytest.mark.parametrize(("mode", "verdict"), [(0o700, "good"), (0o755, "bad"), (0o750, "bad")])
async def test_a_data_folder_that_others_can_read_is_named(
    settings: Settings, mode: int, verdict: str
) -> None:
    """An installation of an earlier version has one."""
    settings.data_dir.mkdir()
    settings.data_dir.chmod(mode)

    found = await finding(settings, "Data folder")

    assert found[0] == verdict
    assert ("chmod 700" in found[1]) is (verdict == "bad")


async def test_a_server_with_a_known_flaw_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A note: a distribution may have mended it under the old number."""
    assert (await finding(settings, "Redis"))[0] == "good"
    old = ServerVersion("Redis", (7, 0, 15))
    monkeypatch.setattr(ServerVersion, "of_info", lambda _: old)

    verdict, text = await finding(settings, "Redis")

    assert verdict == "note"
    assert "Redis 7.0.15" in text
    assert "CVE-2025-49844 is fixed in Redis 7.2.11" in text
