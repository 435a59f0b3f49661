"""Does the jobs of entries: saves them, lets them follow their messages, and tells people."""

import structlog

from bot.core.errors import KnowledgeBusyError
from bot.entries.jobs import FollowMessage, SaveEntry, TellAboutEntry, entry_job
from bot.entries.messages import EntryMessenger
from bot.entries.regression_check import MaySee, RegressionReport
from bot.entries.service import EntryService, still_true
from bot.queue.queue import Lease

PATIENCE = 3
"""Tries for which a save waits until the index is free."""

_log = structlog.get_logger(__name__)


class EntryHandler:
    """Does the jobs of the kind `entry`.

    Args:
        entries: The rules.
        messenger: Tells people.
        may_see: Tells whether a reader may see what somebody asked.
    """

    def __init__(self, entries: EntryService, messenger: EntryMessenger, may_see: MaySee) -> None:
        self._entries = entries
        self._messenger = messenger
        self._may_see = may_see

    async def __call__(self, lease: Lease) -> None:
        """Do a job."""
        match entry_job(lease.job):
            case SaveEntry() as work:
                await self._save(work, lease)
            case FollowMessage() as work:
                await self._entries.follow(work, lease.job.id)
            case TellAboutEntry() as work:
                await self._tell(work, lease)

    async def give_up(self, lease: Lease, message: str) -> None:
        """Tell the person who waits for it that nothing came of it."""
        match entry_job(lease.job):
            case SaveEntry(person=person) | TellAboutEntry(person=person):
                await self._messenger.tell_failure(person, message, lease)
            case FollowMessage():
                _log.error("entry_not_followed", job=lease.job.id)

    async def _save(self, work: SaveEntry, lease: Lease) -> None:
        """Save an entry, unless right answers would be lost: then its person decides."""
        if "checked" not in lease.notes:
            report = await self._check(work, lease)
            if report is not None and not report.holds:
                await self._hold_back(work, report, lease)
                return
            await lease.save(checked="1", unproven=report.unproven if report else "")
        link = ""
        if work.entry.place and not work.entry.link:
            # What was said in private leads to the question.
            places = map(self._entries.open_place, (work.entry.place, work.handoff))
            link = await self._messenger.link(next(filter(None, places), ""))
        unproven = lease.notes.get("unproven", "")
        patient = lease.attempt < PATIENCE
        await self._entries.save(work, link, patient=patient, unproven=unproven)

    async def _check(self, work: SaveEntry, lease: Lease) -> RegressionReport | None:
        try:
            return await self._entries.check(work, lease.job.id)
        except KnowledgeBusyError:
            if lease.attempt < PATIENCE:
                raise
            # The index is as busy for the entry itself, which must not be lost.
            _log.warning("entry_not_checked", job=lease.job.id)
            return RegressionReport((), "busy")

    async def _hold_back(self, work: SaveEntry, report: RegressionReport, lease: Lease) -> None:
        await self._entries.hold_back(work)
        reader = await self._entries.permissions.of_person(work.person)
        hidden = await report.hidden_from(reader, self._may_see)
        await self._messenger.tell_held_back(work, report, hidden, lease)

    async def _tell(self, work: TellAboutEntry, lease: Lease) -> None:
        entry = await self._entries.store.get(work.entry_id)
        if still_true(work, entry) and await self._entries.may_be_told(work, entry):
            await self._messenger.tell(work, entry, lease)
