"""Syncs sources that are published together: those on this machine, or one that is elsewhere."""

import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from pathlib import Path

from knowledge.model.errors import SourceError, SyncRunningError
from knowledge.model.source_health import SourceFailure
from knowledge.model.source_settings import SourceSettings
from knowledge.model.threads import in_thread
from knowledge.model.types import PassedOver, Problem, Progress
from knowledge.storage.health import HealthStore, feeds_of
from knowledge.storage.index_versions import FeedState, Manifest
from knowledge.storage.journal import SyncJournal
from knowledge.sync.failures import failure_of
from knowledge.sync.listed_files import SourceListing, list_source
from knowledge.sync.locks import publication
from knowledge.sync.plan import Candidate, KnownState, SyncPlan, make_plan
from knowledge.sync.reader import ReadCounts
from knowledge.sync.source import Source
from knowledge.sync.spool import Spool
from knowledge.sync.update import (
    IndexUpdate,
    IndexUpdater,
    PublishedIndex,
    RefusedError,
    UpdateResult,
)

log = logging.getLogger(__name__)

_NOTED_EACH = 50
"""Files between two notes of the progress."""

_TRIES = 3
"""How often changes are asked for again because another index version was published meanwhile."""


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How to sync.

    Attributes:
        force: Publish any loss, list everything, and retry files that failed last time.
        accept_loss: Publish any loss.
        whole: Whether all sources are synced, so that documents of others are removed.
        patience: Seconds to wait for another sync.
    """

    force: bool = False
    accept_loss: bool = False
    whole: bool = False
    patience: float = 0.0

    @property
    def accepts_loss(self) -> bool:
        """Whether any loss is published."""
        return self.force or self.accept_loss


@dataclass(slots=True)
class SyncOutcome:
    """What the sync of some sources did.

    Attributes:
        plans: What there was to do, at each publication.
        counts: What happened to the files, at each publication.
    """

    manifest: Manifest | None = None
    plans: list[SyncPlan] = field(default_factory=list)
    counts: list[ReadCounts] = field(default_factory=list)
    problems: dict[Problem, str] = field(default_factory=dict)
    passed_over: list[PassedOver] = field(default_factory=list)
    embedded: int = 0
    rebuilt: str = ""
    failures: list[SourceFailure] = field(default_factory=list)


class _ChangedIndexError(Exception):
    """The changes were asked for from another state than that of the index."""


@dataclass(slots=True)
class JointSync:
    """The sync of some sources; use it once.

    Attributes:
        updater: Makes index versions.
        sources: Settings of the sources.
        open_source: Opens a source from its settings.
        options: How to sync.
        journal: Notes for the next sync.
        health: Notes for operators.
        outcome: What it has done so far.
        last: The index version that was read last, and its mark.
        tried: Ids of the documents whose files were read, or could not be.
    """

    updater: IndexUpdater
    sources: Sequence[SourceSettings]
    open_source: Callable[[SourceSettings], Source]
    options: SyncOptions
    journal: SyncJournal
    health: HealthStore
    outcome: SyncOutcome = field(default_factory=SyncOutcome)
    last: tuple[object, PublishedIndex | None] | None = None
    tried: set[str] = field(default_factory=set)

    async def sync_here(self) -> SyncOutcome:
        """Sync sources on this machine; what is listed then is published, and nobody else may.

        Raises:
            SyncRunningError: when another sync is running.
        """
        async with publication(self.updater.index_versions, self.options.patience):
            last = await self._published(thorough=self.options.force)
            await self._publish(last, await self._listings(last))
        return self.outcome

    async def sync_elsewhere(self) -> SyncOutcome:
        """Sync a source that is not on this machine: list and fetch it, then publish, in parts."""
        (settings,) = self.sources
        try:
            with self.updater.index_versions.source(settings.name) as folder:
                await self._try_again(folder)
        except SyncRunningError as error:
            self.outcome.failures.append(SourceFailure(settings.name, str(error), "running"))
        return self.outcome

    async def _try_again(self, folder: Path) -> None:
        for _ in range(_TRIES):
            with suppress(_ChangedIndexError):
                return await self._sync_source(folder)
        raise SyncRunningError("other syncs kept publishing meanwhile: try again")

    async def _sync_source(self, folder: Path) -> None:
        listings = await self._listings(await self._published())
        spool = Spool(self.sources[0].name, folder)
        while listings:
            plan = await in_thread(partial(self._plan, await self._published(), listings))
            wanted = [one for one in plan.candidates if one.file.document_id not in self.tried]
            total = len(self.tried) + len(wanted)
            await spool.fetch(wanted, partial(self._fetched, total))
            self.health.fetched_bytes(spool.name, spool.size)
            async with publication(self.updater.index_versions, inf):
                last = await self._published()
                self._check_state(last, listings[0])
                later = await self._publish(last, listings, spool)
            if spool.failure or not later:
                return
            spool.clear()

    async def _published(self, *, thorough: bool = False) -> PublishedIndex | None:
        """Return the current index version, read again only after a publication."""
        mark = self.updater.index_versions.mark()
        if self.last is None or self.last[0] != mark:
            read = partial(self.updater.published, thorough=thorough)
            last, rebuilt = await in_thread(read)
            self.outcome.rebuilt = self.outcome.rebuilt or rebuilt
            self.last = mark, last
            self.outcome.manifest = last.manifest if last else None
        return self.last[1]

    async def _listings(self, last: PublishedIndex | None) -> list[SourceListing]:
        name = self.sources[0].name if len(self.sources) == 1 else ""
        self.updater.report(Progress("list", name=name))
        return await in_thread(partial(self._listed, last))

    def _listed(self, last: PublishedIndex | None) -> list[SourceListing]:
        """List the sources; note the failures of those that cannot be listed."""
        feeds, listings = self._feeds(last), []
        for settings in self.sources:
            try:
                self._check_wait(settings.name)
                self.health.began(settings.name)
                source = self.open_source(settings)
                state, complete = feeds.get(settings.name), self.options.force
                listings.append(list_source(settings, source, state, complete=complete))
            except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this source alone
                self._fail(failure_of(settings.name, error))
        return listings

    def _check_wait(self, name: str) -> None:
        """Leave a source alone that asked us to wait.

        Where the last try is in the future, the clock was wrong, and so is the time to wait.

        Raises:
            SourceError: until when, which --force overrides.
        """
        health, now = self.health.of(name), time.time()
        left = health.retry_at - now
        if left > 0 and health.tried_at <= now and not self.options.force:
            text = f"source {name!r} asked us to wait: it is asked again in {left:.0f} seconds"
            raise SourceError(text, "throttled", left)

    def _feeds(self, last: PublishedIndex | None) -> dict[str, FeedState]:
        """Return where the changes begin that *last* does not have yet."""
        if last is None or last.rebuilt:
            return {}
        contents, name = last.manifest.contents, last.manifest.index_version
        return feeds_of(contents.feeds, self.health.feeds(name))

    def _check_state(self, last: PublishedIndex | None, listing: SourceListing) -> None:
        """Check that changes are added to what they are changes of.

        Raises:
            _ChangedIndexError: the index was rolled back or built again meanwhile.
        """
        if listing.before and self._feeds(last).get(listing.name) != listing.before:
            raise _ChangedIndexError

    def _plan(self, last: PublishedIndex | None, listings: Sequence[SourceListing]) -> SyncPlan:
        base = last if last and last.is_base else None
        again = self.options.force or bool(self.outcome.rebuilt)
        known = KnownState(
            base.documents if base else {},
            {} if again else self.journal.problems(),
            self.journal.passed_over(),
        )
        plan = make_plan(listings, known, accept_loss=self.options.accepts_loss)
        if self.options.whole:  # remove the documents of sources that the settings no longer have
            plan.removed += [
                id_ for id_, (one, _) in known.documents.items() if one.source not in self._names
            ]
        return plan

    async def _publish(
        self,
        last: PublishedIndex | None,
        listings: Sequence[SourceListing],
        spool: Spool | None = None,
    ) -> bool:
        """Publish what *listings* say, without sources that would lose too much.

        Returns:
            Whether files of them are still to be fetched.
        """
        while True:
            plan = await in_thread(partial(self._plan, last, listings))
            self._fail(*plan.failures)
            listings = _without(listings, plan.failures)
            later = self._take_apart(plan, spool)
            if last is None and not listings:
                return False
            try:
                await self._update(last, listings, plan, later, spool)
            except RefusedError as error:
                self._fail(*error.failures)
                listings = _without(listings, error.failures)
            else:
                return bool(later)

    def _take_apart(self, plan: SyncPlan, spool: Spool | None) -> list[Candidate]:
        """Leave in *plan* what was fetched, and return what is still to be."""
        if spool is None:
            return []
        fetched = [one for one in plan.candidates if one.file.document_id in spool]
        later = [
            one
            for one in plan.candidates
            if one.file.document_id not in spool and one.file.document_id not in self.tried
        ]
        plan.candidates = [replace(one, source=spool) for one in fetched]
        return later

    async def _update(
        self,
        last: PublishedIndex | None,
        listings: Sequence[SourceListing],
        plan: SyncPlan,
        later: Sequence[Candidate],
        spool: Spool | None,
    ) -> None:
        complete = [] if later or (spool and spool.failure) else listings
        feeds = {name: one for name, one in self._feeds(last).items() if name in self._names}
        feeds |= {one.name: one.after for one in complete if one.after}
        guarded = [one.name for one in listings if one.is_complete]
        update = IndexUpdate(
            plan,
            feeds,
            [one.name for one in listings],
            [] if self.options.accepts_loss else guarded,
            later,
        )
        result = await self.updater.update(self.journal, last, update)
        failures = list(result.counts.failures.values())
        if spool and spool.failure:
            failures.append(spool.failure)
        self._fail(*failures)
        try:
            await in_thread(partial(self._note, plan, result, _without(complete, failures)))
        except sqlite3.Error as error:  # the next sync does what these notes would save
            log.warning("published, but the notes of the sync cannot be written: %s", error)

    def _note(
        self,
        plan: SyncPlan,
        result: UpdateResult,
        finished: Sequence[SourceListing],
    ) -> None:
        """Note for the next sync, and for operators, what was published."""
        outcome, names = self.outcome, [one.name for one in finished]
        tried = {one.file.document_id for one in plan.candidates}
        self.tried |= tried
        outcome.manifest = result.manifest
        outcome.embedded += result.embedded
        outcome.plans.append(plan)
        outcome.counts.append(result.counts)
        outcome.problems |= plan.problems | result.counts.problems
        if outcome.rebuilt:  # what could not be read may be readable now
            self.journal.forget_all_but([one.name for one in self.sources])
        self.journal.settle(tried, result.counts.problems)
        if names:
            outcome.passed_over += plan.passed_over
            self.journal.replace_problems(names, _of(names, outcome.problems))
            self.journal.replace_passed_over(names, plan.passed_over)
        if self.options.whole:
            self.journal.forget_all_but(self._names)
            self.health.forget_all_but(self._names)
        for listing in finished:
            if listing.after and result.manifest:
                self.health.note_feed(listing.name, result.manifest.index_version, listing.after)
            self.health.succeeded(listing.name, listed=listing.is_complete)

    def _fail(self, *failures: SourceFailure) -> None:
        for failure in failures:
            self.outcome.failures.append(failure)
            self.health.failed(failure)

    def _fetched(self, total: int, fetched: int, document_id: str) -> None:
        """Report the progress; operators see it, too."""
        done = len(self.tried) + fetched
        self.updater.report(Progress("fetch", done, total, document_id))
        if done == total or done % _NOTED_EACH == 0:
            self.health.fetched(self.sources[0].name, done, total)

    @property
    def _names(self) -> set[str]:
        """Names of all sources that the settings have."""
        return {source.name for source in self.updater.settings.sources}


def _without(
    listings: Sequence[SourceListing], failures: Sequence[SourceFailure]
) -> list[SourceListing]:
    names = {failure.source for failure in failures}
    return [listing for listing in listings if listing.name not in names]


def _of(names: Collection[str], problems: Mapping[Problem, str]) -> dict[Problem, str]:
    return {
        problem: version
        for problem, version in problems.items()
        if problem.document_id.partition("/")[0] in names
    }
