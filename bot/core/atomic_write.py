"""Writes a file atomically: a crash leaves either the old file or the whole new one."""

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write *text* to *path* in UTF-8 and flush it to the disk. Raises `OSError`."""
    draft = path.with_name(f".{path.name}.new")
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # else the new name may be lost with the power
    finally:
        os.close(folder)
