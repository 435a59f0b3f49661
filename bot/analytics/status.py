"""Operations on the running program: its status, a new index, the answer policy of a channel."""

import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import get_args

from bot.analytics import texts
from bot.analytics.source_lines import source_lines
from bot.analytics.starter_questions import StarterQuestions
from bot.analytics.unclaimed import named, unclaimed
from bot.answering.answer_policy import ChannelPolicies
from bot.answering.gate import Gate
from bot.answering.late_sources import LateSources
from bot.core.language import Language
from bot.core.links import links_in
from bot.core.live_evidence import is_live
from bot.core.server_evidence import server_of
from bot.core.types import Citation, DeadLetter, Policy
from bot.machines.lines import machine_lines
from bot.machines.store import MachineState
from bot.queue.queue import Queue
from bot.records.ledger import Ledger
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError
from knowledge.model.types import Principal, Problem, SourceStatus, SyncReport

SHOWN_PROBLEMS = 10
"""Number of unreadable files that a report lists; the others are counted."""

_ALL_PASSAGES = 100_000
"""More passages than any document has."""

PATIENCE = 600.0
"""Seconds that a scheduled sync waits for another one."""

SHOWN_LETTERS = 3
"""Number of newest dead letters that the status lists."""


class Operations:
    """Returns texts for operators in their language.

    Args:
        machines: Returns the processes that run, where there may be several.
    """

    def __init__(  # noqa: PLR0913 - one for each thing that it tells of
        self,
        base: KnowledgeBase,
        queue: Queue,
        ledger: Ledger,
        gate: Gate,
        policies: ChannelPolicies,
        changes: Callable[[Language], Sequence[str]] = lambda _: (),
        late: LateSources | None = None,
        *,
        machines: Callable[[], Awaitable[Sequence[MachineState]]] | None = None,
    ) -> None:
        self.base = base
        self.machines = machines
        self.starters = StarterQuestions(base)
        self.queue = queue
        self.ledger = ledger
        self.gate = gate
        self.policies = policies
        self.changes = changes
        self.late = late

    @property
    def sources(self) -> Sequence[str]:
        """Names of the sources in `knowledge.toml`."""
        return self.base.source_names

    def sources_for(self, reader: Principal) -> Sequence[str]:
        """Return the names of the sources whose audience *reader* belongs to."""
        return [name for name, access in self.base.audiences.items() if access.permits(reader)]

    async def status(
        self, language: Language, reader: Principal, *, in_detail: bool = False
    ) -> str:
        """Return what is indexed and when, as far as *reader* may know of it.

        Only what they may read is counted, but in the detail, which is for operators: it counts
        everything, and has the queue, the answers and the certificate.
        """
        known = self.base.status()
        if not known.index_version:
            return texts.EMPTY_INDEX.to(language)
        when = f"{dt.datetime.fromtimestamp(known.created_at).astimezone():%Y-%m-%d %H:%M}"
        if not in_detail:
            return _readable(await self.base.documents_of(reader), when, language)
        sources = _sources(known.sources, reader, language)
        zero = dict.fromkeys(("answered", "found", "handed_over", "failed", "up", "down"), 0)
        status = texts.STATUS.to(
            language,
            documents=known.documents,
            chunks=known.chunks,
            when=when,
            sources=sources,
            **{**zero, **await self.ledger.counts()},
            **await self.queue.backlog(),
        )
        letters = (await self.queue.dead_letters())[-SHOWN_LETTERS:]
        failed = [_given_up(letter, language) for letter in letters]
        if known.embedded_chunks < known.chunks:
            status += f"\n{_embedded(known.embedded_chunks, known.chunks, language)}"
        of_sources = source_lines(known.sources, self.late, language, reader)
        changes = self.changes(language)
        running = await self.machines() if self.machines else ()
        machines = machine_lines(running, language)
        if newer := unclaimed(await self.queue.waiting_formats(), running):
            machines.append(texts.UNCLAIMED.to(language, jobs=named(newer)))
        standing = await self.gate.standing(language)
        lines = [status, *of_sources, *machines, standing, *changes, *failed]
        return "\n".join(lines)

    async def certified(self) -> bool:
        """Tell whether a certificate holds at this moment."""
        return await self.gate.certified()

    def failing(self, reader: Principal) -> Sequence[str]:
        """Return the names of the sources, of those for *reader*, that cannot be updated."""
        health = self.base.health()
        return [name for name in self.sources_for(reader) if name in health and health[name].reason]

    def addresses(self, reader: Principal) -> frozenset[str]:
        """Return the addresses of the sources that *reader* may know of, as `knowledge.toml` says.

        An operator wrote each of them whole, so that none can carry words of anybody else.
        """
        places, known = self.base.places, self.sources_for(reader)
        found = (address for name in known for address in links_in(places.get(name, "")))
        return frozenset(address for address in found if "@" not in address)

    async def questions(self, reader: Principal, language: Language) -> Sequence[str]:
        """Return questions that documents of *reader* answer."""
        return await self.starters.of(reader, language)

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        """Tell whether *reader* may see every one of *documents*."""
        indexed = list[str]()
        for document_id in documents:
            if document_id.startswith(("http://", "https://")):
                continue
            if is_live(document_id):
                if not reader.member:
                    return False
                continue
            if server := server_of(document_id):
                if not self._may_ask(server, reader):
                    return False
                continue
            indexed.append(document_id)
        return await self.base.may_read(indexed, reader)

    def _may_ask(self, server: str, reader: Principal) -> bool:
        """Tell whether *reader* may read what *server* says; what is no longer asked, nobody."""
        audiences = {one.name: one.audience for one in self.base.mcp_servers}
        return server in audiences and audiences[server].permits(reader)

    async def passage(self, citation: Citation, reader: Principal) -> str:
        """Return the passage that *citation* quotes; "" if *reader* may not, or it is gone."""
        try:
            found = await self.base.read(citation.document_id, reader, 0, _ALL_PASSAGES)
        except KnowledgeError:
            return ""
        return next((one.text for one in found if citation.quote in one.text), "")

    def stale_sources(self, reader: Principal, today: dt.date) -> Sequence[tuple[str, dt.date]]:
        """Return the sources of *reader* whose newest document should be reviewed, with its date.

        The age is `stale_days` in `knowledge.toml`. A source without any date is none of them.
        """
        oldest = today - dt.timedelta(days=self.base.stale_days)
        return [
            (source.name, source.newest)
            for source in self.base.status().sources
            if source.newest and source.newest < oldest and source.access.permits(reader)
        ]

    async def answers(self, place: str, policy: str, language: Language) -> str:
        """Set *policy* for *place*; return the policy in force, and the other choices."""
        chosen = next((one for one in get_args(Policy) if one == policy), None)
        if chosen is not None:
            await self.policies.choose(place, chosen)
        present = await self.policies.of(place)
        meanings = {name: text.to(language) for name, text in texts.POLICIES.items()}
        lines = [texts.ANSWERS.to(language, policy=present, meaning=meanings[present])]
        if chosen is None:
            lines += [f"• {name}: {meaning}" for name, meaning in meanings.items()]
        return "\n".join([*lines, await self.gate.standing(language)])

    async def reindex(self, source: str, language: Language, reader: Principal) -> str:
        """Sync *source*, or all when it is "", and return what changed and what was skipped."""
        report = await self.base.sync((source,) if source else (), vectors=False)
        return self._told(report, language, reader, self.sources_for(reader))

    async def reindex_by_clock(self, source: str, language: Language) -> str:
        """Sync *source*, or all without a schedule of their own; return the outcome for the log."""
        if source:
            report = await self.base.sync((source,), vectors=False, patience=PATIENCE)
        else:
            report = await self.base.sync_scheduled(PATIENCE)
        return self._told(report, language, Principal(""), self.sources)

    def _told(
        self, report: SyncReport, language: Language, reader: Principal, sources: Collection[str]
    ) -> str:
        """Return the outcome for *reader*, who may know of *sources*."""
        named = [one for one in report.problems if self.base.may_name(one, reader)]
        failed = _failures(report, sources, language)
        return "\n".join([_summary(report, language), *failed, *_problems(report, named, language)])


def _given_up(letter: DeadLetter, language: Language) -> str:
    """Return when and why a job was given up, without the question, which is private."""
    when = f"{dt.datetime.fromtimestamp(letter.at).astimezone():%Y-%m-%d %H:%M}"
    return texts.GIVEN_UP.to(language, when=when, kind=letter.job.kind, reason=letter.reason)


def _summary(report: SyncReport, language: Language) -> str:
    summary = texts.REPORT.to(
        language,
        documents=report.documents_total,
        chunks=report.chunks_total,
        added=report.added,
        changed=report.changed + report.moved,
        removed=report.removed,
        unchanged=report.unchanged,
        seconds=report.seconds,
    )
    total, lacking = report.chunks_total, report.lacking_chunks
    return f"{summary}\n{_embedded(total - lacking, total, language)}" if lacking else summary


def _embedded(done: int, total: int, language: Language) -> str:
    return texts.EMBEDDED.to(language, done=done, total=total)


def _failures(report: SyncReport, known: Collection[str], language: Language) -> list[str]:
    """Return a line for each failed source; why, where its name is *known* to the reader."""
    lines = [
        texts.SOURCE_FAILED.to(language, name=failure.source, reason=failure.reason)
        for failure in report.failures
        if failure.source in known
    ]
    if hidden := len(report.failures) - len(lines):
        lines.append(texts.SOURCES_FAILED_HIDDEN.to(language, count=hidden))
    return lines


def _problems(report: SyncReport, named: Sequence[Problem], language: Language) -> list[str]:
    """Return a line for each of the *named* problems, as far as they fit, and count the others."""
    shown = named[:SHOWN_PROBLEMS]
    lines = [
        texts.SKIPPED.to(language, name=problem.document_id, reason=problem.reason)
        for problem in shown
    ]
    if more := len(named) - len(shown):
        lines.append(texts.MORE.to(language, count=more))
    if hidden := len(report.problems) - len(named):
        lines.append(texts.SKIPPED_HIDDEN.to(language, count=hidden))
    if report.passed_over:
        lines.append(texts.PASSED_OVER.to(language, count=len(report.passed_over)))
    return lines


def _readable(counts: Mapping[str, int], when: str, language: Language) -> str:
    """Return how many documents a reader may see of each source: *counts*, by name."""
    if not counts:
        return texts.NOTHING_READABLE.to(language)
    sources = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    return texts.INDEXED.to(language, count=sum(counts.values()), when=when, sources=sources)


def _sources(sources: Sequence[SourceStatus], reader: Principal, language: Language) -> str:
    """Return the sources that *reader* may know of, with their size, and count the others."""
    shown = [one for one in sources if one.access.permits(reader)]
    told = [f"{source.name} {source.documents}" for source in shown]
    if hidden := len(sources) - len(shown):
        told.append(texts.HIDDEN_SOURCES.to(language, count=hidden))
    return ", ".join(told)
