"""The fault table, one row for each thing that goes wrong."""

from collections.abc import Mapping, Sequence

from tests.faults.rows import events, load, model, receivers, redis, slack, workers
from tests.faults.rows.row import Row

TABLE: Mapping[str, Sequence[Row]] = {
    "workers": workers.ROWS,
    "receivers": receivers.ROWS,
    "redis": redis.ROWS,
    "slack": slack.ROWS,
    "model": model.ROWS,
    "events": events.ROWS,
    "load": load.ROWS,
}
ROWS: Sequence[Row] = [row for rows in TABLE.values() for row in rows]


def rows_of(groups: Sequence[str], words: str) -> list[Row]:
    """Return the rows of *groups* (none: of all) whose name or injection has *words*."""
    return [
        row
        for group, rows in TABLE.items()
        if not groups or group in groups
        for row in rows
        if words.casefold() in f"{row.name} {row.how}".casefold()
    ]
