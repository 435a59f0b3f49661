"""What a document is called when it does not say so itself."""

import re
import unicodedata
from pathlib import PurePosixPath

_GENERATED = re.compile(
    r"untitled.*|無題.*|(?:powerpoint )?presentation\d*|プレゼンテーション\d*|slide \d+|book\d+"
    r"|document\d*|文書 ?\d*|microsoft \w+ - .*|.*\.(?:docx?|pptx?|xlsx?|indd|pdf|tex)",
    re.IGNORECASE,
)


def title_of_file(name: str) -> str:
    """Return the file's name without folders and ending, as a last resort for a title."""
    return unicodedata.normalize("NFC", PurePosixPath(name).stem)


def title_of_property(value: object) -> str:
    """Return a title from document properties, or "" for what office programs make up."""
    title = " ".join(str(value or "").split())
    return "" if _GENERATED.fullmatch(title) else title
