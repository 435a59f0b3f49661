"""The file of settings: which one is read, and what in it does not count.

Who may write into the working folder can write its `.env`: the author of a pull request, for one.
So that file may neither start a program nor send a key of the environment elsewhere, and a CI
system does not read it at all.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from dotenv import dotenv_values

from bot.core.errors import SettingsError

USUAL = Path(".env")

_PROGRAM = {
    "REDIS_SERVER": r".",
    "MCP_COMMANDS": r".",
    "OPENAI_EMBEDDING_MODEL": r"local:\s*([/~.\\]|[A-Za-z]:[/\\])",
}
"""Settings that start a program, and for which values: a model's folder can hold code."""

_KEYS = {
    "INDEX_URL": ("INDEX_API_KEY",),
    "OPENAI_BASE_URL": ("OPENAI_API_KEY",),
    "SLACK_API_URL": ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_CLIENT_SECRET"),
}
"""The keys that are sent to an address."""

_CI = (
    *("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"),
    *("JENKINS_URL", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID"),
)
"""What CI systems set; Azure Pipelines, Jenkins, TeamCity and CodeBuild do not set CI."""

_named: list[Path] = []


def use_env_file(path: Path) -> None:
    """Read *path* in place of `.env` from now on, in CI as well."""
    _named[:] = [path]


def env_file() -> Path | None:
    """Return the file to read settings from; None in CI, unless one was named."""
    if _named:
        return _named[0]
    return None if ci_variable() else USUAL


def in_environment(name: str) -> str:
    """Return what the environment says of the setting *name*, in any case; "" if nothing."""
    return next((value for key, value in os.environ.items() if key.upper() == name and value), "")


def ci_variable() -> str:
    """Return the variable by which a CI system says that it runs this program, or ""."""
    no = {"", "0", "false", "no"}
    return next((name for name in _CI if os.environ.get(name, "").strip().lower() not in no), "")


def starts_program(name: str, value: str | None) -> bool:
    """Tell whether *value* of the setting *name* would run code; no file may set it."""
    pattern = _PROGRAM.get(name.upper())
    return pattern is not None and re.match(pattern, value or "") is not None


def ignored() -> Iterator[str]:
    """Say what is ignored of the file, and why. An unreadable file is somebody else's complaint."""
    file = env_file()
    if file is None:
        if USUAL.exists():
            yield (
                f"{USUAL} is not read, because {ci_variable()} is set: "
                "name it with --env-file to read it"
            )
        return
    for name, value in _values(file).items():
        if starts_program(name, value) and not in_environment(name.upper()):
            yield (
                f"{name} of {file} is ignored, because it would start a program: "
                "set it in the environment"
            )


def check_addresses(
    given: Collection[str], defaults: Mapping[str, str], promoted: Collection[str] = ()
) -> None:
    """Refuse to send a key of the environment to an address that only `.env` names.

    The promotions of a data folder that it names are its own words, too.

    Args:
        given: Names of the settings that were set otherwise.
        defaults: The addresses that everybody may name.
        promoted: Names of the settings that promotions set.

    Raises:
        SettingsError: the text says what to do.
    """
    if _named or (file := env_file()) is None:
        return
    values = _values(file)
    chosen = not values.get("DATA_DIR") or in_environment("DATA_DIR") or "DATA_DIR" in given
    for address, keys in _KEYS.items():
        by_file = values.get(address) not in {None, "", defaults.get(address)}
        if address in promoted:
            name, by_file = "DATA_DIR", not chosen
        elif in_environment(address):
            continue
        else:
            name = address
        if by_file and address not in given:
            _refuse_keys(name, file, keys)


def _refuse_keys(name: str, file: Path, keys: Iterable[str]) -> None:
    for key in keys:
        if in_environment(key):
            raise SettingsError(
                f"{name} is set in {file}, but {key} in the environment: the key would be "
                f"sent to an address that the file alone names. Set both in the same place, "
                f"or name the file with --env-file"
            )


def values_in(file: Path) -> dict[str, str | None]:
    """Return what *file* sets; `${NAME}` stays, else it could send any secret elsewhere.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    values = dotenv_values(file, interpolate=False, encoding="utf-8")
    return {name.upper(): value for name, value in values.items()}


def _values(file: Path) -> dict[str, str | None]:
    try:
        return values_in(file)
    except (OSError, ValueError):
        return {}
