"""What a process may ask the indexer for."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """A change of the index.

    Attributes:
        act: `sync` of some sources, of all `scheduled` ones, removal of those `left` out of the
            settings, or `rollback`.
        sources: Names of the sources to sync, empty for all.
        force: Publish any loss, list everything, and retry files that failed last time.
        accept_loss: Publish any loss.
        vectors: Wait until every chunk has its vector.
        patience: Seconds to wait for another sync.
    """

    act: Literal["sync", "scheduled", "left", "rollback"]
    sources: tuple[str, ...] = ()
    force: bool = False
    accept_loss: bool = False
    vectors: bool = False
    patience: float = 0.0
