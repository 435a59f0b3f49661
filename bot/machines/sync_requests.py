"""Has the indexer do what other processes may not: requests, progress and outcome go by Redis."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog

from bot.core.errors import BotError
from bot.machines.store import MachineStore, SyncReply
from knowledge.base import KnowledgeBase, ReportProgress
from knowledge.model import errors
from knowledge.model.errors import KnowledgeError, NotIndexerError
from knowledge.model.types import Progress, SyncReport
from knowledge.sync.request import SyncRequest

NOBODY_SECONDS = 30.0
"""How long a request waits for an indexer; after a crash, there is one sooner."""

_PROGRESS_SECONDS = 0.5
_OLDEST_SECONDS = 6 * 3_600.0
_LOOK_SECONDS = 1.0

_log = structlog.get_logger(__name__)


async def ask_indexer(
    store: MachineStore, request: SyncRequest, progress: ReportProgress
) -> SyncReport:
    """Have the indexer carry out *request*; return its report.

    Whoever stops waiting changes nothing: what is asked for is done. When the indexer dies, the
    next one begins again.

    Raises:
        KnowledgeError: what the indexer raised; or no process is the indexer.
    """
    request_id, last = uuid4().hex, "0"
    entry = await store.ask(request_id, request)
    seen_at = time.monotonic()
    while True:
        for last, reply in await store.replies(request_id, last, _LOOK_SECONDS):  # noqa: B007, B020
            if reply.progress:
                progress(reply.progress)
            elif reply.report:
                return reply.report
            elif reply.error:
                raise _error(*reply.error)
        if await store.indexer():
            seen_at = time.monotonic()
        elif time.monotonic() - seen_at > NOBODY_SECONDS:
            await store.withdraw(entry)
            raise KnowledgeError(
                "no process makes index versions now: start `kotae worker` on a machine with the "
                "documents, with INDEXER=on"
            )


def _error(name: str, text: str) -> KnowledgeError:
    """Return the error that the indexer raised."""
    kind = getattr(errors, name, KnowledgeError)
    try:
        error = kind(text)
    except TypeError:
        error = KnowledgeError(text)
    return error if isinstance(error, KnowledgeError) else KnowledgeError(text)


class RequestWork:
    """The indexer's side: carries out the requests, several at once.

    Args:
        store: Where the requests are.
        base: Carries them out.
        host: Name of this machine, for errors.
        pass_notes: Gives the notes of the syncs to the others; called after each.
    """

    def __init__(
        self,
        store: MachineStore,
        base: KnowledgeBase,
        host: str,
        pass_notes: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._base = base
        self._host = host
        self._pass_notes = pass_notes
        self._running = dict[str, asyncio.Task[None]]()

    async def run(self) -> None:
        """Work until cancelled; what is not done then, the next indexer does."""
        try:
            while True:
                await self._look()
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _look(self) -> None:
        try:
            found = await self._store.requests()
            for entry, (request_id, request) in found.items():
                if _age(entry) > _OLDEST_SECONDS:
                    await self._store.withdraw(entry)
                elif entry not in self._running:
                    work = self._work(entry, request_id, request)
                    self._running[entry] = asyncio.create_task(work)
            await self._store.wait_for_request(list(found), _LOOK_SECONDS)
        except BotError as error:
            _log.warning("requests_unavailable", reason=str(error))
            await asyncio.sleep(_LOOK_SECONDS)

    async def _work(self, entry: str, request_id: str, request: SyncRequest) -> None:
        """Carry out a request, and tell how it went."""
        with _Progress(self._store, request_id) as progress:
            try:
                reply = SyncReply(report=await self._base.carry_out(request, progress))
            except NotIndexerError:
                return  # the next indexer begins again
            except KnowledgeError as error:
                reply = SyncReply(error=(type(error).__name__, str(error)))
            except Exception:  # noqa: BLE001 - whoever waits must hear of it
                _log.exception("sync_failed", sources=list(request.sources))
                text = f"the sync failed for a reason of its own: see the log of {self._host}"
                reply = SyncReply(error=(KnowledgeError.__name__, text))
        try:
            await self._pass_notes()
            await self._store.reply(request_id, reply)
            await self._store.withdraw(entry)
        except BotError as error:  # it is done again
            _log.warning("sync_not_told", reason=str(error))
        finally:
            self._running.pop(entry, None)


class _Progress:
    """Sends the progress of a request, and not every file of it."""

    def __init__(self, store: MachineStore, request_id: str) -> None:
        self._store = store
        self._id = request_id
        self._latest: Progress | None = None
        self._sending: asyncio.Task[None] | None = None

    def __enter__(self) -> Callable[[Progress], None]:
        self._sending = asyncio.create_task(self._send())
        return self._note

    def __exit__(self, *_: object) -> None:
        if self._sending:
            self._sending.cancel()

    def _note(self, progress: Progress) -> None:
        self._latest = progress

    async def _send(self) -> None:
        while True:
            await asyncio.sleep(_PROGRESS_SECONDS)
            latest, self._latest = self._latest, None
            if latest:
                try:
                    await self._store.reply(self._id, SyncReply(progress=latest))
                except BotError:
                    continue  # the outcome counts


def _age(entry: str) -> float:
    """Return the age of an entry of a stream, in seconds."""
    return time.time() - int(entry.partition("-")[0]) / 1000
