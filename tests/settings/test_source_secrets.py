"""Secrets of sources come from the environment or from a file, and are never in a message."""

from pathlib import Path

import pytest

from bot.settings import env_file
from bot.settings.settings import source_secret
from knowledge.factory import open_source
from knowledge.model.errors import KnowledgeConfigError
from knowledge.model.settings import load_settings
from knowledge.sync.source import Secrets, Source
from tests.support.library import Library, remote_table

SECRET = "s3cr3t-40x"


def test_a_variable_of_the_environment_or_of_the_file_is_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment wins."""
    file = tmp_path / "own.env"
    file.write_text(f"ESA_TOKEN={SECRET}\n", encoding="utf-8")
    monkeypatch.setattr(env_file, "_named", [file])
    assert source_secret("ESA_TOKEN") == SECRET

    monkeypatch.setenv("ESA_TOKEN", "other")
    assert source_secret("ESA_TOKEN") == "other"


def test_a_file_is_the_secret_without_its_last_line_end(tmp_path: Path) -> None:
    """As secrets are mounted into containers."""
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    assert source_secret(str(file)) == SECRET


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("NO_SUCH_TOKEN", "NO_SUCH_TOKEN is not set"),
        ("EMPTY_TOKEN", "EMPTY_TOKEN is not set"),
        ("SLACK_BOT_TOKEN", "is a setting of Kotae"),
        ("/nowhere/token", "cannot be read"),
        ("{folder}", "cannot be read"),
        ("{folder}/empty", "is empty"),
        ("{folder}/binary", "is not text"),
    ],
)
def test_what_is_no_secret_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    """By its name, with what to do."""
    monkeypatch.setenv("EMPTY_TOKEN", " ")
    monkeypatch.setenv("SLACK_BOT_TOKEN", SECRET)
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(KnowledgeConfigError, match=reason) as caught:
        source_secret(name.format(folder=tmp_path))
    assert SECRET not in str(caught.value)


def test_an_error_names_the_source_and_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source asks for its secrets through this."""
    library = Library(tmp_path)
    library.configure(remote_table("wiki"))
    (settings,) = load_settings(library.config).sources

    class Module:
        @staticmethod
        def open_source(_settings: object, secrets: Secrets) -> Source:
            secrets("ESA_TOKEN")
            raise AssertionError

    monkeypatch.setattr("importlib.import_module", lambda _: Module)
    monkeypatch.delenv("ESA_TOKEN", raising=False)
    with pytest.raises(KnowledgeConfigError, match="source 'wiki' token: ESA_TOKEN is not set"):
        open_source(settings, source_secret)


def test_a_schedule_is_checked_by_name(tmp_path: Path) -> None:
    """When the file is loaded, and not in the night."""
    library = Library(tmp_path)
    library.configure(remote_table("wiki", schedule="noon"))
    with pytest.raises(KnowledgeConfigError, match=r"source 'wiki' schedule.* time of day"):
        load_settings(library.config)
