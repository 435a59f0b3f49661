"""Knowledge that people have saved: a Markdown file an entry, indexed like every other document."""

import datetime as dt
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from knowledge.base import KnowledgeBase
from knowledge.settings import SourceSettings

SOURCE = "saved"
"""Name of the source that the entries make up."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that somebody knew.

    Attributes:
        question: What it answers; the entry's title.
        answer: In Markdown.
        author: Who said it, as people write names; asked when it is not enough.
        saved_by: Who saved it.
        link: Where it was said.
        groups: Whose members may read it; empty for every member of the team.
        on: The day on which it was said.
    """

    question: str
    answer: str
    author: str
    saved_by: str
    link: str
    groups: Sequence[str] = ()
    on: dt.date | None = None


class SavedKnowledge:
    """Writes entries and has them indexed.

    Args:
        folder: Where the files are.
        base: The knowledge base, of which they are a source.
    """

    def __init__(self, folder: Path, base: KnowledgeBase) -> None:
        self._folder = folder
        self._base = base

    async def save(self, entry: Entry) -> str:
        """Keep *entry*, in place of one that answers the same question; return its document's id.

        Raises:
            KnowledgeError: it is written, but could not be indexed now; the next sync takes it.
        """
        name = f"{hashlib.sha256(entry.question.encode()).hexdigest()[:16]}.md"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f".{name}.new"
        draft.write_text(written(entry), encoding="utf-8")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(self._folder / name)
        await self._base.sync((SOURCE,))
        return f"{SOURCE}/{name}"


def saved_source(folder: Path) -> SourceSettings:
    """Return the source that the entries in *folder* make up; each says itself who may read it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return SourceSettings(name=SOURCE, path=folder)


def written(entry: Entry) -> str:
    """Return the text of the file of *entry*."""
    facts = {
        "title": entry.question,
        "date": (entry.on or dt.datetime.now(dt.UTC).date()).isoformat(),
        "owner": entry.author,
        "audience": list(entry.groups) or "members",
        "url": entry.link,
        "saved_by": entry.saved_by,
    }
    head = yaml.safe_dump(facts, allow_unicode=True, sort_keys=False)
    return f"---\n{head}---\n{entry.answer.strip()}\n"
