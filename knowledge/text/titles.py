"""Titles of documents from file names and document properties."""

import re
import unicodedata
from pathlib import PurePosixPath

_GENERATED = re.compile(
    r"untitled.*|無題.*|(?:powerpoint )?(?:presentation|プレゼンテーション)\d*|slide \d+|book\d+"
    r"|document\d*|文書 ?\d*|microsoft \w+ - .*|\(?(?:anonymous|unspecified|unknown)\)?"
    r"|.*\.(?:docx?|pptx?|xlsx?|indd|pdf|tex|dvi|e?ps|qxd|html?|rtf|txt|md|od[tps]|ai|pub)",
    re.IGNORECASE,
)


def title_of_file(name: str) -> str:
    """Return the file's name without folders and ending, as the title of last resort."""
    return unicodedata.normalize("NFC", PurePosixPath(name).stem)


def title_of_property(value: object) -> str:
    """Return a title from document properties, or "" for one that an office program generated."""
    title = " ".join(str(value or "").split())
    return "" if _GENERATED.fullmatch(title) else title
