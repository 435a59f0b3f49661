"""The documents cannot rot: settings, commands and paths that they name exist."""

import re
from pathlib import Path

import click
import pytest

from bot.cli import commands
from bot.settings.settings import Settings, names

ROOT = Path(__file__).parent.parent
DOCS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_example_file_with_its_default() -> None:
    """`.env.example` lists all settings, their descriptions and true defaults, and no other."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    listed = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    assert sorted(listed) == sorted(names())
    for name, field in Settings.model_fields.items():
        default = str(field.default) if field.default not in {None, ()} else ""
        assert listed[name.upper()] == default
        assert f"# {field.description}" in lines


def test_every_command_is_in_the_readme() -> None:
    """A command that is not documented does not exist."""
    for name, command in commands.commands.items():
        assert f"kotae {name}" in README
        if isinstance(command, click.Group):
            for child in command.commands:
                assert child in README


@pytest.mark.parametrize(
    "document",
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "benchmarks/README.md", *DOCS],
)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    """Links and file names in the documents lead somewhere."""
    text = (ROOT / document).read_text(encoding="utf-8")
    linked = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    named = re.findall(r"`((?:bot|knowledge|tests|benchmarks)/[\w./-]+)`", text)

    here = (ROOT / document).parent
    missing = [path for path in linked if not (here / path).exists()]
    missing += [path for path in named if not (ROOT / path).exists()]

    assert missing == []


def test_no_committed_file_names_a_registry() -> None:
    """Pins carry versions, not addresses."""
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")

    assert "://" not in pins
    assert re.search(r"^openai==", pins, re.MULTILINE)
