"""No store is left out without a word: what the sources name is known to the backup."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

from bot.backup import contents
from bot.backup.contents import Phase, index_in, is_listed, is_temporary, phase_of

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "bot").rglob("*.py"))
LISTED = contents.SEEN | contents.QUEUE | contents.NAMING | contents.NAMED | contents.SKIPPED
FILES = contents.KEPT_FILES | contents.SKIPPED_FILES | {contents.REBUILT}

_BELOW = re.compile(r"\{key_root\(\w+\)\}:([a-z_-]+)(:?)")
_BARE = re.compile(r"(?<!\{)key_root\(\w+\)(?!\})")
_NAMES = re.compile(r"\{(?:self\.)?_?root\}:([a-z_-]+)(:?)")
_LUA = re.compile(r"\bROOT \.\. ':([a-z_]+)(:?)")
_DATA = re.compile(r"\b(?:data_dir|data)\b(?:\.parent)? / (\"[^\"]+\"|[A-Z_]+)")


def keys_in_python() -> Iterator[tuple[str, str]]:
    """Yield the beginnings of keys that Python names, with the file."""
    for path in SOURCES:
        text = path.read_text("utf-8")
        if "key_root(" not in text or path.parent.name == "backup":
            continue
        found = _BELOW.findall(text)
        if _BARE.search(text):  # the names are below the root itself
            found += _NAMES.findall(text)
        for name, colon in found:
            yield name + colon, path.name


def keys_in_lua() -> Iterator[tuple[str, str]]:
    """Yield the beginnings of keys that scripts name, with the file."""
    for path in sorted((ROOT / "bot").rglob("*.lua")):
        if "backup" not in path.parts:
            for name, colon in _LUA.findall(path.read_text("utf-8")):
                yield name + colon, path.name


def test_every_key_that_the_sources_name_is_known() -> None:
    """If this fails: add the new prefix to `bot/backup/contents.py`, where it is read in order."""
    named = {*keys_in_python(), *keys_in_lua()}

    assert len(named) > 40
    assert {(name, file) for name, file in named if not _known(name)} == set()


def _known(name: str) -> bool:
    """Tell whether a key that begins so is listed; Python may name what comes before the colon."""
    return is_listed(f"{name}x" if name.endswith(":") else name) or f"{name}:" in LISTED


def test_every_known_key_is_named_somewhere() -> None:
    """What is no longer there is no longer listed."""
    named = {name.rstrip(":") for name, _ in (*keys_in_python(), *keys_in_lua())}

    assert {name for name in LISTED if name.rstrip(":") not in named} == set()


def test_every_file_of_the_data_folder_that_the_sources_name_is_known() -> None:
    """If this fails: add it to `KEPT_FILES`, or to `SKIPPED_FILES` with the reason."""
    named = dict[str, str]()
    for path in SOURCES:
        for found in _DATA.findall(path.read_text("utf-8")):
            text = found.strip('"') if '"' in found else constant(found)
            if text and not text.startswith("."):
                named[text.split("/")[0]] = path.name

    assert {"rollouts", "prompts", "evaluation", "prompt-tuning"} <= named.keys()
    demo = {"knowledge.toml"}  # of `kotae try`, in its own data folder
    assert {name: file for name, file in named.items() if name not in FILES | demo} == {}


def constant(name: str) -> str:
    """Return the text of the constant *name*, wherever it is defined."""
    for path in SOURCES:
        text = path.read_text("utf-8")
        if f"\n{name} = " not in text:
            continue
        for node in ast.parse(text).body:
            match node:
                case ast.Assign(
                    targets=[ast.Name(id=known)], value=ast.Constant(value=str(value))
                ) if known == name:
                    return value
                case _:
                    pass
    return ""


def test_a_key_is_read_once() -> None:
    lists = (
        contents.SEEN,
        contents.QUEUE,
        contents.NAMING,
        contents.NAMED,
        contents.SKIPPED,
    )

    assert sum(map(len, lists)) == len(LISTED)
    assert phase_of("turns") is Phase.QUEUE
    assert phase_of("turns:slack:T1:C1:1.0") is Phase.NAMED
    assert phase_of("slack:person:U1") is Phase.SKIPPED
    assert phase_of("novel") is Phase.NAMED
    assert not is_listed("novel")


@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("index/CURRENT", "index"),
        ("rollouts/a/index/version-1/x", "rollouts/a/index"),
        ("rollouts/a/trial.json", None),
        ("prompts/index/en.md", None),
        ("rollouts/index/trial.json", None),
    ],
)
def test_only_an_index_is_an_index(path: str, index: str | None) -> None:
    """A prompt or a rollout may have that name."""
    found = index_in(PurePath(path))

    assert (found and str(found)) == index


def test_drafts_and_locks_are_temporary() -> None:
    temporary = ("evaluation/.lock", ".x.lock", "certificate.12.tmp", "prompts/a/.en.md.new")
    kept = ("prompts/a.md", "evaluation/cases/a.tmp")

    assert all(is_temporary(PurePath(path)) for path in temporary)
    assert not any(is_temporary(PurePath(path)) for path in kept)
