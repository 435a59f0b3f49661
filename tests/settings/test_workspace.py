"""A workspace of several has the deployment's settings, but a folder and keys of its own."""

from pathlib import Path

import pytest

from bot.app.container import slack_credentials
from bot.core.errors import SettingsError
from bot.settings.settings import Settings, load_settings, setting_origins, use_workspace
from bot.settings.workspace import FILE, is_team, workspace_folder

KEYS = ("slack_client_id", "slack_client_secret", "installation_key")


@pytest.fixture(autouse=True)
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a deployment for several workspaces."""
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "quiet-secret")
    monkeypatch.setenv("INSTALLATION_KEY", "key")
    return tmp_path / "data"


def own(deployment: Path, text: str) -> None:
    folder = workspace_folder(deployment, "T0BETA")
    folder.mkdir(parents=True)
    (folder / FILE).write_text(text, encoding="utf-8")


def test_a_workspace_is_apart_in_folder_and_keys(deployment: Path) -> None:
    settings = load_settings(kotae_workspace="T0BETA", slack_bot_token="xoxb-beta")

    assert settings.namespace == "kotae:T0BETA"
    assert settings.data_dir == deployment / "workspaces" / "T0BETA"
    assert settings.index_folder.is_relative_to(settings.data_dir)
    assert settings.knowledge_config == settings.data_dir / "knowledge.toml"
    assert settings.redis_folder == deployment / "redis"
    assert [getattr(settings, name) for name in KEYS] == ["", None, None]


def test_a_workspace_has_settings_of_its_own(deployment: Path) -> None:
    """Relative documents start at its folder; what a command line says wins."""
    own(deployment, "SLACK_OPERATORS=U1,U2\nKNOWLEDGE_CONFIG=../../kb.toml\nTIME_ZONE=Asia/Tokyo\n")

    settings = load_settings(kotae_workspace="T0BETA", time_zone="UTC")

    assert settings.slack_operators == ("U1", "U2")
    assert settings.knowledge_config.resolve() == deployment / "kb.toml"
    assert settings.time_zone == "UTC"


def test_people_and_channels_of_the_deployment_are_nobody_elsewhere(
    deployment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever makes a group of that name in a workspace would operate its bot."""
    monkeypatch.setenv("SLACK_OPERATORS", "U1,@it-team")
    monkeypatch.setenv("WEEKLY_CHANNEL", "#news")

    settings = load_settings(kotae_workspace="T0BETA")

    assert (settings.slack_operators, settings.weekly_channel) == ((), "")
    origins = {one.name: one.source for one in setting_origins(settings)}
    assert origins["SLACK_OPERATORS"] == "default"
    assert load_settings().slack_operators == ("U1", "@it-team")


@pytest.mark.parametrize("place", ["/srv/index", "s3://bucket/kotae/"])
def test_a_workspace_shares_its_index_in_a_place_of_its_own(
    deployment: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """An indexer removes what it does not know."""
    monkeypatch.setenv("INDEX_STORE", place)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1")

    settings = load_settings(kotae_workspace="T0BETA")

    assert settings.index_store == f"{place.rstrip('/')}/workspaces/T0BETA"
    assert load_settings().index_store == place


def test_an_empty_value_of_a_workspace_is_the_default(
    deployment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the deployment has another one."""
    monkeypatch.setenv("ANSWER_THRESHOLD", "0.9")
    monkeypatch.setenv("REINDEX_SCHEDULE", "03:00")
    monkeypatch.setenv("BUDGET_DAY_USD", "5")
    own(deployment, "ANSWER_THRESHOLD=\nREINDEX_SCHEDULE=\nSLACK_OPERATORS=\nKNOWLEDGE_CONFIG=\n")

    settings = load_settings(kotae_workspace="T0BETA")

    assert settings.answer_threshold is None
    assert (settings.reindex_schedule, settings.slack_operators) == ("", ())
    assert settings.budget_day_usd == 5  # what the file does not name is the deployment's
    assert settings.knowledge_config == settings.data_dir / "knowledge.toml"
    origins = {one.name: one.source for one in setting_origins(settings)}
    assert origins["REINDEX_SCHEDULE"].endswith(FILE)


@pytest.mark.parametrize("name", ["REDIS_URL", "DATA_DIR", "OPENAI_BASE_URL", "SLACK_BOT_TOKEN"])
def test_a_workspace_cannot_reach_beyond_itself(deployment: Path, name: str) -> None:
    own(deployment, f"{name}=https://elsewhere.example\n")

    with pytest.raises(SettingsError, match=f"sets {name}, which cannot be set for one workspace"):
        load_settings(kotae_workspace="T0BETA")


@pytest.mark.parametrize(
    "team", ["../..", "T0/../..", "t0beta", "E0ORG", "T", "T0\n", "T" * 99, "Ｔ01"]
)
def test_an_id_that_names_another_place_is_none(team: str, deployment: Path) -> None:
    assert not is_team(team)
    with pytest.raises(SettingsError):
        load_settings(kotae_workspace=team)
    with pytest.raises(SettingsError):
        workspace_folder(deployment, team)


def test_one_workspace_is_as_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "INSTALLATION_KEY", "DATA_DIR"):
        monkeypatch.delenv(name)

    settings = load_settings(slack_bot_token="xoxb-one")

    assert (settings.namespace, settings.data_dir) == ("kotae", Path(".kotae"))
    assert settings.knowledge_config == Path("knowledge.toml")
    assert not settings.installed_by_oauth


def test_a_token_and_oauth_do_not_go_together() -> None:
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN is for one workspace"):
        load_settings(slack_bot_token="xoxb-one")
    assert not load_settings(slack_client_secret=None).installed_by_oauth
    assert load_settings().installed_by_oauth


@pytest.mark.parametrize(
    ("absent", "lacking"),
    [("SLACK_CLIENT_ID", "SLACK_CLIENT_ID"), ("SLACK_CLIENT_SECRET", "SLACK_CLIENT_SECRET")],
)
def test_half_of_an_app_is_named_where_there_is_no_token(
    monkeypatch: pytest.MonkeyPatch, absent: str, lacking: str
) -> None:
    monkeypatch.delenv(absent)

    assert load_settings().lacking_for_oauth == lacking
    assert load_settings(slack_bot_token="xoxb-one").lacking_for_oauth == ""
    with pytest.raises(SettingsError, match=f"{lacking} is not set"):
        slack_credentials(load_settings())


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://kotae.example.com/slack/oauth_redirect", True),
        ("http://127.0.0.1:3000/slack/oauth_redirect", True),
        ("http://kotae.example.com/slack/oauth_redirect", False),
        ("httpx://kotae.example.com/slack/oauth_redirect", False),
        ("https:///slack/oauth_redirect", False),
        ("https://[::1/slack/oauth_redirect", False),
    ],
)
def test_people_are_sent_back_by_https(url: str, *, good: bool) -> None:
    if good:
        assert load_settings(slack_redirect_url=url).slack_redirect_url == url
        return
    with pytest.raises(SettingsError, match="SLACK_REDIRECT_URL must be like https://"):
        load_settings(slack_redirect_url=url)


def test_the_folder_of_a_build_server_is_no_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jenkins names it WORKSPACE."""
    monkeypatch.setenv("WORKSPACE", "/var/lib/jenkins/workspace/docs")

    assert load_settings().workspace == ""


def test_a_chosen_workspace_holds_for_all_commands(deployment: Path) -> None:
    use_workspace("T0BETA")
    try:
        assert load_settings().namespace == "kotae:T0BETA"
    finally:
        use_workspace("")
    assert load_settings().namespace == "kotae"


def test_no_key_is_in_a_repr() -> None:
    assert "quiet-secret" not in repr(load_settings())
    assert {"quiet-secret", "key"} <= set(Settings(_env_file=None).secrets)


def test_each_of_several_keys_is_a_secret() -> None:
    settings = Settings(_env_file=None, installation_key="newer-key, older-key")

    assert {"newer-key", "older-key"} <= set(settings.secrets)


@pytest.mark.parametrize("kind", ["folder", "dangling link"])
def test_settings_that_are_no_file_are_not_taken_for_none(deployment: Path, kind: str) -> None:
    """The workspace would have the deployment's limits instead of its own."""
    folder = workspace_folder(deployment, "T0BETA")
    folder.mkdir(parents=True)
    if kind == "folder":
        (folder / FILE).mkdir()
    else:
        (folder / FILE).symlink_to(folder / "gone")

    with pytest.raises(SettingsError, match="is not a file"):
        load_settings(kotae_workspace="T0BETA")
