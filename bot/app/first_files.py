"""The first files of a team: what documents there are, and `.env`."""

import glob
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.app import texts
from bot.core.language import Language
from bot.llm.local_servers import LocalServer
from knowledge.parsing.parsers import PARSERS, suffix_of
from knowledge.sync.sources.folder import FolderSource

EXCLUDED = (
    "node_modules",
    "venv",
    "site-packages",
    "LICENSE*",
    "requirements*.txt",
    "knowledge.toml*",
)
"""What no team means by its documents."""

FORMATS: Mapping[str, str] = {
    ".csv": "CSV",
    ".tsv": "CSV",
    ".docx": "Word",
    ".htm": "HTML",
    ".html": "HTML",
    ".markdown": "Markdown",
    ".md": "Markdown",
    ".mdx": "Markdown",
    **dict.fromkeys((".odp", ".ods", ".otp", ".ots"), "OpenDocument"),
    ".pdf": "PDF",
    **dict.fromkeys((".potm", ".potx", ".ppsm", ".ppsx", ".pptm", ".pptx"), "PowerPoint"),
    ".text": "TXT",
    ".txt": "TXT",
    **dict.fromkeys((".xls", ".xlsb", ".xlsm", ".xlsx", ".xlt", ".xltm", ".xltx"), "Excel"),
}
"""Names of the formats, by the ending of the file name."""


@dataclass(frozen=True, slots=True)
class FoundDocuments:
    """Numbers of files: `read` by the name of their format, `others` by their ending."""

    read: Mapping[str, int]
    others: Mapping[str, int]


def find_documents(folder: Path) -> FoundDocuments:
    """Count the documents below *folder*.

    Raises:
        KnowledgeError: a folder cannot be listed.
    """
    pattern = Path(path_in_toml(folder, Path.cwd()))
    names = [file.name for file in FolderSource("found", pattern, "", EXCLUDED).files()]
    suffixes = Counter(map(suffix_of, names))
    read = Counter[str]()
    for suffix in suffixes.keys() & PARSERS.keys():
        read[FORMATS.get(suffix, suffix)] += suffixes[suffix]
    others = {suffix: count for suffix, count in suffixes.items() if suffix not in PARSERS}
    return FoundDocuments(dict(read.most_common()), others)


def env_text(language: Language, server: LocalServer | None) -> str:
    """Return an `.env` with the settings that matter, and *server* as the model's if there is."""
    model = texts.NO_MODEL.to(language)
    if server is not None:
        model = texts.LOCAL_MODEL.to(language, url=server.base_url, model=server.models[0])
    return texts.ENV.to(language, model=model)


def write_private(file: Path, text: str) -> None:
    """Write *text* into *file*, which must not exist yet, for its owner alone.

    Raises:
        FileExistsError: it exists.
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def path_in_toml(folder: Path, beside: Path) -> str:
    """Return *folder* as `path` of a source: from *beside* where it is below, else absolute."""
    place, start = folder.resolve(), beside.resolve()
    path = place.relative_to(start) if place.is_relative_to(start) else place
    written = glob.escape(path.as_posix())
    return written if written == path.as_posix() else f"{written}/**"
