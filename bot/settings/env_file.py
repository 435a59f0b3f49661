"""The file of settings: which one is read, and what in it does not count.

Who may write into the working folder can write its `.env`: the author of a pull request, for one.
So that file may neither start a program nor send a key of the environment elsewhere, and a CI
system does not read it at all.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from dotenv import dotenv_values

from bot.core.errors import SettingsError

USUAL = Path(".env")

_PROGRAM = {"REDIS_SERVER": r".", "OPENAI_EMBEDDING_MODEL": r"local:\s*([/~.\\]|[A-Za-z]:[/\\])"}
"""Settings that start a program, and for which values: a model's folder can hold code."""

_KEYS = {
    "OPENAI_BASE_URL": ("OPENAI_API_KEY",),
    "SLACK_API_URL": ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"),
}
"""The keys that are sent to an address."""

_named: list[Path] = []


def use_env_file(path: Path) -> None:
    """Read *path* in place of `.env` from now on, in CI as well."""
    _named[:] = [path]


def env_file() -> Path | None:
    """Return the file to read settings from; None in CI, unless one was named."""
    if _named:
        return _named[0]
    return None if in_ci() else USUAL


def in_ci() -> bool:
    """Tell whether a CI system runs this program: those set CI."""
    return os.environ.get("CI", "").strip().lower() not in {"", "0", "false", "no"}


def starts_program(name: str, value: str | None) -> bool:
    """Tell whether *value* of the setting *name* would run code; no file may set it."""
    pattern = _PROGRAM.get(name.upper())
    return pattern is not None and re.match(pattern, value or "") is not None


def ignored() -> Iterator[str]:
    """Say what is ignored of the file, and why. An unreadable file is somebody else's complaint."""
    file = env_file()
    if file is None:
        if USUAL.exists():
            yield f"{USUAL} is not read, because CI is set: name it with --env-file to read it"
        return
    for name, value in _values(file).items():
        if starts_program(name, value) and not os.environ.get(name):
            yield (
                f"{name} of {file} is ignored, because it would start a program: "
                "set it in the environment"
            )


def check_addresses(given: Mapping[str, object], defaults: Mapping[str, str]) -> None:
    """Refuse to send a key of the environment to an address that only `.env` names.

    Args:
        given: Settings that were set otherwise, by their names.
        defaults: The addresses that everybody may name.

    Raises:
        SettingsError: the text says what to do.
    """
    if _named or (file := env_file()) is None:
        return
    values = _values(file)
    for address, keys in _KEYS.items():
        if not values.get(address) or os.environ.get(address) or address in given:
            continue
        for key in keys:
            if os.environ.get(key) and values[address] != defaults.get(address):
                raise SettingsError(
                    f"{address} is set in {file}, but {key} in the environment: the key would be "
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
