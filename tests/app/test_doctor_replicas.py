"""What `kotae doctor` says of the replicas that are to confirm every change."""

from pathlib import Path

import pytest

from bot.app.doctor import CHECKS, DoctorFinding, diagnose
from bot.core.errors import RedisUnavailableError
from bot.core.language import Language
from bot.redis.connection import open_redis
from bot.redis.version import ServerVersion
from bot.settings.settings import Settings
from tests.support.ports import free_port
from tests.support.redis import frozen
from tests.support.redis_servers import server, serves
from tests.support.waiting import wait_until


@pytest.fixture(autouse=True)
def without_flaw(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of this machine may be an old one, which another test is about."""
    monkeypatch.setattr(ServerVersion, "of_info", lambda _: ServerVersion("Redis", (99, 0, 0)))


async def redis_said(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, language: Language = "en"
) -> DoctorFinding:
    wanted = [check for check in CHECKS if check[0] == "Redis"]
    monkeypatch.setattr("bot.app.doctor.CHECKS", wanted)
    found = [one async for one in diagnose(settings, language) if one.name == "Redis"]
    return found[0]


def asking_for(replicas: int, url: str, folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=folder / "data",
        knowledge_config=folder / "knowledge.toml",
        redis_url=url,
        redis_replicas=replicas,
    )


async def test_replicas_are_counted_and_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None, one that is needed, one that hangs, one to spare, and none that has to confirm."""
    first, second, third = free_port(), free_port(), free_port()
    common = ("--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", "")
    following = (*common, "--replicaof", "127.0.0.1", str(first))
    url = f"redis://127.0.0.1:{first}"
    one, none = asking_for(1, url, tmp_path), asking_for(0, url, tmp_path)

    async def said(settings: Settings, language: Language = "en") -> tuple[str, str]:
        found = await redis_said(monkeypatch, settings, language)
        return found.verdict, found.text

    async def confirms(count: int) -> bool:
        return f"{count} replica" in (await said(one))[1] and (await said(one))[0] != "bad"

    async with server("--port", str(first), *common, "--appendonly", "yes"):
        await wait_until(lambda: serves(url))
        assert (await said(none))[0] == "good"
        verdict, text = await said(one)
        assert verdict == "bad"
        assert text.startswith("only 0 replicas are connected, and REDIS_REPLICAS asks for 1: ")
        assert "better 2 so that one may be missing, or lower REDIS_REPLICAS" in text
        verdict, text = await said(one, "ja")
        assert verdict == "bad"
        assert "接続中のレプリカは 0 台ですが、REDIS_REPLICAS は 1 台を求めています" in text

        async with server("--port", str(second), *following) as replica:
            await wait_until(lambda: confirms(1))
            verdict, text = await said(one)
            assert verdict == "note"
            assert "1 replica is connected, and a change is confirmed by 1" in text
            assert text.endswith("nothing is accepted: run one more")
            verdict, text = await said(one, "ja")
            assert verdict == "note"
            assert "レプリカは 1 台接続中で" in text
            assert text.endswith("もう 1 台追加してください")
            assert not await accepted(url, 2)
            assert (await said(asking_for(2, url, tmp_path)))[1].startswith("only 1 replica is")

            with frozen(replica.pid):
                verdict, text = await said(one)
                assert verdict == "bad"
                assert "confirm a change within a second, so nothing is accepted" in text

            async with server("--port", str(third), *following):
                await wait_until(lambda: confirms(2))
                verdict, text = await said(one)
                assert verdict == "good"
                assert "2 replicas are connected, and a change is confirmed by 1" in text
                verdict, text = await said(none)
                assert verdict == "note"
                assert text.endswith("set REDIS_REPLICAS=1 with two replicas or more")
                verdict, text = await said(none, "ja")
                assert "REDIS_REPLICAS=1 を設定してください" in text


async def accepted(url: str, replicas: int) -> bool:
    """Tell whether a change counts that so many replicas are to confirm."""
    async with open_redis(url, replicas=replicas) as store:
        try:
            return bool(await store.commands.set("place", "something"))
        except RedisUnavailableError:
            return False


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "; appendonly is off, so a restart would lose questions"), ("ja", "appendonly yes を")],
)
async def test_a_server_that_forgets_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: Language, said: str
) -> None:
    """Whatever its replicas have."""
    port = free_port()
    url = f"redis://127.0.0.1:{port}"
    async with server("--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path)):
        await wait_until(lambda: serves(url))
        found = await redis_said(monkeypatch, asking_for(0, url, tmp_path), language)
        assert found.verdict == "bad"
        assert said in found.text
