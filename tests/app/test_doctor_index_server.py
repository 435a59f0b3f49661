"""What `kotae doctor` says of the server of INDEX_URL, in the language of the terminal."""

from pathlib import Path

import pytest

from bot.app.doctor import CHECKS, diagnose
from bot.core.language import Language
from bot.settings.settings import Settings
from tests.support.json_server import serving_json
from tests.support.ports import free_port

pytest.importorskip("qdrant_edge", reason="needs Qdrant's engine, qdrant-edge-py")

from tests.support.qdrant_server import KEY, running_qdrant


@pytest.fixture(autouse=True)
def only_the_index_server(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [check for check in CHECKS if check[0] == "Index server"]
    monkeypatch.setattr("bot.app.doctor.CHECKS", wanted)


async def said(folder: Path, language: Language, url: str, key: str = KEY) -> tuple[str, str]:
    """Return the verdict and what is said."""
    settings = Settings(
        _env_file=None,
        data_dir=folder / "data",
        knowledge_config=folder / "knowledge.toml",
        index_url=url,
        index_api_key=key,
    )
    found = [one async for one in diagnose(settings, language) if one.name == "Index server"]
    return found[0].verdict, found[0].text


@pytest.mark.parametrize(
    ("language", "good", "refused", "outdated"),
    [
        ("en", "written, searched and deleted in", "refuses INDEX_API_KEY", "1.12 or later is"),
        ("ja", "書き込み・検索・削除を", "INDEX_API_KEY を受け付けません", "1.12 以降に更新"),
    ],
)
async def test_a_server_that_can_be_used_and_why_one_cannot(
    tmp_path: Path, language: Language, good: str, refused: str, outdated: str
) -> None:
    """Its key is never said."""
    with running_qdrant(tmp_path / "server", KEY) as server:
        verdict, text = await said(tmp_path, language, server.address)
        assert (verdict, good in text, "Qdrant 1.18.0" in text) == ("good", True, True)
        verdict, text = await said(tmp_path, language, server.address, "another-key")
        assert (verdict, refused in text, "another-key" in text) == ("bad", True, False)
        server.version = "1.9.2"
        verdict, text = await said(tmp_path, language, server.address)
        assert (verdict, outdated in text, "Qdrant 1.9.2" in text) == ("bad", True, True)


@pytest.mark.parametrize(
    ("language", "unset", "away", "stranger"),
    [
        ("en", "INDEX_URL is not set", "Start it, or correct INDEX_URL", "is not a Qdrant server"),
        ("ja", "INDEX_URL は設定されていません", "に接続できません: ", "Qdrant のサーバーではあり"),
    ],
)
async def test_no_server_and_one_of_another_kind(
    tmp_path: Path, language: Language, unset: str, away: str, stranger: str
) -> None:
    verdict, text = await said(tmp_path, language, "")
    assert (verdict, unset in text) == ("note", True)
    verdict, text = await said(tmp_path, language, f"http://127.0.0.1:{free_port()}")
    assert (verdict, away in text) == ("bad", True)
    with serving_json(lambda _: (200, {"name": "another"})) as other:
        verdict, text = await said(tmp_path, language, other.address)
    assert (verdict, stranger in text) == ("bad", True)
