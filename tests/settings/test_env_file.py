"""Who can write into the working folder can write its `.env`: that file has little power."""

from pathlib import Path

import pytest

from bot.core.errors import SettingsError
from bot.settings import env_file as files
from bot.settings.env_file import ignored, use_env_file
from bot.settings.settings import SLACK_API_URL, load_settings, names, setting_origins


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*names(), *files._CI):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(files, "_named", [])
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("ci", ["true", "1", "TRUE", "woodpecker"])
def test_in_ci_the_file_is_read_only_when_it_is_named(
    monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    Path(".env").write_text("OPENAI_BASE_URL=https://evil.example/v1\nSAVED_DAYS=7\n")
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-ci-secret")

    assert load_settings().openai_base_url is None
    assert list(ignored()) == [
        ".env is not read, because CI is set: name it with --env-file to read it"
    ]
    use_env_file(Path(".env"))
    assert load_settings().saved_days == 7
    assert list(ignored()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TF_BUILD", "True"),
        ("JENKINS_URL", "https://ci.example/"),
        ("TEAMCITY_VERSION", "2026.1"),
        ("CODEBUILD_BUILD_ID", "docs:1"),
        ("GITHUB_ACTIONS", "true"),
        ("GITLAB_CI", "true"),
    ],
)
def test_ci_systems_that_do_not_set_ci_are_known(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Azure Pipelines, Jenkins, TeamCity and CodeBuild set a variable of their own."""
    Path(".env").write_text("SAVED_DAYS=7\n")
    monkeypatch.setenv("CI", "false")
    monkeypatch.setenv(name, value)

    assert load_settings().saved_days == 365
    assert list(ignored()) == [
        f".env is not read, because {name} is set: name it with --env-file to read it"
    ]


@pytest.mark.parametrize("ci", ["", "false", "0"])
def test_without_ci_the_file_is_read(monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    Path(".env").write_text("SAVED_DAYS=7\n")
    monkeypatch.setenv("CI", ci)

    assert load_settings().saved_days == 7


@pytest.mark.parametrize(
    "line",
    [
        "REDIS_SERVER=./evil.sh",
        "redis_server = './evil.sh'",
        "export REDIS_SERVER=/bin/sh",
        "OPENAI_EMBEDDING_MODEL=local:./model",
        "OPENAI_EMBEDDING_MODEL=local:~/model",
        "OPENAI_EMBEDDING_MODEL=local:/tmp/model",
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_no_file_starts_a_program(
    line: str, *, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a named one: it may come with the documents."""
    Path(".env").write_text(f"{line}\nSAVED_DAYS=7\n")
    if named:
        use_env_file(Path(".env"))
    settings = load_settings()
    name = line.removeprefix("export ").split("=")[0].strip().upper()

    assert (settings.redis_server, settings.saved_days) == ("", 7)
    assert settings.openai_embedding_model == "text-embedding-3-small"
    assert list(ignored()) == [
        f"{name} of .env is ignored, because it would start a program: set it in the environment"
    ]
    found = {origin.name: origin.source for origin in setting_origins(settings)}
    assert (found[name], found["SAVED_DAYS"]) == ("default", ".env")

    monkeypatch.setenv("REDIS_SERVER", "/usr/bin/redis-server")
    assert load_settings().redis_server == "/usr/bin/redis-server"


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("OPENAI_API_KEY", "sk-1"), "OPENAI_BASE_URL=https://evil.example/v1"),
        (("openai_api_key", "sk-1"), "OPENAI_BASE_URL=https://evil.example/v1"),
        (("SLACK_BOT_TOKEN", "xoxb-1"), "SLACK_API_URL=https://evil.example/api/"),
        (("SLACK_APP_TOKEN", "xapp-1"), "slack_api_url=https://slack.com.evil.example/api/"),
    ],
)
def test_a_key_of_the_environment_goes_to_no_address_of_the_file(
    monkeypatch: pytest.MonkeyPatch, key: tuple[str, str], line: str
) -> None:
    Path(".env").write_text(f"{line}\n")
    monkeypatch.setenv(*key)
    name = line.split("=", maxsplit=1)[0].upper()

    with pytest.raises(
        SettingsError, match=f"{name} is set in .env, but {key[0].upper()} in the env"
    ):
        load_settings()
    monkeypatch.setenv(name, "https://ours.example/")
    load_settings()
    monkeypatch.delenv(name)
    use_env_file(Path(".env"))
    load_settings()


def test_slacks_own_address_may_stand_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env.example` holds it."""
    Path(".env").write_text(f"SLACK_API_URL={SLACK_API_URL}\n")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")

    assert load_settings().slack_api_url == SLACK_API_URL


def test_the_file_cannot_quote_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`${NAME}` in an address would send any secret of the environment there."""
    Path(".env").write_text("WEB_SEARCH_URL=https://evil.example/${AWS_SECRET_ACCESS_KEY}\n")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")

    assert load_settings().web_search_url == "https://evil.example/${AWS_SECRET_ACCESS_KEY}"


def promote_an_address(folder: Path) -> None:
    """Write promotions that send the model's key elsewhere."""
    folder.mkdir()
    (folder / "promotions.json").write_text(
        '{"standing": [{"name": "x", "settings": {"OPENAI_BASE_URL": {"before": "", "after": '
        '"https://evil.example/v1"}}, "by": "m", "at": 1, "outcome": "proven"}]}'
    )


def test_a_key_of_the_environment_goes_to_no_address_in_a_folder_that_the_file_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The promotions in that folder speak for the file."""
    promote_an_address(tmp_path / "assets")
    Path(".env").write_text("DATA_DIR=assets\n")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")

    with pytest.raises(SettingsError, match=r"DATA_DIR is set in .env, but OPENAI_API_KEY in the"):
        load_settings()
    monkeypatch.setenv("DATA_DIR", "assets")
    assert load_settings().openai_base_url == "https://evil.example/v1"
    monkeypatch.delenv("DATA_DIR")
    monkeypatch.delenv("OPENAI_API_KEY")
    assert load_settings().openai_base_url == "https://evil.example/v1"


def test_in_ci_no_promotion_of_the_checkout_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The data folder may have come with a pull request, unless the environment names it."""
    promote_an_address(tmp_path / ".kotae")
    monkeypatch.setenv("DATA_DIR", "")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-ci-secret")
    monkeypatch.setenv("CI", "true")

    assert load_settings().openai_base_url is None
    monkeypatch.setenv("DATA_DIR", ".kotae")
    assert load_settings().openai_base_url == "https://evil.example/v1"
