"""Whatever happens to people, channels, names and documents, nobody is shown more than allowed.

A short run of `python -m tests.safety.access`, which tries as much as one likes.
"""

from pathlib import Path

import pytest

from bot.redis.connection import RedisConnection
from tests.safety.access import attack
from tests.safety.tally import Tally

SEEDS = (20, 26)


@pytest.mark.parametrize("seed", SEEDS)
async def test_random_changes_let_nobody_read_more(
    seed: int, tmp_path: Path, store: RedisConnection, tally: Tally
) -> None:
    """And nobody less: each check is compared with the rules, written down a second time."""
    tried = await attack(seed, 400, tmp_path, store)
    for kind in tried.shown.keys() | tried.withheld.keys():
        for case in tried.escapes.get(kind, ()):
            tally.add(f"random access: {kind}", case, ["was shown"])
        for _ in range(tried.shown[kind] + tried.withheld[kind]):
            tally.add(f"random access: {kind}", "", [])

    assert tried.escapes == {}
    assert tried.lost == {}
    assert min(tried.shown.total(), tried.withheld.total()) > tried.checks / 10
