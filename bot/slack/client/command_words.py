"""The words of commands, after the slash command or after a mention."""

import datetime as dt
import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from bot.core.language import Language
from bot.core.types import Citation
from knowledge.model.types import Principal

Name = Literal[
    "ask",
    "status",
    "reindex",
    "feedback",
    "gaps",
    "forget",
    "channel",
    "answers",
    "review",
    "week",
    "entries",
    "export",
    "help",
    "misspelt",
]

_SIMILARITY = 0.75
"""Similarity (`difflib`) from which a lone word is a command with a slip of the pen."""

_LONGEST_WORD = 16
"""Characters up to which a lone word is compared: no command is that long."""


class OperatorActions(Protocol):
    """The actions that operators may ask for."""

    @property
    def sources(self) -> Sequence[str]:
        """Names of the knowledge sources."""
        ...

    def sources_for(self, reader: Principal) -> Sequence[str]:
        """Return the names of the sources that are open to *reader*."""
        ...

    async def status(
        self, language: Language, reader: Principal, *, in_detail: bool = False
    ) -> str:
        """Return what is indexed and when, as plain text.

        It counts what *reader* may read. *In_detail*, for operators, it counts everything, names
        the sources that *reader* may know of, and has the queue, the certificate, failed jobs and
        changes under test.
        """
        ...

    async def certified(self) -> bool:
        """Tell whether a certificate holds at this moment."""
        ...

    def addresses(self, reader: Principal) -> frozenset[str]:
        """Return the addresses of the sources that *reader* may know of: they may be links."""
        ...

    def failing(self, reader: Principal) -> Sequence[str]:
        """Return the names of the sources, of those for *reader*, that cannot be updated."""
        ...

    async def questions(self, reader: Principal, language: Language) -> Sequence[str]:
        """Return up to three questions that documents of *reader* answer."""
        ...

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        """Tell whether *reader* may see every one of *documents* (ids; web pages are public)."""
        ...

    async def passage(self, citation: Citation, reader: Principal) -> str:
        """Return the passage that *citation* quotes, in Markdown; "" if *reader* may not see it."""
        ...

    def stale_sources(self, reader: Principal, today: dt.date) -> Sequence[tuple[str, dt.date]]:
        """Return the sources of *reader* in which nothing was changed for long, with the date."""
        ...

    async def answers(self, place: str, policy: str, language: Language) -> str:
        """Let *policy* hold for answers in *place*, if it is one, and return what holds there."""
        ...

    async def reindex(self, source: str, language: Language, reader: Principal) -> str:
        """Sync *source*, or all sources when it is "", and return the outcome as plain text.

        Files are named, and parser messages quoted, as far as *reader* may read them.

        Raises:
            KnowledgeError: it failed; the text may name folders and files.
        """
        ...

    async def reindex_by_clock(self, source: str, language: Language) -> str:
        """Sync *source*, or all without a schedule of their own; return the outcome for the log.

        It waits for another sync. Raises as `reindex`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """A command and what it is about."""

    name: Name
    argument: str = ""


def slash_command(text: str) -> Command:
    """Read what follows the slash command; what is no command is a question.

    A lone word that is nearly a command is `misspelt`, with that command as its argument.
    """
    text = text.strip()
    if not text:
        return Command("help")
    name, _, argument = unicodedata.normalize("NFKC", text).partition(" ")
    argument = argument.strip()
    match name.lower(), argument.split():
        case "ask", _:
            return Command("ask", text[len(name) :].strip())
        case "entries", _:
            return Command("entries", argument)
        case "status" | "feedback" | "gaps" | "forget" | "review" | "week" | "help" as bare, []:
            return Command(bare)
        case "reindex" | "channel" as known, [] | [_]:
            return Command(known, argument)
        case "answers" | "export" as known, [] | [_]:
            return Command(known, argument.lower())
        case lone, [] if close := _close_command(lone):
            return Command("misspelt", close)
        case _:
            return mentioned_command(text) or Command("ask", text)


def _close_command(word: str) -> str:
    """Return the command that *word* nearly is, or ""."""
    known = [name for name in get_args(Name) if name != "misspelt"]
    if len(word) > _LONGEST_WORD:
        return ""
    return next(iter(difflib.get_close_matches(word, known, 1, _SIMILARITY)), "")


def mentioned_command(text: str) -> Command | None:
    """Read what follows a mention; None for a question, as nearly everything is.

    Only the bare words count: "status of order 12?" is a question. `ask` is not needed here.
    """
    match text.lower().split():
        case ["help" | "ヘルプ" | "何ができますか？"] | ["what", "can", "you", "do?"]:
            return Command("help")
        case [("status" | "feedback" | "gaps" | "forget" | "reindex" | "channel") as known]:
            return Command(known)
        case ["忘れて"]:
            return Command("forget")
        case ["channel", "follow" | "mention" | "off"] | [
            "channel",
            "sources" | "language" | "export" | "auto",
            *_,
        ]:
            return Command("channel", text.partition(" ")[2])
        case ["reindex", _]:
            return Command("reindex", text.split()[1])
        case ["answers"]:
            return Command("answers")
        case ["answers", "certified" | "best-effort" | "draft" as policy]:
            return Command("answers", policy)
        case _:
            return None
