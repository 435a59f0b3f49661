"""Checks before an entry is published that no right answer gets lost.

The nearest questions with right answers are asked again, without the entry and with it. Only those
that would find it are asked, as no other answer can change. For this its text is indexed for a
group without members, and the second replay asks as a member of that group: nobody else can see it
meanwhile.
"""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Literal

from bot.agent.agent import Agent
from bot.agent.verification.overlap import content_words
from bot.core.errors import KnowledgeBusyError, OverBudgetError
from bot.core.language import Language
from bot.core.types import QuestionId
from bot.entries import texts
from bot.entries.entry import SOURCE, SUFFIX, Entry, searched
from bot.entries.versions import EntryVersions
from bot.evaluation.results import Result, result_of
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.rollout.history import PastQuestion, carried_verdict, judged_history
from bot.rollout.replay import ask_again
from knowledge.base import KnowledgeBase
from knowledge.model.types import Access, Principal

MOST = 20
"""Questions that are asked again."""

_FOUND = 10
"""Passages among which an entry has to be to change an answer."""

LOOKED_AT = 2_000
"""The newest records, among which the nearest questions are sought."""

_LISTED = 5

SyncEntries = Callable[[], Awaitable[str]]

MaySee = Callable[[QuestionId, Principal], Awaitable[bool]]
"""Tells whether a reader may see what somebody asked."""

Effect = Literal["kept", "lost", "changed", "not right"]
"""`lost`: the question is no longer answered; `changed`: it is answered in another way that nobody
has called right; `not right`: the answer is not right without the entry either."""


@dataclass(frozen=True, slots=True)
class ReplayedQuestion:
    """A question, and what the entry does to its answer."""

    asked: PastQuestion
    effect: Effect
    without: Result
    with_entry: Result


Unproven = Literal["", "budget", "hour", "busy"]
"""Why not every question was asked again: a budget is used up, the entry was checked within the
last hour, or the index is busy; "" when every one was."""


@dataclass(frozen=True, slots=True)
class RegressionReport:
    """The result, question by question."""

    replayed: tuple[ReplayedQuestion, ...]
    unproven: Unproven = ""

    @property
    def harmed(self) -> list[ReplayedQuestion]:
        """The right answers that would be lost or changed."""
        return [item for item in self.replayed if item.effect in {"lost", "changed"}]

    @property
    def holds(self) -> bool:
        """Whether the entry may be published without a person's decision."""
        return not self.harmed

    async def hidden_from(self, reader: Principal, may_see: MaySee) -> list[str]:
        """Return the ids of the harmed questions that *reader* may not see."""
        ids = [item.asked.question.id for item in self.harmed]
        return [one for one in ids if not await may_see(one, reader)]

    def lines(self, language: Language, hidden: Collection[str] = ()) -> list[str]:
        """Return the result as lines of plain text.

        Private questions are only counted, and so are those with *hidden* ids.
        """
        tried = sum(item.effect != "not right" for item in self.replayed)
        if self.holds:
            return [(texts.HOLDS if tried else texts.UNTRIED).to(language, tried=tried)]
        lines = [texts.HELD.to(language, count=len(self.harmed))]
        for item in self.harmed[:_LISTED]:
            asked = item.asked
            private = asked.private or asked.question.id in hidden
            question = texts.PRIVATE.to(language) if private else asked.question.text
            lines.append(f"• {question} – {texts.EFFECTS[item.effect].to(language)}")
        more = len(self.harmed) - _LISTED
        return [*lines, texts.MORE.to(language, count=more)] if more > 0 else lines


def nearest(entry: Entry, history: Sequence[PastQuestion], most: int = MOST) -> list[PastQuestion]:
    """Return the questions nearest to *entry* whose right answers its readers got, best first."""
    wanted = content_words(f"{entry.question}\n{entry.answer}")
    found = list[tuple[float, int, PastQuestion]]()
    for place, asked in enumerate(history):
        if asked.right is not True or not _access(entry).permits(asked.question.asker):
            continue
        if any(citation.document_id == entry.document_id for citation in asked.answer.citations):
            continue  # somebody who edits it wants another answer
        words = content_words(asked.question.text)
        alike = len(wanted & words) / max(1, len(words))
        if alike:
            found.append((-alike, place, asked))
    return [asked for _, _, asked in sorted(found, key=lambda item: item[:2])[:most]]


def effect_of(asked: PastQuestion, without: Result, with_entry: Result, document_id: str) -> Effect:
    """Tell what an entry does to a right answer; *document_id* is the entry's."""
    if carried_verdict(asked, without) is not True or with_entry.status == "failed":
        return "not right"
    if not with_entry.shown:
        return "lost"
    said = carried_verdict(asked, with_entry, document_id)
    return "kept" if said else "changed"


async def check_entry(
    entry: Entry,
    versions: EntryVersions,
    base: KnowledgeBase,
    sync: SyncEntries,
    agent: Agent,
    history: Sequence[PastQuestion],
) -> RegressionReport:
    """Ask the nearest of *history* again, without *entry* and with it.

    Args:
        entry: Not published yet.
        versions: The store of entries.
        base: The knowledge base, of which they are a source.
        sync: Indexes them.
        agent: Answers.
        history: Judged questions; see `bot.rollout.history`.

    Raises:
        KnowledgeBusyError: it cannot be indexed now, so that nothing is known.
    """
    chosen = nearest(entry, history)
    if not chosen:
        return RegressionReport(())
    group = f"#check:{uuid.uuid4().hex}"
    replayed = list[ReplayedQuestion]()
    unproven: Unproven = ""
    text = searched(replace(entry, groups=(group,)))
    async with _indexed(versions, text) as document_id:
        if late := await sync():
            raise KnowledgeBusyError(late)
        for asked in chosen:
            reader = replace(asked.question.asker, groups=asked.question.asker.groups | {group})
            found = await base.search(asked.question.text, reader, _FOUND)
            if document_id not in {passage.document_id for passage in found}:
                continue
            question = replace(asked.question, asker=reader)
            try:
                old = result_of(asked.case, await ask_again(agent, asked.case, asked.question))
                new = result_of(asked.case, await ask_again(agent, asked.case, question))
            except OverBudgetError:
                unproven = "budget"
                break
            effect = effect_of(asked, old, new, document_id)
            replayed.append(ReplayedQuestion(asked, effect, old, new))
    await sync()  # until it succeeds the text stays indexed where nobody sees it
    return RegressionReport(tuple(replayed), unproven)


@dataclass(frozen=True, slots=True)
class RegressionCheck:
    """Checks entries against what people asked and rated.

    Attributes:
        versions: The store of entries.
        base: The knowledge base, of which they are a source.
        sync: Indexes them; returns why that could not be done now, or "".
        agent: Answers.
        ledger: What was answered, `labels`: what people who know said of it.
    """

    versions: EntryVersions
    base: KnowledgeBase
    sync: SyncEntries
    agent: Agent
    ledger: Ledger
    labels: RedisLabels

    async def check(self, entry: Entry) -> RegressionReport:
        """Return what *entry* would do to right answers. Raises what `check_entry` does."""
        records = await self.ledger.recent(LOOKED_AT)
        history = judged_history(records, await self.labels.all(), LOOKED_AT)
        return await check_entry(entry, self.versions, self.base, self.sync, self.agent, history)


@asynccontextmanager
async def _indexed(versions: EntryVersions, text: str) -> AsyncIterator[str]:
    """Have *text* indexed meanwhile, whichever process syncs; yield the id of its document."""
    name = await versions.begin_check(text)
    try:
        yield f"{SOURCE}/{name}{SUFFIX}"
    finally:
        await versions.end_check(name)


def _access(entry: Entry) -> Access:
    return Access("groups", frozenset(entry.groups)) if entry.groups else Access("members")
