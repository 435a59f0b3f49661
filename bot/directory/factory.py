"""Opens the directories that `knowledge.toml` names."""

import importlib
from importlib.util import find_spec

from bot.directory.lookup import Directory
from knowledge.model.directory_settings import DirectorySettings
from knowledge.model.errors import KnowledgeConfigError
from knowledge.sync.source import Secrets

_LIBRARIES = {"ldap": "ldap", "google": "jwt"}
"""The library that a type needs; the extra that brings it has the type's name."""


def open_directory(settings: DirectorySettings, secrets: Secrets) -> Directory:
    """Return the directory that *settings* describe.

    The module `bot.directory.TYPE` has a function `open_directory` for its settings.

    Raises:
        KnowledgeConfigError: when a secret or a library is missing.
    """
    library = _LIBRARIES.get(settings.type, "")
    if library and find_spec(library) is None:
        raise KnowledgeConfigError(
            f"directory {settings.name!r} needs the extra {settings.type}: "
            f"pip install 'kotae[{settings.type}]'"
        )
    module = importlib.import_module(f"bot.directory.{settings.type}")
    directory: Directory = module.open_directory(settings, secrets)
    return directory
