"""The documents cannot rot: settings, commands and paths that they name exist."""

import ast
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import click
import pytest

from bot.cli import commands
from bot.settings.settings import Settings, names

ROOT = Path(__file__).parent.parent
GENERATED = {"commands.md", "settings.md", "metrics.md", "decisions.md"}
DOCS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / "docs").rglob("*.md")
    if path.name not in GENERATED
)
DOCUMENTS = [
    "README.md",
    "README.ja.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "benchmarks/README.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "examples").rglob("README.md")),
    *DOCS,
]

_COMMAND = re.compile(r"(?:(?<![\w/@.-])|(?<=bin/))kotae((?: [a-z][a-z-]*\b)+)")
"""A command as documents write it; `/kotae status` is Slack's, and `@kotae` a mention."""

_CODE = re.compile(r"```sh\n(.*?)```|`([^`\n]+)`", re.DOTALL)


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """`docs/generate.py`, which is a script and belongs to no package."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_setting_is_in_the_example_file_with_its_default() -> None:
    """`.env.example` lists all settings, their descriptions and true defaults, and no other."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    listed = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    assert sorted(listed) == sorted(names())
    for name, field in Settings.model_fields.items():
        default = str(field.default) if field.default not in {None, ()} else ""
        assert listed[name.upper()] == default
        assert f"# {field.description}" in lines


def test_every_command_is_in_the_reference(generator: ModuleType) -> None:
    """The generated page names each command with its usage and options, and no hidden one."""
    page = generator.commands_page()

    for path, command in _paths(commands, "kotae").items():
        assert f" {path}\n" in page
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.opts[0] in page


def test_every_setting_is_in_the_reference(generator: ModuleType) -> None:
    """The generated page names each setting once, with what it does."""
    page = generator.settings_page()

    for name, field in Settings.model_fields.items():
        assert page.count(f"`{name.upper()}` |") == 1
        assert field.description is not None
        assert field.description.split("|")[0] in page


def test_every_metric_is_in_the_reference(generator: ModuleType) -> None:
    """The generated page names each metric, and the hand-written labels are of metrics there."""
    page = generator.metrics_page()
    table, _, labels = page.partition("## Label values")

    named = set(re.findall(r"`(kotae_\w+)`", table))
    assert {"kotae_questions_total", "kotae_jobs", "kotae_index_chunks"} <= named
    assert set(re.findall(r"^\| `(kotae_\w+)`", labels, re.MULTILINE)) <= named


def test_all_generated_pages_are_known_here(generator: ModuleType) -> None:
    """A page that is built and not committed is one that links may lead to."""
    assert set(generator.PAGES) == GENERATED


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_that_a_document_names_exists(document: str) -> None:
    """A command in a code block or between backticks can be typed as it stands there."""
    text = (ROOT / document).read_text(encoding="utf-8")
    known = _paths(commands, "kotae")
    written = (block or inline for block, inline in _CODE.findall(text))
    named = {match[0] for code in written for match in _COMMAND.finditer(code)}

    assert sorted(words for words in named if not _is_typed(words, known)) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    """Links, pictures and file names in the documents lead somewhere."""
    text = (ROOT / document).read_text(encoding="utf-8")
    linked = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    named = re.findall(r"`((?:bot|knowledge|tests|benchmarks|examples)/[\w./-]+)`", text)

    here = (ROOT / document).parent
    missing = [path for path in linked if not _leads_somewhere(here / path)]
    missing += [path for path in named if not (ROOT / path).exists()]

    assert missing == []


@pytest.mark.parametrize("document", DOCS)
def test_a_page_of_the_site_links_within_the_site(document: str) -> None:
    """What is outside of `docs` is named as a path: the site does not hold it."""
    text = (ROOT / document).read_text(encoding="utf-8")
    linked = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    here, site = (ROOT / document).parent, ROOT / "docs"

    assert [path for path in linked if not (here / path).resolve().is_relative_to(site)] == []


def test_the_readmes_are_short() -> None:
    """Both fit on a screen or two; everything else is in the documentation."""
    for name in ("README.md", "README.ja.md"):
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= 60


def test_no_committed_file_names_a_registry() -> None:
    """Pins carry versions, not addresses."""
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")

    assert "://" not in pins
    assert re.search(r"^openai==", pins, re.MULTILINE)


def _leads_somewhere(path: Path) -> bool:
    generated = path.name in GENERATED and path.parent.name == "reference"
    return generated or path.exists()


def _is_typed(words: str, known: Mapping[str, click.Command]) -> bool:
    """Tell whether *words* begin with a command that is no group, or are a whole group."""
    parts = words.split()
    starts = (" ".join(parts[:length]) for length in range(2, len(parts) + 1))
    leaf = any(start in known and not isinstance(known[start], click.Group) for start in starts)
    return leaf or words in known


def _paths(command: click.Command, path: str) -> Mapping[str, click.Command]:
    """Return the commands below *command*, groups too, by how they are typed."""
    if not isinstance(command, click.Group):
        return {path: command}
    below: dict[str, click.Command] = {} if path == "kotae" else {path: command}
    for name, child in command.commands.items():
        if not child.hidden:
            below |= _paths(child, f"{path} {name}")
    return below


ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
WALK = re.compile(r"^\d+\. `([\w/.]+\.py): ([\w.]+)`", re.MULTILINE)
MOST_FILES = 20


@pytest.mark.parametrize(("file", "name"), WALK.findall(ARCHITECTURE))
def test_every_step_of_a_walk_exists(file: str, name: str) -> None:
    """A reader who follows a walk finds each file and each function."""
    found: ast.AST | None = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for part in name.split("."):
        body = getattr(found, "body", [])
        found = next((node for node in body if getattr(node, "name", "") == part), None)

    assert found is not None


def test_there_are_five_walks_and_the_first_is_short() -> None:
    """Question, document, version, reply, workspace; whoever follows the first opens 20 files."""
    walks = [WALK.findall(part) for part in ARCHITECTURE.split("\n## ")]
    walks = [walk for walk in walks if walk]

    assert len(walks) == 5
    assert len({file for file, _ in walks[0]}) <= MOST_FILES
