"""Lists sources: completely, or what has changed since the index version that is published."""

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from knowledge.model.errors import CursorExpiredError, SourceError
from knowledge.model.source_settings import SourceSettings
from knowledge.storage.index_versions import FeedState
from knowledge.sync.source import FeedSource, Source, SourceFile

COMPLETE_SECONDS = 7 * 86_400.0
"""A source that tells its changes is listed completely once a week, too: feeds have gaps."""


@dataclass(frozen=True)
class SourceListing:
    """What a source has, or what has changed in it.

    Attributes:
        files: All its files, or those that changed.
        removed: Ids of documents that are gone; None if the listing is complete.
        before: The state from which the changes were asked for; None if the listing is complete.
        after: The state that holds once all this is in the index; None if it tells no changes.
    """

    settings: SourceSettings
    source: Source
    files: tuple[SourceFile, ...]
    removed: tuple[str, ...] | None = None
    before: FeedState | None = None
    after: FeedState | None = None

    @property
    def name(self) -> str:
        """Name of the source."""
        return self.settings.name

    @cached_property
    def told_folders(self) -> tuple[str, ...]:
        """What the ids of documents begin with that are gone together."""
        return tuple(id_ for id_ in self.removed or () if id_.endswith("/"))

    @cached_property
    def told(self) -> frozenset[str]:
        """Ids of the documents of which it says something."""
        return frozenset((*(file.document_id for file in self.files), *(self.removed or ())))

    @property
    def is_complete(self) -> bool:
        """Whether a file that it does not have was deleted."""
        return self.removed is None


def list_source(
    settings: SourceSettings, source: Source, state: FeedState | None, *, complete: bool
) -> SourceListing:
    """Return what has changed in a source since *state*, or all it has where that is not known.

    Args:
        settings: Its settings.
        source: What to ask.
        state: Where its changes begin; None lists it completely.
        complete: List it completely all the same.

    Raises:
        KnowledgeError: when it cannot be listed, or its changes cannot be told.
    """
    if not isinstance(source, FeedSource):
        return SourceListing(settings, source, _checked(settings, source.files()))
    fingerprint = fingerprint_of(settings)
    if state and not complete and _holds(state, fingerprint):
        try:
            changes = source.changes(state.cursor)
        except CursorExpiredError:
            pass
        else:
            files = _checked(settings, changes.files)
            after = state.model_copy(update={"cursor": changes.cursor})
            return SourceListing(settings, source, files, changes.removed, state, after)
    started = time.time()
    cursor = source.cursor()  # before the listing: what changes meanwhile is told next time
    files = _checked(settings, source.files())
    after = FeedState(cursor=cursor, settings=fingerprint, listed_at=started)
    return SourceListing(settings, source, files, after=after)


def fingerprint_of(settings: SourceSettings) -> str:
    """Identify what of the settings decides which documents there are, and how they are read."""
    values = settings.model_dump(mode="json", exclude={"audience", "schedule", "language"})
    audience = settings.audience.level, sorted(settings.audience.groups)
    text = json.dumps([values, audience], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _holds(state: FeedState, fingerprint: str) -> bool:
    age = time.time() - state.listed_at
    return state.settings == fingerprint and 0 <= age < COMPLETE_SECONDS


def _checked(settings: SourceSettings, files: Iterable[SourceFile]) -> tuple[SourceFile, ...]:
    """Return the files of a listing, whose documents must all be the source's own."""
    prefix = f"{settings.name}/"
    listed: dict[str, SourceFile] = {}
    for file in files:
        if not file.document_id.startswith(prefix):
            raise SourceError(f"source {settings.name!r} lists {file.document_id!r}: report it")
        listed[file.document_id] = file
    return tuple(listed.values())
