"""What all sources of files make of a path."""

import os
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

from knowledge.model.types import PassedOverReason
from knowledge.sync.glob import Glob


def place_reason(path: str, name: str, exclude: Iterable[Glob]) -> PassedOverReason | Literal[""]:
    """Return why the file or folder at *path* is not read, or "".

    Args:
        path: Its path in the source, with `/`.
        name: The last part of the path.
        exclude: Patterns to leave out; one without `/` applies at every depth.
    """
    if any(pattern.matches(path) or pattern.matches(name) for pattern in exclude):
        return "excluded"
    if name.startswith("~$"):
        return "lock"
    return "hidden" if name.startswith(".") else ""


def readable_path(path: str) -> str:
    """Return a file name as valid Unicode in NFC, whatever the file system returns."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return unicodedata.normalize("NFC", text)


def without_ending(path: str) -> str:
    """Return *path* without the ending of the file name, as wikis name their pages."""
    return path.removesuffix(PurePosixPath(path).suffix)
