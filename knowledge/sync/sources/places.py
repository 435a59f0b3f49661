"""What all sources of files make of a path."""

import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

from knowledge.model.types import PassedOverReason
from knowledge.sync.glob import Glob

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Signs that end a line or move a cursor where a name is shown."""


def place_reason(path: str, name: str, exclude: Iterable[Glob]) -> PassedOverReason | Literal[""]:
    """Return why the file or folder at *path* is not read, or "".

    Args:
        path: Its path in the source, with `/`.
        name: The last part of the path.
        exclude: Patterns to leave out; one without `/` applies at every depth.
    """
    if any(pattern.matches(path) or pattern.matches(name) for pattern in exclude):
        return "excluded"
    if _CONTROL.search(name):
        return "name"
    if name.startswith("~$"):
        return "lock"
    return "hidden" if name.startswith(".") else ""


def readable_path(path: str) -> str:
    """Return a file name as valid Unicode in NFC and in one line, whatever its bytes are."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return _CONTROL.sub("\ufffd", unicodedata.normalize("NFC", text))


def twin_path(path: str) -> str:
    """Return a file name that is no `readable_path`, as that is the one of another file."""
    return _CONTROL.sub("\ufffd", os.fsencode(path).decode("utf-8", "backslashreplace"))


def without_ending(path: str) -> str:
    """Return *path* without the ending of the file name, as wikis name their pages."""
    return path.removesuffix(PurePosixPath(path).suffix)
