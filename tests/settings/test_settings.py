"""Settings are refused by name, in one line, and secrets stay secret."""

from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import SettingsError
from bot.settings.settings import (
    Settings,
    load_settings,
    misspelt_in_file,
    names,
    setting_origins,
    source_secret,
)
from knowledge.model.errors import KnowledgeConfigError


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("CI", raising=False)  # there, `.env` is not read
    monkeypatch.chdir(tmp_path)


def test_nothing_set_is_enough() -> None:
    """With no setting at all the program works: no model, its own Redis, local folders."""
    settings = load_settings()

    assert not settings.has_model
    assert settings.embedding_model == "hashing"
    assert settings.redis_url is None


def test_an_endpoint_without_a_key_is_a_model() -> None:
    """Local servers want no key."""
    settings = load_settings(openai_base_url="http://127.0.0.1:11434/v1")

    assert settings.has_model
    assert settings.embedding_model == "text-embedding-3-small"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("OPENAI_MODLE", "x", "Unknown setting OPENAI_MODLE: did you mean OPENAI_MODEL?"),
        ("SLACK_BOT_TOKN", "x", "Unknown setting SLACK_BOT_TOKN: did you mean SLACK_BOT_TOKEN?"),
        ("PORT", "http", "Setting PORT is malformed"),
        ("OPENAI_WIRE", "soap", "Setting OPENAI_WIRE is malformed"),
        ("SLACK_API_URL", "slack.com", "SLACK_API_URL must begin with http"),
        ("SLACK_BOT_TOKEN", "xapp-1", "SLACK_BOT_TOKEN must begin with xoxb-"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "team=情シス", "must be name=value,name=value in plain"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "s3cret", "must be name=value,name=value in plain"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=x%0d%0ab: c", "must be name=value,name=value in plain"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318", "must begin with http:// or https://"),
        ("OPENAI_PRICE", "cheap", "OPENAI_PRICE must be like 0.10/0.50"),
        ("BUDGET_PERSONS_USD", "1", "did you mean BUDGET_PERSON_USD?"),
        ("BUDGET_DAY_USD", "-1", "Setting BUDGET_DAY_USD is malformed"),
        ("ANSWER_POLICY", "always", "Setting ANSWER_POLICY is malformed"),
        ("OPERATOR_PAGE_TOKEN", "s3cret-of-23-characters", "must be 24 to 200 letters"),
        ("OPERATOR_PAGE_TOKEN", "s3cret " * 5, "must be 24 to 200 letters"),
        ("OPERATOR_PAGE_TOKN", "x", "did you mean OPERATOR_PAGE_TOKEN?"),
        ("WEB_SEARCH_PROVIDER", "brave", "needs WEB_SEARCH_API_KEY"),
        ("WEB_SEARCH_PROVIDER", "searxng", "needs WEB_SEARCH_URL"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    """One readable line names the setting."""
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_env_file_may_hold_variables_of_other_programs(tmp_path: Path) -> None:
    """One file often serves several; what is nearly a setting is pointed out."""
    text = "POSTGRES_PASSWORD=x\nSLACK_WEBHOOK_URL=y\nOPENAI_MODLE=z\nPORT=3002\n"
    (tmp_path / ".env").write_text(text, encoding="utf-8")

    assert load_settings().port == 3002
    assert list(misspelt_in_file()) == [
        "OPENAI_MODLE in .env is not a setting: did you mean OPENAI_MODEL?"
    ]


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PORT", "http", "write a whole number"),
        ("OPENAI_WIRE", "soap", "use 'auto', "),
        ("BUDGET_DAY_USD", "-1", "write 0 or more"),
        ("BUDGET_DAY_USD", "much", "write a number"),
    ],
)
def test_an_error_says_what_to_write(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    """In plain words, not in those of the validator."""
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert words in str(caught.value)
    assert "Input should" not in str(caught.value)


def test_variables_of_other_programs_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """`OPENAI_ORG_ID` and `SLACK_CLIENT_ID` belong to others."""
    monkeypatch.setenv("OPENAI_ORG_ID", "org")
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")

    assert load_settings().port == 3000


def test_a_malformed_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the error nor the `repr` shows a secret."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "hunter2-token")

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hunter2")
    assert "hunter2" not in repr(load_settings())


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ({"slack_app_token": "xapp-1"}, "127.0.0.1"),
        ({"slack_signing_secret": "s"}, "0.0.0.0"),
        ({"slack_app_token": "xapp-1", "host": "::"}, "::"),
    ],
)
def test_only_http_mode_listens_to_other_machines_by_default(
    given: dict[str, Any], host: str
) -> None:
    """In Socket Mode the port serves health and metrics alone."""
    assert Settings(_env_file=None, **given).listen_host == host


def test_every_setting_has_an_origin_and_secrets_are_masked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The environment wins over the file, and an empty value counts as absent."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("LOG_LEVEL=debug\nPORT=4000\nSLACK_COMMAND=\n", "utf-8")
    monkeypatch.setenv("LOG_LEVEL", "error")
    monkeypatch.setenv("SLACK_OPERATORS", "U1,@it-team")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-1")

    found = {origin.name: origin for origin in setting_origins(load_settings())}

    assert set(found) == set(names())
    assert (found["LOG_LEVEL"].value, found["LOG_LEVEL"].source) == ("error", "environment")
    assert (found["PORT"].value, found["PORT"].source) == ("4000", ".env")
    assert found["SLACK_COMMAND"].source == "default"
    assert found["SLACK_OPERATORS"].value == "U1,@it-team"
    assert "secret" not in found["OPENAI_API_KEY"].value


def test_an_address_that_cannot_be_read_is_a_secret_all_the_same() -> None:
    """Whoever connects says what is wrong with it."""
    settings = Settings(_env_file=None, redis_url="redis://:hunter2@[::1/0")

    assert settings.secrets == ("redis://:hunter2@[::1/0", "hunter2")


def test_no_password_in_an_address_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor a key in its query; the log knows both."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://joe:hunter2@host/v1?key=topsec")
    monkeypatch.setenv("WEB_SEARCH_URL", "http://利用者:秘密@host/")
    settings = load_settings()

    listed = {origin.name: origin.value for origin in setting_origins(settings)}
    assert listed["OPENAI_BASE_URL"] == "http://**********@host/v1?**********"
    assert listed["WEB_SEARCH_URL"] == "http://**********@host/"
    assert {"hunter2", "topsec", "秘密"} <= set(settings.secrets)


def test_a_secret_of_knowledge_toml(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From the environment, else from the file of settings, or from a file of its own."""
    (tmp_path / ".env").write_text("WIKI_TOKEN=from-file\nLDAP_PASSWORD=p\n", "utf-8")
    monkeypatch.setenv("WIKI_TOKEN", "from-environment")
    (tmp_path / "token").write_text("alone\n", "utf-8")

    found = [source_secret(one) for one in ("WIKI_TOKEN", "LDAP_PASSWORD", f"{tmp_path}/token")]
    assert found == ["from-environment", "p", "alone"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("WIKI_TOKEN", "WIKI_TOKEN is not set"),
        ("SLACK_BOT_TOKEN", "a setting of Kotae"),
        ("OPENAI_API_KEY", "a setting of Kotae"),
        ("./nowhere", "cannot be read"),
        ("./empty", "is empty"),
        ("./binary", "is not text"),
        ("/dev/null", "cannot be read"),
    ],
)
def test_a_secret_that_is_not_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, words: str
) -> None:
    """`knowledge.toml` also names where it is sent: Kotae's own are not given away."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")

    with pytest.raises(KnowledgeConfigError, match=words):
        source_secret(name)
