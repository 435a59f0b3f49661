"""Handoffs in the terminal: what the asker is told, what they wait for, and how to answer."""

import datetime as dt
import time
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.text import Text

from bot.app.terminal import TerminalBot
from bot.cli import texts
from bot.core.language import Language
from bot.core.types import Answer, Handoff, HandoffState, Question
from bot.entries.entry import SOURCE, SUFFIX, Entry, EntryError, expires_after
from bot.entries.jobs import SaveEntry
from bot.handoff.service import in_terminal

_SHORTEST = 4
"""Characters of a reference that have to be written."""

_LISTED_SECONDS = 30 * 86_400.0
_STYLES: Mapping[HandoffState, str] = {"open": "yellow", "answered": "green", "saved": "green"}


def reference_of(handoff_id: str) -> str:
    """Return the short name of a handoff: the end of its id."""
    return handoff_id.rpartition(":")[2]


class ChatHandoffs:
    """Hands questions over, lists them, and takes answers.

    Args:
        bot: The rules.
        console: Where it is printed.
        confirm: Asks a question that is answered with yes or no.
        language: Returns that of the conversation.
    """

    def __init__(
        self,
        bot: TerminalBot,
        console: Console,
        confirm: Callable[[str], bool],
        language: Callable[[], Language],
    ) -> None:
        self._bot = bot
        self._console = console
        self._confirm = confirm
        self._language = language

    async def open(self, question: Question, answer: Answer) -> Answer:
        """Hand *question* over if it was not answered; return the answer as its asker sees it."""
        if answer.status != "handed_over":
            return answer
        return await self._bot.handoffs.ask(question, answer)

    async def tell(self, question: Question, answer: Answer) -> None:
        """Print who will be asked, and where to see and give the answer."""
        if answer.status != "handed_over":
            return
        language = question.reply_language
        reference = reference_of(answer.joined or question.id)
        owner = await self._bot.handoffs.people.named(answer.owner) if answer.owner else ""
        lines = [texts.JOINED if answer.joined else texts.OPENED]
        if not self._bot.asks_in_slack:
            lines.append(texts.NOBODY_NOTIFIED)
        elif owner:
            lines.append(texts.ASKED_IN_SLACK)
        for line in (*lines, texts.ANSWER_HERE, texts.SEE_ANSWER):
            self._print(line.to(language, owner=owner, reference=reference))

    async def waiting(self) -> None:
        """Print what the person has asked that was handed over, with the answers."""
        found = await self._handoffs()
        if not found:
            self._print(texts.NOTHING_HANDED_OVER.to(self._language()))
        for handoff in found:
            state = texts.STATES[handoff.state].to(self._language())
            line = Text(f"{reference_of(handoff.id)}  ", style="dim")
            line += Text(state, style=_STYLES.get(handoff.state, "dim")) + Text(f"  {handoff.text}")
            self._console.print(line, soft_wrap=True)
            for line_ in await self._outcome(handoff):
                self._console.print(Text(f"          {line_}"), soft_wrap=True)

    async def answer(self, words: str) -> None:
        """Save an answer: *words* is a reference and the text."""
        reference, _, text = words.strip().partition(" ")
        if not reference:
            self._print(texts.HOW_TO_ANSWER.to(self._language()))
            return
        handoff = await self._named(reference)
        if handoff is None:
            self._print(texts.NO_SUCH_REFERENCE.to(self._language()))
            return
        if not text.strip():
            self._print(texts.NO_ANSWER_WRITTEN.to(handoff.language, reference=reference))
            return
        work = SaveEntry(await self._entry(handoff, text), self._bot.user, handoff.id)
        if await self._harmless(work, handoff):
            change = await self._bot.entries.save(work, patient=False)
            self._print(texts.SAVED_AS.to(handoff.language, entry=change.entry.id[:8]))
            if change.late:
                self._print(texts.INDEXED_LATER.to(handoff.language, late=change.late))

    async def _harmless(self, work: SaveEntry, handoff: Handoff) -> bool:
        """Tell whether no right answer changes, or the person saves it anyway."""
        report = await self._bot.entries.harm(work)
        if report is None:
            return True
        for line in report.lines(handoff.language):
            self._print(line)
        return self._confirm(texts.SAVE_ANYWAY.to(handoff.language))

    async def _entry(self, handoff: Handoff, text: str) -> Entry:
        user = self._bot.user
        wordings = await self._bot.handoffs.other_wordings(handoff)
        today = dt.datetime.now(dt.UTC).date()
        return Entry(
            handoff.text,
            text.strip(),
            user,
            user,
            "",
            sorted(handoff.asker.groups),
            wordings=wordings,
            expires=expires_after(self._bot.entries.store.days, today),
        )

    async def _handoffs(self) -> list[Handoff]:
        since = time.time() - _LISTED_SECONDS
        found = await self._bot.handoffs.of_person(self._bot.user, since)
        return [one for one in found if in_terminal(one.id)]

    async def _named(self, reference: str) -> Handoff | None:
        """Return the handoff from a terminal whose reference begins so, if there is only one."""
        named = [
            one
            for one in await self._bot.handoffs.pending()
            if in_terminal(one.id) and reference_of(one.id).startswith(reference)
        ]
        return named[0] if len(named) == 1 and len(reference) >= _SHORTEST else None

    async def _outcome(self, handoff: Handoff) -> list[str]:
        """Return what there is to say about the answer of a handoff."""
        people = self._bot.handoffs.people
        if handoff.state == "open":
            if not handoff.owner:
                return []
            owner = await people.named(handoff.owner)
            return [texts.EXPERT.to(self._language(), owner=owner)]
        if handoff.state == "expired":
            return []
        by = f"{await people.named(handoff.answered_by)}: " if handoff.answered_by else ""
        text = await self._saved(handoff) if handoff.entry else handoff.reply
        return [f"{by}{text}"]

    async def _saved(self, handoff: Handoff) -> str:
        entry_id = handoff.entry.removeprefix(f"{SOURCE}/").removesuffix(SUFFIX)
        try:
            entry = await self._bot.entries.store.get(entry_id)
        except EntryError:
            return texts.ENTRY_GONE.to(self._language())
        readable = entry.state == "active" and entry.permits(self._bot.reader)
        return entry.answer if readable else texts.ENTRY_HIDDEN.to(self._language())

    def _print(self, line: str) -> None:
        self._console.print(Text(line, style="dim"), soft_wrap=True)
