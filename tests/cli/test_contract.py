"""The contract of the command line: names, common options, exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bot.cli import commands
from tests.support.command import environment, kotae, kotae_from_scratch

GROUPS = {
    "config": {"show"},
    "entries": {"list", "restore", "show", "withdraw"},
    "eval": {"calibrate", "certificate", "compare", "generate", "run"},
    "export": {"chat", "check", "preference"},
    "knowledge": {
        *("check", "pins", "rollback", "search", "sources", "status", "sync", "tune"),
    },
    "data": {"delete", "export"},
    "mcp": {"token"},
    "prompt": {"adopt", "show", "tune"},
    "queue": {"drop", "list", "retry", "status"},
    "workspaces": {"encrypt", "key", "list", "page-token", "remove"},
    "rollout": {"decide", "list", "promote", "revert", "show", "try"},
}
SINGLE = {
    *(
        "ask",
        "audit",
        "backup",
        "chat",
        "completion",
        "doctor",
        "gaps",
        "init",
        "manifest",
        "report",
        "restore",
        "review",
    ),
    *("search", "serve", "status", "sync", "try", "worker"),
}
WITHOUT_RESULT = {"chat", "completion", "init", "serve", "try", "worker", "workspaces key"}
"""Commands that talk, serve, or print a script or a key; `manifest` always prints JSON."""


def leaves(group: click.Group = commands, path: str = "") -> dict[str, click.Command]:
    """Return every command that does something, by its words."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= leaves(command, f"{path}{name} ")
        else:
            found[f"{path}{name}"] = command
    return found


def options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}


def test_the_commands_are_those_of_the_contract() -> None:
    groups = {
        name: set(command.commands)
        for name, command in commands.commands.items()
        if isinstance(command, click.Group)
    }

    assert groups == GROUPS
    assert set(commands.commands) == SINGLE | GROUPS.keys()


def test_every_command_that_prints_a_result_can_print_json() -> None:
    without = {name for name, command in leaves().items() if "--json" not in options(command)}

    assert without == WITHOUT_RESULT | {"manifest"}


def test_the_same_option_has_the_same_short_form_everywhere() -> None:
    """`-y` goes with `--yes`, `-k` with `--limit`, `-v` with `--verbose`."""
    pairs = {"--yes": "-y", "--limit": "-k", "--verbose": "-v"}
    for name, command in leaves().items():
        for long, short in pairs.items():
            assert (long in options(command)) == (short in options(command)), name


def test_every_command_explains_itself_in_one_line() -> None:
    """In a terminal of 80 columns, the lists of commands cut no sentence off."""
    every = {**leaves(), **commands.commands}

    assert [name for name, command in every.items() if not command.help] == []
    cut_off = [name for name in every if every[name].get_short_help_str(60).endswith("...")]
    assert cut_off == []


@pytest.mark.parametrize("arguments", [(), ("eval",), ("rollout", "try"), ("search",)])
def test_help_has_a_short_form(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = kotae(tmp_path, *arguments, "-h")

    assert done.returncode == 0
    assert done.stdout.startswith(" ".join(("Usage: kotae", *arguments)))


def test_the_version_has_a_short_form(tmp_path: Path) -> None:
    assert kotae_from_scratch(tmp_path, "-V").stdout.startswith("kotae, version ")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nothing",), 2),
        (("search",), 2),
        (("rollout", "try", "OPENAI_MODEL"), 2),
        (("config", "show", "--json"), 0),
        (("eval", "certificate"), 1),
        (("knowledge", "search", "x"), 1),
    ],
)
def test_exit_codes_tell_misuse_from_failure(
    tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    done = kotae(tmp_path, *arguments)

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd2\x00\xff\x89PNG", "team.env: not UTF-8 text"),
        ("OPENAI_MODEL=日本".encode("shift-jis"), "team.env: not UTF-8 text"),
        (b"KNOWLEDGE_CONFIG=\x00x\n", "KNOWLEDGE_CONFIG must not contain a NUL character"),
    ],
)
def test_an_env_file_that_is_no_text_is_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "team.env").write_bytes(content)
    command = [sys.executable, "-m", "bot", "--env-file", "team.env", "config", "show"]
    own = {name: text for name, text in environment(tmp_path).items() if name[:9] != "KNOWLEDGE"}

    done = subprocess.run(
        command, cwd=tmp_path, env=own, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (2, f"kotae: {told}\n")


@pytest.mark.parametrize(
    "words", [b"\xff travel expenses?", b"\xff \xe4\xbc\x91\xe6\x9a\x87\xef\xbc\x9f"]
)
@pytest.mark.parametrize(
    ("arguments", "typed"),
    [(("chat",), True), (("ask", "--json", "-"), True), (("ask", "--json"), False)],
)
def test_a_question_that_is_not_utf8_is_still_a_question(
    tmp_path: Path, arguments: tuple[str, ...], words: bytes, *, typed: bool
) -> None:
    """In English and in Japanese, typed or as an argument."""
    assert kotae(tmp_path, "sync").returncode == 0
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments, *([] if typed else [words])],
        cwd=tmp_path,
        env=environment(tmp_path),
        input=words + b"\n" if typed else b"",
        capture_output=True,
        check=False,
    )

    assert done.returncode in {0, 3}, done.stderr
    assert b"Traceback" not in done.stderr
    if "--json" in arguments:
        assert json.loads(done.stdout)["status"] in {"answered", "handed_over"}


def test_a_folder_and_an_env_file_can_be_named(tmp_path: Path) -> None:
    """`-C` comes first: the file is looked for in that folder; so are all other paths."""
    team = tmp_path / "チーム"
    team.mkdir()
    (team / "own.env").write_text("OPENAI_MODEL=gpt-6-sol\nOPENAI_API_KEY=sk-secret-1\n", "utf-8")
    (team / ".env").write_text("OPENAI_MODEL=other\n", "utf-8")

    done = kotae(tmp_path, "-C", "チーム", "--env-file", "own.env", "config", "show", "--json")
    wrong = kotae(tmp_path, "--env-file", "own.env", "config", "show")
    (tmp_path / "bad.env").write_text("ANSWER_POLCY=x\nCOLOUR_OF_ALL=red\n", "utf-8")
    misspelt = kotae(tmp_path, "--env-file", "bad.env", "config", "show")

    found = {row["name"]: row for row in json.loads(done.stdout)}
    assert (found["OPENAI_MODEL"]["value"], found["OPENAI_MODEL"]["source"]) == (
        *("gpt-6-sol", "own.env"),
    )
    assert found["DATA_DIR"]["source"] == "environment"
    assert found["LOG_LEVEL"]["source"] == "default"
    assert "sk-secret" not in done.stdout
    assert set(found["OPENAI_API_KEY"]["value"]) == {"*"}
    assert wrong.returncode == 2
    assert "own.env" in wrong.stderr
    assert misspelt.returncode == 0  # the file may hold what is meant for other programs
    assert (
        "ANSWER_POLCY in bad.env is not a setting: did you mean ANSWER_POLICY?" in misspelt.stderr
    )
    assert "COLOUR_OF_ALL" not in misspelt.stderr


def test_sources_are_listed_before_and_after_a_sync(tmp_path: Path) -> None:
    """The short form of `kotae knowledge sync` does the same; programs get JSON."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# 駐車場\n\n来客は裏庭に駐車します。\n", "utf-8")
    config = tmp_path / "knowledge.toml"
    config.write_text(
        '[[sources]]\nname = "docs"\npath = "docs"\naudience = ["#hr"]\nowner = "@keiko"\n'
    )
    own = {"KNOWLEDGE_CONFIG": str(config)}

    [before, _] = json.loads(kotae(tmp_path, "knowledge", "sources", "--json", **own).stdout)
    report = json.loads(kotae(tmp_path, "sync", "--json", **own).stdout)
    [after, _] = json.loads(kotae(tmp_path, "knowledge", "sources", "--json", **own).stdout)
    shown = kotae(tmp_path, "knowledge", "sources", **own).stdout
    status = json.loads(kotae(tmp_path, "status", "--json", **own).stdout)
    config_shown = json.loads(kotae(tmp_path, "config", "show", "--json", **own).stdout)

    assert (before["documents"], before["last_sync"]) == (0, None)
    assert report["documents_total"] == 1
    assert (after["documents"], after["audience"], after["owner"]) == (1, "#hr", "@keiko")
    assert after["last_sync"] > 0
    assert "@keiko" in shown
    access = {source["name"]: source["access"] for source in status["sources"]}
    assert access["docs"] == {"level": "groups", "groups": ["#hr"]}
    origins = {row["name"]: row["source"] for row in config_shown}
    assert origins["KNOWLEDGE_CHUNK_TOKENS"] == "default"
    with config.open("a", encoding="utf-8") as file:
        file.write("[chunking]\ntokens = 128\n")
    lines = kotae(tmp_path, "config", "show", **own).stdout
    assert f"KNOWLEDGE_CHUNK_TOKENS=128  # {config}" in lines
    assert "KNOWLEDGE_DENSE_WEIGHT" not in lines
    for command in ("search", "sync"):
        named = {"search": ("駐車", "--source", "nosuch"), "sync": ("nosuch",)}[command]
        refused = kotae(tmp_path, command, *named, **own)
        assert refused.returncode == 1
        assert "there is no source 'nosuch': there are docs" in refused.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_completion_script(tmp_path: Path, shell: str) -> None:
    done = kotae(tmp_path, "completion", shell)

    assert done.returncode == 0, done.stderr
    assert "_KOTAE_COMPLETE" in done.stdout


def test_commands_are_completed_in_bash(tmp_path: Path) -> None:
    """The script asks the program, which answers without a heavy import."""
    done = kotae_from_scratch(
        tmp_path,
        _KOTAE_COMPLETE="bash_complete",
        COMP_WORDS="kotae rollout p",
        COMP_CWORD="2",
    )

    assert "promote" in done.stdout
    script = kotae(tmp_path, "completion", "bash").stdout
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


EARLY = """
import sys

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "bot.cli.serve":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupted())
from bot.__main__ import main
main()
"""


def test_ctrl_c_is_one_line_even_while_the_program_loads(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", EARLY],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped.\n")


@pytest.mark.parametrize(
    "place",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "ascii:strict"},
    ],
)
def test_a_terminal_of_another_encoding_stops_nothing(
    tmp_path: Path, place: dict[str, str]
) -> None:
    """What it cannot show is written as numbers; questions and file names stay what they are."""
    (tmp_path / "文書").mkdir()
    (tmp_path / "文書" / "休暇.md").write_text("# 休暇\n\n有給休暇は年に10日です。\n", "utf-8")
    (tmp_path / "k.toml").write_text('[[sources]]\nname = "文書"\npath = "文書"\n', "utf-8")
    own = place | {"KNOWLEDGE_CONFIG": "k.toml"}

    synced = kotae_from_scratch(tmp_path, "sync", **own)
    asked = kotae_from_scratch(tmp_path, "ask", "有給休暇は年に何日ですか？", **own)

    assert (synced.returncode, asked.returncode) == (0, 0), asked.stderr
    assert "10" in asked.stdout
    if "LC_ALL" in place:
        assert "有給休暇は年に10日" in asked.stdout
